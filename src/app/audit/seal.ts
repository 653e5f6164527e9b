/** The sealer: takes what was appended since the last time into the Merkle log, and signs where it stands. */
import { originOf, sealPending } from '../../../domain/audit/sealing.ts';
import { utf8 } from '../../../domain/shared/bytes.ts';
import type { Deps } from '../context.ts';

export interface SealingOptions {
  /** Events in one batch. Default 4096. */
  readonly batch?: number;
  /** Batches in one run at most; what is left over waits for the next run. Default 50. */
  readonly batches?: number;
}

/** How often others may be faster before this run leaves the rest to them. */
const LOST_RACES = 5;
const PUBLISHED_AT_ONCE = 200;

/**
 * Safe when several run at once: each batch is guarded by the size it was decided on, and a batch that comes second
 * changes nothing and is decided again. Writers are not held up, for nothing they touch is locked.
 *
 * @returns how many events this run has sealed
 */
export async function sealAuditLog(deps: Deps, options: SealingOptions = {}): Promise<number> {
  const { batch = 4096, batches = 50 } = options;
  const origin = originOf(deps.settings.publicUrl);
  let sealed = 0;
  let lost = 0;
  for (let done = 0; done < batches && lost < LOST_RACES; ) {
    const [state] = await deps.database.load(deps.loads.audit.sealingState(batch));
    const now = deps.clock.now();
    const change = sealPending(state, origin, deps.checkpointSigners, now);
    if (change === undefined) break;
    const outcome = await deps.database.commit({ changes: [change], audit: [], jobs: [], at: now });
    if (!outcome.ok) {
      lost++;
      continue;
    }
    done++;
    sealed += state.pending.length;
    if (state.pending.length < batch) break;
  }
  await publishCheckpoints(deps);
  return sealed;
}

/** The key of a checkpoint's copy in file storage; the names sort by size. */
export function checkpointFile(size: number): string {
  return `audit/checkpoints/${String(size).padStart(16, '0')}`;
}

/** Copies into file storage whatever is not there yet, so that who rewrites the database cannot rewrite history. */
async function publishCheckpoints(deps: Deps): Promise<void> {
  const [waiting] = await deps.database.load(deps.loads.audit.unpublishedCheckpoints(PUBLISHED_AT_ONCE));
  for (const { size, note } of waiting) {
    await deps.files.put(checkpointFile(size), utf8(note), 'text/plain; charset=utf-8');
    const now = deps.clock.now();
    await deps.database.commit({
      changes: [{ type: 'checkpoint.published', size, at: now }],
      audit: [],
      jobs: [],
      at: now,
    });
  }
}
