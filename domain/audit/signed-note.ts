/**
 * Signed notes (C2SP signed-note): text that one or more keys have signed, in a form that people can read and standard
 * tools can check. Only Ed25519 signatures (type 0x01) are verified; others are ignored.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, equalBytes, toHex, utf8 } from '../shared/bytes.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import { fromBase64, toBase64 } from './base64.ts';
import type { CheckpointSigner } from './ports.ts';

const ED25519 = 0x01;
const KEY_BYTES = 32;
const ID_BYTES = 4;
/** A log signs with one key, or two while it changes keys; the specification asks for at least 16. */
const MAX_SIGNATURES = 100;
const MAX_CHARACTERS = 1_000_000;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the specification forbids exactly these
const CONTROL_CHARACTERS = /[\u0000-\u0009\u000b-\u001f]/;
const SIGNATURE_LINE = /^— ([^\p{White_Space}+]+) ([A-Za-z0-9+/=]+)$/u;
const VERIFIER_KEY = /^([^\p{White_Space}+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/u;

export interface VerifierKey {
  readonly name: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
}

export interface SignedNote {
  /** With its final newline: exactly what is signed. */
  readonly text: string;
  readonly signatures: readonly { readonly name: string; readonly keyId: Uint8Array; readonly signature: Uint8Array }[];
}

export type NoteError =
  | { readonly code: 'note_malformed' }
  /** No trusted key has signed it, or the signature of a trusted key is wrong. */
  | { readonly code: 'note_forged' };

/** The first four bytes of `SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key)`. */
export function noteKeyId({ name, publicKey }: VerifierKey): Uint8Array {
  return sha256(concat(utf8(`${name}\n`), Uint8Array.of(ED25519), publicKey)).subarray(0, ID_BYTES);
}

/** The text form of a public key for verifiers: `name+hash+base64(type ‖ key)`. */
export function formatVerifierKey(key: VerifierKey): string {
  return `${key.name}+${toHex(noteKeyId(key))}+${toBase64(concat(Uint8Array.of(ED25519), key.publicKey))}`;
}

/** @returns undefined for anything but an Ed25519 verifier key whose hash is right */
export function parseVerifierKey(text: string): VerifierKey | undefined {
  const [, name, hash, encoded] = VERIFIER_KEY.exec(text) ?? [];
  const bytes = fromBase64(encoded ?? '');
  if (name === undefined || bytes?.length !== 1 + KEY_BYTES || bytes[0] !== ED25519) return undefined;
  const key = { name, publicKey: bytes.subarray(1) };
  return toHex(noteKeyId(key)) === hash ? key : undefined;
}

/**
 * @param text ends with a newline and holds no other control character
 * @throws TypeError for a text that no note can carry
 */
export function signNote(text: string, signers: readonly CheckpointSigner[]): string {
  if (!text.endsWith('\n') || CONTROL_CHARACTERS.test(text) || !text.isWellFormed() || signers.length === 0) {
    throw new TypeError('the text of a note ends with a newline, holds no other control character and has a signer');
  }
  const lines = signers.map((signer) => {
    return `— ${signer.name} ${toBase64(concat(noteKeyId(signer), signer.sign(utf8(text))))}\n`;
  });
  return `${text}\n${lines.join('')}`;
}

/** Reads a note without trusting it: nothing is verified yet. */
export function parseNote(note: string): Result<SignedNote, NoteError> {
  const malformed = refuse<NoteError>({ code: 'note_malformed' });
  if (note.length > MAX_CHARACTERS || CONTROL_CHARACTERS.test(note) || !note.isWellFormed()) return malformed;
  // The text may contain empty lines; the last empty line separates it from the signatures.
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n')) return malformed;
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > MAX_SIGNATURES) return malformed;
  const signatures = [];
  for (const line of lines) {
    const [, name, encoded] = SIGNATURE_LINE.exec(line) ?? [];
    const bytes = fromBase64(encoded ?? '');
    if (name === undefined || bytes === undefined || bytes.length <= ID_BYTES) return malformed;
    signatures.push({ name, keyId: bytes.subarray(0, ID_BYTES), signature: bytes.subarray(ID_BYTES) });
  }
  return ok({ text: note.slice(0, split + 1), signatures });
}

/**
 * Returns the text only if a trusted key has signed it. One wrong signature of a trusted key makes the whole note invalid;
 * signatures of unknown keys are ignored.
 */
export function openNote(
  note: string,
  keys: readonly VerifierKey[],
): Result<{ readonly text: string; readonly signedBy: readonly VerifierKey[] }, NoteError> {
  const parsed = parseNote(note);
  if (!parsed.ok) return parsed;
  const { text, signatures } = parsed.value;
  const signedBy: VerifierKey[] = [];
  for (const { name, keyId, signature } of signatures) {
    const key = keys.find((known) => known.name === name && equalBytes(noteKeyId(known), keyId));
    if (key === undefined) continue;
    if (!isSignature(signature, utf8(text), key.publicKey)) return refuse({ code: 'note_forged' });
    signedBy.push(key);
  }
  return signedBy.length === 0 ? refuse({ code: 'note_forged' }) : ok({ text, signedBy });
}

function isSignature(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== 64) return false;
  // RFC 8032 rather than ZIP-215, so that all verifiers agree on which signatures are valid.
  return ed25519.verify(signature, message, publicKey, { zip215: false });
}
