/** Key rotation in the database (R55). */
import type { Change } from '../../../domain/changes.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import { commit } from '../command.ts';
import type { Context, Deps } from '../context.ts';

const BATCH = 200;

export interface Rewrapped {
  readonly wrapped: number;
  /** Owners whose data key could not be unwrapped: it was altered, or wrapped by a key that the ring does not have. */
  readonly unopened: readonly string[];
}

/**
 * Wraps every data key with the current key of the ring; the encrypted fields do not change. It resumes where it was interrupted,
 * and may run while the portal works. A key that cannot be unwrapped is left unchanged.
 */
export async function rewrapDataKeys(deps: Deps, context: Context): Promise<Rewrapped> {
  const current = currentRingKey(deps);
  const unopened: string[] = [];
  let wrapped = 0;
  // Ordered by owner, so that each page begins where the previous one ended.
  let after: string | null = null;
  for (;;) {
    const [keys]: [DataKey[]] = await deps.database.load(deps.loads.identity.dataKeysNotUnder(current, after, BATCH));
    if (keys.length === 0) break;
    const changes: Change[] = [];
    const closed: string[] = [];
    for (const key of keys) {
      const rewrapped = rewrap(deps, key);
      if (rewrapped === undefined) closed.push(key.ownerId);
      else changes.push({ type: 'data_key.rewrapped', key: rewrapped, previousRingKeyId: key.ringKeyId });
    }
    const outcome = await commit(deps, context, decided({ value: undefined, changes, audit: [] }));
    // A concurrent change wrapped or destroyed one of the keys: the rest of this page is read again.
    if (!outcome.ok) continue;
    wrapped += changes.length;
    unopened.push(...closed);
    after = keys.at(-1)?.ownerId ?? after;
  }
  if (wrapped > 0) await recordRotation(deps, context, 'field_keys.rotated');
  return { wrapped, unopened };
}

/** The id of the ring's current key. */
export function currentRingKey({ cipher }: Pick<Deps, 'cipher'>): string {
  return cipher.newKey('00000000-0000-0000-0000-000000000000').ringKeyId;
}

function rewrap({ cipher }: Deps, key: DataKey): DataKey | undefined {
  try {
    return cipher.rewrap(key);
  } catch {
    return undefined;
  }
}

export async function recordRotation(
  deps: Deps,
  context: Context,
  type: 'token_keys.rotated' | 'field_keys.rotated' | 'field_keys.retired' | 'index_key.rotated',
): Promise<void> {
  await commit(
    deps,
    context,
    decided({
      value: undefined,
      changes: [],
      audit: [{ type, stream: 'system', outcome: 'success' }],
    }),
  );
}
