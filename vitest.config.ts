import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/support/setup.ts'],
    environment: 'node',
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    coverage: {
      // Everywhere it can be asked for; where every service test runs, it is checked.
      enabled: process.env.CI === 'true',
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
