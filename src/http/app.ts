/** The HTTP application, the same on every runtime. Entry points pass the platform with each request. */
import type { Context as HonoContext } from 'hono';
import { cors } from 'hono/cors';
import { HTTPException } from 'hono/http-exception';
import { CallerOver } from '../../domain/shared/database.ts';
import { Unavailable } from '../../domain/shared/ports.ts';
import type { AppEnv } from './env.ts';
import { linkPage } from './link-pages.ts';
import { headLength } from './middleware/head.ts';
import { observe } from './middleware/observe.ts';
import { requestId, retryAfter, securityHeaders, soundHead } from './middleware/request.ts';
import { problemResponse, unauthenticatedProblem } from './problem-response.ts';
import { Problem } from './problems.ts';
import { type App, newApp, type Routes } from './router.ts';
import { auditRoutes } from './routes/audit/routes.ts';
import { identityRoutes } from './routes/identity/routes.ts';
import { callbackRoutes } from './routes/platform/callbacks.ts';
import { devMailboxRoutes } from './routes/platform/dev-mailbox.ts';
import { metaRoutes } from './routes/platform/meta.ts';
import { privacyRoutes } from './routes/privacy/routes.ts';
import { schedulingRoutes } from './routes/scheduling/routes.ts';

/** Response headers that browser applications may read. */
const EXPOSED = ['ETag', 'Link', 'Location', 'RateLimit', 'RateLimit-Policy', 'Retry-After', 'X-Request-Id'];

/** Methods are case-sensitive. The Fetch standard does not allow others, such as TRACE, in a Request (R69). */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

const ROUTES: Routes = [
  ...metaRoutes,
  ...devMailboxRoutes,
  ...identityRoutes,
  ...schedulingRoutes,
  ...auditRoutes,
  ...privacyRoutes,
  ...callbackRoutes,
];

export function createApp(): App {
  const app = newApp();
  const noRoute = (c: HonoContext<AppEnv>): Response => {
    const allowed = app.methodsAt(c.req.path);
    if (allowed.length === 0) return problemResponse(c, { code: 'route_not_found' });
    const allow = allowed.join(', ');
    return problemResponse(c, {
      code: 'method_not_allowed',
      detail: `Allowed methods: ${allow}.`,
      headers: { Allow: allow },
    });
  };
  app.use(headLength);
  app.use(requestId);
  app.use(observe);
  app.use(securityHeaders);
  app.use(retryAfter);
  // Never with credentials.
  const publicCors = cors({ origin: '*', allowMethods: ['GET'], exposeHeaders: EXPOSED, maxAge: 600 });
  const portalCors = cors({
    origin: (origin, c) =>
      (c.env as AppEnv['Bindings']).platform.config.CORS_ORIGINS.includes(origin) ? origin : null,
    credentials: true,
    allowMethods: ['GET', 'POST', 'PUT', 'DELETE'],
    exposeHeaders: EXPOSED,
    maxAge: 600,
  });
  app.use((c, next) => (app.isOpenToAnyOrigin(c.req.path) ? publicCors : portalCors)(c, next));
  app.use(soundHead);
  app.use((c, next) => (METHODS.includes(c.req.method) ? next() : Promise.resolve(noRoute(c))));

  for (const declare of ROUTES) declare(app);

  app.notFound((c) => linkPage(c) ?? noRoute(c));

  app.onError(problemOf);
  return app;
}

/** Answers whatever a handler or middleware has thrown. */
function problemOf(error: Error, c: HonoContext<AppEnv>): Response {
  if (error instanceof Problem) return problemResponse(c, error.details);
  if (error instanceof CallerOver) {
    return problemResponse(c, unauthenticatedProblem('The session or the API key is no longer valid.'));
  }
  if (error instanceof HTTPException && error.status === 415) {
    return problemResponse(c, { code: 'unsupported_media_type' });
  }
  if (error instanceof HTTPException && error.status === 400) {
    const isForm = c.req.header('content-type')?.toLowerCase().startsWith('multipart/form-data') === true;
    return problemResponse(
      c,
      isForm ? { code: 'malformed_form' } : { code: 'malformed_json', detail: 'The body could not be read.' },
    );
  }
  // Problems are expected refusals. Anything else is a bug or an outage, so its cause is logged (R84).
  c.get('deps').log.failure(error instanceof Unavailable ? 'request_failed' : 'bug', error, {
    requestId: c.get('requestId'),
    method: c.req.method,
    route: c.get('operation')?.path,
  });
  if (error instanceof Unavailable) {
    return problemResponse(c, { code: 'unavailable', headers: { 'Retry-After': String(error.retryAfterSeconds) } });
  }
  return problemResponse(c, { code: 'internal_error' });
}
