import { defineConfig } from 'vitest/config';

/** For tests that need no database: without the setup that makes one. No test fails because the machine is slow. */
export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    setupFiles: ['tests/support/seeded.ts'],
    experimental: { viteModuleRunner: false, nodeLoader: false },
    pool: 'threads',
    maxWorkers: 2,
    // The files of a worker share what they import: nothing in them holds state of its own.
    isolate: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
