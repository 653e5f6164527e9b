/** The codes that an operation may answer with: those it names, and those that follow from its declaration. */
import { isSigned } from '../access.ts';
import { importanceOf } from '../importance.ts';
import { answersWithFile } from '../middleware/proof.ts';
import { negotiatedType, type Operation } from '../operation.ts';
import type { ErrorCode } from '../problems.ts';

/** The codes that any operation may answer with. */
const GENERAL: readonly ErrorCode[] = [
  'malformed_target',
  'target_too_long',
  'header_too_large',
  'unavailable',
  'internal_error',
];

export function declaredRefusals(operation: Operation): ReadonlySet<ErrorCode> {
  return new Set([...impliedRefusals(operation), ...(operation.refusals ?? [])]);
}

/** The codes that follow from the rest of the declaration, so that it need not name them. */
export function impliedRefusals(operation: Operation): ReadonlySet<ErrorCode> {
  const { access, request, ifMatch, isIdempotent, unlimited } = operation;
  const isKnown = access !== 'public' && !isSigned(access);
  return new Set<ErrorCode>([
    ...(isKnown ? (['unauthenticated', 'forbidden', 'record_restricted', 'patient_merged'] as const) : []),
    ...(isKnown && !operation.beforeEnrolment ? (['mfa_enrolment_required'] as const) : []),
    ...(isKnown && !operation.withoutFactor ? (['second_factor_required'] as const) : []),
    ...(isKnown && operation.method !== 'get' ? (['cross_site_request'] as const) : []),
    ...(isSigned(access) ? (['signature_invalid'] as const) : []),
    ...bodyRefusals(operation),
    ...(request === undefined && !isIdempotent ? [] : (['validation_failed'] as const)),
    ...(isIdempotent ? (['idempotency_key_reused'] as const) : []),
    ...(operation.method !== 'get' && !isSigned(access) ? (['version_conflict'] as const) : []),
    ...(ifMatch === undefined ? [] : (['precondition_failed'] as const)),
    ...(ifMatch === 'required' ? (['precondition_required'] as const) : []),
    ...(answersWithFile(operation) ? (['step_up_required'] as const) : []),
    ...(negotiatedType(operation) !== undefined ? (['not_acceptable'] as const) : []),
    ...(unlimited || isSigned(access) ? [] : (['too_many_requests', 'address_blocked'] as const)),
    ...(importanceOf(operation) === 'vital' ? [] : (['overloaded'] as const)),
    ...GENERAL,
  ]);
}

/** Whichever is declared, the parser of forms takes both. */
const FORMS = ['multipart/form-data', 'application/x-www-form-urlencoded'];

/** A body is read and checked even if the operation does not use it. */
function bodyRefusals({ method, request }: Operation): readonly ErrorCode[] {
  if (method === 'get') return [];
  const isForm = FORMS.some((type) => Object.hasOwn(request?.body?.content ?? {}, type));
  return [
    'malformed_json',
    'unsupported_media_type',
    'payload_too_large',
    'request_timeout',
    'validation_failed',
    ...(isForm ? (['malformed_form'] as const) : []),
  ];
}
