/**
 * Finds a published checkpoint that this log contradicts (C2SP tlog-checkpoint: a log must never sign two histories). There
 * is one after the audit tables were restored from a backup, or when another copy of the portal seals.
 */
import { type Checkpoint, openCheckpoint } from '../../../domain/audit/checkpoint.ts';
import { frontierAt, frontierRoot, rangeNodes } from '../../../domain/audit/merkle.ts';
import type { PublicationState, StopSource } from '../../../domain/audit/ports.ts';
import { originOf } from '../../../domain/audit/sealing.ts';
import { nodesOf, tilesFor } from '../../../domain/audit/tiles.ts';
import { equalBytes } from '../../../domain/shared/bytes.ts';
import type { Deps, Loads, Settings } from '../context.ts';
import { claimOf, readCheckpointFile } from './checkpoint-files.ts';

/** What the sealer needs of the ports to look at the log and at its checkpoints. */
export interface LogDeps extends Pick<Deps, 'database' | 'files' | 'log' | 'checkpointSigners' | 'witness'> {
  readonly loads: Pick<Loads, 'audit'>;
  readonly settings: Pick<Settings, 'publicUrl'>;
}

export interface Contradiction {
  readonly source: Exclude<StopSource, 'restore'>;
  /** The signed note that the log contradicts. */
  readonly note: string;
}

/** Why sealing must stop. */
export interface Stop {
  readonly source: StopSource;
  readonly note: string;
}

/**
 * After a restore, sealing stays stopped until an operator begins a new origin: others may hold checkpoints that the portal
 * has lost, so a search that finds no contradiction proves nothing.
 */
export async function findStop(
  deps: LogDeps,
): Promise<{ readonly state: PublicationState; readonly stop: Stop | undefined }> {
  const { state, contradiction } = await findContradiction(deps);
  const restored = state.stopped?.source === 'restore' ? state.stopped : undefined;
  return { state, stop: contradiction ?? restored };
}

/** @returns the state that was compared, and what contradicts it */
export async function findContradiction(
  deps: LogDeps,
): Promise<{ readonly state: PublicationState; readonly contradiction: Contradiction | undefined }> {
  // The witness is asked first, so that the log that is read afterwards is at least as large as what the witness has seen.
  const witnessed = await askWitness(deps);
  const [state] = await deps.database.load(deps.loads.audit.publicationState(1));
  return { state, contradiction: (await inFileStorage(deps, state)) ?? (await inWitness(deps, state, witnessed)) };
}

/**
 * Whether a configured key signed the newest published checkpoint of this origin. If another key signed the next one, the
 * log would look forged to everybody who trusts the former key.
 */
export function isOurLog(deps: LogDeps, { origin, last }: PublicationState): boolean {
  if (origin === null || last === null) return true;
  const opened = openCheckpoint(last.note, deps.checkpointSigners(origin), origin);
  return opened.ok;
}

async function inFileStorage(
  deps: LogDeps,
  { generation, last }: PublicationState,
): Promise<Contradiction | undefined> {
  const next = await readCheckpointFile(deps, generation, (last?.number ?? 0) + 1);
  if (next !== undefined && !(await isOurs(deps, next))) return { source: 'file_storage', note: next };
  const kept = last === null ? undefined : await readCheckpointFile(deps, generation, last.number);
  return kept === undefined || kept === last?.note ? undefined : { source: 'file_storage', note: kept };
}

/**
 * A checkpoint is written to the database, then to file storage, then gets its number in the database. A checkpoint that is
 * stored without a number is ours if another sealer is between these steps or was interrupted there.
 */
async function isOurs(deps: LogDeps, note: string): Promise<boolean> {
  const size = claimOf(note)?.size;
  if (size === undefined) return false;
  const [stored] = await deps.database.load(deps.loads.audit.checkpointOf(size));
  return stored?.note === note;
}

async function inWitness(
  deps: LogDeps,
  { origin, size }: PublicationState,
  witnessed: string | undefined,
): Promise<Contradiction | undefined> {
  if (witnessed === undefined) return undefined;
  const opened = openOurs(deps, origin, witnessed);
  if (!opened.ok) {
    deps.log.write('warn', 'checkpoint_witness_unusable', { code: opened.error.code });
    return undefined;
  }
  return (await beginsWith(deps, opened.value, size)) ? undefined : { source: 'witness', note: witnessed };
}

function openOurs(deps: LogDeps, origin: string | null, note: string) {
  const name = origin ?? originOf(deps.settings.publicUrl);
  return openCheckpoint(note, deps.checkpointSigners(name), name);
}

/** Whether a note is a checkpoint of this log that the log still continues. */
export async function continues(deps: LogDeps, { origin, size }: PublicationState, note: string): Promise<boolean> {
  const opened = openOurs(deps, origin, note);
  return opened.ok && beginsWith(deps, opened.value, size);
}

async function beginsWith(deps: LogDeps, earlier: Checkpoint, size: number): Promise<boolean> {
  return earlier.size <= size && equalBytes(await rootAt(deps, earlier.size, size), earlier.root);
}

/** The root that the log had at an earlier size. */
async function rootAt(deps: LogDeps, earlier: number, size: number): Promise<Uint8Array> {
  const [{ tiles }] = await deps.database.load(deps.loads.audit.tiles(tilesFor(rangeNodes(0, earlier), size)));
  return frontierRoot(frontierAt(earlier, nodesOf(tiles)));
}

/** An unreachable witness is logged and does not stop sealing. */
async function askWitness({ witness, log }: LogDeps): Promise<string | undefined> {
  try {
    return await witness?.latest();
  } catch (error) {
    log.failure('checkpoint_witness_unreachable', error);
    return undefined;
  }
}
