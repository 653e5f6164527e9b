/** Files that wait for a scan, or are kept from everybody. */
import { listQuarantine, rescan } from '../../../app/files/scan.ts';
import { knownActor } from '../../actor.ts';
import { answer } from '../../answer.ts';
import { earlier } from '../../example.ts';
import { decodeCursor, idInCursor, paged } from '../../page.ts';
import { json, type Routes, route, unwrap } from '../../router.ts';
import { pageOf, pageQuery } from '../../schemas.ts';
import { fileParams, fileSchema, presentFile, type ShownFile } from './schemas.ts';

export const quarantineRoutes: Routes = [
  route(
    {
      operationId: 'listQuarantine',
      method: 'get',
      path: '/api/v1/admin/files/quarantine',
      summary: 'List files in quarantine',
      description: 'Files that wait for a scan, have malware in them or could not be scanned. The oldest first.',
      tag: 'File administration',
      access: 'manage:quarantine',
      example: { as: 'admin' },
      request: { query: pageQuery },
      responses: { 200: json(pageOf(fileSchema), 'Files that nobody can open') },
    },
    async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const actor = knownActor(c);
      const place = decodeCursor(cursor);
      const after = place === undefined ? null : idInCursor<'file'>(place[0]);
      const found = await listQuarantine(c.get('deps'), c.get('context'), actor, { after, limit });
      return c.json(
        paged(
          c,
          found,
          limit,
          (file) => presentFile(actor, file),
          ({ id }) => [id],
        ),
        200,
      );
    },
  ),

  route(
    {
      operationId: 'rescanFile',
      method: 'post',
      path: '/api/v1/admin/files/{id}/rescan',
      summary: 'Scan a file again',
      description: 'Until the new verdict nobody can open the file, whatever the former one was.',
      tag: 'File administration',
      access: 'manage:quarantine',
      versioned: true,
      example: { as: 'admin', path: { id: earlier('uploadFile') }, after: ['restoreFile'] },
      request: { params: fileParams },
      responses: { 202: json(fileSchema, 'It waits for its scan') },
      refusals: ['file_not_found', 'file_scan_pending'],
    },
    async (c) => {
      const actor = knownActor(c);
      const again = unwrap(
        await rescan(c.get('deps'), c.get('context'), c.req.valid('param').id, (file) => ({
          status: 202,
          body: presentFile(actor, file),
        })),
      );
      return c.json(answer<ShownFile>(c, again), 202);
    },
  ),
];
