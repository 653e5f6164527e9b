/** Forgotten, reset and changed passwords. */

import { z } from '@hono/zod-openapi';
import { getCookie } from 'hono/cookie';
import { knownBrowser, knownBrowserToken } from '../../../../domain/identity/known-browser.ts';
import { forgotPassword, replacePassword, setForgottenPassword } from '../../../app/identity/passwords.ts';
import { userActor } from '../../actor.ts';
import { KNOWN_BROWSER_COOKIE, setKnownBrowserCookie } from '../../cookies.ts';
import { mailed, NEWCOMER } from '../../example.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { email, opaqueToken, password } from '../../schemas.ts';
import { limit } from './limits.ts';
import { limitCostly, mailLink } from './mailed-links.ts';
import { describePassword, describeWrongPassword } from './refusals.ts';

export const passwordRoutes: Routes = [
  route(
    {
      operationId: 'requestPasswordReset',
      method: 'post',
      path: '/api/v1/auth/forgot-password',
      summary: 'Request a password reset',
      tag: 'Accounts',
      access: 'public',
      limits: ['costly_address', 'mail'],
      description:
        'The answer and its time are the same whether or not the address has an account. No mail is sent while a link of the last 15 minutes still works.',
      example: { as: 'anybody', body: { email: NEWCOMER.email }, after: ['restoreEmail'] },
      request: { body: jsonBody(z.strictObject({ email })) },
      responses: {
        202: json(z.object({ status: z.literal('reset_sent') }), 'If the address has an account, a mail will be sent'),
      },
    },
    async (c) => {
      await mailLink(c, c.req.valid('json').email, forgotPassword);
      return c.json({ status: 'reset_sent' as const }, 202);
    },
  ),

  route(
    {
      operationId: 'resetPassword',
      method: 'post',
      path: '/api/v1/auth/reset-password',
      summary: 'Reset a password with a mailed token',
      tag: 'Accounts',
      access: 'public',
      limits: ['costly_address'],
      description: 'Ends every session and opens none. A second factor is still required at the next sign-in.',
      example: {
        as: 'anybody',
        body: { token: mailed(NEWCOMER.email), newPassword: NEWCOMER.password },
        after: ['requestPasswordReset'],
      },
      request: { body: jsonBody(z.strictObject({ token: opaqueToken, newPassword: password })) },
      responses: { 204: { description: 'Reset: sign in now' } },
      refusals: ['token_invalid', 'password_unacceptable'],
    },
    async (c) => {
      await limitCostly(c);
      unwrap(
        await setForgottenPassword(c.get('deps'), c.get('context'), c.req.valid('json')),
        describePassword(c, '/newPassword'),
      );
      return c.body(null, 204);
    },
  ),

  route(
    {
      operationId: 'changePassword',
      method: 'post',
      path: '/api/v1/auth/change-password',
      summary: 'Change my password',
      tag: 'Accounts',
      access: 'signed_in',
      beforeEnrolment: true,
      limits: ['reauthenticate'],
      description:
        'Ends every other session and all trusted devices, and revokes API keys, calendar links and copies of your data that are ready for download. You are told by mail.',
      example: { as: 'newcomer', body: { currentPassword: NEWCOMER.password, newPassword: NEWCOMER.password } },
      request: { body: jsonBody(z.strictObject({ currentPassword: password, newPassword: password })) },
      responses: { 204: { description: 'Changed' } },
      refusals: ['invalid_credentials', 'password_unacceptable'],
    },
    async (c) => {
      const actor = userActor(c);
      await limit(c, 'reauthenticate', actor.userId);
      const { email: address, passwordChangedAt } = unwrap(
        await replacePassword(c.get('deps'), c.get('context'), actor, c.req.valid('json')),
        (error) => describeWrongPassword('/currentPassword')(error) ?? describePassword(c, '/newPassword')(error),
      );
      // Other browsers are no longer known browsers; this one is, because the new password was set in it.
      const { index, clock } = c.get('deps');
      const { now } = c.get('context');
      const known = knownBrowser(index, getCookie(c, KNOWN_BROWSER_COOKIE), address, clock.now());
      if (known?.passwordChangedAt === passwordChangedAt) {
        setKnownBrowserCookie(c, knownBrowserToken(index, address, { passwordChangedAt: now }, now));
      }
      return c.body(null, 204);
    },
  ),
];
