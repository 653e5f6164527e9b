/** Entry point on Cloudflare Workers. */
import { ensureFirstAdmin } from './app/identity/first-admin.ts';
import { composeEdge, type EdgeBindings } from './compose/edge.ts';
import { ConfigRefused } from './config.ts';
import { createApp } from './http/app.ts';

const app = createApp();

interface ExecutionContext {
  waitUntil(work: Promise<unknown>): void;
}

export default {
  async fetch(request: Request, bindings: EdgeBindings, context: ExecutionContext): Promise<Response> {
    try {
      const platform = composeEdge(bindings, (work) => context.waitUntil(work));
      // Set by Cloudflare; a client's own header of this name never arrives (R34).
      const clientAddress = request.headers.get('cf-connecting-ip');
      return await app.fetch(request, { platform, clientAddress });
    } catch (error) {
      if (!(error instanceof ConfigRefused)) throw error;
      console.error(error.message);
      return new Response('The portal is not configured. Its log says what is missing.\n', { status: 503 });
    }
  },

  /** Each minute: what a crash or an outage left undone is caught up (R49). */
  async scheduled(_event: unknown, bindings: EdgeBindings, context: ExecutionContext): Promise<void> {
    const platform = composeEdge(bindings, (work) => context.waitUntil(work));
    await ensureFirstAdmin(platform.deps, platform.config);
    await platform.jobs.publish();
  },
};
