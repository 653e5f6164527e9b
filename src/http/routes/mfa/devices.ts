/** The phone that can be used instead of the app, and trusted devices. */

import { z } from '@hono/zod-openapi';
import type { TrustedDevice, TrustedDeviceId } from '../../../../domain/mfa/trusted-device.ts';
import { formatInstant } from '../../../../domain/shared/time.ts';
import { forgetDevice } from '../../../app/mfa/enrolment.ts';
import { offerPhone, provePhone, removePhone } from '../../../app/mfa/phone.ts';
import { userActor } from '../../actor.ts';
import { earlier, mailed, NEWCOMER } from '../../example.ts';
import { linkTo } from '../../links.ts';
import { decodeCursor, idInCursor, instantInCursor, paged } from '../../page.ts';
import { phoneNumber } from '../../phone-number.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { idSchema, links, mfaCode, pageOf, pageQuery } from '../../schemas.ts';
import { shownId, shownInstant, shownName } from '../../shown.ts';
import { describeWait } from '../identity/refusals.ts';

const deviceSchema = z
  .object({
    id: shownId,
    name: shownName('Firefox on Linux'),
    createdAt: shownInstant,
    lastUsedAt: shownInstant,
    expiresAt: shownInstant,
    _links: links,
  })
  .openapi('TrustedDevice');

export const mfaDeviceRoutes: Routes = [
  route(
    {
      operationId: 'beginPhoneEnrolment',
      method: 'post',
      path: '/api/v1/mfa/phone',
      summary: 'Begin to enrol a phone',
      tag: 'Second factor',
      access: 'signed_in',
      beforeEnrolment: true,
      description:
        'Sends a code to the phone. Requires an enrolled app and a recent proof of identity: see /auth/step-up.',
      example: { as: 'newcomer', body: { phoneNumber: NEWCOMER.phone }, after: ['enableFactor'] },
      request: { body: jsonBody(z.strictObject({ phoneNumber })) },
      responses: {
        202: json(z.object({ status: z.literal('code_sent'), expiresIn: z.int() }), 'The code will be sent'),
      },
      refusals: ['step_up_required', 'mfa_not_enabled', 'sms_throttled', 'not_found'],
    },
    async (c) => {
      const phone = c.req.valid('json').phoneNumber;
      unwrap(await offerPhone(c.get('deps'), c.get('context'), userActor(c), phone), describeWait);
      return c.json({ status: 'code_sent' as const, expiresIn: 300 }, 202);
    },
  ),

  route(
    {
      operationId: 'verifyPhone',
      method: 'post',
      path: '/api/v1/mfa/phone/verify',
      summary: 'Verify the phone',
      tag: 'Second factor',
      access: 'signed_in',
      beforeEnrolment: true,
      description: 'Ends every other session.',
      example: {
        as: 'newcomer',
        body: { code: mailed(NEWCOMER.phone, '492039') },
        after: ['beginPhoneEnrolment'],
      },
      request: { body: jsonBody(z.strictObject({ code: mfaCode })) },
      responses: { 204: { description: 'Verified: sign-in codes can be sent to the phone' } },
      refusals: ['mfa_code_invalid', 'mfa_attempts_exhausted', 'not_found'],
    },
    async (c) => {
      const { code } = c.req.valid('json');
      unwrap(await provePhone(c.get('deps'), c.get('context'), userActor(c), code), describeWait);
      return c.body(null, 204);
    },
  ),

  route(
    {
      operationId: 'removePhone',
      method: 'delete',
      path: '/api/v1/mfa/phone',
      summary: 'Remove the phone',
      tag: 'Second factor',
      access: 'signed_in',
      beforeEnrolment: true,
      description: 'Ends every other session. Requires a recent proof of identity: see /auth/step-up.',
      example: { as: 'newcomer', after: ['sendSignInCode'] },
      responses: { 204: { description: 'Removed' } },
      refusals: ['step_up_required', 'mfa_phone_missing'],
    },
    async (c) => {
      unwrap(await removePhone(c.get('deps'), c.get('context'), userActor(c)));
      return c.body(null, 204);
    },
  ),

  route(
    {
      operationId: 'listTrustedDevices',
      method: 'get',
      path: '/api/v1/mfa/trusted-devices',
      summary: 'List trusted devices',
      tag: 'Second factor',
      access: 'signed_in',
      beforeEnrolment: true,
      example: { as: 'newcomer', again: ['signIn', 'completeSignIn'] },
      request: { query: pageQuery },
      responses: { 200: json(pageOf(deviceSchema), 'Trusted devices, the last used first') },
    },
    async (c) => {
      const { database, loads } = c.get('deps');
      const { limit, cursor } = c.req.valid('query');
      const place = decodeCursor(cursor);
      const after =
        place === undefined ? null : { at: instantInCursor(place[0]), id: idInCursor<'trusted_device'>(place[1]) };
      const { now } = c.get('context');
      const [devices] = await database.load(loads.mfa.trustedDevicesOf(userActor(c).userId, now, { after, limit }));
      const present = (device: TrustedDevice) => ({
        id: device.id,
        name: device.name,
        createdAt: formatInstant(device.createdAt),
        lastUsedAt: formatInstant(device.lastUsedAt),
        expiresAt: formatInstant(device.expiresAt),
        _links: { revoke: linkTo('revokeTrustedDevice', { deviceId: device.id }) },
      });
      return c.json(
        paged(c, devices, limit, present, ({ lastUsedAt, id }) => [lastUsedAt, id]),
        200,
      );
    },
  ),

  route(
    {
      operationId: 'revokeTrustedDevice',
      method: 'delete',
      path: '/api/v1/mfa/trusted-devices/{deviceId}',
      summary: 'Revoke the trust in a device',
      tag: 'Second factor',
      access: 'signed_in',
      beforeEnrolment: true,
      example: {
        as: 'newcomer',
        path: { deviceId: earlier('listTrustedDevices', '/data/0/id') },
        again: ['signIn', 'completeSignIn', 'listTrustedDevices'],
      },
      request: { params: z.object({ deviceId: idSchema<'trusted_device'>('The device') }) },
      responses: { 204: { description: 'Revoked: signing in on the device requires the second factor' } },
      refusals: ['not_found'],
    },
    async (c) => {
      const deviceId = c.req.valid('param').deviceId as TrustedDeviceId;
      unwrap(await forgetDevice(c.get('deps'), c.get('context'), userActor(c), deviceId));
      return c.body(null, 204);
    },
  ),
];
