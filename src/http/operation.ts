/**
 * An operation: one method of one path, declared in one place. What the declaration says is enforced by `define` and told
 * by the OpenAPI document; nothing else knows paths.
 */
import type { RouteConfig } from '@hono/zod-openapi';
import type { Priority } from '../../domain/shared/bounds.ts';
import type { Permission } from '../../domain/shared/permissions.ts';
import type { LimitName } from '../app/limits.ts';
import type { ErrorCode } from './problems.ts';

/**
 * Who may call an operation (R25). Ownership and the relation between doctor and patient are decided where the object is
 * loaded.
 *
 * - `public`: anybody
 * - `signed_in`: any person with a session; API keys are refused
 * - `queue`: a signed callback
 * - a permission: persons whose role has it, and API keys whose scopes have it
 * - several permissions: any one of them is enough
 */
export type Access = 'public' | 'signed_in' | 'queue' | Permission | readonly Permission[];

/** The groups of the document in the order in which they are read, with what each is about. */
export const TAGS = {
  'Start here': 'Where everything is, and what a refusal means.',
  'Sign-in': 'Sign in and out, refresh tokens, prove who you are again.',
  Accounts: 'Register, prove an e-mail address, choose a password, change the address.',
  'Second factor': 'Authenticator app, backup codes, phone, trusted devices.',
  Profile: 'The own account: profile, picture, preferences, closing it.',
  'Doctors and times': 'The directory, what can be booked, and which times are free.',
  Appointments: 'Hold, book, read, change, move and cancel.',
  Waitlist: 'Wait for a time, and take or leave what is offered.',
  Calendars: 'Appointments as iCalendar files and feeds.',
  'Front desk': 'The steps of a visit, and the appointments of a patient.',
  Availability: 'For the clinic: weekly hours, other hours, time off, holidays, types of appointment.',
  Privacy: 'Consents, legal texts, copies of one’s data, limits on its use, and who saw it.',
  'API keys': 'Keys for programs that act for a person.',
  Users: 'For administrators: invitations, roles, pauses, lost factors.',
  'Privacy administration': 'For administrators: requests of persons, emergency access, clinical records, legal texts.',
  'Audit search': 'For administrators: who did what, and whom it concerned.',
  'Audit verification': 'Proofs and verifications of the audit log.',
  'Public log': 'The transparency log as anybody may verify it (C2SP tlog-tiles).',
  Platform: 'Probes, keys, callbacks and what development needs.',
} as const satisfies Record<string, string>;

export type Tag = keyof typeof TAGS;

export type Method = 'get' | 'post' | 'put' | 'delete';

/** What a route declares, beside its schemas. */
export interface OperationConfig extends Omit<RouteConfig, 'tags' | 'security' | 'middleware' | 'method'> {
  readonly method: Method;
  /** Verb and noun in camel case, stable and unique: clients name their functions after it, limits and idempotency hang on it. */
  readonly operationId: string;
  /** Verb and noun, for people: `List calendar feeds`. */
  readonly summary: string;
  readonly tag: Tag;
  readonly access: Access;
  /** The codes it may answer with, beside those of its access, its body and its headers. */
  readonly refusals?: readonly ErrorCode[];
  /** The limits that it counts, beside the one of whoever asks. */
  readonly limits?: readonly LimitName[];
  /** Whether `If-Match` has to be, or may be, sent. */
  readonly ifMatch?: 'required' | 'optional';
  /** Whether it answers with an `ETag`; to a `GET` that has it already, with 304. */
  readonly versioned?: true;
  /** Whether it answers with a `Location`. */
  readonly located?: true;
  /** Largest body in bytes. Default: 64 KiB. */
  readonly maximumBodyBytes?: number;
  /** Whether somebody who must enrol a second factor first may call it. */
  readonly beforeEnrolment?: true;
  /** Whether a session may call it that has not passed the second factor of its account (R61). */
  readonly withoutFactor?: true;
  /** Whether nothing is counted for it: probes must not fail under a flood. */
  readonly unlimited?: true;
  /** How urgent it is for the database. Default: `ordinary`, and `bulk` for what answers with a file. */
  readonly priority?: Priority;
  /** Whether it works in steps with a deadline each, and has none as a whole. Default: whether it answers with a file. */
  readonly inSteps?: true;
}

/** A declared operation as the rest of the edge sees it. */
export interface Operation extends OperationConfig {
  /** `METHOD /path`, as it is logged and recorded. */
  readonly key: string;
  /** Whether it takes an `Idempotency-Key` (R31): every command of somebody who is known. */
  readonly isIdempotent: boolean;
}

export function operationOf(config: OperationConfig): Operation {
  return {
    ...config,
    key: `${config.method.toUpperCase()} ${config.path}`,
    isIdempotent: config.method === 'post' && config.access !== 'public' && config.access !== 'queue',
  };
}

/** The permissions of which any opens an operation; none where no permission does. */
export function permissionsIn(access: Access): readonly Permission[] {
  if (access === 'public' || access === 'signed_in' || access === 'queue') return [];
  return typeof access === 'string' ? [access] : access;
}

/** Whether an API key can ever call it. */
export function isOpenToKeys(access: Access): boolean {
  return permissionsIn(access).length > 0;
}
