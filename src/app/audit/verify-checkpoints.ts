/** Compares the checkpoints in the database with those in file storage and with each other (R73). */
import type { LogState, NumberedCheckpoint } from '../../../domain/audit/ports.ts';
import type { VerificationProblem } from '../../../domain/audit/verdict.ts';
import type { Deps } from '../context.ts';
import { claimOf, newestCheckpointFile, readCheckpointFile } from './checkpoint-files.ts';
import { continues, findContradiction } from './contradiction.ts';

export interface CheckpointPlace {
  readonly generation: number;
  readonly number: number;
  readonly size: number;
}

/** The result of one page of checkpoints. */
export interface CheckpointStretch {
  readonly problems: readonly VerificationProblem[];
  /** Where the next stretch begins; null at the end. */
  readonly last: CheckpointPlace | null;
}

const STRETCH = 200;
const FILES_AT_ONCE = 16;
/** At most this many gaps are reported one by one. */
const MAX_NAMED = 100;

/** Verifies the next checkpoints in the order of their numbers: none is missing, sizes grow, and each copy is equal. */
export async function verifyCheckpointStretch(deps: Deps, after: CheckpointPlace | null): Promise<CheckpointStretch> {
  const [found] = await deps.database.load(deps.loads.audit.numberedCheckpoints(after, STRETCH));
  const problems: VerificationProblem[] = [];
  let before = after;
  for (let at = 0; at < found.length; at += FILES_AT_ONCE) {
    const some = found.slice(at, at + FILES_AT_ONCE);
    const copies = await Promise.all(
      some.map(({ generation, number }) => readCheckpointFile(deps, generation, number)),
    );
    for (const [index, checkpoint] of some.entries()) {
      problems.push(...(await gapBefore(deps, before, checkpoint)), ...copyProblems(checkpoint, copies[index]));
      before = checkpoint;
    }
  }
  return { problems: problems.slice(0, MAX_NAMED), last: found.length < STRETCH ? null : before };
}

/** Compares the last checkpoint with the log, with later ones in file storage, and with the witness. */
export async function verifyNewestCheckpoint(deps: Deps, log: LogState): Promise<VerificationProblem[]> {
  const problems: VerificationProblem[] = [];
  if (log.newestSize > log.size) {
    problems.push(
      problem(
        'truncated',
        `the log stands at ${log.size} leaves, and the database holds a checkpoint of ${log.newestSize} leaves`,
      ),
    );
  }
  const { state, contradiction } = await findContradiction(deps);
  if (contradiction === undefined) return problems;
  const newest =
    contradiction.source === 'witness'
      ? contradiction.note
      : ((await newestCheckpointFile(deps, state.generation, state.last?.number ?? 0))?.note ?? contradiction.note);
  const published = claimOf(newest)?.size ?? 0;
  if (contradiction.source === 'file_storage' && (await continues(deps, state, newest))) {
    const detail = `file storage holds a checkpoint of ${published} leaves, which this log continues and the database lacks`;
    return [...problems, problem('deleted', detail)];
  }
  const where = contradiction.source === 'witness' ? 'the witness has seen' : 'file storage holds';
  const detail = `${where} a checkpoint of ${published} leaves, which this log of ${state.size} leaves does not continue`;
  problems.push(problem(published > state.size ? 'truncated' : 'root_mismatch', detail));
  return problems;
}

async function gapBefore(
  deps: Deps,
  before: CheckpointPlace | null,
  { generation, number, size }: NumberedCheckpoint,
): Promise<VerificationProblem[]> {
  const previous = before?.generation === generation ? before : { number: 0, size: 0 };
  const problems: VerificationProblem[] = [];
  for (let missing = previous.number + 1; missing < number && problems.length < MAX_NAMED; missing++) {
    const copy = await readCheckpointFile(deps, generation, missing);
    const claim = copy === undefined ? undefined : claimOf(copy);
    const which = claim === undefined ? '' : ` of ${claim.size} leaves`;
    problems.push(problem('deleted', `checkpoint ${missing}${which} is missing from the database`));
  }
  if (size <= previous.size && previous.number > 0) {
    problems.push(
      problem('reordered', `checkpoint ${number} of ${size} leaves follows one of ${previous.size} leaves`),
    );
  }
  return problems;
}

function copyProblems({ number, size, note }: NumberedCheckpoint, copy: string | undefined): VerificationProblem[] {
  if (copy === note) return [];
  return copy === undefined
    ? [problem('deleted', `checkpoint ${number} of ${size} leaves is missing from file storage`)]
    : [problem('edited', `checkpoint ${number} of ${size} leaves is another one in file storage`)];
}

function problem(kind: VerificationProblem['kind'], detail: string): VerificationProblem {
  return { kind, stream: null, sequence: null, eventId: null, detail };
}
