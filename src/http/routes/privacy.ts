/** Consents, and the copy of everything about oneself. */

import { z } from '@hono/zod-openapi';
import { requireStepUp } from '../../../domain/identity/step-up.ts';
import type { Consent } from '../../../domain/privacy/changes.ts';
import { COPY_SCHEMA_PATH, copySchema } from '../../../domain/privacy/copy-schema.ts';
import type { DataExport, ShownConsent } from '../../../domain/privacy/ports.ts';
import { recordConsent } from '../../app/privacy/consents.ts';
import { fetchExport, readExport, readWaitingExport, requestExport } from '../../app/privacy/exports.ts';
import { knownActor, userActor } from '../actor.ts';
import { rawText } from '../bounds.ts';
import { decodeCursor, idInCursor, instantInCursor, paged } from '../page.ts';
import { Problem } from '../problems.ts';
import { type App, define, json, jsonBody, unwrap } from '../router.ts';
import { idSchema, links, pageOf, pageQuery } from '../schemas.ts';
import { streamOf } from '../stream.ts';

const exportSchema = z
  .object({
    id: z.string(),
    status: z.enum(['preparing', 'ready', 'fetched']),
    sizeBytes: z.int().nullable(),
    requestedAt: z.string(),
    completedAt: z.string().nullable(),
    fetchedAt: z.string().nullable(),
    _links: links,
  })
  .openapi('DataExport');

const consentSchema = z
  .object({
    id: z.string(),
    kind: z.string().openapi({ example: 'research' }),
    version: z.string().openapi({ example: '2026-01' }),
    given: z.boolean(),
    at: z.string(),
    current: z.boolean().openapi({ description: 'Whether it is the newest of its kind' }),
  })
  .openapi('Consent');

/** Codes and no words: they are in the audit log, in clear and for ever. */
const consentBody = z.strictObject({
  kind: rawText(32)
    .regex(/^[a-z][a-z0-9_]{0,31}$/, { error: 'expected 1 to 32 lower-case letters, digits and underscores' })
    .openapi({ example: 'research' }),
  version: rawText(32)
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/, {
      error: 'expected 1 to 32 letters, digits, dots, dashes and underscores',
    })
    .openapi({ example: '2026-01', description: 'Of the text that was shown' }),
  given: z.boolean().openapi({ description: 'False withdraws it' }),
});

const STATUS = { requested: 'preparing', ready: 'ready', fetched: 'fetched' } as const;
const exportId = z.object({ id: idSchema<'data_export'>('The export') });
const exportPath = (id: string) => `/api/v1/privacy/exports/${id}`;
const timeOrNull = (at: number | null) => (at === null ? null : new Date(at).toISOString());

function exportView(found: DataExport): z.infer<typeof exportSchema> {
  const self = { href: exportPath(found.id) };
  return {
    id: found.id,
    status: STATUS[found.status],
    sizeBytes: found.sizeBytes,
    requestedAt: new Date(found.requestedAt).toISOString(),
    completedAt: timeOrNull(found.completedAt),
    fetchedAt: timeOrNull(found.fetchedAt),
    _links: found.status === 'ready' ? { self, download: { href: `${self.href}/download` } } : { self },
  };
}

function consentView({ id, kind, version, given, at }: Consent, current: boolean): z.infer<typeof consentSchema> {
  return { id, kind, version, given, at: new Date(at).toISOString(), current };
}

export function privacyRoutes(app: App): void {
  exportRoutes(app);
  consentRoutes(app);
}

function exportRoutes(app: App): void {
  define(
    app,
    {
      method: 'post',
      path: '/api/v1/privacy/exports',
      summary: 'Ask for a copy of everything about me',
      description:
        'It is made in the background: a ZIP archive to be fetched once, within a week. It holds `index.html`, a page to read; `personal-data.json`, the same data for programs; `personal-data.schema.json`, its JSON Schema; and the files. While one is being made or waits to be fetched, asking again is answered with that one. Needs a recent proof of who asks: see /auth/step-up.',
      tags: ['Privacy'],
      responses: { 202: json(exportSchema, 'It is being made') },
    },
    ['step_up_required', 'version_conflict', 'idempotency_key_reused'],
    async (c) => {
      const context = c.get('context');
      const actor = userActor(c);
      unwrap(requireStepUp(actor, context.now));
      const requested = await requestExport(c.get('deps'), context, actor, (found) => ({
        status: 202,
        body: exportView(found),
        location: exportPath(found.id),
      }));
      const { body, location } = unwrap(requested);
      if (location !== undefined) c.header('Location', location);
      return c.json(body as z.infer<typeof exportSchema>, 202);
    },
  );
  define(
    app,
    {
      method: 'get',
      path: COPY_SCHEMA_PATH,
      summary: 'Get the JSON Schema of the copy of my data',
      description: 'The form of `personal-data.json` in the archive of a copy (JSON Schema 2020-12).',
      tags: ['Privacy'],
      responses: {
        200: {
          description: 'The schema',
          content: { 'application/schema+json': { schema: z.record(z.string(), z.unknown()) } },
        },
      },
    },
    [],
    (c) => {
      const schema = { ...copySchema(c.get('deps').settings.publicUrl) } as Record<string, never>;
      return c.json(schema, 200, {
        'Content-Type': 'application/schema+json',
        'Cache-Control': 'public, max-age=3600',
      });
    },
  );
  define(
    app,
    {
      method: 'get',
      path: '/api/v1/privacy/exports/{id}',
      summary: 'How far the copy is',
      tags: ['Privacy'],
      request: { params: exportId },
      responses: { 200: json(exportSchema, 'Its status; `_links.download` once it is ready') },
    },
    ['not_found'],
    async (c) => {
      const found = await readExport(c.get('deps'), knownActor(c), c.req.valid('param').id);
      if (found === undefined) throw new Problem({ code: 'not_found' });
      return c.json(exportView(found), 200);
    },
  );
  define(
    app,
    {
      method: 'get',
      path: '/api/v1/privacy/exports/{id}/download',
      summary: 'Fetch the copy, once',
      description:
        'Only an answer that carries the whole copy uses it up: HEAD tells its headers and changes nothing, and Range is not followed.',
      tags: ['Privacy'],
      request: { params: exportId },
      responses: { 200: { description: 'The archive', content: { 'application/zip': { schema: z.string() } } } },
    },
    ['not_found', 'export_not_ready', 'version_conflict'],
    async (c) => {
      const { id } = c.req.valid('param');
      if (c.req.method === 'HEAD') {
        const waiting = unwrap(await readWaitingExport(c.get('deps'), knownActor(c), id));
        return new Response(null, { headers: archiveHeaders(waiting.sizeBytes) });
      }
      const { archive, sizeBytes } = unwrap(await fetchExport(c.get('deps'), c.get('context'), knownActor(c), id));
      return new Response(streamOf(archive), { headers: archiveHeaders(sizeBytes) });
    },
  );
}

/** A part of what is given once would be all that anybody ever got of it. */
function archiveHeaders(sizeBytes: number): Record<string, string> {
  return {
    'Content-Type': 'application/zip',
    'Content-Disposition': 'attachment; filename="my-data.zip"',
    'Content-Length': String(sizeBytes),
    'Accept-Ranges': 'none',
  };
}

function consentRoutes(app: App): void {
  define(
    app,
    {
      method: 'get',
      path: '/api/v1/consents',
      summary: 'What I have agreed to',
      description: 'Every decision, newest first.',
      tags: ['Privacy'],
      request: { query: pageQuery },
      responses: { 200: json(pageOf(consentSchema), 'Consents') },
    },
    [],
    async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const { database, loads } = c.get('deps');
      const place = decodeCursor(cursor);
      const after = place === undefined ? null : { at: instantInCursor(place[0]), id: idInCursor<'consent'>(place[1]) };
      const [consents] = await database.load(loads.privacy.consents(knownActor(c).userId, { after, limit }));
      const present = (consent: ShownConsent) => consentView(consent, consent.current);
      return c.json(
        paged(c, consents, limit, present, ({ at, id }) => [at, id]),
        200,
      );
    },
  );
  define(
    app,
    {
      method: 'post',
      path: '/api/v1/consents',
      summary: 'Give or withdraw a consent',
      tags: ['Privacy'],
      request: { body: jsonBody(consentBody) },
      responses: { 201: json(consentSchema, 'Recorded, with its time') },
    },
    ['version_conflict', 'idempotency_key_reused'],
    async (c) => {
      const context = c.get('context');
      const recorded = await recordConsent(c.get('deps'), context, knownActor(c), c.req.valid('json'), (consent) => ({
        status: 201,
        body: consentView(consent, true),
      }));
      return c.json(unwrap(recorded).body as z.infer<typeof consentSchema>, 201);
    },
  );
}
