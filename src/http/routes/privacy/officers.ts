/** Actions of an administrator on behalf of a person. */

import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import { requireStepUp } from '../../../../domain/identity/step-up.ts';
import type { Receiver } from '../../../../domain/privacy/emergency-access.ts';
import { REQUEST_GROUNDS } from '../../../../domain/privacy/on-behalf.ts';
import type { DataExport } from '../../../../domain/privacy/ports.ts';
import type { UserId } from '../../../../domain/shared/ids.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { fetchExport, readExport, requestExport } from '../../../app/privacy/exports.ts';
import { rectifyProfile } from '../../../app/privacy/rectify.ts';
import { userActor } from '../../actor.ts';
import { answer } from '../../answer.ts';
import type { AppEnv } from '../../env.ts';
import { expectedVersion, sendVersioned } from '../../etag.ts';
import { earlier } from '../../example.ts';
import { linkTo, pathTo } from '../../links.ts';
import { Problem } from '../../problems.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { idSchema } from '../../schemas.ts';
import { profileFields } from '../identity/profiles.ts';
import { given, presentProfile, profileSchema, userParams } from '../identity/schemas.ts';
import { archiveResponse, exportSchema, exportView } from './exports.ts';

const ground = z
  .enum(REQUEST_GROUNDS)
  .openapi({ description: 'How the person, or their representative, made the request' });
const exportParams = userParams.extend({ exportId: idSchema<'data_export'>('The copy') });
/** A copy that an administrator makes of a person's data. */
function userExportView(found: DataExport, id: UserId) {
  const parameters = { id, exportId: found.id };
  return exportView(found, linkTo('getUserExport', parameters), linkTo('downloadUserExport', parameters));
}

/** The caller, after a step-up. */
async function personOf(c: HonoContext<AppEnv>, id: UserId): Promise<Receiver> {
  unwrap(requireStepUp(userActor(c), c.get('context').now));
  const { database, loads } = c.get('deps');
  const [person] = await database.load(loads.privacy.receiver(id));
  if (person === undefined) throw new Problem({ code: 'not_found' });
  return person;
}

export const officerRoutes: Routes = [
  route(
    {
      operationId: 'requestUserExport',
      method: 'post',
      path: '/api/v1/users/{id}/exports',
      summary: 'Request a copy of data for a person',
      description:
        'GDPR Art. 15, for a person who cannot request it in the portal. Made in the background. Recorded with its ground; the person is told by mail. Requires a recent proof of identity: see /auth/step-up.',
      tag: 'Privacy administration',
      access: 'manage:privacy',
      located: true,
      example: { as: 'admin', path: { id: DEMO.patient }, body: { ground: 'written_request' } },
      request: { params: userParams, body: jsonBody(z.strictObject({ ground })) },
      responses: { 202: json(exportSchema, 'It is being made') },
      refusals: ['not_found', 'step_up_required'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const person = await personOf(c, id);
      const requested = await requestExport(
        c.get('deps'),
        c.get('context'),
        person,
        (found) => ({
          status: 202,
          body: userExportView(found, id),
          location: pathTo('getUserExport', { id, exportId: found.id }),
        }),
        c.req.valid('json').ground,
      );
      return c.json(answer<z.infer<typeof exportSchema>>(c, unwrap(requested)), 202);
    },
  ),
  route(
    {
      operationId: 'getUserExport',
      method: 'get',
      path: '/api/v1/users/{id}/exports/{exportId}',
      summary: 'Get the state of a copy for a person',
      tag: 'Privacy administration',
      access: 'manage:privacy',
      example: {
        as: 'admin',
        path: { id: DEMO.patient, exportId: earlier('requestUserExport') },
        after: ['requestUserExport'],
      },
      request: { params: exportParams },
      responses: { 200: json(exportSchema, 'Its status; `_links.download` once it is ready') },
      refusals: ['not_found'],
    },
    async (c) => {
      const { id, exportId } = c.req.valid('param');
      const found = await readExport(c.get('deps'), { userId: id }, exportId);
      if (found === undefined) throw new Problem({ code: 'not_found' });
      return c.json(userExportView(found, id), 200);
    },
  ),
  route(
    {
      operationId: 'downloadUserExport',
      method: 'get',
      path: '/api/v1/users/{id}/exports/{exportId}/download',
      summary: 'Download a copy for a person',
      description: 'Recorded; the person is told by mail. Requires a recent proof of identity: see /auth/step-up.',
      tag: 'Privacy administration',
      access: 'manage:privacy',
      example: {
        as: 'admin',
        path: { id: DEMO.patient, exportId: earlier('requestUserExport') },
        after: ['getUserExport'],
      },
      request: { params: exportParams },
      responses: { 200: { description: 'The archive', content: { 'application/zip': { schema: z.string() } } } },
      refusals: ['not_found', 'export_not_ready'],
    },
    async (c) => {
      const { id, exportId } = c.req.valid('param');
      const person = await personOf(c, id);
      return archiveResponse(c, unwrap(await fetchExport(c.get('deps'), c.get('context'), person, exportId, true)), id);
    },
  ),

  route(
    {
      operationId: 'rectifyProfile',
      method: 'post',
      path: '/api/v1/users/{id}/rectifications',
      summary: 'Correct a profile for a person',
      description:
        'GDPR Art. 16. Fields that are left out do not change; `null` clears a field. Recorded with its ground; the person is told by mail. Requires a recent proof of identity: see /auth/step-up.',
      tag: 'Privacy administration',
      access: 'manage:privacy',
      ifMatch: 'required',
      versioned: true,
      example: {
        as: 'admin',
        path: { id: DEMO.patient },
        ifMatch: earlier('getProfile', 'ETag', '"v1"'),
        body: { ground: 'in_person', lastName: 'Silva' },
        again: ['getProfile'],
      },
      request: { params: userParams, body: jsonBody(z.strictObject({ ground, ...profileFields })) },
      responses: { 200: json(profileSchema, 'As it is now') },
      refusals: ['not_found', 'step_up_required'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const actor = userActor(c);
      unwrap(requireStepUp(actor, c.get('context').now));
      const { ground: asked, ...fields } = c.req.valid('json');
      const match = expectedVersion(c);
      const user = unwrap(await rectifyProfile(c.get('deps'), c.get('context'), id, given(fields), asked, match));
      return sendVersioned(c, user.version, presentProfile(user, actor.userId));
    },
  ),
];
