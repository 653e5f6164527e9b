/** What administrators do with accounts. */

import { z } from '@hono/zod-openapi';
import { requireStepUp } from '../../../../domain/identity/step-up.ts';
import { ROLES } from '../../../../domain/shared/permissions.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { inviteUser } from '../../../app/identity/accounts.ts';
import { assignRole, resendInvitation, unlockAccount } from '../../../app/identity/administration.ts';
import { listAccounts } from '../../../app/identity/profiles.ts';
import { takeFactorsAway } from '../../../app/mfa/reset.ts';
import { userActor } from '../../actor.ts';
import { answer, createdAs } from '../../answer.ts';
import { list } from '../../bounds.ts';
import { expectedVersion, sendVersioned } from '../../etag.ts';
import { earlier, INVITED } from '../../example.ts';
import { decodeCursor, idInCursor, paged } from '../../page.ts';
import { Problem } from '../../problems.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { email, language, line, pageOf, pageQuery, personName, zone } from '../../schemas.ts';
import { detailsOf } from '../scheduling/refusals.ts';
import { presentUser, userParams, userSchema } from './schemas.ts';

export const userRoutes: Routes = [
  route(
    {
      operationId: 'inviteUser',
      method: 'post',
      path: '/api/v1/users',
      summary: 'Invite a user',
      tag: 'Users',
      access: 'manage:users',
      located: true,
      description: 'Inviting a member of the clinic requires a recent proof of identity: see /auth/step-up.',
      example: {
        as: 'admin',
        body: { email: INVITED.email, firstName: 'Sam', lastName: 'Reyes', role: 'staff' },
      },
      request: {
        body: jsonBody(
          z.strictObject({
            email,
            firstName: personName(),
            lastName: personName(),
            role: z.enum(ROLES),
            timezone: zone.optional(),
            specialty: line(100, 1).optional(),
            languages: list(language, 20).optional(),
          }),
        ),
      },
      responses: { 201: json(userSchema, 'Invited by mail') },
      refusals: ['email_taken', 'step_up_required'],
    },
    async (c) => {
      const { specialty, languages, timezone, role, ...person } = c.req.valid('json');
      // A stolen token must not be enough to invite an account that can read patients' records.
      if (role !== 'patient') unwrap(requireStepUp(userActor(c), c.get('context').now));
      const invitation = {
        ...person,
        role,
        timezone: timezone ?? 'UTC',
        dateOfBirth: null,
        phoneNumber: null,
        language: 'en',
        doctor: role === 'doctor' ? { specialty: specialty ?? null, languages: languages ?? [] } : null,
      };
      const invited = unwrap(await inviteUser(c.get('deps'), c.get('context'), invitation, createdAs(presentUser)));
      return c.json(answer<ReturnType<typeof presentUser>>(c, invited), 201);
    },
  ),

  route(
    {
      operationId: 'listUsers',
      method: 'get',
      path: '/api/v1/users',
      summary: 'List users',
      tag: 'Users',
      access: 'manage:users',
      description: 'The reading is recorded.',
      example: { as: 'admin' },
      request: { query: pageQuery.extend({ role: z.enum(ROLES).optional() }) },
      responses: { 200: json(pageOf(userSchema), 'In the order of their creation') },
    },
    async (c) => {
      const { limit: size, cursor, role } = c.req.valid('query');
      const place = decodeCursor(cursor);
      const after = place === undefined ? null : idInCursor<'user'>(place[0]);
      const page = { after, limit: size, role: role ?? null };
      const users = await listAccounts(c.get('deps'), c.get('context'), page);
      return c.json(
        paged(c, users, size, presentUser, ({ id }) => [id]),
        200,
      );
    },
  ),

  route(
    {
      operationId: 'assignRole',
      method: 'put',
      path: '/api/v1/users/{id}/role',
      summary: 'Assign a role',
      tag: 'Users',
      access: 'manage:users',
      ifMatch: 'optional',
      versioned: true,
      description:
        'Ends all sessions of the account and revokes its API keys, calendar links and trusted devices. The role of a doctor with future appointments cannot change until they are moved or cancelled (409, with their number); patients who wait for this doctor only are told that their waitlist entry ended. Requires a recent proof of identity: see /auth/step-up. With If-Match, only if the account was not changed meanwhile.',
      example: {
        as: 'admin',
        path: { id: earlier('inviteUser') },
        body: { role: 'admin' },
        after: ['acceptInvitation'],
      },
      request: { params: userParams, body: jsonBody(z.strictObject({ role: z.enum(ROLES) })) },
      responses: { 200: json(userSchema, 'The changed account') },
      refusals: ['not_found', 'step_up_required', 'last_admin', 'no_account', 'doctor_still_booked'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      unwrap(requireStepUp(userActor(c), c.get('context').now));
      const user = unwrap(
        await assignRole(c.get('deps'), c.get('context'), id, c.req.valid('json').role, expectedVersion(c)),
        (error) => (error.code === 'doctor_still_booked' ? detailsOf(error) : undefined),
      );
      return sendVersioned(c, user.version, presentUser(user));
    },
  ),

  route(
    {
      operationId: 'unlockUser',
      method: 'post',
      path: '/api/v1/users/{id}/unlock',
      summary: 'Unlock a user',
      tag: 'Users',
      access: 'manage:users',
      description:
        'Clears every counter of wrong passwords, wrong codes and mails of the account, in the database and in the rate limiter.',
      example: { as: 'admin', path: { id: DEMO.patient } },
      request: { params: userParams },
      responses: { 204: { description: 'Unlocked: the owner can sign in' } },
      refusals: ['not_found'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      unwrap(await unlockAccount(c.get('deps'), c.get('context'), { id }));
      return c.body(null, 204);
    },
  ),

  route(
    {
      operationId: 'resendInvitation',
      method: 'post',
      path: '/api/v1/users/{id}/invitation',
      summary: 'Resend an invitation',
      tag: 'Users',
      access: 'manage:users',
      description: 'The link of the earlier mail stops working.',
      example: { as: 'admin', path: { id: earlier('inviteUser') }, after: ['inviteUser'] },
      request: { params: userParams },
      responses: { 202: json(userSchema, 'A new invitation will be mailed') },
      refusals: ['not_found', 'invitation_accepted', 'no_account'],
    },
    async (c) => {
      const answer = unwrap(
        await resendInvitation(c.get('deps'), c.get('context'), c.req.valid('param').id, (user) => ({
          status: 202,
          body: presentUser(user),
        })),
      );
      return c.json(answer.body as ReturnType<typeof presentUser>, 202);
    },
  ),

  route(
    {
      operationId: 'removeUserFactor',
      method: 'delete',
      path: '/api/v1/users/{id}/mfa',
      summary: 'Remove the second factor of a user',
      tag: 'Users',
      access: 'manage:users',
      description:
        'Verify first who asks for it, because the password alone is enough to sign in afterwards. Ends every session of the account and revokes its API keys, calendar links and trusted devices. The owner is told by mail. For your own factor use /mfa/disable. Requires a recent proof of identity: see /auth/step-up.',
      example: {
        as: 'admin',
        path: { id: earlier('getMe') },
        after: ['getMe', 'disableFactor'],
        again: ['beginFactorSetup', 'enableFactor'],
      },
      request: { params: userParams },
      responses: { 204: { description: 'Removed' } },
      refusals: ['not_found', 'step_up_required', 'mfa_not_enabled'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const actor = userActor(c);
      if (id === actor.userId) throw new Problem({ code: 'forbidden', detail: 'Use /mfa/disable for your own.' });
      unwrap(requireStepUp(actor, c.get('context').now));
      unwrap(await takeFactorsAway(c.get('deps'), c.get('context'), id));
      return c.body(null, 204);
    },
  ),
];
