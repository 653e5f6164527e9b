/** The HTTP application, the same on every runtime. Entry points pass the platform with each request. */
import type { Context as HonoContext } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { CallerOver } from '../../domain/shared/database.ts';
import { Unavailable } from '../../domain/shared/ports.ts';
import { tellLimits } from './counting.ts';
import type { AppEnv } from './env.ts';
import { GROUP_NAMES, GROUPS, type GroupName } from './groups.ts';
import { linkPage } from './link-pages.ts';
import { cors } from './middleware/cors.ts';
import { headLength } from './middleware/head.ts';
import { observe } from './middleware/observe.ts';
import { requestId, retryAfter, securityHeaders, soundHead } from './middleware/request.ts';
import { strikeStrangers } from './middleware/strangers.ts';
import type { Operation } from './operation.ts';
import { groupAt } from './paths.ts';
import { problemResponse, unauthenticatedProblem } from './problem-response.ts';
import { Problem } from './problems.ts';
import { type App, newApp, type Routes } from './router.ts';
import { webFile } from './web-files.ts';

/** Methods are case-sensitive. The Fetch standard does not allow others, such as TRACE, in a Request (R69). */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** The application, whose groups of routes are loaded when they are first asked for. */
export interface Application {
  fetch(request: Request, env: AppEnv['Bindings']): Promise<Response>;
  /**
   * Loads all groups. @returns the declared operations, in the order of the groups
   * @throws Error if two operations have one id, or one method and path
   */
  operations(): Promise<readonly Operation[]>;
}

export function createApp(): Application {
  const made = new Map<GroupName, App>();
  const appOf = async (name: GroupName): Promise<App> => {
    const present = made.get(name);
    if (present !== undefined) return present;
    // Each request imports for itself: on workerd a request must not wait for a promise that another one made.
    const routes = await GROUPS[name]();
    const app = made.get(name) ?? appWith(routes, operations);
    made.set(name, app);
    return app;
  };
  const operations = async () => {
    const all: Operation[] = [];
    for (const name of GROUP_NAMES) all.push(...(await appOf(name)).operations);
    return unique(all);
  };
  // For paths that no group serves, which few requests ask for.
  let withoutRoutes: App | undefined;
  return {
    async fetch(request, env) {
      const name = groupAt(request);
      if (name !== undefined) return (await appOf(name)).fetch(request, env);
      withoutRoutes ??= appWith([], operations);
      return withoutRoutes.fetch(request, env);
    },
    operations,
  };
}

/** @throws Error if two operations of different groups have one id, or one method and path */
function unique(operations: readonly Operation[]): readonly Operation[] {
  for (const part of ['operationId', 'key'] as const) {
    const values = operations.map((operation) => operation[part]);
    const twice = values.find((value, place) => values.indexOf(value) !== place);
    if (twice !== undefined) throw new Error(`${twice} is declared twice`);
  }
  return operations;
}

/** What every request passes, and these routes. @param everything the operations of all groups */
function appWith(routes: Routes, everything: () => Promise<readonly Operation[]>): App {
  const app = newApp(everything);
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
  app.use(tellLimits);
  app.use(strikeStrangers);
  app.use(retryAfter);
  app.use(cors((path) => app.isOpenToAnyOrigin(path)));
  app.use(soundHead);
  app.use((c, next) => (METHODS.includes(c.req.method) ? next() : Promise.resolve(noRoute(c))));

  for (const declare of routes) declare(app);

  app.notFound(async (c) => (await webFile(c)) ?? (await linkPage(c)) ?? noRoute(c));

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
    traceId: c.get('traceId'),
    method: c.req.method,
    route: c.get('operation')?.path,
  });
  if (error instanceof Unavailable) {
    return problemResponse(c, { code: 'unavailable', headers: { 'Retry-After': String(error.retryAfterSeconds) } });
  }
  return problemResponse(c, { code: 'internal_error' });
}
