import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { leftOutReporter } from './tests/support/reporter.ts';
import { FULL_ONLY, IN_BOTH } from './tests/support/suites.ts';

/** `TEST_SIZE=full` runs what `npm test` leaves out. */
const isFull = process.env.TEST_SIZE === 'full';

export default defineConfig({
  test: {
    include: isFull ? [...FULL_ONLY, ...IN_BOTH] : ['tests/**/*.test.ts'],
    exclude: isFull ? [] : FULL_ONLY,
    globalSetup: ['tests/support/setup.ts'],
    setupFiles: ['tests/support/seeded.ts'],
    // Node runs the sources as they are, as in production: a worker of tests starts in half the time.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    reporters: ['default', leftOutReporter],
    environment: 'node',
    pool: 'forks',
    // More than Vitest would take: a worker waits for the database much of its time, and a runtime that a test starts has its own.
    maxWorkers: Math.max(isFull ? 2 : 3, availableParallelism() - 1),
    // The files of a worker share what they import, and the embedded databases that others have closed.
    isolate: false,
    // Generous, so that no test fails because the machine is slow.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    coverage: {
      // Everywhere it can be asked for; where every service test runs, it is checked. What runs in processes of its own is not seen.
      enabled: process.env.CI === 'true' && !isFull,
      provider: 'v8',
      include: ['domain/**/*.ts', 'src/**/*.ts', 'adapters/**/*.ts'],
      // Entry points run in processes of their own, where the runtime tests reach them.
      exclude: [
        'src/deno.ts',
        'src/worker.ts',
        'src/compose/deno.ts',
        'src/compose/edge.ts',
        'src/banner.ts',
        '**/ports.ts',
      ],
      reporter: ['text-summary', 'lcov'],
      thresholds: { lines: 85, 'domain/**/*.ts': { lines: 95 } },
    },
  },
});
