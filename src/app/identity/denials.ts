/** Records that somebody was refused something (R46). */
import type { AuditDraft } from '../../../domain/audit-catalog.ts';
import type { AuditResource, AuditStream } from '../../../domain/shared/audit-event-kind.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { LimitRule } from '../../../domain/shared/ports.ts';
import { addressSubject } from '../address.ts';
import { recordEvent } from '../audit.ts';
import { commit } from '../command.ts';
import type { Context, Deps } from '../context.ts';

/**
 * What is recorded of callers who are nobody. Events are kept for ever and cost such callers nothing: without a bound, a
 * flood of them would fill the database. Whoever is signed in is known, and bound by the limit of requests.
 */
export const ANONYMOUS_REFUSALS = {
  address: { name: 'refusal-address', limit: 10, windowSeconds: 3600 },
  /** Of all addresses together: there are as many as an attacker cares to rent. */
  all: { name: 'refusal-all', limit: 300, windowSeconds: 3600 },
} as const satisfies Record<string, LimitRule>;

/**
 * How many sign-ins that were refused by a pause or a limit are recorded for one account. The rest are answered alike and
 * written nowhere: anybody can cause any number of them.
 */
export const BLOCKED_SIGN_INS_RECORDED = {
  name: 'blocked-sign-ins',
  limit: 5,
  windowSeconds: 900,
} as const satisfies LimitRule;

export interface Denial {
  readonly method: string;
  readonly route: string;
  /** The code that was answered. */
  readonly code: string;
  /** What was asked for, the most specific first. */
  readonly targets: readonly AuditResource[];
  /** Those of the targets whose persons the refusal concerns. */
  readonly concerned: readonly AuditResource[];
}

/** In the record of whoever asked, and of each person whom it concerned (R75). */
export async function recordDenial(deps: Deps, context: Context, denial: Denial): Promise<void> {
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
  // The database finds the persons: one event for each of them, and one for who asked.
  const entries = [actor.userId, ...ids].map(() =>
    recordEvent(deps, context, { ...draft, stream: actor.userId, outcome: 'failure' }),
  );
  await deps.database.loadRecorded(deps.loads.audit.denial(actor.userId, ids), entries);
}

export type RefusalDraft = Omit<AuditDraft, 'outcome' | 'stream'> & {
  /** Looked up only where the refusal is going to be recorded. */
  readonly stream: AuditStream | (() => Promise<AuditStream>);
};

/** Of callers who are nobody, a sample: see {@link ANONYMOUS_REFUSALS}. */
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

/** One address that sends nothing but refusals does not use up what is kept for all. */
async function isSampled({ limiter }: Deps, { ip }: Context): Promise<boolean> {
  const { address, all } = ANONYMOUS_REFUSALS;
  return (await limiter.limit(address, addressSubject(ip))).allowed && (await limiter.limit(all, 'all')).allowed;
}
