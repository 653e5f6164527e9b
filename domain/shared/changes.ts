/**
 * The result of a use case's decision. A use case loads, decides and commits; the decision is plain data, so that
 * everything a command does (rows, audit events, messages) is committed in one atomic batch or not at all.
 */
import type { AuditDraftOf } from './audit-event-kind.ts';
import type { AnyMessageDraft } from './messages.ts';
import type { Instant } from './time.ts';
import type { TraceParent } from './tracing.ts';

/** Work that runs after the commit. The outbox keeps it until it is done. */
export interface JobDraft {
  readonly topic: string;
  readonly payload: Readonly<Record<string, string>>;
  /** Default: immediately. */
  readonly notBefore?: Instant;
  /** 1 to 10, the most urgent first. Default 5. */
  readonly priority?: number;
  /** What caused it, if something else than what commits it. */
  readonly traceParent?: TraceParent | undefined;
}

/**
 * The outcome of a decision: the answer, the changes, the audit events, the messages and the jobs. Each context has its own
 * `Decision`, which names the types of event `E` and the messages `M` that it declares; `domain/changes.ts` unites them.
 */
export interface DecisionOf<C, T, E extends string, M extends AnyMessageDraft> {
  readonly value: T;
  readonly changes: readonly C[];
  readonly audit: readonly AuditDraftOf<E>[];
  readonly messages: readonly M[];
  readonly jobs?: readonly JobDraft[];
}

export function decided<C, T, E extends string = never, M extends AnyMessageDraft = never>(decision: {
  readonly value: T;
  readonly changes: readonly C[];
  readonly audit: readonly AuditDraftOf<E>[];
  readonly messages?: readonly M[];
  readonly jobs?: readonly JobDraft[];
}): DecisionOf<C, T, E, M> {
  return { messages: [], ...decision };
}

declare const loaded: unique symbol;

/** A description of something to read. A store makes it; the database runs any number of them in one round trip. */
export interface Load<T> {
  readonly [loaded]?: T;
}

export type Loaded<L extends readonly Load<unknown>[]> = {
  -readonly [K in keyof L]: L[K] extends Load<infer T> ? T : never;
};

/** The reason why a batch was rolled back. */
export type CommitConflict =
  /** A guarded change found another version than the one it was decided on. Reload and decide again. */
  | { readonly kind: 'stale'; readonly what: string }
  /** A named constraint was violated. */
  | { readonly kind: 'constraint'; readonly code: ConflictCode };

/** The domain's meaning of a violated database constraint. */
export type ConflictCode =
  | 'email_taken'
  | 'slot_taken'
  | 'patient_conflict'
  | 'appointment_type_exists'
  | 'proxy_exists'
  | 'location_exists'
  | 'resource_exists'
  | 'override_exists'
  | 'holiday_exists'
  | 'legal_version_exists'
  | 'limit_in_force'
  | 'processing_restricted'
  | 'address_already_blocked'
  | 'finding_open'
  | 'idempotency_key_raced';
