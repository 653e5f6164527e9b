/** How esbuild makes modules for workerd of our sources. */

import type { BuildOptions, Plugin } from 'esbuild';

const REQUIRED = 'required-node';

/** Modules of Node that CommonJS packages require: an ESM bundle has no `require`, so that they are imported instead. */
const requiredOfNode: Plugin = {
  name: REQUIRED,
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ kind, path }) =>
      kind === 'require-call' ? { path, namespace: REQUIRED } : { path, external: true },
    );
    build.onLoad({ filter: /.*/, namespace: REQUIRED }, ({ path }) => ({
      contents: `export * from '${path}'; export { default } from '${path}';`,
      loader: 'js',
    }));
  },
};

/** nodemailer's table of types by extension, 76 kB, for attachments that do not say their type: ours always do. */
const typesOfAttachments: Plugin = {
  name: 'types-of-attachments',
  setup(build) {
    build.onLoad({ filter: /\/nodemailer\/.*\/mime-types\.js$/ }, () => ({
      contents: `export const detectMimeType = () => 'application/octet-stream';
        export const detectExtension = () => 'bin';`,
    }));
  },
};

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
  plugins: [requiredOfNode, typesOfAttachments] as Plugin[],
  logLevel: 'warning',
} as const satisfies BuildOptions;
