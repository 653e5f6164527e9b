/** The OpenAPI document and its reference for browsers. */
import { z } from '@hono/zod-openapi';
import { Scalar } from '@scalar/hono-api-reference';
import type { Context as HonoContext } from 'hono';
import { toBase64Url } from '../../../../domain/shared/bytes.ts';
import { openApiDocument } from '../../document/document.ts';
import type { AppEnv } from '../../env.ts';
import { pathTo } from '../../links.ts';
import { FAVICON } from '../../pages.ts';
import { json, page, type Routes, route } from '../../router.ts';

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
    async (c) => {
      const { publicUrl } = c.get('deps').settings;
      c.header('Cache-Control', 'public, max-age=300');
      return c.json(
        { ...openApiDocument(await app.allOperations(), publicUrl, c.get('context').now) } as Record<string, unknown>,
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

export const referenceRoutes: Routes = [
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
    async (c) => {
      const script = await c.env.platform.scalarScript();
      return c.newResponse(script.body, script);
    },
  ),
];
