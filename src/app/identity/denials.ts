/** Records refusals in the audit log (R46). */
import type { AuditDraft } from '../../../domain/audit-catalog.ts';
import type { AuditResource, AuditStream } from '../../../domain/shared/audit-event-kind.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { LimitRule } from '../../../domain/shared/ports.ts';
import { addressSubject } from '../address.ts';
import { recordEvent } from '../audit.ts';
import { commit } from '../command.ts';
import type { Context, Deps } from '../context.ts';

/**
 * How many refusals of callers without credentials are recorded. Events are kept forever, so an unlimited number would let
 * anybody fill the database. Signed-in callers are bound by the limit of requests.
 */
export const ANONYMOUS_REFUSALS = {
  address: { name: 'refusal-address', limit: 10, windowSeconds: 3600 },
  /** Of all addresses together, because an attacker can use many addresses. */
  all: { name: 'refusal-all', limit: 300, windowSeconds: 3600 },
} as const satisfies Record<string, LimitRule>;

/**
 * How many sign-ins that a pause or a limit refused are recorded for one account. Further ones get the same answer and are not
 * recorded, because anybody can cause any number of them.
 */
export const BLOCKED_SIGN_INS_RECORDED = {
  name: 'blocked-sign-ins',
  limit: 5,
  windowSeconds: 900,
} as const satisfies LimitRule;

export interface RefusedAccess {
  readonly method: string;
  readonly route: string;
  /** The code of the answer. */
  readonly code: string;
  /** The requested resources, the most specific first. */
  readonly targets: readonly AuditResource[];
  /** The targets whose persons the refusal concerns. */
  readonly concerned: readonly AuditResource[];
}

/** Recorded for the caller and for each person whom it concerned (R75). */
export async function recordDenial(deps: Deps, context: Context, denial: RefusedAccess): Promise<void> {
  const { actor } = context;
  const { method, route, code, targets, concerned } = denial;
  const [resource, ...others] = targets;
  const draft = {
    type: 'access.denied',
    details: { method, route, ...Object.fromEntries(others.map(({ type, id }) => [type, id])) },
    error: code,
    ...(resource === undefined ? {} : { resource }),
  } as const;
  if (actor.kind !== 'user' && actor.kind !== 'api_key') {
    await recordRefusal(deps, context, { ...draft, stream: 'system' });
    return;
  }
  const ids = [...new Set(concerned.map(({ id }) => id))];
  // The database finds the persons: one event for each of them and one for the caller.
  const entries = [actor.userId, ...ids].map(() =>
    recordEvent(deps, context, { ...draft, stream: actor.userId, outcome: 'failure' }),
  );
  await deps.database.loadRecorded(deps.loads.audit.denial(actor.userId, ids), entries);
}

export type RefusalDraft = Omit<AuditDraft, 'outcome' | 'stream'> & {
  /** Looked up only if the refusal is recorded. */
  readonly stream: AuditStream | (() => Promise<AuditStream>);
};

/** Records a sample of the refusals of callers without credentials: see {@link ANONYMOUS_REFUSALS}. */
export async function recordRefusal(deps: Deps, context: Context, draft: RefusalDraft): Promise<void> {
  if (context.actor.kind === 'anonymous' && !(await isSampled(deps, context))) return;
  const { stream, ...rest } = draft;
  await commit(
    deps,
    context,
    decided({
      value: undefined,
      changes: [],
      audit: [{ ...rest, stream: typeof stream === 'string' ? stream : await stream(), outcome: 'failure' }],
    }),
  );
}

/** A limit for each address, so that one address cannot use up the limit of all. */
async function isSampled({ limiter }: Deps, { ip }: Context): Promise<boolean> {
  const { address, all } = ANONYMOUS_REFUSALS;
  return (await limiter.limit(address, addressSubject(ip))).allowed && (await limiter.limit(all, 'all')).allowed;
}
