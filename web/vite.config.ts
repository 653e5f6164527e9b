/** Builds the web application into `.web/`, which the Worker and Deno serve. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const THEME = fileURLToPath(new URL('src/app/first-paint.js', import.meta.url));

/** A script that sets the theme before the first paint: a module would run after it, and one in the page breaks the policy. */
function firstPaint(): Plugin {
  let isServed = false;
  return {
    name: 'first-paint',
    configResolved: ({ command }) => {
      isServed = command === 'serve';
    },
    buildStart() {
      if (isServed) return;
      this.emitFile({ type: 'asset', name: 'first-paint.js', source: readFileSync(THEME, 'utf8') });
    },
    transformIndexHtml: {
      order: 'post',
      handler(_, { bundle }) {
        const emitted = Object.keys(bundle ?? {}).find((name) => /first-paint.*\.js$/.test(name));
        const src = emitted === undefined ? '/src/app/first-paint.js' : `/${emitted}`;
        return [{ tag: 'script', attrs: { src }, injectTo: 'head' }];
      },
    },
  };
}

/** The portal that `npm run dev` starts. Its own origin is named in requests, because it refuses changes that come from another one. */
const PORTAL = `http://127.0.0.1:${process.env.PORT ?? 8787}`;
const OF_THE_PORTAL =
  '^/(api|audit|confirm|dev|health|metrics|openapi\\.json|problems|ready|reference|schemas|shared|unsubscribe|\\.well-known)(/|$)';

export default defineConfig({
  server: {
    port: 5173,
    strictPort: true,
    proxy: { [OF_THE_PORTAL]: { target: PORTAL, headers: { Origin: PORTAL } } },
  },
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react(), tailwindcss(), firstPaint()],
  build: {
    outDir: fileURLToPath(new URL('../.web', import.meta.url)),
    emptyOutDir: true,
    // Only inline scripts would need it, which the policy refuses.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    target: 'es2022',
    reportCompressedSize: false,
    // What is in which file, for the test of sizes.
    manifest: 'manifest.json',
  },
});
