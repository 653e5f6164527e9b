/** A log's signed tree head (C2SP tlog-checkpoint): a signed note whose text is origin, size and root. */
import { ok, type Result, refuse } from '../shared/result.ts';
import { fromBase64, toBase64 } from './base64.ts';
import { HASH_BYTES } from './merkle.ts';
import type { CheckpointSigner } from './ports.ts';
import { type NoteError, openNote, signNote, type VerifierKey } from './signed-note.ts';

export interface TreeHead {
  /** The number of leaves. */
  readonly size: number;
  /** The RFC 6962 tree hash over them. */
  readonly root: Uint8Array;
}

export interface Checkpoint extends TreeHead {
  /** Which log it is: a URL without scheme. Also the name of the key that signs it. */
  readonly origin: string;
}

export type CheckpointError =
  | NoteError
  /** The signature is valid, but the checkpoint is of another log. */
  | { readonly code: 'checkpoint_of_another_log' };

export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/**
 * @param signers the current key first; a second one while keys are changed, so that both old and new clients verify
 * @throws TypeError when the checkpoint could not be parsed again
 */
export function signCheckpoint(checkpoint: Checkpoint, signers: readonly CheckpointSigner[]): string {
  const text = checkpointText(checkpoint);
  if (parseCheckpointText(text) === undefined) throw new TypeError('this is not a checkpoint');
  return signNote(text, signers);
}

/** @returns undefined when the text is not a checkpoint. Extension lines are allowed and ignored. */
export function parseCheckpointText(text: string): Checkpoint | undefined {
  const lines = text.split('\n');
  const [origin = '', digits = '', encoded = ''] = lines;
  if (lines.pop() !== '' || lines.length < 3 || lines.includes('')) return undefined;
  if (!/^(?:0|[1-9]\d{0,15})$/.test(digits)) return undefined;
  const size = Number(digits);
  const root = fromBase64(encoded);
  if (!Number.isSafeInteger(size) || root?.length !== HASH_BYTES) return undefined;
  return { origin, size, root };
}

/**
 * Reads a checkpoint and verifies that it was signed.
 *
 * @param keys the keys that are trusted to sign for this log
 * @param origin the expected log. Default: the log that the signing key is named after
 */
export function openCheckpoint(
  note: string,
  keys: readonly VerifierKey[],
  origin?: string,
): Result<Checkpoint, CheckpointError> {
  const opened = openNote(note, keys);
  if (!opened.ok) return opened;
  const checkpoint = parseCheckpointText(opened.value.text);
  if (checkpoint === undefined) return refuse({ code: 'note_malformed' });
  const isOfLog =
    origin === undefined
      ? opened.value.signedBy.some((key) => key.name === checkpoint.origin)
      : checkpoint.origin === origin;
  return isOfLog ? ok(checkpoint) : refuse({ code: 'checkpoint_of_another_log' });
}
