/** Sets the limits of each request, and logs and counts its outcome without user input (R84). */
import type { MiddlewareHandler } from 'hono';
import type { Bounds, Priority } from '../../../domain/shared/bounds.ts';
import type { AppEnv } from '../env.ts';
import type { Operation } from '../operation.ts';

/** Other methods are logged as `other`, because a method may be any word. */
const METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

export const observe: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { deps } = c.env.platform;
  const started = performance.now();
  let trips = 0;
  const bounds: Bounds & { priority: Priority } = {
    priority: 'ordinary',
    remainingMilliseconds: () => (c.get('endsAt') ?? Number.POSITIVE_INFINITY) - performance.now(),
    noteRoundTrip: () => {
      trips += 1;
    },
  };
  c.set('prioritise', (priority) => {
    bounds.priority = priority;
  });
  c.set('workInSteps', () => {
    c.set('endsAt', Number.POSITIVE_INFINITY);
  });
  c.set('deps', { ...deps, database: deps.database.within(bounds) });
  await next();
  if (c.env.isRepeated) return;
  // Logs the template instead of the path, because the path contains ids and secrets.
  const operation: Operation | undefined = c.get('operation');
  const method = METHODS.includes(c.req.method) ? c.req.method : 'other';
  const route = operation?.path ?? 'unmatched';
  const { status } = c.res;
  const ms = performance.now() - started;
  deps.metrics.count('portal_http_requests_total', { method, route, status: `${Math.floor(status / 100)}xx` });
  deps.metrics.observe('portal_http_request_duration_seconds', { method, route }, ms / 1000);
  deps.log.write('info', 'request', {
    requestId: c.get('requestId'),
    ...{ method, route, status, ms: Math.round(ms), trips },
  });
};
