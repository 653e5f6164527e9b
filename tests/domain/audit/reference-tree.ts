/** RFC 6962 section 2.1 word for word: slow, recursive, and as close to the text as code can be. */
import { createHash } from 'node:crypto';

const sha256 = (...parts: Uint8Array[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};

/** The largest power of two smaller than n. */
const split = (n: number) => 2 ** Math.floor(Math.log2(n - 1));

/** MTH(D[n]) */
export function treeHash(entries: readonly Uint8Array[]): Uint8Array {
  const [first] = entries;
  if (first === undefined) return sha256();
  if (entries.length === 1) return sha256(Uint8Array.of(0), first);
  const k = split(entries.length);
  return sha256(Uint8Array.of(1), treeHash(entries.slice(0, k)), treeHash(entries.slice(k)));
}

/** PATH(m, D[n]) */
export function auditPath(m: number, entries: readonly Uint8Array[]): Uint8Array[] {
  const n = entries.length;
  if (n === 1) return [];
  const k = split(n);
  if (m < k) return [...auditPath(m, entries.slice(0, k)), treeHash(entries.slice(k))];
  return [...auditPath(m - k, entries.slice(k)), treeHash(entries.slice(0, k))];
}

/** PROOF(m, D[n]) */
export function consistencyProof(m: number, entries: readonly Uint8Array[]): Uint8Array[] {
  return subproof(m, entries, true);
}

function subproof(m: number, entries: readonly Uint8Array[], complete: boolean): Uint8Array[] {
  const n = entries.length;
  if (m === n) return complete ? [] : [treeHash(entries)];
  const k = split(n);
  if (m <= k) return [...subproof(m, entries.slice(0, k), complete), treeHash(entries.slice(k))];
  return [...subproof(m - k, entries.slice(k), false), treeHash(entries.slice(0, k))];
}
