/** Registering, proving the address, invitations, and passwords. */

import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import { getCookie } from 'hono/cookie';
import { knownBrowser, knownBrowserToken } from '../../../../domain/identity/known-browser.ts';
import { mailboxOf } from '../../../../domain/identity/mailbox.ts';
import type { Mailed } from '../../../../domain/identity/mailed-links.ts';
import { addressSubject } from '../../../app/address.ts';
import { openInvitation, proveEmail, registerPatient, resendVerificationMail } from '../../../app/identity/accounts.ts';
import { forgotPassword, replacePassword, setForgottenPassword } from '../../../app/identity/passwords.ts';
import { userActor } from '../../actor.ts';
import { KNOWN_BROWSER_COOKIE, setKnownBrowserCookie } from '../../cookies.ts';
import type { AppEnv } from '../../env.ts';
import { INVITED, mailed, NEWCOMER } from '../../example.ts';
import { atLeast } from '../../minimum-duration.ts';
import { type App, define, json, jsonBody, unwrap } from '../../router.ts';
import { dateOfBirth, email, language, opaqueToken, password, personName, phoneNumber, zone } from '../../schemas.ts';
import { describePassword, describeWrongPassword, given, limit, tryLimit } from './schemas.ts';

const registration = z
  .strictObject({
    email,
    password,
    firstName: personName(),
    lastName: personName(),
    dateOfBirth,
    phoneNumber: phoneNumber.optional(),
    timezone: zone.optional(),
    language: language.optional(),
  })
  .openapi('Registration');

const proof = z
  .strictObject({
    token: opaqueToken,
    password: password.optional(),
    firstName: personName().optional(),
    lastName: personName().optional(),
    dateOfBirth: dateOfBirth.optional(),
    phoneNumber: phoneNumber.optional(),
  })
  .openapi('ProofOfAddress');

/** What costs a hash or a mail without an account has a limit of its own: signing in is not its victim (R66). */
function limitCostly(c: HonoContext<AppEnv>) {
  return limit(c, 'costly_address', addressSubject(c.env.clientAddress));
}

/**
 * Counts the mail for its mailbox if it goes to an address that nobody has proven, and only then: whoever asks in somebody's
 * name uses nothing of theirs up (R65).
 */
async function mailing(
  c: HonoContext<AppEnv>,
  email: string,
  send: (isMailboxOpen: boolean) => Promise<Mailed>,
): Promise<void> {
  const { isOpen, giveBack } = await tryLimit(c, 'mail', mailboxOf(email));
  const mailed = await send(isOpen);
  if (mailed !== 'unproven') await giveBack();
}

export function accountRoutes(app: App): void {
  const accepted = z.object({ status: z.literal('verification_sent') });

  define(
    app,
    {
      operationId: 'registerPatient',
      method: 'post',
      path: '/api/v1/auth/register',
      summary: 'Register a patient',
      tag: 'Accounts',
      access: 'public',
      limits: ['costly_address', 'mail'],
      description:
        'Answers the same whether or not the address is known; its owner is told by mail. After five mails to one mailbox in an hour no other is sent: the links of those work.',
      example: {
        as: 'anybody',
        body: {
          email: NEWCOMER.email,
          password: NEWCOMER.password,
          firstName: 'Nora',
          lastName: 'Lind',
          dateOfBirth: '1990-04-23',
        },
      },
      request: { body: jsonBody(registration) },
      responses: { 202: json(accepted, 'A mail is on its way') },
      refusals: ['password_unacceptable', 'version_conflict'],
    },
    async (c) => {
      const { phoneNumber: phone, timezone, language: tongue, ...body } = c.req.valid('json');
      const [, { isOpen }] = await Promise.all([limitCostly(c), tryLimit(c, 'mail', mailboxOf(body.email))]);
      const input = { ...body, phoneNumber: phone ?? null, timezone: timezone ?? 'UTC', language: tongue ?? 'en' };
      unwrap(await registerPatient(c.get('deps'), c.get('context'), input, isOpen), describePassword(c, '/password'));
      return c.json({ status: 'verification_sent' as const }, 202);
    },
  );

  define(
    app,
    {
      operationId: 'verifyEmail',
      method: 'post',
      path: '/api/v1/auth/verify-email',
      summary: 'Verify an e-mail address',
      tag: 'Accounts',
      access: 'public',
      limits: ['costly_address'],
      description:
        'By the token that was mailed to it. A password may be chosen with it; it must be where several people registered the address (409 `password_required`), and no password or name that was given before counts then.',
      example: { as: 'anybody', body: { token: mailed(NEWCOMER.email) }, after: ['registerPatient'] },
      request: { body: jsonBody(proof) },
      responses: { 204: { description: 'Proven: sign in now' } },
      refusals: ['token_invalid', 'password_required', 'password_unacceptable', 'version_conflict'],
    },
    async (c) => {
      const { token, password: chosen, ...person } = c.req.valid('json');
      if (chosen !== undefined) await limitCostly(c);
      unwrap(
        await proveEmail(c.get('deps'), c.get('context'), { token, password: chosen, person: given(person) }),
        describePassword(c, '/password'),
      );
      return c.body(null, 204);
    },
  );

  define(
    app,
    {
      operationId: 'resendVerification',
      method: 'post',
      path: '/api/v1/auth/resend-verification',
      summary: 'Resend the verification mail',
      tag: 'Accounts',
      access: 'public',
      limits: ['costly_address', 'mail'],
      description: 'While a link of the last 15 minutes works no other is mailed.',
      example: { as: 'anybody', body: { email: NEWCOMER.email } },
      request: { body: jsonBody(z.strictObject({ email })) },
      responses: { 202: json(accepted, 'If the address waits for verification, a mail is on its way') },
      refusals: ['version_conflict'],
    },
    async (c) => {
      const body = c.req.valid('json');
      await limitCostly(c);
      await atLeast(
        mailing(c, body.email, async (isOpen) =>
          unwrap(await resendVerificationMail(c.get('deps'), c.get('context'), body.email, isOpen)),
        ),
      );
      return c.json({ status: 'verification_sent' as const }, 202);
    },
  );

  define(
    app,
    {
      operationId: 'acceptInvitation',
      method: 'post',
      path: '/api/v1/auth/accept-invitation',
      summary: 'Accept an invitation',
      tag: 'Accounts',
      access: 'public',
      limits: ['costly_address'],
      example: {
        as: 'anybody',
        body: { token: mailed(INVITED.email), password: INVITED.password },
        after: ['resendInvitation'],
      },
      request: { body: jsonBody(z.strictObject({ token: opaqueToken, password })) },
      responses: { 204: { description: 'Opened: sign in now' } },
      refusals: ['token_invalid', 'password_unacceptable', 'version_conflict'],
    },
    async (c) => {
      await limitCostly(c);
      unwrap(
        await openInvitation(c.get('deps'), c.get('context'), c.req.valid('json')),
        describePassword(c, '/password'),
      );
      return c.body(null, 204);
    },
  );

  define(
    app,
    {
      operationId: 'requestPasswordReset',
      method: 'post',
      path: '/api/v1/auth/forgot-password',
      summary: 'Request a password reset',
      tag: 'Accounts',
      access: 'public',
      limits: ['costly_address', 'mail'],
      description:
        'Answers the same, and as fast, whether or not the address is known. While a link of the last 15 minutes works no other is mailed.',
      example: { as: 'anybody', body: { email: NEWCOMER.email }, after: ['restoreEmail'] },
      request: { body: jsonBody(z.strictObject({ email })) },
      responses: {
        202: json(z.object({ status: z.literal('reset_sent') }), 'If there is an account, a mail is on its way'),
      },
      refusals: ['version_conflict'],
    },
    async (c) => {
      const body = c.req.valid('json');
      await limitCostly(c);
      await atLeast(
        mailing(c, body.email, async (isOpen) =>
          unwrap(await forgotPassword(c.get('deps'), c.get('context'), body.email, isOpen)),
        ),
      );
      return c.json({ status: 'reset_sent' as const }, 202);
    },
  );

  define(
    app,
    {
      operationId: 'resetPassword',
      method: 'post',
      path: '/api/v1/auth/reset-password',
      summary: 'Reset a password with a mailed token',
      tag: 'Accounts',
      access: 'public',
      limits: ['costly_address'],
      description: 'Signs nobody in: every session ends, and a second factor stays due.',
      example: {
        as: 'anybody',
        body: { token: mailed(NEWCOMER.email), newPassword: NEWCOMER.password },
        after: ['requestPasswordReset'],
      },
      request: { body: jsonBody(z.strictObject({ token: opaqueToken, newPassword: password })) },
      responses: { 204: { description: 'Set: sign in now' } },
      refusals: ['token_invalid', 'password_unacceptable', 'version_conflict'],
    },
    async (c) => {
      await limitCostly(c);
      unwrap(
        await setForgottenPassword(c.get('deps'), c.get('context'), c.req.valid('json')),
        describePassword(c, '/newPassword'),
      );
      return c.body(null, 204);
    },
  );

  define(
    app,
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
        'Ends every other session, trusted devices, API keys, calendar links and copies of your data that wait to be fetched. A mail says so.',
      example: { as: 'newcomer', body: { currentPassword: NEWCOMER.password, newPassword: NEWCOMER.password } },
      request: { body: jsonBody(z.strictObject({ currentPassword: password, newPassword: password })) },
      responses: { 204: { description: 'Changed' } },
      refusals: ['invalid_credentials', 'password_unacceptable', 'version_conflict'],
    },
    async (c) => {
      const actor = userActor(c);
      await limit(c, 'reauthenticate', actor.userId);
      const { email: address, passwordChangedAt } = unwrap(
        await replacePassword(c.get('deps'), c.get('context'), actor, c.req.valid('json')),
        (error) => describeWrongPassword('/currentPassword')(error) ?? describePassword(c, '/newPassword')(error),
      );
      // Other browsers are strangers from now on; this one knows the new password.
      const { index, clock } = c.get('deps');
      const { now } = c.get('context');
      const known = knownBrowser(index, getCookie(c, KNOWN_BROWSER_COOKIE), address, clock.now());
      if (known?.passwordChangedAt === passwordChangedAt) {
        setKnownBrowserCookie(c, knownBrowserToken(index, address, { passwordChangedAt: now }, now));
      }
      return c.body(null, 204);
    },
  );
}
