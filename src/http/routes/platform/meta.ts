/** Documents, health, readiness, keys, and the mailbox of the development mode. */
import { z } from '@hono/zod-openapi';
import { Scalar } from '@scalar/hono-api-reference';
import type { Context as HonoContext } from 'hono';
import { toBase64Url } from '../../../../domain/shared/bytes.ts';
import { TZ_VERSION } from '../../../../domain/shared/zone-table.ts';
import { OPENAPI_INFO, openApiDocument } from '../../document/document.ts';
import type { AppEnv } from '../../env.ts';
import { linkTo, pathTo } from '../../links.ts';
import { FAVICON, prefersHtml, welcomePage } from '../../pages.ts';
import { createReadiness } from '../../readiness.ts';
import { json, jsonOrPage, page, type Routes, route } from '../../router.ts';
import { links } from '../../schemas.ts';
import { shownCode, shownText, shownToken } from '../../shown.ts';
import { problemRoutes } from './problems.ts';

const trafficState = z.object({ status: z.enum(['open', 'closed']) });

const readiness = z.object({
  status: z.enum(['ready', 'not_ready']),
  timeZones: shownToken('2026f').openapi({
    description: 'The version of the IANA time zone database, which comes with the portal',
  }),
  dependencies: z.array(
    z.object({
      name: shownCode('database'),
      status: z.enum(['up', 'down']),
      required: z.boolean(),
      reason: shownText(200, 'read_only').optional().openapi({ description: 'Why it is down' }),
    }),
  ),
  warnings: z
    .array(
      z.object({
        code: shownCode('limits_off'),
        detail: shownText(1000, 'RATE_LIMIT_FACTOR is 0: rate limits are switched off'),
      }),
    )
    .optional()
    .openapi({ description: 'Settings that work but are probably not intended; left out if there are none' }),
});

/** Each application asks its dependencies on its own. */
const getReadiness: Routes[number] = (app) => {
  const shared = createReadiness();
  route(
    {
      operationId: 'getReadiness',
      method: 'get',
      path: '/ready',
      summary: 'Check readiness',
      description: 'The dependencies are checked at most once a second. The database is ready when it accepts writes.',
      tag: 'Platform',
      access: 'public',
      anyAccept: true,
      unlimited: true,
      priority: 'vital',
      example: { as: 'anybody' },
      responses: { 200: json(readiness, 'Requests can be served'), 503: json(readiness, 'They cannot') },
    },
    async (c) => {
      const dependencies = [...(await shared(c.env.platform.checks, c.get('deps').clock.now()))];
      const ready = dependencies.every(({ required, status }) => !required || status === 'up');
      const found = [...c.env.platform.warnings()];
      const body = { timeZones: TZ_VERSION, dependencies, ...(found.length === 0 ? {} : { warnings: found }) };
      return ready
        ? c.json({ status: 'ready' as const, ...body }, 200)
        : c.json({ status: 'not_ready' as const, ...body }, 503);
    },
  )(app);
};

const getOpenApiDocument: Routes[number] = (app) =>
  route(
    {
      operationId: 'getOpenApiDocument',
      method: 'get',
      path: '/openapi.json',
      summary: 'Get the OpenAPI document',
      tag: 'Start here',
      access: 'public',
      anyAccept: true,
      example: { as: 'anybody' },
      responses: { 200: json(z.record(z.string(), z.unknown()), 'OpenAPI 3.1') },
    },
    (c) => {
      const { publicUrl } = c.get('deps').settings;
      c.header('Cache-Control', 'public, max-age=300');
      return c.json(
        { ...openApiDocument(app.operations, publicUrl, c.get('context').now) } as Record<string, unknown>,
        200,
      );
    },
  )(app);

/** Reads the OpenAPI document in the browser. */
async function referencePage(c: HonoContext<AppEnv>): Promise<Response> {
  const nonce = toBase64Url(c.get('deps').random.bytes(16));
  const answer = await Scalar<AppEnv>({
    url: pathTo('getOpenApiDocument'),
    cdn: pathTo('getReferenceScript'),
    nonce,
    pageTitle: 'Patient Portal API',
    withDefaultFonts: false,
    telemetry: false,
    // Without links to services of other parties.
    agent: { disabled: true },
    mcp: { disabled: true },
    showDeveloperTools: 'never',
    favicon: FAVICON,
  } as Parameters<typeof Scalar<AppEnv>>[0])(c, async () => {});
  const response = answer as Response;
  response.headers.set(
    'Content-Security-Policy',
    `default-src 'none'; script-src 'nonce-${nonce}' 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'`,
  );
  return response;
}

export const metaRoutes: Routes = [
  route(
    {
      operationId: 'getIndex',
      method: 'get',
      path: '/',
      summary: 'Get the start page',
      tag: 'Start here',
      access: 'public',
      anyAccept: true,
      example: { as: 'anybody' },
      responses: { 200: jsonOrPage(z.record(z.string(), z.unknown()), 'Links') },
    },
    async (c) => {
      c.header('Vary', 'Accept');
      if (prefersHtml(c)) return welcomePage(c);
      return c.json(
        {
          name: 'Patient Portal',
          _links: {
            self: linkTo('getIndex'),
            reference: linkTo('getReference'),
            openapi: linkTo('getOpenApiDocument'),
            problems: linkTo('listProblems'),
            health: linkTo('getHealth'),
            ready: linkTo('getReadiness'),
            api: linkTo('getApiIndex'),
          },
        },
        200,
      );
    },
  ),

  route(
    {
      operationId: 'getApiIndex',
      method: 'get',
      path: '/api/v1',
      summary: 'Get the start of the API',
      tag: 'Start here',
      access: 'public',
      example: { as: 'anybody' },
      responses: { 200: json(z.object({ version: shownToken('1.0.0'), _links: links }), 'Links') },
    },
    (c) => {
      const _links = {
        self: linkTo('getApiIndex'),
        login: linkTo('signIn'),
        me: linkTo('getMe'),
        clinic: linkTo('getClinic'),
        doctors: linkTo('listDoctors'),
        openapi: linkTo('getOpenApiDocument'),
        reference: linkTo('getReference'),
        health: linkTo('getHealth'),
      };
      return c.json({ version: OPENAPI_INFO.info.version, _links }, 200);
    },
  ),

  getOpenApiDocument,

  route(
    {
      operationId: 'getReference',
      method: 'get',
      path: '/reference',
      summary: 'Open the reference',
      tag: 'Start here',
      access: 'public',
      anyAccept: true,
      example: { as: 'anybody' },
      responses: { 200: page('The reference') },
    },
    referencePage,
  ),

  route(
    {
      operationId: 'getReferenceScript',
      method: 'get',
      path: '/reference/scalar.js',
      summary: 'Get the script of the reference',
      tag: 'Platform',
      access: 'public',
      anyAccept: true,
      example: { as: 'anybody' },
      responses: { 200: { description: 'The script', content: { 'text/javascript': { schema: z.string() } } } },
    },
    (c) => c.env.platform.scalarScript(),
  ),

  ...problemRoutes,

  route(
    {
      operationId: 'getHealth',
      method: 'get',
      path: '/health',
      summary: 'Check liveness',
      tag: 'Platform',
      access: 'public',
      anyAccept: true,
      unlimited: true,
      priority: 'vital',
      example: { as: 'anybody' },
      responses: { 200: json(z.object({ status: z.literal('ok') }), 'The process answers') },
    },
    (c) => c.json({ status: 'ok' as const }, 200),
  ),

  route(
    {
      operationId: 'getTrafficState',
      method: 'get',
      path: '/health/traffic',
      summary: 'Check whether to send traffic',
      description:
        'For load balancers: 503 while the process starts or stops, even if it still serves requests. It checks no dependency.',
      tag: 'Platform',
      access: 'public',
      anyAccept: true,
      unlimited: true,
      priority: 'vital',
      example: { as: 'anybody' },
      responses: { 200: json(trafficState, 'Send requests'), 503: json(trafficState, 'Send them elsewhere') },
    },
    (c) => {
      if (c.env.platform.isTrafficWanted()) return c.json({ status: 'open' as const }, 200);
      return c.json({ status: 'closed' as const }, 503);
    },
  ),

  getReadiness,

  route(
    {
      operationId: 'getTokenKeys',
      method: 'get',
      path: '/.well-known/jwks.json',
      summary: 'Get the keys of access tokens',
      tag: 'Platform',
      access: 'public',
      anyAccept: true,
      example: { as: 'anybody' },
      responses: { 200: json(z.object({ keys: z.array(z.record(z.string(), z.unknown())) }), 'RFC 7517 key set') },
    },
    (c) => {
      c.header('Cache-Control', 'public, max-age=300');
      return c.json({ keys: [...c.get('deps').tokens.jwks().keys] }, 200);
    },
  ),
];
