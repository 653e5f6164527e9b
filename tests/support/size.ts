/** How much of a large test runs: all of it in `npm run test:full`, a tenth in `npm test`. */
export function sized(count: number): number {
  return process.env.TEST_SIZE === 'full' ? count : Math.ceil(count / 10);
}
