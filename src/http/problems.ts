/**
 * Every refusal as an RFC 9457 problem. One exhaustive table, united from one part for each context: a new error code does
 * not compile until it has its line, and the OpenAPI responses and the pages under `/problems/` come from the same table.
 */
import type { ProtectionErrorCode } from '../../domain/protection/errors.ts';
import type { WebhookErrorCode } from '../../domain/webhooks/errors.ts';
import { AUDIT_PROBLEMS, type AuditErrorCode } from './problems/audit.ts';
import { COMMAND_PROBLEMS, type CommandErrorCode } from './problems/command.ts';
import { FILE_PROBLEMS, type FileErrorCode } from './problems/files.ts';
import { HTTP_PROBLEMS, type HttpErrorCode } from './problems/http.ts';
import { IDENTITY_PROBLEMS, type IdentityErrorCode } from './problems/identity.ts';
import type { ProblemKind } from './problems/kind.ts';
import { MFA_PROBLEMS, type MfaErrorCode } from './problems/mfa.ts';
import { NOTIFICATION_PROBLEMS, type NotificationErrorCode } from './problems/notifications.ts';
import { PRIVACY_PROBLEMS, type PrivacyErrorCode } from './problems/privacy.ts';
import { PROTECTION_PROBLEMS } from './problems/protection.ts';
import { SCHEDULING_PROBLEMS, type SchedulingErrorCode } from './problems/scheduling.ts';
import { WEBHOOK_PROBLEMS } from './problems/webhooks.ts';

export type ErrorCode =
  | HttpErrorCode
  | CommandErrorCode
  | IdentityErrorCode
  | MfaErrorCode
  | SchedulingErrorCode
  | PrivacyErrorCode
  | NotificationErrorCode
  | AuditErrorCode
  | WebhookErrorCode
  | ProtectionErrorCode
  | FileErrorCode;

export const PROBLEMS = {
  ...HTTP_PROBLEMS,
  ...COMMAND_PROBLEMS,
  ...IDENTITY_PROBLEMS,
  ...MFA_PROBLEMS,
  ...SCHEDULING_PROBLEMS,
  ...PRIVACY_PROBLEMS,
  ...NOTIFICATION_PROBLEMS,
  ...AUDIT_PROBLEMS,
  ...WEBHOOK_PROBLEMS,
  ...PROTECTION_PROBLEMS,
  ...FILE_PROBLEMS,
} satisfies Readonly<Record<ErrorCode, ProblemKind>>;

/** A name as one step of an RFC 6901 pointer. */
export function pointerTo(name: string): string {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The place of a fault: in the body or in a parameter. */
type FaultyPart =
  /** RFC 6901 pointer into the body. */
  | { readonly pointer: string; readonly parameter?: never }
  /** Name of a parameter of the query, the path or the header; its pointer is added when the problem is sent. */
  | { readonly parameter: string; readonly pointer?: never };

export type FieldFault = FaultyPart & { readonly code: string; readonly message: string };

export interface ProblemDetails {
  readonly code: ErrorCode;
  readonly detail?: string;
  readonly errors?: readonly FieldFault[];
  /** Further members, such as `reasons` and `alternatives`. */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Ends a request with a problem. Thrown in `src/http/` only: use cases return refusals as values. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly details: ProblemDetails;

  constructor(details: ProblemDetails) {
    super(details.code);
    this.details = details;
  }
}
