import { defineConfig } from 'vitest/config';

/** For tests that need no database: without the setup that makes one. */
export default defineConfig({ test: { include: ['tests/**/*.test.ts'] } });
