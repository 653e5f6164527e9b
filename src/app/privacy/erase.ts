/** Erasure of a person's data: rows, keys, files and cache entries. The proofs of the audit log stay valid (R55). */
import type { Change, Decision } from '../../../domain/changes.ts';
import { erasePerson } from '../../../domain/privacy/erasure.ts';
import type { ErasureFacts } from '../../../domain/privacy/ports.ts';
import type { OffboardingRecord } from '../../../domain/scheduling/ports.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { Unavailable } from '../../../domain/shared/ports.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { type Contended, execute } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { apiKeyCacheKey } from '../identity/api-keys.ts';
import { sessionCacheKey } from '../identity/authenticate.ts';
import { endTimeToCome } from '../scheduling/offboarding.ts';

/** For the command that closes the account: what it must load, and what it adds to its decision. */
export function erasureLoads(deps: Deps, userId: UserId, now: Instant) {
  return [deps.loads.privacy.erasureFacts(userId), deps.loads.scheduling.offboarding(userId, now)] as const;
}

/** An operator has to finish the upgrade: `npm run migrate -- --bind-boxes`. */
const UPGRADE_RETRY_SECONDS = 3600;

/** @throws Unavailable while the clinic's notes would be destroyed with the person's key (R76, ADR 0108) */
export function withErasure<T>(
  deps: Deps,
  context: Context,
  decision: Decision<Change, T>,
  userId: UserId,
  facts: ErasureFacts | undefined,
  offboarding: OffboardingRecord,
): Decision<Change, T> {
  if (facts === undefined) return decision;
  if (facts.losesNotes) {
    throw new Unavailable('erasure', { reason: 'upgrade_unfinished', retryAfterSeconds: UPGRADE_RETRY_SECONDS });
  }
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
export async function forgetCached(deps: Deps, facts: ErasureFacts): Promise<void> {
  await deps.cache.delete([...facts.sessionIds.map(sessionCacheKey), ...facts.apiKeyHashes.map(apiKeyCacheKey)]);
}

/** Erases a person. Closes the account if it is open. */
export async function eraseUser(
  deps: Deps,
  context: Context,
  userId: UserId,
): Promise<Result<void, { readonly code: 'not_found' } | Contended>> {
  let known: ErasureFacts | undefined;
  const result = await execute(deps, context, {
    loads: erasureLoads(deps, userId, context.now),
    decide: (facts, offboarding): Result<Decision<Change, void>, { readonly code: 'not_found' }> => {
      if (facts === undefined) return refuse({ code: 'not_found' });
      known = facts;
      const nothing = decided({ value: undefined, changes: [], audit: [] });
      return ok(withErasure(deps, context, nothing, userId, facts, offboarding));
    },
  });
  if (result.ok && known !== undefined) await forgetCached(deps, known);
  return result;
}

/** Runs as a job and is retried until it succeeds. */
export async function deleteFiles(
  deps: Deps,
  { keys = '[]', folders = '[]' }: { readonly keys?: string; readonly folders?: string },
): Promise<void> {
  for (const key of JSON.parse(keys) as string[]) await deps.files.delete(key);
  for (const folder of JSON.parse(folders) as string[]) await deps.files.deleteFolder(folder);
}
