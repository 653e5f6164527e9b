/** Signing in, refreshing the tokens, and step-up. */

import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import { getCookie } from 'hono/cookie';
import { knownBrowser } from '../../../../domain/identity/known-browser.ts';
import { addressSubject } from '../../../app/address.ts';
import { refreshTokens } from '../../../app/identity/sessions.ts';
import { login } from '../../../app/identity/sign-in.ts';
import { stepUp } from '../../../app/identity/step-up.ts';
import { browsersSubject } from '../../../app/limits.ts';
import { userActor } from '../../actor.ts';
import {
  ACCESS_COOKIE,
  BROWSER_COOKIE,
  DEVICE_COOKIE,
  KNOWN_BROWSER_COOKIE,
  REFRESH_COOKIE,
  setAccessCookie,
} from '../../cookies.ts';
import { describeDevice } from '../../device.ts';
import type { AppEnv } from '../../env.ts';
import { earlier, NEWCOMER } from '../../example.ts';
import { refuseCrossSite } from '../../middleware/cross-site.ts';
import { isNoStranger, refuseStranger } from '../../middleware/strangers.ts';
import { Problem } from '../../problems.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { email, label, opaqueToken, password } from '../../schemas.ts';
import { shownToken } from '../../shown.ts';
import { codeFields, codeOf, hasOneCode } from '../mfa/codes.ts';
import { forgiveAccount, limit, secondsLimited } from './limits.ts';
import { describeWait, describeWrongPassword } from './refusals.ts';
import { deliver, tokensSchema } from './tokens.ts';

const challengeSchema = z
  .object({
    kind: z.literal('mfa_challenge'),
    mfaRequired: z.literal(true),
    mfaToken: shownToken('ppm_2fA9xY2b'),
    methods: z.array(z.enum(['totp', 'backup_code', 'sms'])),
    expiresIn: z.int().openapi({ description: 'Seconds', example: 300 }),
  })
  .openapi('MfaChallenge');

const credentialsSchema = z
  .strictObject({
    email,
    password,
    trustedDeviceToken: opaqueToken.optional(),
    deviceName: label(100).optional(),
    transport: z.enum(['bearer', 'cookie']).default('bearer'),
    remember: z.boolean().default(true).openapi({
      description:
        'Use false on a shared computer, with the cookie transport: the cookies are deleted when the browser is closed, and the session ends after 30 minutes without use, or after 12 hours.',
    }),
  })
  .refine((body) => body.remember || body.transport === 'cookie', {
    path: ['remember'],
    error: 'expected true: false requires the cookie transport',
  });

/**
 * Counts a sign-in, and says how the browser is known. A browser that has signed in to the account before has a limit of its
 * own, which neither guesses of others nor its address use up (R65).
 */
async function countSignIn(c: HonoContext<AppEnv>, email: string) {
  const { clock, index } = c.get('deps');
  const address = addressSubject(c.env.clientAddress);
  const known = knownBrowser(index, getCookie(c, KNOWN_BROWSER_COOKIE), email, clock.now());
  if (known === undefined) refuseStranger(c);
  else isNoStranger(c);
  const [ofAccount, ofAddress] = await Promise.all(
    known === undefined
      ? [secondsLimited(c, 'login_account', email), limit(c, 'login_address', address)]
      : [
          secondsLimited(c, 'login_known', browsersSubject(email, known)),
          limit(c, 'known_sign_ins', browsersSubject(email, known)),
        ],
  );
  return {
    counted: { address: c.get('isTrusted') ? null : address, knownBrowser: known, limitedSeconds: ofAccount.seconds },
    // All sign-ins of known browsers count, the wrong ones of an address.
    giveBack: known === undefined ? ofAddress : async () => {},
    giveBackAccount: ofAccount.giveBack,
  };
}

export const signInRoutes: Routes = [
  route(
    {
      operationId: 'signIn',
      method: 'post',
      path: '/api/v1/auth/login',
      summary: 'Sign in',
      tag: 'Sign-in',
      access: 'public',
      limits: ['login_known', 'known_sign_ins', 'login_account', 'login_address'],
      provesItself: 'in_handler',
      description:
        'If the account has a second factor, the answer is a challenge: see /mfa/verify. An unknown account, a wrong password and an unverified address have the same answer. After the right password of an unverified address another link is mailed, unless a link of the last 15 minutes still works.',
      example: {
        as: 'anybody',
        body: { email: NEWCOMER.email, password: NEWCOMER.password },
        after: ['verifyEmail'],
      },
      request: {
        body: jsonBody(credentialsSchema),
      },
      responses: {
        200: json(
          z.discriminatedUnion('kind', [tokensSchema, challengeSchema]),
          'Tokens, or a challenge for the second factor, as kind says',
        ),
      },
      refusals: ['invalid_credentials', 'sign_in_paused', 'cross_site_request'],
    },
    async (c) => {
      const body = c.req.valid('json');
      if (body.transport === 'cookie') refuseCrossSite(c);
      const { counted, giveBack, giveBackAccount } = await countSignIn(c, body.email);
      const outcome = unwrap(
        await login(c.get('deps'), c.get('context'), {
          email: body.email,
          password: body.password,
          device: { ...describeDevice(c, body.deviceName), transport: body.transport, remembered: body.remember },
          deviceToken: body.trustedDeviceToken ?? getCookie(c, DEVICE_COOKIE),
          ...counted,
        }),
        describeWait,
      );
      // Many people sign in from the address of a clinic, so a right password gives back the use that it took, and no more:
      // signing in between two guesses does not allow another guess.
      if (outcome.kind === 'challenge') {
        await Promise.all([giveBack(), giveBackAccount()]);
        const { mfaToken, methods, expiresIn } = outcome.challenge;
        return c.json(
          { kind: 'mfa_challenge' as const, mfaRequired: true as const, mfaToken, methods: [...methods], expiresIn },
          200,
        );
      }
      await Promise.all([forgiveAccount(c, outcome.signedIn), giveBack()]);
      return c.json(deliver(c, outcome.signedIn), 200);
    },
  ),

  route(
    {
      operationId: 'refreshTokens',
      method: 'post',
      path: '/api/v1/auth/refresh-token',
      summary: 'Refresh the tokens',
      provesItself: true,
      tag: 'Sign-in',
      access: 'public',
      description:
        'Each refresh token works once; a second use ends its session. With cookies the same browser may repeat the request within 15 seconds, as two of its tabs may do, and gets the same refresh token again.',
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
      responses: { 200: json(tokensSchema, 'New tokens') },
      refusals: ['refresh_token_invalid', 'cross_site_request'],
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
  ),

  route(
    {
      operationId: 'stepUp',
      method: 'post',
      path: '/api/v1/auth/step-up',
      summary: 'Confirm your identity again',
      tag: 'Sign-in',
      access: 'signed_in',
      beforeEnrolment: true,
      withoutFactor: true,
      limits: ['reauthenticate'],
      description:
        'Sensitive operations require it. Send the password or, if a second factor is enrolled, a code of the app or a backup code.',
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
      responses: { 200: json(tokensSchema, 'A new access token') },
      refusals: [
        'invalid_credentials',
        'step_up_required',
        'mfa_code_invalid',
        'mfa_attempts_exhausted',
        'mfa_not_enabled',
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
  ),
];
