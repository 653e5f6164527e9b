/**
 * `zod` for the Worker, which `wrangler.toml` names in place of the package: without its messages in forty languages (ours are
 * in `src/http/validation-messages.ts`) and without what reads and writes JSON Schema, which took 53 of 632 kB.
 * `@hono/zod-openapi` takes the whole of `zod` as a value, so a bundler cannot leave anything out by itself.
 */
import * as z from './zod-exports.js';

export * from './zod-exports.js';
export { z, z as default };
