/** A log to tamper with: several streams interleaved, sealed, and signed at some sizes. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { appendToChain, type ChainHead, entryHash, startOfChain } from '../../../domain/audit/chain.ts';
import { signCheckpoint } from '../../../domain/audit/checkpoint.ts';
import { eventDigest } from '../../../domain/audit/event.ts';
import { appendLeaves, EMPTY_FRONTIER, frontierRoot } from '../../../domain/audit/merkle.ts';
import type { CheckpointSigner } from '../../../domain/audit/ports.ts';
import type { VerifierKey } from '../../../domain/audit/signed-note.ts';
import type { LoggedEvent } from '../../../domain/audit/verdict.ts';
import { uuidv7 } from '../../../domain/shared/ids.ts';

export const ORIGIN = 'portal.example/audit/log';

export function testSigner(name = ORIGIN, fill = 7): CheckpointSigner & VerifierKey {
  const seed = new Uint8Array(32).fill(fill);
  return { name, publicKey: ed25519.getPublicKey(seed), sign: (text) => ed25519.sign(text, seed) };
}

export interface SampleContent {
  readonly id: string;
  readonly type: string;
  readonly outcome: string;
  readonly personal: string | null;
}

export type SampleEvent = LoggedEvent & { readonly content: SampleContent };

export function sampleContent(n: number): SampleContent {
  const random = Uint8Array.from({ length: 10 }, (_, i) => (n >> (8 * (i % 4))) & 255);
  return { id: uuidv7(1_760_000_000_000 + n, random), type: 'appointment.read', outcome: 'success', personal: `c${n}` };
}

/** @param size how many events; `streams` of them take turns in an uneven way */
export function sampleLog(size: number, streams = 7): SampleEvent[] {
  const heads = new Map<string, ChainHead>();
  return Array.from({ length: size }, (_, n) => {
    const stream = `person-${(n * n + (n >> 3)) % streams}`;
    const content = sampleContent(n);
    const { events, head } = appendToChain(heads.get(stream) ?? startOfChain(stream), [content]);
    heads.set(stream, head);
    const [event] = events;
    if (event === undefined) throw new Error('nothing was appended');
    return { ...event, content, stream, leafIndex: n };
  });
}

export function headsOf(log: readonly LoggedEvent[]): Map<string, ChainHead> {
  return new Map(log.map(({ stream, sequence, currentHash }) => [stream, { sequence, hash: currentHash }]));
}

export function rootAt(log: readonly LoggedEvent[], size: number): Uint8Array {
  const leaves = log.slice(0, size).map(({ currentHash }) => currentHash);
  return frontierRoot(appendLeaves(EMPTY_FRONTIER, leaves));
}

export function signedAt(log: readonly LoggedEvent[], size: number, signer = testSigner()): string {
  return signCheckpoint({ origin: ORIGIN, size, root: rootAt(log, size) }, [signer]);
}

/** @throws Error where the list has no such place */
export function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new Error(`nothing at ${index}`);
  return item;
}

/** As somebody would store it who changes an event and hashes it again. */
export const rehashed = (event: SampleEvent): SampleEvent => ({
  ...event,
  currentHash: entryHash(event.previousHash, event.sequence, eventDigest(event.content)),
});
export const edited = (event: SampleEvent): SampleEvent => ({
  ...event,
  content: { ...event.content, outcome: 'failure' },
});
