/** Erasure of a person's data: rows, keys, files and cache entries. The proofs of the audit log stay valid (R55). */
import type { Change, Decision } from '../../../domain/changes.ts';
import { erasePerson } from '../../../domain/privacy/erasure.ts';
import type { ErasureFacts } from '../../../domain/privacy/ports.ts';
import { portionOf } from '../../../domain/scheduling/offboarding.ts';
import type { OffboardingRecord } from '../../../domain/scheduling/ports.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { Unavailable } from '../../../domain/shared/ports.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { type Contended, execute } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { apiKeyCacheKey } from '../identity/api-keys.ts';
import { endTimeToCome } from '../scheduling/offboarding.ts';

/** For the command that closes the account: what it must load, and what it adds to its decision. */
export function erasureLoads(deps: Deps, userId: UserId, now: Instant, atMost: number | null = null) {
  return [deps.loads.privacy.erasureFacts(userId), deps.loads.scheduling.offboarding(userId, now, atMost)] as const;
}

/** Of a person who may be a busy doctor: see {@link withErasureInPortions}. */
export function portionLoads(deps: Deps, userId: UserId, now: Instant) {
  return erasureLoads(deps, userId, now, deps.settings.batches.closing + 1);
}

/**
 * {@link withErasure}; of somebody with more appointments than one batch ends, it only ends some, the last ones first. The value
 * tells whether the person is erased; otherwise the command decides again.
 */
export function withErasureInPortions(
  deps: Deps,
  context: Context,
  decision: Decision<Change, void>,
  userId: UserId,
  facts: ErasureFacts | undefined,
  offboarding: OffboardingRecord,
): Decision<Change, boolean> {
  if (facts !== undefined) requireErasable(facts);
  const portion = portionOf(offboarding, deps.settings.batches.closing);
  const ended = portion && endTimeToCome(deps, context, userId, portion, 'accountClosed');
  // Each portion ends something, so that there is a last one.
  if (ended !== undefined && ended.changes.length > 0) return { ...ended, value: false };
  return { ...withErasure(deps, context, decision, userId, facts, offboarding), value: true };
}

/** An operator has to finish the upgrade: `npm run migrate -- --bind-boxes`. */
const UPGRADE_RETRY_SECONDS = 3600;

/** @throws Unavailable while the clinic's notes would be destroyed with the person's key (R76, ADR 0108) */
function requireErasable({ losesNotes }: ErasureFacts): void {
  if (losesNotes) {
    throw new Unavailable('erasure', { reason: 'upgrade_unfinished', retryAfterSeconds: UPGRADE_RETRY_SECONDS });
  }
}

/** @throws Unavailable as {@link requireErasable} */
export function withErasure<T>(
  deps: Deps,
  context: Context,
  decision: Decision<Change, T>,
  userId: UserId,
  facts: ErasureFacts | undefined,
  offboarding: OffboardingRecord,
): Decision<Change, T> {
  if (facts === undefined) return decision;
  requireErasable(facts);
  const ended = endTimeToCome(deps, context, userId, offboarding, 'accountClosed');
  const { changes, audit, jobs } = erasePerson(userId, context.now, facts);
  return {
    ...decision,
    changes: [...ended.changes, ...decision.changes, ...changes],
    audit: [...ended.audit, ...decision.audit, ...audit],
    messages: [...ended.messages, ...decision.messages],
    jobs: [...(ended.jobs ?? []), ...(decision.jobs ?? []), ...jobs],
  };
}

/** After the commit: nothing of the person is left in the cache. */
export async function forgetCached(deps: Deps, userId: UserId, facts: ErasureFacts): Promise<void> {
  await deps.cache.delete(facts.apiKeyHashes.map(apiKeyCacheKey));
  await deps.hot.forget([
    ...facts.sessionIds.map((key) => ({ kind: 'sessions', key })),
    ...[userId, ...facts.aliases].flatMap((key) => [
      { kind: 'profiles', key },
      { kind: 'unread_counts', key },
    ]),
  ]);
}

/** Erases a person. Closes the account if it is open. */
export async function eraseUser(
  deps: Deps,
  context: Context,
  userId: UserId,
): Promise<Result<void, { readonly code: 'not_found' } | Contended>> {
  let known: ErasureFacts | undefined;
  for (;;) {
    const result = await execute(deps, context, {
      loads: portionLoads(deps, userId, context.now),
      decide: (facts, offboarding): Result<Decision<Change, boolean>, { readonly code: 'not_found' }> => {
        if (facts === undefined) return refuse({ code: 'not_found' });
        known = facts;
        const nothing = decided({ value: undefined, changes: [], audit: [] });
        return ok(withErasureInPortions(deps, context, nothing, userId, facts, offboarding));
      },
    });
    if (!result.ok) return result;
    if (!result.value) continue;
    if (known !== undefined) await forgetCached(deps, userId, known);
    return ok(undefined);
  }
}

/** Runs as a job and is retried until it succeeds. */
export async function deleteFiles(
  deps: Deps,
  { keys = '[]', folders = '[]' }: { readonly keys?: string; readonly folders?: string },
): Promise<void> {
  for (const key of JSON.parse(keys) as string[]) await deps.files.delete(key);
  for (const folder of JSON.parse(folders) as string[]) await deps.files.deleteFolder(folder);
}
