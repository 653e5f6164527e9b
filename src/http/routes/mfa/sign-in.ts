/** The second step of a sign-in: giving the second factor. */

import { z } from '@hono/zod-openapi';
import type { SecondFactorAnswer } from '../../../../domain/mfa/second-factor.ts';
import { TRUSTED_DEVICE_SECONDS } from '../../../../domain/mfa/trusted-device.ts';
import { addressSubject } from '../../../app/address.ts';
import { answerMfa, sendSmsCode } from '../../../app/mfa/answer.ts';
import { setDeviceCookie } from '../../cookies.ts';
import { describeDevice } from '../../device.ts';
import { appCode, earlier } from '../../example.ts';
import { isFromElsewhere } from '../../middleware/cross-site.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { label, mfaCode, opaqueToken } from '../../schemas.ts';
import { shownToken } from '../../shown.ts';
import { forgiveAccount, limit } from '../identity/limits.ts';
import { describeWait } from '../identity/refusals.ts';
import { deliver, tokensSchema } from '../identity/tokens.ts';
import { backupCode, codeOf } from './codes.ts';

const answerSchema = z
  .strictObject({
    mfaToken: opaqueToken,
    token: mfaCode.optional(),
    backupCode: backupCode.optional(),
    smsCode: mfaCode.optional(),
    trustDevice: z.boolean().optional(),
    deviceName: label(100).optional(),
  })
  .refine((body) => [body.token, body.backupCode, body.smsCode].filter((code) => code !== undefined).length === 1, {
    error: 'expected exactly one of token, backupCode and smsCode',
  })
  .openapi('MfaAnswer');

function answerOf(body: z.infer<typeof answerSchema>): SecondFactorAnswer {
  return codeOf(body) ?? { method: 'sms', code: body.smsCode ?? '' };
}

const signedInSchema = tokensSchema.extend({
  trustedDeviceToken: shownToken('ppd_2fA9xY2b')
    .optional()
    .openapi({ description: 'If trustDevice was true: send it when you sign in, for 30 days' }),
});

export const secondStepRoutes: Routes = [
  route(
    {
      operationId: 'completeSignIn',
      method: 'post',
      path: '/api/v1/mfa/verify',
      summary: 'Complete a sign-in with the second factor',
      tag: 'Sign-in',
      access: 'public',
      limits: ['mfa_address'],
      provesItself: true,
      description:
        'Completes a sign-in. A code works once, and a used code gets the answer of a wrong one. Five wrong codes end the sign-in; ten within 15 minutes pause the second factor of the account.',
      example: {
        as: 'anybody',
        body: { mfaToken: earlier('signIn', '/mfaToken', 'the-mfa-token'), token: appCode(), trustDevice: true },
        after: ['enableFactor'],
        again: ['signIn'],
      },
      request: { body: jsonBody(answerSchema) },
      responses: {
        200: json(signedInSchema, 'Signed in'),
      },
      refusals: ['mfa_code_invalid', 'mfa_token_invalid', 'mfa_attempts_exhausted', 'cross_site_request'],
    },
    async (c) => {
      const body = c.req.valid('json');
      const giveBack = await limit(c, 'mfa_address', addressSubject(c.env.clientAddress));
      const device = describeDevice(c, body.deviceName);
      const passed = unwrap(
        await answerMfa(c.get('deps'), c.get('context'), {
          mfaToken: body.mfaToken,
          answer: answerOf(body),
          trustAs: body.trustDevice === true ? device.name : null,
          device,
          isFromElsewhere: isFromElsewhere(c),
        }),
        describeWait,
      );
      const { signedIn, trustedDeviceToken } = passed;
      await Promise.all([forgiveAccount(c, signedIn), giveBack()]);
      const shown = deliver(c, signedIn);
      if (trustedDeviceToken === undefined) return c.json(shown, 200);
      if (signedIn.transport === 'bearer') return c.json({ ...shown, trustedDeviceToken }, 200);
      setDeviceCookie(c, trustedDeviceToken, TRUSTED_DEVICE_SECONDS);
      return c.json(shown, 200);
    },
  ),

  route(
    {
      operationId: 'sendSignInCode',
      method: 'post',
      path: '/api/v1/mfa/sms/send',
      summary: 'Send a code to the enrolled phone',
      tag: 'Sign-in',
      access: 'public',
      limits: ['mfa_address'],
      provesItself: true,
      description: 'At most one message a minute and three for each sign-in. A code works for 5 minutes.',
      example: {
        as: 'anybody',
        body: { mfaToken: earlier('signIn', '/mfaToken', 'the-mfa-token') },
        after: ['verifyPhone'],
        again: ['signIn'],
      },
      request: { body: jsonBody(z.strictObject({ mfaToken: opaqueToken })) },
      responses: {
        202: json(z.object({ status: z.literal('code_sent'), expiresIn: z.int() }), 'The code will be sent'),
      },
      refusals: ['mfa_token_invalid', 'mfa_phone_missing', 'sms_throttled'],
    },
    async (c) => {
      await limit(c, 'mfa_address', addressSubject(c.env.clientAddress));
      unwrap(await sendSmsCode(c.get('deps'), c.get('context'), c.req.valid('json').mfaToken), describeWait);
      return c.json({ status: 'code_sent' as const, expiresIn: 300 }, 202);
    },
  ),
];
