/** Ending a person's data: rows, keys, files and cached copies. Everything that was proven stays provable (R55). */
import type { Change } from '../../../domain/changes.ts';
import { erasePerson } from '../../../domain/privacy/erasure.ts';
import type { ErasureFacts } from '../../../domain/privacy/ports.ts';
import { type Decision, decided } from '../../../domain/shared/changes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { type Contended, execute } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { sessionCacheKey } from '../identity/authenticate.ts';

/** For the command that closes the account: what it must load, and what it adds to its decision. */
export function withErasure<T>(
  decision: Decision<Change, T>,
  userId: UserId,
  facts: ErasureFacts | undefined,
  context: Context,
): Decision<Change, T> {
  if (facts === undefined) return decision;
  const { changes, audit, jobs } = erasePerson(userId, facts, context.now);
  return {
    ...decision,
    changes: [...decision.changes, ...changes],
    audit: [...decision.audit, ...audit],
    jobs: [...(decision.jobs ?? []), ...jobs],
  };
}

/** After the commit: nothing of the person is left in the cache. */
export async function forgetCached(deps: Deps, facts: ErasureFacts): Promise<void> {
  await deps.cache.delete(facts.sessionIds.map(sessionCacheKey));
}

/** Erases a person whose account is closed already, or is closed by this. */
export async function eraseUser(
  deps: Deps,
  context: Context,
  userId: UserId,
): Promise<Result<void, { readonly code: 'not_found' } | Contended>> {
  let known: ErasureFacts | undefined;
  const result = await execute(deps, context, {
    loads: [deps.loads.privacy.erasureFacts(userId)],
    decide: (facts): Result<Decision<Change, void>, { readonly code: 'not_found' }> => {
      if (facts === undefined) return refuse({ code: 'not_found' });
      known = facts;
      return ok(
        withErasure(decided<Change, void>({ value: undefined, changes: [], audit: [] }), userId, facts, context),
      );
    },
  });
  if (result.ok && known !== undefined) await forgetCached(deps, known);
  return result;
}

/** Run from the outbox, as often as it takes. */
export async function deleteFiles(deps: Deps, keys: string): Promise<void> {
  for (const key of JSON.parse(keys) as string[]) await deps.files.delete(key);
}
