/**
 * The Merkle tree of RFC 6962 section 2.1 over SHA-256. This module computes hashes, appends
 * leaves to a frontier, and makes and verifies inclusion and consistency proofs. It stores nothing.
 *
 * Sizes and indexes are integers below 2^53, so the code divides instead of shifting: JavaScript shifts only 32 bits.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, equalBytes } from '../shared/bytes.ts';
import { portableSha256, type Sha256 } from './event.ts';

export const HASH_BYTES = 32;
/** The root of a tree without leaves. */
export const EMPTY_ROOT: Uint8Array = sha256(new Uint8Array(0));

const LEAF_PREFIX = Uint8Array.of(0);
/** One shared buffer, because allocating arrays over 64 bytes is slow. The first byte is the prefix of nodes. */
const NODE = Uint8Array.of(1, ...new Uint8Array(2 * HASH_BYTES));

export function hashLeaf(entry: Uint8Array): Uint8Array {
  return sha256(concat(LEAF_PREFIX, entry));
}

export function hashNode(left: Uint8Array, right: Uint8Array, hash: Sha256 = portableSha256): Uint8Array {
  NODE.set(left, 1);
  NODE.set(right, 1 + HASH_BYTES);
  return hash(NODE);
}

/** The hash of the complete subtree over the leaves `[index * 2^level, (index + 1) * 2^level)`. */
export type NodeSource = (level: number, index: number) => Uint8Array;

export interface NodeId {
  readonly level: number;
  readonly index: number;
}

/** The complete subtrees that make up a tree, from the left. They suffice to append leaves and to compute the root. */
export interface Frontier {
  readonly size: number;
  readonly hashes: readonly Uint8Array[];
}

export const EMPTY_FRONTIER: Frontier = { size: 0, hashes: [] };

/** Computes one hash per leaf on average and keeps one hash per doubling of the size. */
export function appendLeaves(frontier: Frontier, leafHashes: Iterable<Uint8Array>, sha?: Sha256): Frontier {
  const hashes = [...frontier.hashes];
  let size = frontier.size;
  for (const leafHash of leafHashes) {
    let hash = leafHash;
    // Each trailing one bit of the size is a complete subtree that the new leaf completes to the next larger one.
    for (let bits = size; bits % 2 === 1; bits = (bits - 1) / 2) hash = hashNode(hashes.pop() ?? EMPTY_ROOT, hash, sha);
    hashes.push(hash);
    size++;
  }
  return { size, hashes };
}

export function frontierRoot(frontier: Frontier): Uint8Array {
  return foldRight(frontier.hashes) ?? EMPTY_ROOT;
}

/** The frontier of a tree of `size` leaves, read from stored nodes. */
export function frontierAt(size: number, node: NodeSource): Frontier {
  return { size, hashes: rangeNodes(0, size).map(({ level, index }) => node(level, index)) };
}

/**
 * The complete subtrees that make up the leaves `[start, end)`, from the left. The range must be one that occurs in
 * RFC 6962's recursion: `start` is a multiple of the smallest power of two that is not below its length.
 */
export function rangeNodes(start: number, end: number): NodeId[] {
  const nodes: NodeId[] = [];
  let at = start;
  while (at < end) {
    let level = 0;
    let width = 1;
    while (at + width * 2 <= end) {
      width *= 2;
      level++;
    }
    nodes.push({ level, index: at / width });
    at += width;
  }
  return nodes;
}

function foldRight(hashes: readonly Uint8Array[]): Uint8Array | undefined {
  return hashes.length === 0 ? undefined : hashes.reduceRight((right, left) => hashNode(left, right));
}

/** A subtree whose hash is one element of a proof: the leaves `[start, end)`. */
type Span = readonly [start: number, end: number];

/** The largest power of two smaller than `n`, for `n` over 1: where RFC 6962 splits. */
function splitPoint(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** PATH of section 2.1.1. */
function inclusionSpans(index: number, size: number): Span[] {
  assertTree(
    Number.isSafeInteger(index) && index >= 0 && index < size && Number.isSafeInteger(size),
    'leaf',
    index,
    size,
  );
  const spans: Span[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + splitPoint(end - start);
    if (index < middle) {
      spans.push([middle, end]);
      end = middle;
    } else {
      spans.push([start, middle]);
      start = middle;
    }
  }
  return spans.reverse();
}

/** PROOF and SUBPROOF of section 2.1.2. */
function consistencySpans(oldSize: number, newSize: number): Span[] {
  assertTree(isSize(oldSize) && isSize(newSize) && oldSize <= newSize, 'size', oldSize, newSize);
  // Every tree extends the empty tree and itself, so the proof is empty.
  if (oldSize === 0 || oldSize === newSize) return [];
  const spans: Span[] = [];
  let [start, end] = [0, newSize];
  while (end !== oldSize) {
    const middle = start + splitPoint(end - start);
    if (oldSize <= middle) {
      spans.push([middle, end]);
      end = middle;
    } else {
      spans.push([start, middle]);
      start = middle;
    }
  }
  // What is left is a subtree of the old tree. If it is the whole old tree, the verifier already has its hash.
  if (start !== 0) spans.push([start, end]);
  return spans.reverse();
}

/** The stored nodes that an inclusion proof is made of, so that they can be loaded at once. */
export function inclusionNodes(index: number, size: number): NodeId[] {
  return inclusionSpans(index, size).flatMap(([start, end]) => rangeNodes(start, end));
}

/** The stored nodes that a consistency proof is made of, so that they can be loaded at once. */
export function consistencyNodes(oldSize: number, newSize: number): NodeId[] {
  return consistencySpans(oldSize, newSize).flatMap(([start, end]) => rangeNodes(start, end));
}

/** @throws RangeError when there is no such leaf in a tree of that size */
export function proveInclusion(index: number, size: number, node: NodeSource): Uint8Array[] {
  return inclusionSpans(index, size).map((span) => spanHash(span, node));
}

/** @throws RangeError unless `0 <= oldSize <= newSize` */
export function proveConsistency(oldSize: number, newSize: number, node: NodeSource): Uint8Array[] {
  return consistencySpans(oldSize, newSize).map((span) => spanHash(span, node));
}

function spanHash([start, end]: Span, node: NodeSource): Uint8Array {
  return foldRight(rangeNodes(start, end).map(({ level, index }) => node(level, index))) ?? EMPTY_ROOT;
}

function isSize(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0;
}

function assertTree(holds: boolean, what: string, part: number, whole: number): asserts holds {
  if (!holds) throw new RangeError(`there is no ${what} ${part} in a tree of ${whole} leaves`);
}

/** RFC 9162 section 2.1.3.2, which specifies how to verify the proofs of RFC 6962. Returns false for malformed input. */
export function verifyInclusion(claim: {
  readonly leafHash: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}): boolean {
  const { index, size, proof } = claim;
  if (!isSize(index) || !isSize(size) || index >= size || !areHashes([claim.leafHash, ...proof])) return false;
  let [node, last] = [index, size - 1];
  let hash = claim.leafHash;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = hashNode(sibling, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      hash = hashNode(hash, sibling);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 && equalBytes(hash, claim.root);
}

/** RFC 9162 section 2.1.4.2. Returns false for malformed input. */
export function verifyConsistency(claim: {
  readonly oldSize: number;
  readonly newSize: number;
  readonly oldRoot: Uint8Array;
  readonly newRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}): boolean {
  const { oldSize, newSize, oldRoot, newRoot } = claim;
  if (!isSize(oldSize) || !isSize(newSize) || oldSize > newSize || !areHashes([oldRoot, ...claim.proof])) return false;
  if (oldSize === newSize) return claim.proof.length === 0 && equalBytes(oldRoot, newRoot);
  if (oldSize === 0) return claim.proof.length === 0 && equalBytes(oldRoot, EMPTY_ROOT);

  let [node, last] = [oldSize - 1, newSize - 1];
  while (node % 2 === 1) [node, last] = [(node - 1) / 2, Math.floor(last / 2)];
  // If the old tree is a complete subtree, the proof starts from its root; otherwise its first element is the start.
  const [first, ...rest] = node === 0 ? [oldRoot, ...claim.proof] : claim.proof;
  if (first === undefined) return false;
  let [oldHash, newHash] = [first, first];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      oldHash = hashNode(sibling, oldHash);
      newHash = hashNode(sibling, newHash);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      newHash = hashNode(newHash, sibling);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 && equalBytes(oldHash, oldRoot) && equalBytes(newHash, newRoot);
}

function areHashes(proof: readonly Uint8Array[]): boolean {
  return proof.every((hash) => hash.length === HASH_BYTES);
}
