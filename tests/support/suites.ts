/** Slow tests: races on a real server, whole runtimes, exhaustive input. Only `npm run test:full` runs them. */
export const FULL_ONLY = ['tests/concurrency/**/*.test.ts', 'tests/runtime/**/*.test.ts', 'tests/**/*.full.test.ts'];

/** Run by both commands; in `npm test`, property tests run a tenth of their cases. */
export const IN_BOTH = 'tests/domain/**/*.test.ts';
