/** How esbuild makes modules for workerd of our sources. */

import type { BuildOptions } from 'esbuild';

export const BUNDLED = {
  chunkNames: 'parts/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2024',
  minify: true,
  metafile: true,
  write: false,
  conditions: ['workerd', 'worker', 'browser'] as string[],
  mainFields: ['browser', 'module', 'main'] as string[],
  external: ['node:*', 'cloudflare:*'] as string[],
  alias: { zod: './tools/worker/zod.js' },
  define: { 'process.env.NODE_ENV': '"production"', 'navigator.userAgent': '"Cloudflare-Workers"' },
  logLevel: 'warning',
} as const satisfies BuildOptions;
