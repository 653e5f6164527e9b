/**
 * Checkpoints in file storage. Each published one lies there under its number, stored before anybody else sees it and only
 * where nothing is yet: so the numbers are one line of history, in which two sealers cannot both take a place.
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
  // What is longer than any note is not one, and equals none.
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
 * The newest checkpoint in file storage after one with a known number: the numbers are without gaps, so the end is found
 * in a logarithmic number of reads.
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

/** What a note claims, whoever signed it. */
export function claimOf(note: string): Checkpoint | undefined {
  const parsed = parseNote(note);
  return parsed.ok ? parseCheckpointText(parsed.value.text) : undefined;
}

const MAX_NOTE_BYTES = 65_536;
