/** Bounds each request, and logs how it went: one line, without anything that somebody typed (R84). */
import type { MiddlewareHandler } from 'hono';
import type { Bounds, Priority } from '../../../domain/shared/bounds.ts';
import type { AppEnv } from '../env.ts';

const VITAL = /^\/(health|ready)\b|^\/api\/v1\/auth\/logout/;
const BULK = /^\/api\/v1\/audit\/(export|verify|verifications)\b|^\/api\/v1\/privacy\/exports\/[^/]+\/download$/;

/** A method may be any word. */
const METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

export function priorityOf(path: string): Priority {
  if (VITAL.test(path)) return 'vital';
  return BULK.test(path) ? 'bulk' : 'ordinary';
}

export const observe: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { deps } = c.env.platform;
  const started = performance.now();
  let trips = 0;
  const bounds: Bounds = {
    priority: priorityOf(c.req.path),
    remainingMilliseconds: () => (c.get('endsAt') ?? Number.POSITIVE_INFINITY) - performance.now(),
    noteRoundTrip: () => {
      trips += 1;
    },
  };
  c.set('deps', { ...deps, database: deps.database.within(bounds) });
  await next();
  // The template and never the path: ids, secrets and names stand there.
  const route: string | undefined = c.get('route');
  deps.log.write('info', 'request', {
    requestId: c.get('requestId'),
    method: METHODS.includes(c.req.method) ? c.req.method : 'other',
    route: route?.slice(route.indexOf(' ') + 1) ?? 'unmatched',
    status: c.res.status,
    ms: Math.round(performance.now() - started),
    trips,
  });
};
