/**
 * Signs the audit log's checkpoints. Uses noble instead of `node:crypto`: a checkpoint is signed once a minute, so
 * speed does not matter, and a raw 32-byte seed needs no PKCS #8 encoding, which the runtimes support to different
 * degrees.
 */
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import type { CheckpointSigner } from '../../domain/audit/ports.ts';
import { parseKeyList } from './key-list.ts';

export interface CheckpointSignerOptions {
  /** The log's origin, such as `portal.example.com/audit/log`: no scheme, no spaces, no plus sign. */
  readonly name: string;
  /** The private key of RFC 8032: 32 bytes. */
  readonly seed: Uint8Array;
}

const SEED_BYTES = 32;
const SEED_TEXT = /^[A-Za-z0-9_-]{43}$/;

/** A new seed in the format of the setting: base64url. */
export function generateCheckpointSeed(): string {
  return randomBytes(SEED_BYTES).toString('base64url');
}

/**
 * Reads the seeds from their setting, a JSON array of base64url strings: the first signs, the others are previous ones
 * whose public keys are still served.
 *
 * @throws TypeError naming the position of the invalid seed, never its value
 */
export function parseCheckpointSeeds(json: string): Uint8Array[] {
  return parseKeyList(json, 'checkpoint seed', (entry) =>
    typeof entry === 'string' && SEED_TEXT.test(entry) ? Uint8Array.from(Buffer.from(entry, 'base64url')) : undefined,
  );
}

/** @throws TypeError if the name cannot be part of a signature line or the seed is not 32 bytes */
export function createCheckpointSigner({ name, seed }: CheckpointSignerOptions): CheckpointSigner {
  if (name === '' || /[\s+\p{Cc}\p{Z}]/u.test(name))
    throw new TypeError('the name of a log must not contain spaces or plus signs');
  if (seed.length !== SEED_BYTES) throw new TypeError(`the seed of a checkpoint key must have ${SEED_BYTES} bytes`);
  const secret = Uint8Array.from(seed);
  return {
    name,
    publicKey: ed25519.getPublicKey(secret),
    sign: (text) => ed25519.sign(text, secret),
  };
}
