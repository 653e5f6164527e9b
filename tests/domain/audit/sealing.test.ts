import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openCheckpoint } from '../../../domain/audit/checkpoint.ts';
import { EMPTY_ROOT, hashLeaf } from '../../../domain/audit/merkle.ts';
import { originOf, type SealingState, sealPending, type UnsealedEvent } from '../../../domain/audit/sealing.ts';
import { edgeTiles, type Tile, tilePath } from '../../../domain/audit/tiles.ts';
import { sized } from '../../support/size.ts';
import { at } from '../scheduling/builders.ts';
import { treeHash } from './reference-tree.ts';
import { ORIGIN, testSigner } from './sample-log.ts';

const now = at('2026-11-20T12:00:00Z');
const EMPTY: SealingState = { origin: null, size: 0, root: EMPTY_ROOT, edge: [], pending: [] };

const entryOf = (n: number) => Uint8Array.of(n >> 8, n & 255);
const waiting = (from: number, count: number): UnsealedEvent[] =>
  Array.from({ length: count }, (_, i) => ({ place: 1_000 + from + i, currentHash: hashLeaf(entryOf(from + i)) }));

describe('sealing', () => {
  test('of nothing is no change, whoever would sign', () => {
    const sealed = sealPending(EMPTY, ORIGIN, () => [], now);
    expect(sealed).toBeUndefined();
  });

  test('makes leaves of what waits, in its order, and signs the size after it', () => {
    const pending = waiting(0, 3);
    const sealed = sealPending({ ...EMPTY, pending }, ORIGIN, (name) => [testSigner(name)], now);
    const root = treeHash([0, 1, 2].map(entryOf));
    expect(sealed).toMatchObject({
      type: 'audit_log.sealed',
      origin: ORIGIN,
      expectedSize: 0,
      places: [1_000, 1_001, 1_002],
      root,
      at: now,
    });
    const checkpoint = sealed?.type === 'audit_log.sealed' ? sealed.checkpoint : '';
    expect(openCheckpoint(checkpoint, [testSigner()], ORIGIN)).toEqual({
      ok: true,
      value: { origin: ORIGIN, size: 3, root },
    });
  });

  test('R72 in any steps gives the tree of all leaves (RFC 6962)', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 4 }), (steps) => {
        const store = new Map<string, Tile>();
        let state = EMPTY;
        for (const count of steps) {
          const pending = waiting(state.size, count);
          const sealed = sealPending({ ...state, pending }, ORIGIN, (name) => [testSigner(name)], now);
          if (sealed?.type !== 'audit_log.sealed') throw new Error('nothing was sealed');
          expect(sealed.expectedSize).toBe(state.size);
          for (const tile of sealed.tiles) store.set(tilePath(tile), tile);
          const size = state.size + count;
          const edge = edgeTiles(size).flatMap((tile) => store.get(tilePath(tile)) ?? []);
          state = { origin: sealed.origin, size, root: sealed.root, edge, pending: [] };
        }
        expect(state.root).toEqual(treeHash(Array.from({ length: state.size }, (_, n) => entryOf(n))));
      }),
      { numRuns: sized(100), seed: 72 },
    );
  });

  test('keeps the origin that the log has, and asks for the signers of that origin', () => {
    const asked: string[] = [];
    const signersOf = (origin: string) => {
      asked.push(origin);
      return [testSigner(origin)];
    };
    const state = { ...EMPTY, origin: 'former.example/audit/log', pending: waiting(0, 1) };
    expect(sealPending(state, ORIGIN, signersOf, now)).toMatchObject({ origin: 'former.example/audit/log' });
    expect(asked).toEqual(['former.example/audit/log']);
  });

  test('signs with the new key and the former one while keys are changed, and with no older one', () => {
    const [current, former, oldest] = [1, 2, 3].map((fill) => testSigner(ORIGIN, fill));
    if (current === undefined || former === undefined || oldest === undefined) throw new Error('three signers');
    const state = { ...EMPTY, pending: waiting(0, 1) };
    const sealed = sealPending(state, ORIGIN, () => [current, former, oldest], now);
    const checkpoint = sealed?.type === 'audit_log.sealed' ? sealed.checkpoint : '';
    const isSignedBy = [current, former, oldest].map((key) => openCheckpoint(checkpoint, [key], ORIGIN).ok);
    expect(isSignedBy).toEqual([true, true, false]);
  });

  test('throws when the stored tiles are not those of the log', () => {
    const pending = waiting(5, 1);
    expect(() => sealPending({ ...EMPTY, size: 5, pending }, ORIGIN, () => [testSigner()], now)).toThrow(RangeError);
  });
});

test.each([
  ['https://portal.example', 'portal.example/audit/log'],
  ['http://127.0.0.1:8787', '127.0.0.1:8787/audit/log'],
  ['https://clinic.example/portal', 'clinic.example/portal/audit/log'],
])('the origin of %s is its address without the scheme', (publicUrl, origin) => {
  expect(originOf(publicUrl)).toBe(origin);
});
