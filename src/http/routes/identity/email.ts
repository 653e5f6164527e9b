/** Changing an e-mail address: requesting, confirming by the new address, taking back by the former address. */

import { z } from '@hono/zod-openapi';
import { isPending, type PendingEmail } from '../../../../domain/identity/email-change.ts';
import { mailboxOf } from '../../../../domain/identity/mailbox.ts';
import { requireStepUp } from '../../../../domain/identity/step-up.ts';
import { formatInstant } from '../../../../domain/shared/time.ts';
import {
  askForEmailChange,
  dropEmailChange,
  proveNewEmail,
  readPendingEmail,
  takeEmailBack,
} from '../../../app/identity/email-change.ts';
import { userActor } from '../../actor.ts';
import { earlier, mailed, NEWCOMER } from '../../example.ts';
import { linkTo } from '../../links.ts';
import { atLeast } from '../../minimum-duration.ts';
import { Problem } from '../../problems.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { email, links, opaqueToken } from '../../schemas.ts';
import { shownEmail, shownInstant } from '../../shown.ts';
import { limit } from './limits.ts';
import { requireOwnOrManaged } from './own.ts';
import { userParams } from './schemas.ts';

const pendingSchema = z
  .object({
    newEmail: shownEmail,
    requestedAt: shownInstant,
    expiresAt: shownInstant.openapi({ description: 'When the link to the new address stops working' }),
    _links: links,
  })
  .openapi('EmailChange');

function present(userId: string, { newEmail, requestedAt, confirmUntil }: PendingEmail) {
  return {
    newEmail,
    requestedAt: formatInstant(requestedAt),
    expiresAt: formatInstant(confirmUntil),
    _links: { self: linkTo('getEmailChange', { id: userId }), cancel: linkTo('cancelEmailChange', { id: userId }) },
  };
}

export const emailRoutes: Routes = [
  route(
    {
      operationId: 'requestEmailChange',
      method: 'post',
      path: '/api/v1/users/{id}/email',
      summary: 'Request a change of e-mail address',
      tag: 'Accounts',
      access: 'signed_in',
      limits: ['mail'],
      description:
        'Your own address, or any address for administrators. A link is mailed to the new address, and the change takes effect when the link is followed; other sessions and trusted devices end then. The current address gets a mail at once, with a link that takes the change back until 7 days after it took effect. The answer is the same whether or not the new address has an account. Replaces a pending change. Requires a recent proof of identity: see /auth/step-up.',
      example: {
        as: 'newcomer',
        path: { id: earlier('getMe') },
        body: { email: NEWCOMER.nextEmail },
        after: ['getMe'],
      },
      request: { params: userParams, body: jsonBody(z.strictObject({ email })) },
      responses: { 202: json(pendingSchema, 'A link will be mailed to the new address') },
      refusals: ['not_found', 'step_up_required', 'email_unverified'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const actor = userActor(c);
      requireOwnOrManaged(c, id);
      unwrap(requireStepUp(actor, c.get('context').now));
      const asked = c.req.valid('json').email;
      await limit(c, 'mail', mailboxOf(asked));
      const { body } = unwrap(
        await atLeast(
          askForEmailChange(c.get('deps'), c.get('context'), actor, id, asked, (pending) => ({
            status: 202,
            body: present(id, pending),
          })),
          c.env.platform.pause,
        ),
      );
      return c.json(body as ReturnType<typeof present>, 202);
    },
  ),

  route(
    {
      operationId: 'getEmailChange',
      method: 'get',
      path: '/api/v1/users/{id}/email',
      summary: 'Get the pending change of e-mail address',
      tag: 'Accounts',
      access: 'read:own_profile',
      example: { as: 'newcomer', path: { id: earlier('getMe') }, after: ['requestEmailChange'] },
      request: { params: userParams },
      responses: { 200: json(pendingSchema, 'The pending change') },
      refusals: ['not_found'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      requireOwnOrManaged(c, id);
      const open = await readPendingEmail(c.get('deps'), id);
      if (open === undefined || !isPending(open, c.get('context').now)) throw new Problem({ code: 'not_found' });
      return c.json(present(id, open), 200);
    },
  ),

  route(
    {
      operationId: 'cancelEmailChange',
      method: 'delete',
      path: '/api/v1/users/{id}/email',
      summary: 'Cancel the pending change of e-mail address',
      tag: 'Accounts',
      access: 'signed_in',
      example: { as: 'newcomer', path: { id: earlier('getMe') }, after: ['getEmailChange'] },
      request: { params: userParams },
      responses: { 204: { description: 'Cancelled: the address does not change' } },
      refusals: ['not_found'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      userActor(c);
      requireOwnOrManaged(c, id);
      unwrap(await dropEmailChange(c.get('deps'), c.get('context'), id));
      return c.body(null, 204);
    },
  ),

  route(
    {
      operationId: 'confirmEmailChange',
      method: 'post',
      path: '/api/v1/auth/confirm-email-change',
      summary: 'Confirm a new e-mail address',
      tag: 'Accounts',
      access: 'public',
      example: {
        as: 'anybody',
        body: { token: mailed(NEWCOMER.nextEmail) },
        after: ['cancelEmailChange'],
        again: ['requestEmailChange'],
      },
      request: { body: jsonBody(z.strictObject({ token: opaqueToken })) },
      responses: { 204: { description: 'Changed: sign in with the new address' } },
      refusals: ['token_invalid'],
    },
    async (c) => {
      unwrap(await proveNewEmail(c.get('deps'), c.get('context'), c.req.valid('json').token));
      return c.body(null, 204);
    },
  ),

  route(
    {
      operationId: 'restoreEmail',
      method: 'post',
      path: '/api/v1/auth/restore-email',
      summary: 'Restore the former e-mail address',
      tag: 'Accounts',
      access: 'public',
      description:
        'Takes the token of the link that was mailed to the former address, and restores that address. Every session and every other credential ends, also the password, and a link to set a new password is mailed.',
      example: { as: 'anybody', body: { token: mailed(NEWCOMER.email) }, after: ['confirmEmailChange'] },
      request: { body: jsonBody(z.strictObject({ token: opaqueToken })) },
      responses: { 204: { description: 'Restored: set a new password by the mailed link' } },
      refusals: ['token_invalid'],
    },
    async (c) => {
      unwrap(await takeEmailBack(c.get('deps'), c.get('context'), c.req.valid('json').token));
      return c.body(null, 204);
    },
  ),
];
