/** Registering, verifying the address, and accepting an invitation. */

import { z } from '@hono/zod-openapi';
import { mailboxOf } from '../../../../domain/identity/mailbox.ts';
import { openInvitation, proveEmail, registerPatient, resendVerificationMail } from '../../../app/identity/accounts.ts';
import { INVITED, mailed, NEWCOMER } from '../../example.ts';
import { phoneNumber } from '../../phone-number.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { dateOfBirth, email, language, opaqueToken, password, personName, zone } from '../../schemas.ts';
import { tryLimit } from './limits.ts';
import { limitCostly, mailLink } from './mailed-links.ts';
import { describePassword } from './refusals.ts';
import { given } from './schemas.ts';

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

const accepted = z.object({ status: z.literal('verification_sent') });

export const accountRoutes: Routes = [
  route(
    {
      operationId: 'registerPatient',
      method: 'post',
      path: '/api/v1/auth/register',
      summary: 'Register a patient',
      tag: 'Accounts',
      access: 'public',
      limits: ['costly_address', 'mail'],
      description:
        'The answer is the same whether or not the address has an account; its owner is told by mail. A mailbox gets at most five mails an hour, whose links work.',
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
      responses: { 202: json(accepted, 'A mail will be sent') },
      refusals: ['password_unacceptable'],
    },
    async (c) => {
      const { phoneNumber: phone, timezone, language: tongue, ...body } = c.req.valid('json');
      const [, { isOpen }] = await Promise.all([limitCostly(c), tryLimit(c, 'mail', mailboxOf(body.email))]);
      const input = { ...body, phoneNumber: phone ?? null, timezone: timezone ?? 'UTC', language: tongue ?? 'en' };
      unwrap(await registerPatient(c.get('deps'), c.get('context'), input, isOpen), describePassword(c, '/password'));
      return c.json({ status: 'verification_sent' as const }, 202);
    },
  ),

  route(
    {
      operationId: 'verifyEmail',
      method: 'post',
      path: '/api/v1/auth/verify-email',
      summary: 'Verify an e-mail address',
      tag: 'Accounts',
      access: 'public',
      limits: ['costly_address'],
      description:
        'Takes the token that was mailed to the address. A password may be sent with it. If several people registered the address, a password is required (409 `password_required`), and earlier passwords and names no longer count.',
      example: { as: 'anybody', body: { token: mailed(NEWCOMER.email) }, after: ['registerPatient'] },
      request: { body: jsonBody(proof) },
      responses: { 204: { description: 'Verified: sign in now' } },
      refusals: ['token_invalid', 'password_required', 'password_unacceptable'],
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
  ),

  route(
    {
      operationId: 'resendVerification',
      method: 'post',
      path: '/api/v1/auth/resend-verification',
      summary: 'Resend the verification mail',
      tag: 'Accounts',
      access: 'public',
      limits: ['costly_address', 'mail'],
      description: 'No mail is sent while a link of the last 15 minutes still works.',
      example: { as: 'anybody', body: { email: NEWCOMER.email } },
      request: { body: jsonBody(z.strictObject({ email })) },
      responses: { 202: json(accepted, 'If the address is not verified yet, a mail will be sent') },
    },
    async (c) => {
      await mailLink(c, c.req.valid('json').email, resendVerificationMail);
      return c.json({ status: 'verification_sent' as const }, 202);
    },
  ),

  route(
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
      responses: { 204: { description: 'Accepted: sign in now' } },
      refusals: ['token_invalid', 'password_unacceptable'],
    },
    async (c) => {
      await limitCostly(c);
      unwrap(
        await openInvitation(c.get('deps'), c.get('context'), c.req.valid('json')),
        describePassword(c, '/password'),
      );
      return c.body(null, 204);
    },
  ),
];
