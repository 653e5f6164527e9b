/** Slow tests: races on a real server, whole runtimes, exhaustive input. Only `npm run test:full` runs them. */
export const FULL_ONLY = ['tests/concurrency/**/*.test.ts', 'tests/runtime/**/*.test.ts', 'tests/**/*.full.test.ts'];

/** Run by both commands; in `npm test`, they run a part of their cases (`sized`, `sampled`, `cellsOf`). */
export const IN_BOTH = [
  'tests/contract/sealed-places.test.ts',
  'tests/contract/zip-format.test.ts',
  'tests/domain/**/*.test.ts',
  'tests/http/every-route/authorization.test.ts',
  'tests/http/files/resumable.test.ts',
  'tests/http/scheduling/clinic-logo.test.ts',
  'tests/http/scheduling/earliest.test.ts',
  'tests/http/scheduling/reception-day.test.ts',
];
