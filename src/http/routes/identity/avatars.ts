/** Pictures of persons. */
import { z } from '@hono/zod-openapi';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { readAvatarBytes, removeAvatar, setAvatar } from '../../../app/identity/avatars.ts';
import { readProfile } from '../../../app/identity/profiles.ts';
import { knownActor } from '../../actor.ts';
import { PIXEL } from '../../example.ts';
import { pathTo } from '../../links.ts';
import { PICTURE_FORM, PICTURES, pictureBytes, unlessRefused } from '../../pictures.ts';
import { Problem } from '../../problems.ts';
import { json, type Routes, route, unwrap } from '../../router.ts';
import { shownReference } from '../../shown.ts';
import { streamOf } from '../../stream.ts';
import { OF_OPENED_FILES } from '../files/sending.ts';
import { requireOwn } from './own.ts';
import { userParams } from './schemas.ts';

/** Largest form in bytes: a picture of 5 MB and the other parts of the form. */
const MAXIMUM_FORM_BYTES = 6 * 1024 * 1024;

export const avatarRoutes: Routes = [
  route(
    {
      operationId: 'setAvatar',
      method: 'post',
      path: '/api/v1/users/{id}/avatar',
      summary: 'Set my picture',
      tag: 'Profile',
      access: 'write:own_profile',
      inSteps: true,
      maximumBodyBytes: MAXIMUM_FORM_BYTES,
      description:
        'PNG, JPEG or WebP, at most 5 MB and 30 million pixels. The type is detected from the content of the file, which is scanned for malware. Others see a square of its middle, upright and without metadata such as where a photo was taken; what was uploaded is not kept.',
      example: { as: 'patient', path: { id: DEMO.patient }, form: { file: PIXEL } },
      request: { params: userParams, body: PICTURE_FORM },
      responses: { 200: json(z.object({ avatarUrl: shownReference }), 'The path of the picture') },
      refusals: ['not_found'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      requireOwn(c, id);
      const uploaded = await pictureBytes(c.req.valid('form'));
      unwrap(unlessRefused(await setAvatar(c.get('deps'), c.get('context'), id, uploaded)));
      return c.json({ avatarUrl: pathTo('getAvatar', { id }) }, 200);
    },
  ),

  route(
    {
      operationId: 'getAvatar',
      method: 'get',
      path: '/api/v1/users/{id}/avatar',
      summary: 'Get a picture',
      tag: 'Profile',
      access: 'read:own_profile',
      description: 'A JPEG, square, at most 512 pixels wide. Reading the picture of another person is recorded.',
      example: { as: 'patient', path: { id: DEMO.patient }, after: ['setAvatar'] },
      request: { params: userParams },
      responses: { 200: { description: 'The picture', content: PICTURES } },
      refusals: ['not_found'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const actor = knownActor(c);
      const deps = c.get('deps');
      // The picture is part of the profile: reading another person's is recorded, reading one's own is not.
      const isShown = id === actor.userId || (await readProfile(deps, c.get('context'), actor, id)) !== undefined;
      const found = isShown ? await readAvatarBytes(deps, id) : undefined;
      if (found === undefined) throw new Problem({ code: 'not_found' });
      return c.body(streamOf(found.bytes), 200, {
        'Content-Type': 'image/jpeg',
        'Content-Length': String(found.avatar.sizeBytes),
        'Content-Disposition': 'inline',
        ...OF_OPENED_FILES,
      });
    },
  ),

  route(
    {
      operationId: 'removeAvatar',
      method: 'delete',
      path: '/api/v1/users/{id}/avatar',
      summary: 'Remove my picture',
      tag: 'Profile',
      access: 'write:own_profile',
      example: { as: 'patient', path: { id: DEMO.patient }, after: ['getAvatar'] },
      request: { params: userParams },
      responses: { 204: { description: 'Removed' } },
      refusals: ['not_found'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      requireOwn(c, id);
      unwrap(await removeAvatar(c.get('deps'), c.get('context'), id));
      return c.body(null, 204);
    },
  ),
];
