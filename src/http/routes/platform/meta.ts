/** Start pages, health, readiness and keys. */
import { z } from '@hono/zod-openapi';
import { TZ_VERSION } from '../../../../domain/shared/zone-table.ts';
import { API_VERSION } from '../../document/version.ts';
import { linkTo } from '../../links.ts';
import { prefersHtml, welcomePage } from '../../pages.ts';
import type { Platform } from '../../platform.ts';
import { createReadiness, type Readiness } from '../../readiness.ts';
import { json, jsonOrPage, type Routes, route } from '../../router.ts';
import { links } from '../../schemas.ts';
import { shownCode, shownInstant, shownText, shownToken } from '../../shown.ts';
import { shell } from '../../web-files.ts';

const trafficState = z.object({ status: z.enum(['open', 'closed']) });

const readiness = z.object({
  status: z.enum(['ready', 'not_ready']),
  timeZones: shownToken('2026f').openapi({
    description: 'The version of the IANA time zone database, which comes with the portal',
  }),
  dependencies: z.array(
    z.object({
      name: shownCode('database'),
      status: z.enum(['up', 'degraded', 'down']).openapi({
        description: 'Degraded: it does not work, and something else takes its place',
      }),
      required: z.boolean(),
      reason: shownText(200, 'read_only').optional().openapi({ description: 'Why it does not work' }),
      instead: shownText(200, 'limits are counted in this process').optional().openapi({
        description: 'What the portal does without it',
      }),
      since: shownInstant.optional().openapi({ description: 'Since when it has not worked' }),
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

/** Requests of one configuration have the same dependencies. */
const readinessOf = new WeakMap<Platform['config'], Readiness>();

function sharedReadiness({ config }: Platform): Readiness {
  const known = readinessOf.get(config);
  if (known !== undefined) return known;
  const created = createReadiness();
  readinessOf.set(config, created);
  return created;
}

const getReadiness = route(
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
    const found = await sharedReadiness(c.env.platform)(c.env.platform.checks, c.get('deps').clock.now());
    const dependencies = found.map(({ since, ...dependency }) =>
      since === undefined ? dependency : { ...dependency, since: new Date(since).toISOString() },
    );
    const ready = dependencies.every(({ required, status }) => !required || status === 'up');
    const warnings = [...c.env.platform.warnings()];
    const body = { timeZones: TZ_VERSION, dependencies, ...(warnings.length === 0 ? {} : { warnings }) };
    return ready
      ? c.json({ status: 'ready' as const, ...body }, 200)
      : c.json({ status: 'not_ready' as const, ...body }, 503);
  },
);

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
      if (prefersHtml(c)) return (await shell(c)) ?? welcomePage(c);
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
      return c.json({ version: API_VERSION, _links }, 200);
    },
  ),

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
