import { expect, test } from 'vitest';
import { createLeafOrder } from '../../../domain/audit/leaf-order.ts';
import { linkOf } from '../../../domain/audit/log-verifier.ts';
import { at, sampleLog } from './sample-log.ts';

const log = sampleLog(20);

/** @param indexes of the leaves, in the order in which they come */
const kinds = (...indexes: readonly number[]) => kindsBeside(0, indexes);

/** @param missing how many events the chains have told missing already */
function kindsBeside(missing: number, indexes: readonly number[]): string[] {
  const order = createLeafOrder([], undefined);
  for (const [position, index] of indexes.entries()) order.push(linkOf(at(log, index)), index, position);
  return order.finish({ kinds: new Set(), missing }).problems.map(({ kind }) => kind);
}

test('a gap is a missing leaf, unless one of its leaves comes later', () => {
  expect(kinds(0, 1, 2, 3)).toEqual([]);
  expect(kinds(0, 3, 4)).toEqual(['deleted']);
  expect(kinds(0, 3, 1, 4)).toEqual(['reordered']);
  expect(kinds(0, 3, 2, 4)).toEqual(['reordered']);
});

test('a gap is told by the chains if they miss as many events', () => {
  expect([1, 2].map((missing) => kindsBeside(missing, [0, 3, 4]))).toEqual([['deleted'], []]);
  expect([2, 3].map((missing) => kindsBeside(missing, [0, 3, 4, 6]))).toEqual([['deleted'], []]);
});

test('a leaf that comes again is inserted, and explains no gap', () => {
  expect(kinds(0, 1, 1, 2)).toEqual(['inserted']);
  expect(kinds(0, 3, 3, 4)).toEqual(['deleted']);
  expect(kinds(0, 3, 0, 4)).toEqual(['deleted']);
});
