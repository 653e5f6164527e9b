/** Signing in and out, refreshing, stepping up, and where one is signed in. */

import { z } from '@hono/zod-openapi';
import { getCookie } from 'hono/cookie';
import { knownBrowser } from '../../../../domain/identity/known-browser.ts';
import { DEVICE_TYPES, type Session } from '../../../../domain/identity/session.ts';
import type { SessionId } from '../../../../domain/shared/ids.ts';
import { formatInstant } from '../../../../domain/shared/time.ts';
import { addressSubject } from '../../../app/address.ts';
import { endAllSessions, endSession, refreshTokens } from '../../../app/identity/sessions.ts';
import { login } from '../../../app/identity/sign-in.ts';
import { stepUp } from '../../../app/identity/step-up.ts';
import { browsersSubject } from '../../../app/limits.ts';
import { userActor } from '../../actor.ts';
import {
  ACCESS_COOKIE,
  BROWSER_COOKIE,
  clearSession,
  DEVICE_COOKIE,
  KNOWN_BROWSER_COOKIE,
  REFRESH_COOKIE,
  setAccessCookie,
} from '../../cookies.ts';
import { describeDevice } from '../../device.ts';
import { earlier, NEWCOMER } from '../../example.ts';
import { refuseCrossSite } from '../../middleware/guard.ts';
import { decodeCursor, idInCursor, instantInCursor, paged } from '../../page.ts';
import { Problem } from '../../problems.ts';
import { type App, define, json, jsonBody, unwrap } from '../../router.ts';
import { email, idSchema, label, links, opaqueToken, pageOf, pageQuery, password } from '../../schemas.ts';
import { shownAddress, shownId, shownInstant, shownName, shownText, shownToken } from '../../shown.ts';
import { codeFields, codeOf, hasOneCode } from '../mfa/codes.ts';
import {
  deliver,
  describeWait,
  describeWrongPassword,
  forgiveAccount,
  limit,
  secondsLimited,
  tokensSchema,
} from './schemas.ts';

const challengeSchema = z
  .object({
    kind: z.literal('mfa_challenge'),
    mfaRequired: z.literal(true),
    mfaToken: shownToken('ppm_2fA9xY2b'),
    methods: z.array(z.enum(['totp', 'backup_code', 'sms'])),
    expiresIn: z.int().openapi({ description: 'Seconds', example: 300 }),
  })
  .openapi('MfaChallenge');

export function sessionRoutes(app: App): void {
  define(
    app,
    {
      operationId: 'signIn',
      method: 'post',
      path: '/api/v1/auth/login',
      summary: 'Sign in',
      tag: 'Sign-in',
      access: 'public',
      limits: ['login_known', 'login_account', 'login_address'],
      description:
        'Where a second factor is enrolled the answer asks for it: see /mfa/verify. Unknown account, wrong password and an address that is not confirmed yet have one answer; with the right password of such an address another link is mailed, unless one of the last 15 minutes works.',
      example: {
        as: 'anybody',
        body: { email: NEWCOMER.email, password: NEWCOMER.password },
        after: ['verifyEmail'],
      },
      request: {
        body: jsonBody(
          z
            .strictObject({
              email,
              password,
              trustedDeviceToken: opaqueToken.optional(),
              deviceName: label(100).optional(),
              transport: z.enum(['bearer', 'cookie']).default('bearer'),
              remember: z.boolean().default(true).openapi({
                description:
                  'With cookies: false on a shared computer. The cookies then go when the browser is closed, and the session ends after 30 idle minutes, or after 12 hours.',
              }),
            })
            .refine((body) => body.remember || body.transport === 'cookie', {
              path: ['remember'],
              error: 'expected true: false is for the cookie transport',
            }),
        ),
      },
      responses: {
        200: json(
          z.discriminatedUnion('kind', [tokensSchema, challengeSchema]),
          'Signed in, or asked for the second factor: kind says which',
        ),
      },
      refusals: ['invalid_credentials', 'sign_in_paused', 'cross_site_request', 'version_conflict'],
    },
    async (c) => {
      const body = c.req.valid('json');
      if (body.transport === 'cookie') refuseCrossSite(c);
      const address = addressSubject(c.env.clientAddress);
      const { clock, index } = c.get('deps');
      const known = knownBrowser(index, getCookie(c, KNOWN_BROWSER_COOKIE), body.email, clock.now());
      // What strangers do, at this address too, is not counted against a browser that has signed in before (R65).
      const [limitedSeconds, giveBack] = await Promise.all([
        known === undefined
          ? secondsLimited(c, 'login_account', body.email)
          : secondsLimited(c, 'login_known', browsersSubject(body.email, known)),
        known !== undefined ? async () => {} : limit(c, 'login_address', address),
      ]);
      const outcome = unwrap(
        await login(c.get('deps'), c.get('context'), {
          email: body.email,
          password: body.password,
          device: { ...describeDevice(c, body.deviceName), transport: body.transport, remembered: body.remember },
          deviceToken: body.trustedDeviceToken ?? getCookie(c, DEVICE_COOKIE),
          address,
          knownBrowser: known,
          limitedSeconds,
        }),
        describeWait,
      );
      // Many people sign in from the address of a clinic. One use for each right password, and never more than that: whoever
      // signs in between guesses wins no guess.
      if (outcome.kind === 'challenge') {
        await giveBack();
        const { mfaToken, methods, expiresIn } = outcome.challenge;
        return c.json(
          { kind: 'mfa_challenge' as const, mfaRequired: true as const, mfaToken, methods: [...methods], expiresIn },
          200,
        );
      }
      await Promise.all([forgiveAccount(c, outcome.signedIn), giveBack()]);
      return c.json(deliver(c, outcome.signedIn), 200);
    },
  );

  define(
    app,
    {
      operationId: 'refreshTokens',
      method: 'post',
      path: '/api/v1/auth/refresh-token',
      summary: 'Refresh the tokens',
      tag: 'Sign-in',
      access: 'public',
      description:
        'Each refresh token works once. One that comes back a second time ends its session. With cookies the same browser may ask again within 15 seconds, as two of its tabs do, and gets the same refresh token again.',
      example: {
        as: 'anybody',
        body: { refreshToken: earlier('signIn', '/refreshToken', 'the-refresh-token') },
        again: ['signIn'],
      },
      request: {
        body: {
          required: false,
          content: { 'application/json': { schema: z.strictObject({ refreshToken: opaqueToken.optional() }) } },
        },
      },
      responses: { 200: json(tokensSchema, 'A new pair') },
      refusals: ['refresh_token_invalid', 'cross_site_request', 'version_conflict'],
    },
    async (c) => {
      const given = (c.req.valid('json') as { refreshToken?: string } | undefined)?.refreshToken;
      const cookie = given === undefined ? getCookie(c, REFRESH_COOKIE) : undefined;
      if (cookie !== undefined) refuseCrossSite(c);
      const browser = cookie === undefined ? undefined : getCookie(c, BROWSER_COOKIE);
      const token = given ?? cookie;
      if (token === undefined) throw new Problem({ code: 'refresh_token_invalid' });
      const tokens = unwrap(await refreshTokens(c.get('deps'), c.get('context'), token, browser), () => ({}));
      return c.json(deliver(c, tokens, cookie === undefined ? 'bearer' : 'cookie'), 200);
    },
  );

  define(
    app,
    {
      operationId: 'stepUp',
      method: 'post',
      path: '/api/v1/auth/step-up',
      summary: 'Prove again who you are',
      tag: 'Sign-in',
      access: 'signed_in',
      beforeEnrolment: true,
      withoutFactor: true,
      limits: ['reauthenticate'],
      description:
        'With the password, or, where a second factor is enrolled, with a code of the app or a backup code. Sensitive operations ask for it.',
      example: { as: 'newcomer', body: { password: NEWCOMER.password } },
      request: {
        body: jsonBody(
          z
            .strictObject({ password: password.optional(), ...codeFields })
            .refine((body) => (body.password === undefined ? hasOneCode(body) : codeOf(body) === undefined), {
              error: 'expected exactly one of password, token and backupCode',
            }),
        ),
      },
      responses: { 200: json(tokensSchema, 'A fresh access token') },
      refusals: [
        'invalid_credentials',
        'step_up_required',
        'mfa_code_invalid',
        'mfa_attempts_exhausted',
        'mfa_not_enabled',
        'version_conflict',
      ],
    },
    async (c) => {
      const actor = userActor(c);
      const body = c.req.valid('json');
      await limit(c, 'reauthenticate', actor.userId);
      const answer = codeOf(body);
      const proof = answer === undefined ? { password: body.password ?? '' } : { answer };
      const { accessToken, expiresIn, sessionId } = unwrap(
        await stepUp(c.get('deps'), c.get('context'), actor, proof),
        (error) => describeWrongPassword('/password')(error) ?? describeWait(error),
      );
      const shown = { kind: 'tokens' as const, tokenType: 'Bearer' as const, expiresIn, sessionId };
      if (getCookie(c, ACCESS_COOKIE) === undefined || c.req.header('authorization') !== undefined) {
        return c.json({ ...shown, accessToken }, 200);
      }
      setAccessCookie(c, accessToken, actor.remembered, expiresIn);
      return c.json(shown, 200);
    },
  );

  define(
    app,
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
      description: 'Tells the browser to drop its copies of what was read (Clear-Site-Data).',
      example: { as: 'newcomer' },
      responses: { 204: { description: 'Signed out' } },
      refusals: ['not_found', 'version_conflict'],
    },
    async (c) => {
      const actor = userActor(c);
      unwrap(await endSession(c.get('deps'), c.get('context'), actor, actor.sessionId));
      clearSession(c);
      return c.body(null, 204);
    },
  );

  define(
    app,
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
        'Ends every session, trusted device, API key, calendar link and copy of your data that waits to be fetched. A mail says so.',
      example: { as: 'newcomer' },
      responses: { 204: { description: 'Signed out' } },
      refusals: ['version_conflict'],
    },
    async (c) => {
      unwrap(await endAllSessions(c.get('deps'), c.get('context'), userActor(c)));
      clearSession(c);
      return c.body(null, 204);
    },
  );

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
      remembered: z.boolean().openapi({ description: 'false: it ends with the browser' }),
      riskScore: z.int().openapi({ description: '0 to 100' }),
      _links: links,
    })
    .openapi('Session');
  define(
    app,
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
      responses: { 200: json(pageOf(sessionSchema), 'Live sessions, last used first') },
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
        _links: { revoke: { href: `/api/v1/auth/sessions/${session.id}`, method: 'DELETE' } },
      });
      return c.json(
        paged(c, sessions, size, present, ({ lastActivityAt, id }) => [lastActivityAt, id]),
        200,
      );
    },
  );

  define(
    app,
    {
      operationId: 'revokeSession',
      method: 'delete',
      path: '/api/v1/auth/sessions/{id}',
      summary: 'Revoke one of my sessions',
      tag: 'Sign-in',
      access: 'manage:own_sessions',
      beforeEnrolment: true,
      example: { as: 'newcomer', path: { id: earlier('signIn', '/sessionId') }, again: ['signIn'] },
      request: { params: z.object({ id: idSchema<'session'>('The session') }) },
      responses: { 204: { description: 'Ended' } },
      refusals: ['not_found', 'version_conflict'],
    },
    async (c) => {
      const actor = userActor(c);
      const id = c.req.valid('param').id as SessionId;
      unwrap(await endSession(c.get('deps'), c.get('context'), actor, id));
      if (id === actor.sessionId) clearSession(c);
      return c.body(null, 204);
    },
  );
}
