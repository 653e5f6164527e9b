/** The sessions of a person: listing them, and signing out. */

import { z } from '@hono/zod-openapi';
import { DEVICE_TYPES, type Session } from '../../../../domain/identity/session.ts';
import type { SessionId } from '../../../../domain/shared/ids.ts';
import { formatInstant } from '../../../../domain/shared/time.ts';
import { endAllSessions, endSession } from '../../../app/identity/sessions.ts';
import { userActor } from '../../actor.ts';
import { clearSession } from '../../cookies.ts';
import { earlier } from '../../example.ts';
import { linkTo } from '../../links.ts';
import { decodeCursor, idInCursor, instantInCursor, paged } from '../../page.ts';
import { json, type Routes, route, unwrap } from '../../router.ts';
import { links, pageOf, pageQuery, targetId } from '../../schemas.ts';
import { shownAddress, shownId, shownInstant, shownName, shownText } from '../../shown.ts';

const sessionSchema = z
  .object({
    id: shownId,
    current: z.boolean(),
    deviceName: shownName('Firefox on Linux'),
    deviceType: z.enum(DEVICE_TYPES),
    ip: shownAddress.nullable(),
    createdAt: shownInstant,
    lastActivityAt: shownInstant,
    expiresAt: shownInstant,
    location: z
      .object({ country: shownText(100, 'DE').nullable(), city: shownText(200, 'Berlin').nullable() })
      .nullable(),
    isSuspicious: z.boolean(),
    remembered: z.boolean().openapi({ description: 'false: the session ends when the browser is closed' }),
    riskScore: z.int().openapi({ description: '0 to 100' }),
    _links: links,
  })
  .openapi('Session');

export const sessionRoutes: Routes = [
  route(
    {
      operationId: 'signOut',
      method: 'post',
      path: '/api/v1/auth/logout',
      summary: 'Sign out',
      tag: 'Sign-in',
      access: 'signed_in',
      beforeEnrolment: true,
      withoutFactor: true,
      priority: 'vital',
      description:
        'Ends push messages to the device that was registered in this session. Tells the browser to delete its cached copies of the portal’s data (Clear-Site-Data).',
      example: { as: 'newcomer' },
      responses: { 204: { description: 'Signed out' } },
      refusals: ['not_found'],
    },
    async (c) => {
      const actor = userActor(c);
      unwrap(await endSession(c.get('deps'), c.get('context'), actor, actor.sessionId));
      clearSession(c);
      return c.body(null, 204);
    },
  ),

  route(
    {
      operationId: 'signOutEverywhere',
      method: 'post',
      path: '/api/v1/auth/logout-all',
      summary: 'Sign out everywhere',
      tag: 'Sign-in',
      access: 'signed_in',
      beforeEnrolment: true,
      priority: 'vital',
      description:
        'Ends every session and trusted device, and revokes API keys, calendar links and copies of your data that are ready for download. No device gets push messages any more. You are told by mail.',
      example: { as: 'newcomer' },
      responses: { 204: { description: 'Signed out' } },
    },
    async (c) => {
      unwrap(await endAllSessions(c.get('deps'), c.get('context'), userActor(c)));
      clearSession(c);
      return c.body(null, 204);
    },
  ),

  route(
    {
      operationId: 'listSessions',
      method: 'get',
      path: '/api/v1/auth/sessions',
      summary: 'List my sessions',
      tag: 'Sign-in',
      access: 'manage:own_sessions',
      beforeEnrolment: true,
      example: { as: 'newcomer' },
      request: { query: pageQuery },
      responses: { 200: json(pageOf(sessionSchema), 'Active sessions, the last used first') },
    },
    async (c) => {
      const { database, loads } = c.get('deps');
      const { actor, now } = { actor: userActor(c), now: c.get('context').now };
      const { limit: size, cursor } = c.req.valid('query');
      const place = decodeCursor(cursor);
      const after = place === undefined ? null : { at: instantInCursor(place[0]), id: idInCursor<'session'>(place[1]) };
      const [sessions] = await database.load(loads.identity.sessionsOf(actor.userId, now, { after, limit: size }));
      const present = (session: Session) => ({
        id: session.id,
        current: session.id === actor.sessionId,
        deviceName: session.deviceName,
        deviceType: session.deviceType,
        ip: session.ip,
        createdAt: formatInstant(session.createdAt),
        lastActivityAt: formatInstant(session.lastActivityAt),
        expiresAt: formatInstant(session.expiresAt),
        location: session.location && { country: session.location.country, city: session.location.city },
        isSuspicious: session.isSuspicious,
        remembered: session.remembered,
        riskScore: session.riskScore,
        _links: { revoke: linkTo('revokeSession', { id: session.id }) },
      });
      return c.json(
        paged(c, sessions, size, present, ({ lastActivityAt, id }) => [lastActivityAt, id]),
        200,
      );
    },
  ),

  route(
    {
      operationId: 'revokeSession',
      method: 'delete',
      path: '/api/v1/auth/sessions/{id}',
      summary: 'Revoke one of my sessions',
      tag: 'Sign-in',
      access: 'manage:own_sessions',
      beforeEnrolment: true,
      example: { as: 'newcomer', path: { id: earlier('signIn', '/sessionId') }, again: ['signIn'] },
      request: { params: z.object({ id: targetId('session', 'The session') }) },
      responses: { 204: { description: 'Ended' } },
      refusals: ['not_found'],
    },
    async (c) => {
      const actor = userActor(c);
      const id = c.req.valid('param').id as SessionId;
      unwrap(await endSession(c.get('deps'), c.get('context'), actor, id));
      if (id === actor.sessionId) clearSession(c);
      return c.body(null, 204);
    },
  ),
];
