/** Tests that take long: races on a real server, whole runtimes, exhaustive input. `npm run test:full` runs them. */
export const FULL_ONLY = ['tests/concurrency/**/*.test.ts', 'tests/runtime/**/*.test.ts', 'tests/**/*.full.test.ts'];

/** Run by both: property tests have a tenth of their cases in `npm test`. */
export const IN_BOTH = 'tests/domain/**/*.test.ts';
