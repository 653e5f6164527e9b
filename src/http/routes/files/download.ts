/** Opening a file: streamed through the portal, never from an address of the storage. */
import { lookUp, open } from '../../../app/files/read.ts';
import { knownActor } from '../../actor.ts';
import { earlier } from '../../example.ts';
import { type Routes, route } from '../../router.ts';
import { fileParams } from './schemas.ts';
import { FILE_ANSWERS, OPENING, sendFile } from './sending.ts';

export const downloadRoutes: Routes = [
  route(
    {
      operationId: 'downloadFile',
      method: 'get',
      path: '/api/v1/files/{id}/download',
      summary: 'Download a file',
      tag: 'Opening and sharing files',
      access: ['read:own_files', 'read:patient_records'],
      versioned: true,
      inSteps: true,
      description:
        'Only once a scanner has found it clean. Each download is recorded, with its purpose, and the person can see who opened the file. A single Range is served (RFC 9110 section 14); HEAD returns the headers and opens nothing. PDF and pictures may be shown in place, under a policy that lets nothing run.',
      example: { as: 'patient', path: { id: earlier('uploadFile') }, after: ['uploadFile'] },
      request: { params: fileParams },
      responses: FILE_ANSWERS,
      refusals: [...OPENING],
    },
    (c) => {
      const { id } = c.req.valid('param');
      const [deps, context, actor] = [c.get('deps'), c.get('context'), knownActor(c)];
      return sendFile(c, {
        lookUp: () => lookUp(deps, context, actor, id),
        open: (recorded) => open(deps, context, actor, id, recorded),
      });
    },
  ),
];
