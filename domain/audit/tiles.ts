/**
 * How the log's tree is stored and served: tiles of height 8 in the layout of C2SP tlog-tiles. A tile holds up to 256
 * hashes of one level; a full tile never changes, and the levels between two tile levels are computed when needed.
 */
import { concat, equalBytes } from '../shared/bytes.ts';
import {
  appendLeaves,
  EMPTY_ROOT,
  frontierAt,
  frontierRoot,
  HASH_BYTES,
  hashNode,
  type NodeId,
  type NodeSource,
} from './merkle.ts';

export const TILE_HEIGHT = 8;
export const TILE_WIDTH = 256;
const MAX_LEVEL = 63;

export interface TileId {
  /** Counted in tiles: level 1 holds the hashes of full tiles of level 0. */
  readonly level: number;
  readonly index: number;
  /** How many hashes it holds: 256, or 1 to 255 at the right edge. */
  readonly width: number;
}

export interface Tile extends TileId {
  /** `width` hashes of 32 bytes. */
  readonly hashes: Uint8Array;
}

/** The path below the log's prefix, such as `tile/0/x001/234.p/5`. */
export function tilePath({ level, index, width }: TileId): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) ?? [];
  const path = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
  return `tile/${level}/${path}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

const PATH = /^tile\/(0|[1-9]\d?)\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/([1-9]\d{0,2}))?$/;

/** @returns undefined unless the text is exactly what {@link tilePath} gives for some tile */
export function parseTilePath(path: string): TileId | undefined {
  const [, level, groups, width] = PATH.exec(path) ?? [];
  if (groups === undefined) return undefined;
  const tile: TileId = {
    level: Number(level),
    index: Number(groups.replaceAll(/[x/]/g, '')),
    width: width === undefined ? TILE_WIDTH : Number(width),
  };
  if (tile.level > MAX_LEVEL || !Number.isSafeInteger(tile.index)) return undefined;
  // Refuses superfluous zeroes and a partial tile of the full width, so that each tile has exactly one path.
  return tilePath(tile) === path ? tile : undefined;
}

/** The tile that holds a node (or the nodes below it) in a tree of `size` leaves, with its width in that tree. */
export function tileOf({ level, index }: NodeId, size: number): TileId {
  const tileLevel = Math.floor(level / TILE_HEIGHT);
  const first = index * 2 ** (level - tileLevel * TILE_HEIGHT);
  const tileIndex = Math.floor(first / TILE_WIDTH);
  const count = Math.floor(size / TILE_WIDTH ** tileLevel);
  return { level: tileLevel, index: tileIndex, width: Math.min(TILE_WIDTH, count - tileIndex * TILE_WIDTH) };
}

/** The tiles to load for some nodes, each once. */
export function tilesFor(nodes: readonly NodeId[], size: number): TileId[] {
  const tiles = new Map(nodes.map((node) => tileOf(node, size)).map((tile) => [tilePath(tile), tile]));
  return [...tiles.values()];
}

/** The partial tiles at the right edge of a tree. The sealer loads them to append. */
export function edgeTiles(size: number): TileId[] {
  const tiles: TileId[] = [];
  for (let level = 0, count = size; count > 0; level++, count = Math.floor(count / TILE_WIDTH)) {
    const width = count % TILE_WIDTH;
    if (width > 0) tiles.push({ level, index: Math.floor(count / TILE_WIDTH), width });
  }
  return tiles;
}

/**
 * Reads nodes from loaded tiles. A wider tile can stand in for a narrower one. The returned function throws RangeError for
 * a node whose tile is missing or too narrow.
 */
export function nodesOf(tiles: Iterable<Tile>): NodeSource {
  const byPlace = new Map<string, Tile>();
  for (const tile of tiles) byPlace.set(`${tile.level}/${tile.index}`, tile);
  return (level, index) => {
    const tileLevel = Math.floor(level / TILE_HEIGHT);
    const span = 2 ** (level - tileLevel * TILE_HEIGHT);
    const first = index * span;
    const tileIndex = Math.floor(first / TILE_WIDTH);
    const tile = byPlace.get(`${tileLevel}/${tileIndex}`);
    const offset = first - tileIndex * TILE_WIDTH;
    if (tile === undefined || tile.hashes.length < (offset + span) * HASH_BYTES) {
      throw new RangeError(`the node ${level}/${index} is not in the tiles given`);
    }
    return completeRoot(tile.hashes.subarray(offset * HASH_BYTES, (offset + span) * HASH_BYTES));
  };
}

/** The root over a power of two of hashes. */
function completeRoot(hashes: Uint8Array): Uint8Array {
  const half = hashes.length / 2;
  if (half < HASH_BYTES) return hashes;
  return hashNode(completeRoot(hashes.subarray(0, half)), completeRoot(hashes.subarray(half)));
}

export interface GrownLog {
  readonly size: number;
  readonly root: Uint8Array;
  /** Every tile that is new or wider than before: the full ones, and the edge at the new size. */
  readonly tiles: readonly Tile[];
}

/**
 * Appends leaves to a log of `size` leaves whose {@link edgeTiles} are given. Partial tiles are made for the new
 * size alone, because no checkpoint signs the sizes in between.
 *
 * @throws RangeError when an edge tile is missing or too narrow
 */
export function growLog(size: number, edge: Iterable<Tile>, leafHashes: readonly Uint8Array[]): GrownLog {
  const known = [...edge];
  const root = frontierRoot(appendLeaves(frontierAt(size, nodesOf(known)), leafHashes));
  const tiles: Tile[] = [];
  let count = size;
  let added: readonly Uint8Array[] = leafHashes;
  for (let level = 0; added.length > 0; level++) {
    const tileIndex = Math.floor(count / TILE_WIDTH);
    const started = known.find((tile) => tile.level === level && tile.index === tileIndex)?.hashes ?? new Uint8Array(0);
    const row = concat(started.subarray(0, (count % TILE_WIDTH) * HASH_BYTES), ...added);
    const completed: Uint8Array[] = [];
    for (let at = 0; at < row.length; at += TILE_WIDTH * HASH_BYTES) {
      const hashes = row.subarray(at, at + TILE_WIDTH * HASH_BYTES);
      const width = hashes.length / HASH_BYTES;
      tiles.push({ level, index: tileIndex + at / (TILE_WIDTH * HASH_BYTES), width, hashes });
      if (width === TILE_WIDTH) completed.push(completeRoot(hashes));
    }
    count = tileIndex;
    added = completed;
  }
  return { size: size + leafHashes.length, root, tiles };
}

/** The hash of a full tile in the tile above it. */
export function tileRoot({ hashes }: Tile): Uint8Array {
  return completeRoot(hashes);
}

/**
 * Computes every tile above level 0, level by level from the left.
 * @param roots of all full tiles of level 0, from the left
 */
export function tilesAbove(roots: readonly Uint8Array[]): Tile[] {
  const tiles: Tile[] = [];
  let row = roots;
  for (let level = 1; row.length > 0; level++) {
    const completed: Uint8Array[] = [];
    for (let at = 0; at < row.length; at += TILE_WIDTH) {
      const part = row.slice(at, at + TILE_WIDTH);
      const tile = { level, index: at / TILE_WIDTH, width: part.length, hashes: concat(...part) };
      if (tile.width === TILE_WIDTH) completed.push(tileRoot(tile));
      tiles.push(tile);
    }
    row = completed;
  }
  return tiles;
}

/** Whether the tiles of a tree's right edge give the root that a checkpoint signed. */
export function edgeMatches(size: number, edge: Iterable<Tile>, root: Uint8Array): boolean {
  if (size === 0) return equalBytes(root, EMPTY_ROOT);
  try {
    return equalBytes(frontierRoot(frontierAt(size, nodesOf(edge))), root);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
