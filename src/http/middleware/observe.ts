/** Sets the limits of each request, and logs its outcome in one line without user input (R84). */
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
  deps.log.write('info', 'request', {
    requestId: c.get('requestId'),
    method: METHODS.includes(c.req.method) ? c.req.method : 'other',
    route: operation?.path ?? 'unmatched',
    status: c.res.status,
    ms: Math.round(performance.now() - started),
    trips,
  });
};
