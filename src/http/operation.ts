/**
 * An operation: one method of one path, declared in one place. `route` enforces the declaration, the OpenAPI document
 * shows it, and everything that depends on the operation reads it there.
 */
import type { RouteConfig } from '@hono/zod-openapi';
import type { HonoRequest } from 'hono';
import type { Priority } from '../../domain/shared/bounds.ts';
import type { UserId } from '../../domain/shared/ids.ts';
import type { CacheRead } from '../app/cache/kinds.ts';
import type { LimitName } from '../app/limits.ts';
import type { Config } from '../config.ts';
import { type Access, isSigned } from './access.ts';
import type { Example, NoExample } from './example.ts';
import type { OperationId } from './links.ts';
import type { ErrorCode } from './problems.ts';

/** The groups of the document in reading order, with their descriptions. */
export const TAGS = {
  'Start here': 'Links to everything, and the meaning of each problem.',
  'Sign-in': 'Sign in and out, refresh tokens, confirm your identity again.',
  Accounts: 'Register, verify an e-mail address, choose a password, change the address.',
  'Second factor': 'Authenticator app, backup codes, phone, trusted devices.',
  Profile: 'Your own account: profile, picture, preferences, closing it.',
  'Doctors and times': 'The directory of doctors, appointment types and free times.',
  Appointments: 'Hold, book, read, change, move and cancel.',
  Waitlist: 'Wait for a time, and accept or decline offers.',
  Calendars: 'Appointments as iCalendar files and feeds.',
  Proxies: 'People who act for a patient: for a child, or for somebody in care.',
  'Before the visit': 'Requests, which the clinic approves or declines, and questions to be answered before the visit.',
  Patients: 'Registering and finding patients, and merging two records of one.',
  'Front desk': 'The steps of a visit, and the appointments of a patient.',
  Clinic: 'The locations of the clinic, and their rooms and devices.',
  Notifications: 'What the clinic has told you, and messages of the clinic to a person.',
  'Message administration':
    'For administrators: templates, alerts, what was sent how and why not, queues and providers, addresses that get nothing more.',
  Webhooks: 'For administrators: the clinic’s other systems are told of changes by signed requests.',
  Files: 'Documents of a person: upload, find, open, describe, delete and restore.',
  'Opening and sharing files':
    'Download files, see small pictures of them, open them by links, share them, and see who has opened them.',
  'File administration': 'For administrators: files in quarantine.',
  Availability: 'For the clinic: weekly hours, other hours of a date, types of appointment.',
  Absences: 'For the clinic: time off of doctors, holidays, appointments that lose their time.',
  Privacy: 'Consents, legal texts, copies of your data, limits on its use, and who saw it.',
  'API keys': 'Keys for programs that act for a person.',
  'Limits and blocks':
    'For administrators: rate limits and how much they are used, blocked addresses, trusted networks, the cache.',
  Users: 'For administrators: invitations, roles, pauses, lost factors.',
  'Privacy administration': 'For administrators: requests of persons, emergency access, clinical records, legal texts.',
  'Audit search': 'For administrators: who did what, and whom it concerned.',
  'Audit verification': 'Proofs and verifications of the audit log.',
  'Public log': 'The transparency log, which anybody may verify (C2SP tlog-tiles).',
  Platform: 'Health checks, keys, callbacks and development tools.',
} as const satisfies Record<string, string>;

export type Tag = keyof typeof TAGS;

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

export interface Deprecation {
  /** The day from which on it is deprecated, as YYYY-MM-DD. */
  readonly since: string;
  /** The operation to call instead, whose path has the same parameters. */
  readonly successor: OperationId;
}

/** The declaration of a route, apart from its schemas. */
export interface OperationConfig
  extends Omit<RouteConfig, 'tags' | 'security' | 'middleware' | 'method' | 'deprecated'> {
  readonly method: Method;
  /**
   * Verb and noun in camel case, stable and unique. Clients name their functions after it; limits and idempotency are
   * keyed by it.
   */
  readonly operationId: string;
  /** Verb and noun, for people: `List calendar feeds`. */
  readonly summary: string;
  readonly tag: Tag;
  readonly access: Access;
  /** One whole request, which the tests run against the demo clinic. */
  readonly example: Example | NoExample;
  /** The codes it may answer with, in addition to those of its access, its body and its headers. */
  readonly refusals?: readonly ErrorCode[];
  /** The limits that count it, in addition to the caller's own. */
  readonly limits?: readonly LimitName[];
  /** The limit by which it is counted in addition, with the caller's own: that of patients, and that of the clinic. */
  readonly roleLimits?: { readonly patient: LimitName; readonly clinic: LimitName };
  /** Whether `If-Match` must or may be sent. */
  readonly ifMatch?: 'required' | 'optional';
  /** Whether it answers with an `ETag`, and with 304 to a `GET` that has the current one. */
  readonly versioned?: true;
  /** Whether it answers with a `Location`. */
  readonly located?: true;
  /** Whether it answers with the state of an upload that can be resumed, in the headers `Upload-…`. */
  readonly tellsUpload?: true;
  /** Largest body in bytes. Default: 64 KiB. */
  readonly maximumBodyBytes?: number;
  /** The handler reads the body as it arrives (`streamedBody`): it is neither kept nor validated before. */
  readonly streamsBody?: {
    /** The media types that it takes; `null` for any. */
    readonly types: readonly string[] | null;
    readonly maximumBytes: (config: Config) => number;
  };
  /** Whether a person who must enrol a second factor may call it before that. */
  readonly beforeEnrolment?: true;
  /** Whether a session may call it that has not passed the second factor of its account (R61). */
  readonly withoutFactor?: true;
  /** A setting with a bearer token that lets in as well, without a session and without rate limits: for programs that poll. */
  readonly orToken?: (config: Config) => string | undefined;
  /**
   * What it takes shows who asks, and cannot be guessed in bulk, so that others at the same address do not keep its owner out
   * (R65): it is counted apart, and a block of the address that the portal made does not refuse it. `in_handler`: its handler
   * refuses those who have shown nothing (`refuseStranger`).
   */
  readonly provesItself?: true | 'in_handler';
  /** Whether it is exempt from rate limits: health checks must not fail under a flood. */
  readonly unlimited?: true;
  /** Whether it answers whatever `Accept` says: for probes, and for readers that follow other standards. */
  readonly anyAccept?: true;
  /** Whether pages of any origin may read it, without credentials: for what holds no personal data. */
  readonly anyOrigin?: true;
  /** It goes on working, but clients should call its successor. */
  readonly deprecation?: Deprecation;
  /**
   * What it will look up in the cache, so that this shares the round trip of the limits. The request is not validated yet, and
   * `userId` is null for strangers. Default: nothing.
   */
  readonly caches?: (request: HonoRequest, userId: UserId | null) => readonly CacheRead[];
  /** Priority of its database work. Default: `ordinary`, and `bulk` if it answers with a file. */
  readonly priority?: Priority;
  /**
   * Whether each step has a deadline of its own and the whole request has none. Default: whether it answers with a
   * file.
   */
  readonly inSteps?: true;
}

/** A declared operation with derived properties. */
export interface Operation extends OperationConfig {
  /** `METHOD /path`, as documents and tests name it. */
  readonly key: string;
  /** Whether it accepts an `Idempotency-Key` (R31): every command of a signed-in caller does. */
  readonly isIdempotent: boolean;
}

export function operationOf(config: OperationConfig): Operation {
  return {
    ...config,
    key: `${config.method.toUpperCase()} ${config.path}`,
    isIdempotent: config.method === 'post' && config.access !== 'public' && !isSigned(config.access),
  };
}

/** The media types that an operation negotiates. An archive can be fetched once: it is refused before it is produced. */
const NEGOTIATED = ['application/json', 'application/zip'] as const;

export type NegotiatedType = (typeof NEGOTIATED)[number];

/** The only media type of its answers, which `Accept` must allow; undefined if it answers with other files, or any. */
export function negotiatedType({ responses, anyAccept }: OperationConfig): NegotiatedType | undefined {
  if (anyAccept) return undefined;
  const types = Object.entries(responses).flatMap(([status, response]) =>
    status.startsWith('2') && 'content' in response ? Object.keys(response.content ?? {}) : [],
  );
  // An answer without a body may still be a problem, which is JSON.
  const [first = 'application/json', ...others] = types;
  return others.every((type) => type === first) ? NEGOTIATED.find((type) => type === first) : undefined;
}
