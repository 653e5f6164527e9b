/** The copy of everything about oneself. */

import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import { requireStepUp } from '../../../../domain/identity/step-up.ts';
import { COPY_SCHEMA_PATH, copySchema } from '../../../../domain/privacy/copy-schema.ts';
import type { DataExport } from '../../../../domain/privacy/ports.ts';
import type { UserId } from '../../../../domain/shared/ids.ts';
import {
  type FetchedExport,
  fetchExport,
  readExport,
  readWaitingExport,
  requestExport,
  settleDownload,
} from '../../../app/privacy/exports.ts';
import { knownActor, userActor } from '../../actor.ts';
import { answer } from '../../answer.ts';
import type { AppEnv } from '../../env.ts';
import { earlier } from '../../example.ts';
import { type Link, linkTo, pathTo } from '../../links.ts';
import { pagedWhole } from '../../page.ts';
import { Problem } from '../../problems.ts';
import { json, type Routes, route, unwrap } from '../../router.ts';
import { links, pageOf, pageQuery, targetId } from '../../schemas.ts';
import { shownId, shownInstant } from '../../shown.ts';
import { streamOf } from '../../stream.ts';

export const exportSchema = z
  .object({
    id: shownId,
    status: z.enum(['preparing', 'ready', 'fetched']),
    sizeBytes: z.int().nullable(),
    requestedAt: shownInstant,
    completedAt: shownInstant.nullable(),
    fetchedAt: shownInstant.nullable(),
    _links: links,
  })
  .openapi('DataExport');

const STATUS = { requested: 'preparing', ready: 'ready', fetched: 'fetched' } as const;
const exportId = z.object({ id: targetId('data_export', 'The export') });
const timeOrNull = (at: number | null) => (at === null ? null : new Date(at).toISOString());

/** A copy of one's own data. */
function ownExportView(found: DataExport): z.infer<typeof exportSchema> {
  const { id } = found;
  return exportView(found, linkTo('getMyExport', { id }), linkTo('downloadMyExport', { id }));
}

/** @param download the link that it has once it is ready */
export function exportView(found: DataExport, self: Link, download: Link): z.infer<typeof exportSchema> {
  return {
    id: found.id,
    status: STATUS[found.status],
    sizeBytes: found.sizeBytes,
    requestedAt: new Date(found.requestedAt).toISOString(),
    completedAt: timeOrNull(found.completedAt),
    fetchedAt: timeOrNull(found.fetchedAt),
    _links: found.status === 'ready' ? { self, download } : { self },
  };
}

/** Sends the copy, and calls `settleDownload` when the response has ended. */
export function archiveResponse(c: HonoContext<AppEnv>, fetched: FetchedExport, owner: UserId) {
  const context = c.get('context');
  const { deps, waitUntil } = c.env.platform;
  // Runs after the response has begun, so the deadline of the request does not apply.
  const ended = async (sentBytes: number) => {
    const settled = settleDownload(deps, context, fetched, owner, sentBytes);
    waitUntil(settled);
    await settled;
  };
  return c.body(streamOf(fetched.archive, ended), 200, archiveHeaders(fetched.sizeBytes));
}

/** Ranges are not served, because a copy is downloaded once and must be complete. */
function archiveHeaders(sizeBytes: number): Record<string, string> {
  return {
    'Content-Type': 'application/zip',
    'Content-Disposition': 'attachment; filename="my-data.zip"',
    'Content-Length': String(sizeBytes),
    'Accept-Ranges': 'none',
  };
}

export const exportRoutes: Routes = [
  route(
    {
      operationId: 'listMyExports',
      method: 'get',
      path: '/api/v1/privacy/exports',
      summary: 'List copies of my data',
      tag: 'Privacy',
      access: 'export:own_data',
      example: { as: 'patient' },
      request: { query: pageQuery },
      responses: { 200: json(pageOf(exportSchema), 'Newest first; downloaded copies are listed for a week') },
    },
    async (c) => {
      const { database, loads } = c.get('deps');
      const [found] = await database.load(loads.privacy.exportsOf(knownActor(c).userId));
      return c.json(
        pagedWhole(c, found, c.req.valid('query'), ownExportView, ({ id }) => [id], -1),
        200,
      );
    },
  ),
  route(
    {
      operationId: 'requestMyExport',
      method: 'post',
      path: '/api/v1/privacy/exports',
      summary: 'Request a copy of my data',
      description:
        'Made in the background: a ZIP archive that can be downloaded once, within a week. It holds `index.html`, a page to read; `personal-data.json`, the same data for programs; `personal-data.schema.json`, its JSON Schema; and the files. While a copy is being made or waits for its download, another request returns that copy. Requires a recent proof of identity: see /auth/step-up.',
      tag: 'Privacy',
      access: 'export:own_data',
      located: true,
      example: { as: 'patient' },
      responses: { 202: json(exportSchema, 'It is being made') },
      refusals: ['step_up_required'],
    },
    async (c) => {
      const context = c.get('context');
      const actor = userActor(c);
      unwrap(requireStepUp(actor, context.now));
      const requested = await requestExport(c.get('deps'), context, actor, (found) => ({
        status: 202,
        body: ownExportView(found),
        location: pathTo('getMyExport', { id: found.id }),
      }));
      return c.json(answer<z.infer<typeof exportSchema>>(c, unwrap(requested)), 202);
    },
  ),
  route(
    {
      operationId: 'getExportSchema',
      method: 'get',
      path: COPY_SCHEMA_PATH,
      summary: 'Get the JSON Schema of copies',
      description: 'The JSON Schema (2020-12) of `personal-data.json` in the archive.',
      tag: 'Privacy',
      access: 'public',
      anyAccept: true,
      example: { as: 'anybody' },
      responses: {
        200: {
          description: 'The schema',
          content: { 'application/schema+json': { schema: z.record(z.string(), z.unknown()) } },
        },
      },
    },
    (c) => {
      const schema = { ...copySchema(c.get('deps').settings.publicUrl) } as Record<string, never>;
      return c.json(schema, 200, {
        'Content-Type': 'application/schema+json',
        'Cache-Control': 'public, max-age=3600',
      });
    },
  ),
  route(
    {
      operationId: 'getMyExport',
      method: 'get',
      path: '/api/v1/privacy/exports/{id}',
      summary: 'Get the state of a copy of my data',
      tag: 'Privacy',
      access: 'export:own_data',
      example: { as: 'patient', path: { id: earlier('requestMyExport') }, after: ['requestMyExport'] },
      request: { params: exportId },
      responses: { 200: json(exportSchema, 'Its status; `_links.download` once it is ready') },
      refusals: ['not_found'],
    },
    async (c) => {
      const found = await readExport(c.get('deps'), knownActor(c), c.req.valid('param').id);
      if (found === undefined) throw new Problem({ code: 'not_found' });
      return c.json(ownExportView(found), 200);
    },
  ),
  route(
    {
      operationId: 'downloadMyExport',
      method: 'get',
      path: '/api/v1/privacy/exports/{id}/download',
      summary: 'Download a copy of my data',
      description:
        'Only a complete download uses the copy up: HEAD returns the headers and changes nothing, Range is ignored, and an interrupted download can be repeated.',
      tag: 'Privacy',
      access: 'export:own_data',
      example: { as: 'patient', path: { id: earlier('requestMyExport') }, after: ['getMyExport'] },
      request: { params: exportId },
      responses: { 200: { description: 'The archive', content: { 'application/zip': { schema: z.string() } } } },
      refusals: ['not_found', 'export_not_ready'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      if (c.req.method === 'HEAD') {
        const waiting = unwrap(await readWaitingExport(c.get('deps'), knownActor(c), id));
        return c.body(null, 200, archiveHeaders(waiting.sizeBytes));
      }
      const owner = knownActor(c);
      const fetched = unwrap(await fetchExport(c.get('deps'), c.get('context'), owner, id));
      return archiveResponse(c, fetched, owner.userId);
    },
  ),
];
