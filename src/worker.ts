/** Entry point on Cloudflare Workers. */
import type { Location } from '../domain/identity/sign-in-risk.ts';
import { createLog } from './app/log.ts';
import { composeEdge, type EdgeBindings } from './compose/edge.ts';
import { systemClock } from './compose/shared.ts';
import { ConfigRefused } from './config.ts';
import { createApp } from './http/app.ts';
import { pathTo } from './http/links.ts';
import { jsonSink } from './log-sink.ts';

const app = createApp();

interface ExecutionContext {
  waitUntil(work: Promise<unknown>): void;
}

/**
 * The location that Cloudflare derives from the client's address. Never read from a header, which a client could set.
 */
function locationOf(request: Request): Location | null {
  const { cf } = request as { cf?: { country?: string; city?: string; latitude?: string; longitude?: string } };
  if (cf?.country === undefined) return null;
  const degrees = (text: string | undefined) => (text === undefined ? null : Number(text));
  return {
    country: cf.country,
    city: cf.city ?? null,
    latitude: degrees(cf.latitude),
    longitude: degrees(cf.longitude),
  };
}

export default {
  async fetch(request: Request, bindings: EdgeBindings, context: ExecutionContext): Promise<Response> {
    try {
      const platform = await composeEdge(bindings, (work) => context.waitUntil(work));
      // Set by Cloudflare, which removes a header of this name from the client's request (R34).
      const clientAddress = request.headers.get('cf-connecting-ip');
      return await app.fetch(request, { platform, clientAddress, clientLocation: locationOf(request) });
    } catch (error) {
      if (!(error instanceof ConfigRefused)) throw error;
      // The settings are invalid, including the one that would set the log level.
      createLog({ level: 'error', clock: systemClock, sink: jsonSink }).write('error', 'settings_refused', {
        faults: error.faults,
      });
      return notConfigured();
    }
  },

  /** Runs each minute and catches up on what a crash or an outage left undone (R49). */
  async scheduled(_event: unknown, bindings: EdgeBindings, context: ExecutionContext): Promise<void> {
    const platform = await composeEdge(bindings, (work) => context.waitUntil(work));
    // Independent of each other, so that the audit log is sealed even if the queue is down (R59).
    const work = [
      import('./app/identity/first-admin.ts').then(({ ensureFirstAdmin }) =>
        ensureFirstAdmin(platform.deps, platform.config),
      ),
      platform.jobs.publish(),
      platform.jobs.everyMinute(),
    ];
    const outcomes = await Promise.allSettled(work);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') platform.deps.log.failure('cron_failed', outcome.reason);
    }
  },
};

function notConfigured(): Response {
  const requestId = crypto.randomUUID();
  const detail = 'The portal is not configured. Its log says what is missing.';
  return Response.json(
    {
      type: pathTo('getProblem', { code: 'unavailable' }),
      title: 'Not configured',
      status: 503,
      detail,
      code: 'unavailable',
      requestId,
    },
    {
      status: 503,
      headers: { 'Content-Type': 'application/problem+json', 'Retry-After': '60', 'Cache-Control': 'no-store' },
    },
  );
}
