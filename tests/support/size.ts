const isFull = process.env.TEST_SIZE === 'full';

/** How much of a large test runs: all of it in `npm run test:full`, a tenth in `npm test`. */
export function sized(count: number): number {
  return isFull ? count : Math.ceil(count / 10);
}

/** All places of an exhaustive test in `npm run test:full`; in `npm test` a tenth of them, evenly spread, with both ends. */
export function sampled<T>(all: readonly T[]): readonly T[] {
  const step = all.length / sized(all.length);
  return all.filter((_, index) => index % step < 1 || index === all.length - 1);
}

/**
 * Of a table with a cell for each row and column: all cells of a row in `npm run test:full`; in `npm test` every third, so that
 * each column is met in a third of the rows.
 * @param row its place in the table, from 0
 */
export function cellsOf<T>(row: number, columns: readonly T[]): readonly T[] {
  return isFull ? columns : columns.filter((_, column) => (row + column) % 3 === 0);
}
