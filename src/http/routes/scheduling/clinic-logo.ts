/** The clinic's logo. */
import { readLogo, removeLogo, setLogo } from '../../../app/scheduling/clinic-logo.ts';
import { knownActor } from '../../actor.ts';
import { expectedVersion, sendVersioned, sendVersionedFile } from '../../etag.ts';
import { earlier, PIXEL } from '../../example.ts';
import { PICTURE_FORM, PICTURES, pictureBytes, unlessRefused } from '../../pictures.ts';
import { Problem } from '../../problems.ts';
import { json, type Routes, route, unwrap } from '../../router.ts';
import { bytesOf } from '../../stream.ts';
import { presentSettings, settingsSchema } from './clinic-settings.ts';
import { detailsOf } from './refusals.ts';

/** Largest form in bytes: a logo of 100 kB and the other parts of the form. */
const MAXIMUM_FORM_BYTES = 101 * 1024;

/** Pages and mail programs of any origin may show it. */
const HEADERS = {
  'Content-Disposition': 'inline',
  'Cache-Control': 'public, max-age=300',
  'Cross-Origin-Resource-Policy': 'cross-origin',
};

export const clinicLogoRoutes: Routes = [
  route(
    {
      operationId: 'getClinicLogo',
      method: 'get',
      path: '/api/v1/clinic/logo',
      summary: 'Get the logo of the clinic',
      tag: 'Clinic',
      access: 'public',
      versioned: true,
      anyOrigin: true,
      description: 'For pages that are shown before anybody signs in.',
      example: { as: 'anybody', after: ['setClinicLogo'] },
      responses: { 200: { description: 'The logo', content: PICTURES } },
      refusals: ['not_found'],
    },
    async (c) => {
      const logo = await readLogo(c.get('deps'));
      if (logo === undefined) throw new Problem({ code: 'not_found' });
      return sendVersionedFile(c, await bytesOf(logo.body), { ...HEADERS, 'Content-Type': logo.contentType });
    },
  ),

  route(
    {
      operationId: 'setClinicLogo',
      method: 'put',
      path: '/api/v1/clinic/settings/logo',
      summary: 'Set the logo of the clinic',
      tag: 'Clinic',
      access: 'manage:clinic',
      ifMatch: 'required',
      versioned: true,
      inSteps: true,
      maximumBodyBytes: MAXIMUM_FORM_BYTES,
      description:
        'PNG, JPEG or WebP, at most 100 kB. The type is detected from the content of the file, which is scanned for malware; SVG is refused. Pages and mails show what is made of it: at most 512 pixels wide and high (in mails 240 by 64), upright and without metadata. PNG and WebP become PNG, which stays transparent and which all mail programs show; JPEG stays JPEG. What was uploaded is not kept. `If-Match` and `ETag` are the version of the settings.',
      example: {
        as: 'admin',
        ifMatch: earlier('updateClinicSettings', 'ETag', '"v2"'),
        after: ['updateClinicSettings'],
        form: { file: PIXEL },
      },
      request: { body: PICTURE_FORM },
      responses: { 200: json(settingsSchema, 'The settings as they are now') },
    },
    async (c) => {
      const expected = expectedVersion(c);
      const uploaded = await pictureBytes(c.req.valid('form'));
      const set = await setLogo(c.get('deps'), c.get('context'), uploaded, expected);
      const saved = unwrap(unlessRefused(set), detailsOf);
      return sendVersioned(c, saved.version, presentSettings(knownActor(c), saved));
    },
  ),

  route(
    {
      operationId: 'removeClinicLogo',
      method: 'delete',
      path: '/api/v1/clinic/settings/logo',
      summary: 'Remove the logo of the clinic',
      tag: 'Clinic',
      access: 'manage:clinic',
      ifMatch: 'required',
      versioned: true,
      example: {
        as: 'admin',
        ifMatch: earlier('setClinicLogo', 'ETag', '"v3"'),
        after: ['getClinicLogo'],
      },
      responses: { 200: json(settingsSchema, 'The settings as they are now') },
      refusals: ['not_found'],
    },
    async (c) => {
      const saved = unwrap(await removeLogo(c.get('deps'), c.get('context'), expectedVersion(c)), detailsOf);
      return sendVersioned(c, saved.version, presentSettings(knownActor(c), saved));
    },
  ),
];
