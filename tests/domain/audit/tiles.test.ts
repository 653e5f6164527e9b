import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  EMPTY_ROOT,
  hashLeaf,
  inclusionNodes,
  proveConsistency,
  proveInclusion,
  verifyInclusion,
} from '../../../domain/audit/merkle.ts';
import {
  edgeMatches,
  edgeTiles,
  type GrownLog,
  growLog,
  nodesOf,
  parseTilePath,
  type Tile,
  type TileId,
  tilePath,
  tileRoot,
  tilesAbove,
  tilesFor,
} from '../../../domain/audit/tiles.ts';
import { sized } from '../../support/size.ts';
import { auditPath, consistencyProof, treeHash } from './reference-tree.ts';

const entriesOf = (size: number) => Array.from({ length: size }, (_, i) => Uint8Array.of(i >> 16, i >> 8, i & 255));

/** A log grown in the given steps, with every tile that was ever written. */
function grow(steps: readonly number[]): GrownLog & { readonly store: ReadonlyMap<string, Tile> } {
  const store = new Map<string, Tile>();
  let log: GrownLog = { size: 0, root: EMPTY_ROOT, tiles: [] };
  const entries = entriesOf(steps.reduce((sum, step) => sum + step, 0));
  for (const step of steps) {
    const leaves = entries.slice(log.size, log.size + step).map(hashLeaf);
    log = growLog(log.size, take(store, edgeTiles(log.size)), leaves);
    for (const tile of log.tiles) store.set(tilePath(tile), tile);
  }
  return { ...log, store };
}

function take(store: ReadonlyMap<string, Tile>, ids: readonly TileId[]): Tile[] {
  return ids.map((id) => {
    const tile = store.get(tilePath(id));
    if (tile === undefined) throw new Error(`${tilePath(id)} was never written`);
    return tile;
  });
}

describe('tile paths (C2SP tlog-tiles)', () => {
  it.each<[TileId, string]>([
    [{ level: 0, index: 1_234_067, width: 256 }, 'tile/0/x001/x234/067'],
    [{ level: 0, index: 1234, width: 5 }, 'tile/0/x001/234.p/5'],
    [{ level: 0, index: 0, width: 256 }, 'tile/0/000'],
    [{ level: 1, index: 999, width: 1 }, 'tile/1/999.p/1'],
    [{ level: 2, index: 1000, width: 255 }, 'tile/2/x001/000.p/255'],
  ])('%j is %s', (tile, path) => {
    expect(tilePath(tile)).toBe(path);
    expect(parseTilePath(path)).toEqual(tile);
  });

  it('come back from text for any tile', () => {
    const tiles = fc.record({
      level: fc.integer({ min: 0, max: 63 }),
      index: fc.maxSafeNat(),
      width: fc.integer({ min: 1, max: 256 }),
    });
    fc.assert(fc.property(tiles, (tile) => void expect(parseTilePath(tilePath(tile))).toEqual(tile)));
  });

  it.each([
    '',
    'tile/0/0',
    'tile/00/000',
    'tile/64/000',
    'tile/-1/000',
    'tile/0/x000/001',
    'tile/0/001/x234',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/05',
    'tile/0/000/',
    '/tile/0/000',
    'tile/0/../000',
    'tile/0/x999/x999/x999/x999/x999/999',
    'tile/entries/000',
    'tile/0/000\n',
  ])('refuses %j', (path) => {
    expect(parseTilePath(path)).toBeUndefined();
  });
});

describe('tiles', () => {
  const large = grow([70_000]);

  it('are those of the example in the specification for 70,000 leaves', () => {
    const { store } = large;
    const count = (level: number, full: boolean) =>
      [...store.values()].filter((tile) => tile.level === level && (tile.width === 256) === full).length;
    expect([count(0, true), count(0, false), count(1, true), count(1, false), count(2, false)]).toEqual([
      273, 1, 1, 1, 1,
    ]);
    expect(edgeTiles(70_000).map(({ level, width }) => [level, width])).toEqual([
      [0, 112],
      [1, 17],
      [2, 1],
    ]);
    expect(edgeTiles(256)).toEqual([{ level: 1, index: 0, width: 1 }]);
  });

  it('above the leaves follow from the roots of those below', () => {
    const stored = [...large.store.values()];
    const full = stored.filter(({ level, width }) => level === 0 && width === 256).sort((a, b) => a.index - b.index);
    const above = tilesAbove(full.map(tileRoot));
    expect(above.map(({ level, index, width }) => [level, index, width])).toEqual([
      [1, 0, 256],
      [1, 1, 17],
      [2, 0, 1],
    ]);
    for (const tile of above) expect(large.store.get(tilePath(tile))?.hashes).toEqual(tile.hashes);
    expect(tilesAbove([])).toEqual([]);
  });

  it('are the same however the log grew, and give the right root and proofs', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 6 }),
        fc.nat(),
        fc.nat(),
        (steps, a, b) => {
          const { size, root, store } = grow(steps);
          const entries = entriesOf(size);
          expect(root).toEqual(treeHash(entries));
          const atOnce = grow([size]);
          for (const tile of atOnce.tiles) expect(store.get(tilePath(tile))?.hashes).toEqual(tile.hashes);
          if (size === 0) return;
          const [index, oldSize] = [a % size, 1 + (b % size)];
          const tiles = take(store, tilesFor(inclusionNodes(index, size), size));
          expect(proveInclusion(index, size, nodesOf(tiles))).toEqual(auditPath(index, entries));
          const anywhere = nodesOf([...store.values()].sort((x, y) => x.width - y.width));
          expect(proveConsistency(oldSize, size, anywhere)).toEqual(consistencyProof(oldSize, entries));
        },
      ),
      { numRuns: sized(100) },
    );
  });

  it('prove a leaf of 70,000 from four tiles at most', () => {
    const { store, size, root } = large;
    const ids = tilesFor(inclusionNodes(12_345, size), size);
    expect(ids.length).toBeLessThanOrEqual(4);
    const proof = proveInclusion(12_345, size, nodesOf(take(store, ids)));
    const leafHash = hashLeaf(Uint8Array.of(0, 12_345 >> 8, 12_345 & 255));
    expect(verifyInclusion({ leafHash, index: 12_345, size, root, proof })).toBe(true);
  });

  it('that are missing or too narrow are said to be', () => {
    const { store } = grow([300]);
    expect(() => growLog(300, [], [hashLeaf(Uint8Array.of())])).toThrow(RangeError);
    const narrow = take(store, edgeTiles(300)).map((tile) => ({ ...tile, hashes: tile.hashes.subarray(32) }));
    expect(() => growLog(300, narrow, [hashLeaf(Uint8Array.of())])).toThrow(RangeError);
  });

  it('at the edge are compared with the root that was signed', () => {
    const { store, root } = grow([300]);
    const edge = take(store, edgeTiles(300));
    expect(edgeMatches(300, edge, root)).toBe(true);
    expect(edgeMatches(300, edge, EMPTY_ROOT)).toBe(false);
    expect(edgeMatches(300, edge.slice(1), root)).toBe(false);
    expect(edgeMatches(0, [], EMPTY_ROOT)).toBe(true);
  });
});
