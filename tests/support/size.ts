/** How much of a large test runs: all of it in `npm run test:full`, a tenth in `npm test`. */
export function sized(count: number): number {
  return process.env.TEST_SIZE === 'full' ? count : Math.ceil(count / 10);
}

/** All places of an exhaustive test in `npm run test:full`; in `npm test` a tenth of them, evenly spread, with both ends. */
export function sampled<T>(all: readonly T[]): readonly T[] {
  const step = all.length / sized(all.length);
  return all.filter((_, index) => index % step < 1 || index === all.length - 1);
}
