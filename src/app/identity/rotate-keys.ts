/** Key rotation: what the database has to do with it (R55). */
import type { Change } from '../../../domain/changes.ts';
import { decided } from '../../../domain/shared/changes.ts';
import { commit } from '../command.ts';
import type { Context, Deps } from '../context.ts';

const BATCH = 200;

/**
 * Wraps every data key by the ring's current key; the fields themselves stay as they are. Goes on where it was
 * interrupted, and may run while the portal works.
 * @returns how many were wrapped anew
 */
export async function rewrapDataKeys(deps: Deps, context: Context): Promise<number> {
  const current = deps.cipher.newKey('00000000-0000-0000-0000-000000000000').ringKeyId;
  let count = 0;
  for (;;) {
    const [keys] = await deps.database.load(deps.loads.identity.dataKeysNotUnder(current, BATCH));
    if (keys.length === 0) break;
    const changes = keys.map(
      (key): Change => ({
        type: 'data_key.rewrapped',
        key: deps.cipher.rewrap(key),
        previousRingKeyId: key.ringKeyId,
      }),
    );
    // A stale one was wrapped anew by somebody else: the next round sees it.
    const outcome = await commit(deps, context, decided<Change, void>({ value: undefined, changes, audit: [] }));
    if (outcome.ok) count += keys.length;
  }
  await recordRotation(deps, context, 'field_keys.rotated');
  return count;
}

export async function recordRotation(
  deps: Deps,
  context: Context,
  type: 'token_keys.rotated' | 'field_keys.rotated',
): Promise<void> {
  await commit(
    deps,
    context,
    decided<Change, void>({
      value: undefined,
      changes: [],
      audit: [{ type, stream: 'system', outcome: 'success' }],
    }),
  );
}
