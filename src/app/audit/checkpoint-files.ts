/**
 * Checkpoints in file storage. Each checkpoint is stored under its number before it is published, and a number is never
 * overwritten: of two sealers only one can take a number, so the numbers are a single history.
 */
import { type Checkpoint, parseCheckpointText } from '../../../domain/audit/checkpoint.ts';
import { parseNote } from '../../../domain/audit/signed-note.ts';
import { utf8 } from '../../../domain/shared/bytes.ts';
import type { Deps } from '../context.ts';

type Files = Pick<Deps, 'files'>;

/** @param generation of the origin: 1 for the first */
export function checkpointFile(generation: number, number: number): string {
  return `audit/published/${generation}/${String(number).padStart(16, '0')}`;
}

/** @returns the signed note, or undefined when no checkpoint has that number */
export async function readCheckpointFile(
  { files }: Files,
  generation: number,
  number: number,
): Promise<string | undefined> {
  const file = await files.get(checkpointFile(generation, number));
  if (file === undefined) return undefined;
  // A file longer than any note is not a note: the empty text equals none.
  if (file.sizeBytes > MAX_NOTE_BYTES) {
    await file.body.cancel();
    return '';
  }
  const reader = file.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    text += decoder.decode(chunk.value, { stream: true });
  }
  return text + decoder.decode();
}

/** @returns false when another checkpoint has the number */
export async function storeCheckpointFile(
  deps: Files,
  generation: number,
  number: number,
  note: string,
): Promise<boolean> {
  const isStored = await deps.files.putNew(checkpointFile(generation, number), utf8(note), 'text/plain; charset=utf-8');
  return isStored || (await readCheckpointFile(deps, generation, number)) === note;
}

/**
 * The newest checkpoint in file storage after a known number. The numbers have no gaps, so a binary search finds it in a
 * logarithmic number of reads.
 */
export async function newestCheckpointFile(
  deps: Files,
  generation: number,
  known: number,
): Promise<{ readonly number: number; readonly note: string } | undefined> {
  let found: { readonly number: number; readonly note: string } | undefined;
  let [low, step] = [known, 1];
  const isThere = async (number: number): Promise<boolean> => {
    const note = await readCheckpointFile(deps, generation, number);
    if (note === undefined) return false;
    found = { number, note };
    low = number;
    return true;
  };
  while (await isThere(low + step)) step *= 2;
  for (let high = low + step; high - low > 1; ) {
    const middle = Math.floor((low + high) / 2);
    if (!(await isThere(middle))) high = middle;
  }
  return found;
}

/** The checkpoint in a note. The signature is not verified. */
export function claimOf(note: string): Checkpoint | undefined {
  const parsed = parseNote(note);
  return parsed.ok ? parseCheckpointText(parsed.value.text) : undefined;
}

const MAX_NOTE_BYTES = 65_536;
