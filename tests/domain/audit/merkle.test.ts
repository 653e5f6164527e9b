import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  appendLeaves,
  consistencyNodes,
  EMPTY_FRONTIER,
  EMPTY_ROOT,
  frontierAt,
  frontierRoot,
  hashLeaf,
  hashNode,
  inclusionNodes,
  type NodeSource,
  proveConsistency,
  proveInclusion,
  rangeNodes,
  verifyConsistency,
  verifyInclusion,
} from '../../../domain/audit/merkle.ts';
import { fromHex, toHex } from '../../../domain/shared/bytes.ts';
import { sampled, sized } from '../../support/size.ts';
import * as vectors from '../../vectors/rfc6962.ts';
import { auditPath, consistencyProof, treeHash } from './reference-tree.ts';

const entriesOf = (size: number) => Array.from({ length: size }, (_, i) => Uint8Array.of(i >> 8, i & 255, 7));

function sourceOf(entries: readonly Uint8Array[]): NodeSource {
  const node: NodeSource = (level, index) => {
    const entry = entries[index];
    if (level > 0) return hashNode(node(level - 1, index * 2), node(level - 1, index * 2 + 1));
    if (entry === undefined) throw new RangeError(`no leaf ${index}`);
    return hashLeaf(entry);
  };
  return node;
}

const reference = vectors.LEAVES.map(fromHex);
const rootOf = (entries: readonly Uint8Array[]) => frontierRoot(appendLeaves(EMPTY_FRONTIER, entries.map(hashLeaf)));

describe('Merkle tree of RFC 6962 (R42)', () => {
  it('has the known roots', () => {
    expect(toHex(EMPTY_ROOT)).toBe(vectors.EMPTY_ROOT);
    for (const [i, root] of vectors.ROOTS.entries()) {
      expect(toHex(rootOf(reference.slice(0, i + 1)))).toBe(root);
      expect(toHex(treeHash(reference.slice(0, i + 1)))).toBe(root);
    }
  });

  it.each(vectors.INCLUSION)('gives the known inclusion proof of leaf %i of %i', (leaf, size, path) => {
    const proof = proveInclusion(leaf, size, sourceOf(reference.slice(0, size)));
    expect(proof.map(toHex)).toEqual(path);
  });

  it.each(vectors.CONSISTENCY)('gives the known consistency proof from %i to %i', (oldSize, newSize, expected) => {
    const proof = proveConsistency(oldSize, newSize, sourceOf(reference.slice(0, newSize)));
    expect(proof.map(toHex)).toEqual(expected);
  });

  it('makes up leaves of as few complete subtrees as there are', () => {
    const nodes = (start: number, end: number) => rangeNodes(start, end).map(({ level, index }) => [level, index]);
    expect(nodes(0, 8)).toEqual([[3, 0]]);
    expect(nodes(8, 14)).toEqual([
      [2, 2],
      [1, 6],
    ]);
    expect(nodes(0, 7)).toEqual([
      [2, 0],
      [1, 2],
      [0, 6],
    ]);
    expect(nodes(5, 5)).toEqual([]);
  });

  it('agrees with the reference at every size to 40, for every leaf and every older size', () => {
    const all = entriesOf(40);
    for (const size of sampled([...all.keys(), 40])) {
      const entries = all.slice(0, size);
      const source = sourceOf(entries);
      const root = treeHash(entries);
      expect(rootOf(entries)).toEqual(root);
      expect(frontierRoot(frontierAt(size, source))).toEqual(root);
      for (let index = 0; index < size; index++) {
        const proof = proveInclusion(index, size, source);
        expect(proof).toEqual(auditPath(index, entries));
        const leafHash = hashLeaf(entries[index] ?? Uint8Array.of());
        expect(verifyInclusion({ leafHash, index, size, root, proof })).toBe(true);
      }
      for (let oldSize = 0; oldSize <= size; oldSize++) {
        const proof = proveConsistency(oldSize, size, source);
        if (oldSize > 0) expect(proof).toEqual(consistencyProof(oldSize, entries));
        const oldRoot = treeHash(entries.slice(0, oldSize));
        expect(verifyConsistency({ oldSize, newSize: size, oldRoot, newRoot: root, proof })).toBe(true);
      }
    }
  });

  it('agrees with the reference at random larger sizes, grown in random steps', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600 }), fc.nat(), fc.nat(), (size, a, b) => {
        const entries = entriesOf(size);
        const [index, cut] = [a % size, b % (size + 1)];
        const hashes = entries.map(hashLeaf);
        const grown = appendLeaves(appendLeaves(EMPTY_FRONTIER, hashes.slice(0, cut)), hashes.slice(cut));
        expect(grown.size).toBe(size);
        expect(frontierRoot(grown)).toEqual(treeHash(entries));
        expect(proveInclusion(index, size, sourceOf(entries))).toEqual(auditPath(index, entries));
      }),
      { numRuns: sized(200) },
    );
  });

  it('lists the stored nodes that a proof needs before it is made', () => {
    const entries = entriesOf(53);
    const asked = new Set<string>();
    const spy: NodeSource = (level, index) => {
      asked.add(`${level}/${index}`);
      return hashLeaf(entries[0] ?? Uint8Array.of());
    };
    const name = ({ level, index }: { level: number; index: number }) => `${level}/${index}`;
    proveInclusion(17, 53, spy);
    expect(inclusionNodes(17, 53).map(name).sort()).toEqual([...asked].sort());
    asked.clear();
    proveConsistency(21, 53, spy);
    expect(consistencyNodes(21, 53).map(name).sort()).toEqual([...asked].sort());
  });

  it('works with sizes beyond 32 bits', () => {
    const size = 2 ** 40 + 12_345;
    const node: NodeSource = (level, index) => hashLeaf(Uint8Array.of(level, index % 251));
    const index = 2 ** 33 + 5;
    const proof = proveInclusion(index, size, node);
    const root = frontierRoot(frontierAt(size, node));
    // The nodes are made up, so only the shape can be judged: the length is what the verifier expects.
    expect(proof).toHaveLength(41);
    expect(verifyInclusion({ leafHash: node(0, index), index, size, root, proof })).toBe(false);
  });

  it('refuses to prove a leaf or a size that does not exist', () => {
    const source = sourceOf(entriesOf(8));
    for (const [index, size] of [
      [8, 8],
      [-1, 8],
      [0.5, 8],
      [0, 0],
    ] as const) {
      expect(() => proveInclusion(index, size, source)).toThrow(RangeError);
    }
    expect(() => proveConsistency(9, 8, source)).toThrow(RangeError);
    expect(() => proveConsistency(-1, 8, source)).toThrow(RangeError);
    expect(() => proveConsistency(0, Number.NaN, source)).toThrow(RangeError);
  });
});

describe('tampered proofs', () => {
  const flip = (hash: Uint8Array, bit: number) =>
    hash.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));

  it('of inclusion are refused: any bit, any index, any size, any length, any order', () => {
    const sizes = [1, 2, 3, 5, 8, 13, 21];
    for (const size of sizes) {
      const entries = entriesOf(size);
      const root = treeHash(entries);
      for (let index = 0; index < size; index++) {
        const leafHash = hashLeaf(entries[index] ?? Uint8Array.of());
        const proof = auditPath(index, entries);
        const good = { leafHash, index, size, root, proof };
        for (let i = 0; i < proof.length; i++) {
          expect(verifyInclusion({ ...good, proof: proof.map((h, j) => (j === i ? flip(h, i * 37) : h)) })).toBe(false);
          expect(verifyInclusion({ ...good, proof: proof.toSpliced(i, 1) })).toBe(false);
          expect(verifyInclusion({ ...good, proof: proof.map((h, j) => (j === i ? h.subarray(1) : h)) })).toBe(false);
        }
        expect(verifyInclusion({ ...good, proof: [...proof, root] })).toBe(false);
        expect(verifyInclusion({ ...good, leafHash: Uint8Array.of(...leafHash, 0) })).toBe(false);
        expect(verifyInclusion({ ...good, leafHash: leafHash.subarray(1) })).toBe(false);
        expect(verifyInclusion({ ...good, proof: [root, ...proof] })).toBe(false);
        if (proof.length > 1) expect(verifyInclusion({ ...good, proof: proof.toReversed() })).toBe(false);
        expect(verifyInclusion({ ...good, leafHash: flip(leafHash, 3) })).toBe(false);
        expect(verifyInclusion({ ...good, root: flip(root, 255) })).toBe(false);
        for (let other = 0; other < size; other++) {
          if (other !== index) expect(verifyInclusion({ ...good, index: other })).toBe(false);
        }
        for (const wrong of [-1, size, 0.5, Number.NaN, Infinity]) {
          expect(verifyInclusion({ ...good, index: wrong })).toBe(false);
        }
        expect(verifyInclusion({ ...good, size: size * 2 + 1 })).toBe(false);
      }
    }
    const nothing = { leafHash: EMPTY_ROOT, index: 0, size: 0, root: EMPTY_ROOT, proof: [] };
    expect(verifyInclusion(nothing)).toBe(false);
  });

  it('of consistency are refused', () => {
    for (const newSize of [2, 3, 5, 8, 13, 21]) {
      const entries = entriesOf(newSize);
      const newRoot = treeHash(entries);
      for (let oldSize = 1; oldSize < newSize; oldSize++) {
        const proof = consistencyProof(oldSize, entries);
        const good = { oldSize, newSize, oldRoot: treeHash(entries.slice(0, oldSize)), newRoot, proof };
        for (let i = 0; i < proof.length; i++) {
          expect(verifyConsistency({ ...good, proof: proof.map((h, j) => (j === i ? flip(h, i * 41) : h)) })).toBe(
            false,
          );
          expect(verifyConsistency({ ...good, proof: proof.toSpliced(i, 1) })).toBe(false);
        }
        expect(verifyConsistency({ ...good, proof: [...proof, newRoot] })).toBe(false);
        expect(verifyConsistency({ ...good, oldRoot: Uint8Array.of(...good.oldRoot, 0) })).toBe(false);
        expect(verifyConsistency({ ...good, proof: [...proof, Uint8Array.of(1)] })).toBe(false);
        expect(verifyConsistency({ ...good, oldRoot: flip(good.oldRoot, 9) })).toBe(false);
        expect(verifyConsistency({ ...good, newRoot: flip(newRoot, 9) })).toBe(false);
        expect(verifyConsistency({ ...good, oldRoot: newRoot })).toBe(false);
        for (const wrong of [-1, 0, newSize, newSize + 1, 0.5, Number.NaN]) {
          expect(verifyConsistency({ ...good, oldSize: wrong })).toBe(false);
        }
      }
      expect(verifyConsistency({ oldSize: newSize, newSize, oldRoot: newRoot, newRoot, proof: [newRoot] })).toBe(false);
      expect(verifyConsistency({ oldSize: 0, newSize, oldRoot: newRoot, newRoot, proof: [] })).toBe(false);
    }
  });
});

it('a proof of consistency that is empty proves nothing of trees of different sizes', () => {
  const [oldRoot, newRoot] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  for (const oldSize of [1, 2, 3, 4, 6]) {
    expect(verifyConsistency({ oldSize, newSize: 7, oldRoot, newRoot, proof: [] })).toBe(false);
  }
});
