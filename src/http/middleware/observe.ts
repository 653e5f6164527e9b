/** Sets the limits of each request, and logs and counts its outcome without user input (R84). */
import type { Context as HonoContext, MiddlewareHandler, Next } from 'hono';
import type { Bounds, Priority } from '../../../domain/shared/bounds.ts';
import type { AppEnv } from '../env.ts';
import type { Operation } from '../operation.ts';

/** Other methods are logged as `other`, because a method may be any word. */
const METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** For requests that no route serves. */
const UNMATCHED = 'unmatched';

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
  if (c.env.isRepeated) return next();
  await inSpan(c, next);
  // Logs the template instead of the path, because the path contains ids and secrets.
  const operation: Operation | undefined = c.get('operation');
  const method = methodOf(c);
  const route = operation?.path ?? UNMATCHED;
  const { status } = c.res;
  const ms = performance.now() - started;
  deps.metrics.count('portal_http_requests_total', { method, route, status: `${Math.floor(status / 100)}xx` });
  deps.metrics.observe('portal_http_request_duration_seconds', { method, route }, ms / 1000);
  deps.log.write('info', 'request', {
    requestId: c.get('requestId'),
    traceId: c.get('traceId'),
    ...{ method, route, status, ms: Math.round(ms), trips },
  });
};

function methodOf(c: HonoContext<AppEnv>): string {
  return METHODS.includes(c.req.method) ? c.req.method : 'other';
}

/** The span of a request, which fails with each 5xx: its trace is exported then, sampled or not. */
async function inSpan(c: HonoContext<AppEnv>, next: Next): Promise<void> {
  const { tracer } = c.env.platform.deps;
  if (!tracer.isOn) return next();
  const method = methodOf(c);
  const parent = c.req.header('traceparent');
  const attributes = { 'http.request.method': method, 'portal.request_id': c.get('requestId') };
  const options = { kind: 'server', attributes, parent, traceId: c.get('traceId') } as const;
  await tracer.span(method, options, async (span) => {
    await next();
    const { status } = c.res;
    const operation: Operation | undefined = c.get('operation');
    const route = operation?.path ?? UNMATCHED;
    span.rename(`${method} ${route}`);
    span.set({ 'http.route': route, 'http.response.status_code': status });
    if (status >= 500) span.fail(String(status));
  });
}
