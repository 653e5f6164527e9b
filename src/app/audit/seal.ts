/** The sealer: appends queued events to the Merkle log and signs the new tree head. */
import type { PublicationState } from '../../../domain/audit/ports.ts';
import { originOf, sealPending } from '../../../domain/audit/sealing.ts';
import { decided } from '../../../domain/shared/changes.ts';
import { type CommitDeps, commit } from '../command.ts';
import type { Deps } from '../context.ts';
import { systemContext } from '../identity/first-admin.ts';
import { claimOf, readCheckpointFile, storeCheckpointFile } from './checkpoint-files.ts';
import { findStop, isOurLog, type LogDeps, type Stop } from './contradiction.ts';

/** What the sealer needs of the ports. */
export type SealerDeps = CommitDeps & LogDeps & Pick<Deps, 'clock'>;

export interface SealingOptions {
  /** Events in one batch. Default 4096. */
  readonly batch?: number;
  /** Batches in one run at most; what is left over waits for the next run. Default 50. */
  readonly batches?: number;
}

/** After this many batches that another sealer committed first, the run ends and leaves the rest to the others. */
const LOST_RACES = 5;
const PUBLISHED_AT_ONCE = 200;

/**
 * Several may run at once: each batch is guarded by the size that it was decided on, and the later of two batches changes
 * nothing and is decided again. It takes no lock that writers need.
 *
 * Seals nothing while the log contradicts a published checkpoint, and nothing after a restore until a new origin is begun
 * (R72): this is recorded once as an event, logged in each run, and shown by `/ready`. Seals nothing if no configured key
 * signed the newest published checkpoint: this is logged in each run.
 *
 * @returns how many events this run has sealed
 */
export async function sealAuditLog(deps: SealerDeps, options: SealingOptions = {}): Promise<number> {
  await publishCheckpoints(deps);
  const { state, stop } = await findStop(deps);
  if (stop !== undefined) {
    await noteStopped(deps, state, stop);
    return 0;
  }
  if (!isOurLog(deps, state)) {
    deps.log.write('error', 'audit_keys_unknown', { origin: state.origin, publishedSize: state.last?.size });
    return 0;
  }
  if (state.stopped !== null) await noteResumed(deps);
  const sealed = await sealBatches(deps, options);
  if (sealed > 0) await publishCheckpoints(deps);
  return sealed;
}

async function sealBatches(deps: SealerDeps, { batch = 4096, batches = 50 }: SealingOptions): Promise<number> {
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
  return sealed;
}

/**
 * Stores each checkpoint in file storage under its number before it is published, so that the published checkpoints are
 * known there after a restore of the database. If a checkpoint of another history has the number, nothing more is published:
 * the next comparison finds the contradiction and stops sealing.
 */
async function publishCheckpoints(deps: SealerDeps): Promise<void> {
  const [{ generation, last, waiting }] = await deps.database.load(
    deps.loads.audit.publicationState(PUBLISHED_AT_ONCE),
  );
  let number = (last?.number ?? 0) + 1;
  for (const { size, note } of waiting) {
    while (!(await storeCheckpointFile(deps, generation, number, note))) {
      if (!(await numberFiled(deps, generation, number))) return;
      number++;
    }
    // Another sealer has recorded it.
    if (!(await notePublished(deps, size, number))) return;
    number++;
  }
}

async function notePublished(deps: SealerDeps, size: number, number: number): Promise<boolean> {
  const at = deps.clock.now();
  const changes = [{ type: 'checkpoint.published', size, number, at }] as const;
  return (await deps.database.commit({ changes, audit: [], jobs: [], at })).ok;
}

/**
 * A checkpoint of this log can be in file storage without its number in the database: this version stored it and was stopped,
 * and a version without numbers published it. It gets its number now, and publication continues after it.
 *
 * @returns whether the number is recorded
 */
async function numberFiled(deps: SealerDeps, generation: number, number: number): Promise<boolean> {
  const filed = await readCheckpointFile(deps, generation, number);
  const size = filed === undefined ? undefined : claimOf(filed)?.size;
  if (size === undefined) return false;
  const [stored] = await deps.database.load(deps.loads.audit.checkpointOf(size));
  if (stored?.note !== filed) return false;
  if (await notePublished(deps, size, number)) return true;
  const [{ last }] = await deps.database.load(deps.loads.audit.publicationState(1));
  if ((last?.number ?? 0) >= number) return false;
  // No other sealer was faster: the database has this checkpoint under another number.
  deps.log.write('error', 'audit_publication_stopped', { number, size });
  return false;
}

async function noteStopped(deps: SealerDeps, state: PublicationState, { source, note }: Stop): Promise<void> {
  const published = claimOf(note)?.size ?? null;
  deps.log.write('error', 'audit_sealing_stopped', { source, publishedSize: published, size: state.size });
  if (state.stopped !== null) return;
  const context = systemContext(deps);
  await commit(
    deps,
    context,
    decided({
      value: undefined,
      changes: [{ type: 'audit_log.sealing_stopped', source, note, at: context.now }],
      audit: [
        {
          type: 'audit.sealing_stopped',
          stream: 'system',
          outcome: 'failure',
          details: { source, publishedSize: published, size: state.size },
        },
      ],
    }),
  );
}

/** Records that sealing continues: the database or the file storage with the published checkpoints is back. */
async function noteResumed(deps: SealerDeps): Promise<void> {
  const context = systemContext(deps);
  await commit(
    deps,
    context,
    decided({
      value: undefined,
      changes: [{ type: 'audit_log.sealing_resumed' }],
      audit: [{ type: 'audit.sealing_resumed', stream: 'system', outcome: 'success' }],
    }),
  );
}
