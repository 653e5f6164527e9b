/** Records that somebody was refused something (R46). */
import { decided } from '../../../domain/shared/changes.ts';
import { commit } from '../command.ts';
import type { Context, Deps } from '../context.ts';

export async function recordDenial(deps: Deps, context: Context, method: string, route: string): Promise<void> {
  const { actor } = context;
  const stream = actor.kind === 'user' || actor.kind === 'api_key' ? actor.userId : 'system';
  await commit(
    deps,
    context,
    decided({
      value: undefined,
      changes: [],
      audit: [{ type: 'access.denied', stream, outcome: 'failure', details: { method, route }, error: 'forbidden' }],
    }),
  );
}
