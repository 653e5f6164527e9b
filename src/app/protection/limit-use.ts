/** Stores now and then how limits were used, and reads it for administrators. */
import type { Change } from '../../../domain/changes.ts';
import type { LimitUse } from '../../../domain/protection/limit-use.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { commit } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { type AppliedLimit, LIMIT_NAMES, LIMITS, scaledRule } from '../limits.ts';

/** Adds up a use for administrators and metrics. */
export function noteUse({ protection, metrics }: Deps, { rule, subject, verdict }: Omit<AppliedLimit, 'name'>): void {
  protection.uses.note(rule.name, subject, verdict.allowed);
  const outcome = verdict.allowed ? 'allowed' : 'refused';
  metrics.count('portal_rate_limit_uses_total', { limit: rule.name, outcome });
}

/** Stores what was counted, if it is time. The numbers are for administrators: what a crash loses is not missed. */
export async function storeLimitUse(deps: Deps, context: Context): Promise<void> {
  const sums = deps.protection.uses.take(context.now);
  if (sums === undefined) return;
  const uses = [...sums].map(
    ([limit, { counted, refused, subjects }]): LimitUse => ({
      ...{ limit, counted, refused },
      subjects: [...subjects].map((subject) => deps.index.of('limit_refusals.subject', subject)),
    }),
  );
  const used: Change = { type: 'limits.used', uses, at: context.now };
  await commit(deps, context, decided({ value: undefined, changes: [used], audit: [] }));
}

const RECENT_MS = 3_600_000;

/** Every limit, with its use by all processes in the last hour. */
export async function readLimits(deps: Deps, now: Instant) {
  const [used] = await deps.database.load(deps.loads.protection.recentUse(now - RECENT_MS));
  const byName = new Map(used.map((each) => [each.limit, each]));
  return LIMIT_NAMES.map((key) => {
    const { name, about, by, windowSeconds, limit } = LIMITS[key];
    const { counted = 0, refused = 0, subjects = 0 } = byName.get(name) ?? {};
    return {
      ...{ name, about, windowSeconds, countedBy: by },
      limit: scaledRule(key, deps.settings.rateLimitFactor)?.limit ?? limit,
      lastHour: { counted, refused, subjectsRefused: subjects },
    };
  });
}
