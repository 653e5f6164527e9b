/** The second factor: enrolling it, giving it, switching it off. */

import { z } from '@hono/zod-openapi';
import { renderSVG } from 'uqr';
import { mustEnrol } from '../../../../domain/mfa/policy.ts';
import type { SecondFactorAnswer } from '../../../../domain/mfa/second-factor.ts';
import { availableMethods, backupCodesLeft, isMfaEnabled } from '../../../../domain/mfa/state.ts';
import { TRUSTED_DEVICE_SECONDS } from '../../../../domain/mfa/trusted-device.ts';
import { formatInstant } from '../../../../domain/shared/time.ts';
import { addressSubject } from '../../../app/address.ts';
import { answerMfa, sendSmsCode } from '../../../app/mfa/answer.ts';
import { renewBackupCodes, setUpMfa, switchMfaOff, switchMfaOn } from '../../../app/mfa/enrolment.ts';
import { userActor } from '../../actor.ts';
import { setDeviceCookie } from '../../cookies.ts';
import { describeDevice } from '../../device.ts';
import { appCode, earlier, NEWCOMER } from '../../example.ts';
import { isFromElsewhere } from '../../middleware/guard.ts';
import { Problem } from '../../problems.ts';
import { type App, define, json, jsonBody, unwrap } from '../../router.ts';
import { label, mfaCode, opaqueToken, password } from '../../schemas.ts';
import { shownInstant, shownToken, shownUrl } from '../../shown.ts';
import {
  deliver,
  describeWait,
  describeWrongPassword,
  forgiveAccount,
  limit,
  tokensSchema,
} from '../identity/schemas.ts';
import { backupCode, codeFields, codeOf, givenCode, hasOneCode, ONE_CODE } from './codes.ts';

const METHODS = ['totp', 'backup_code', 'sms'] as const;

const backupCodesSchema = z.object({
  backupCodes: z.array(shownToken('k7mq-2xw9')).openapi({ description: 'Shown this once; each works once' }),
});

const CODE_REFUSALS = ['mfa_code_invalid', 'mfa_attempts_exhausted', 'not_found', 'version_conflict'] as const;

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

export function mfaRoutes(app: App): void {
  define(
    app,
    {
      operationId: 'getSecondFactor',
      method: 'get',
      path: '/api/v1/mfa/status',
      summary: 'Get the state of my second factor',
      tag: 'Second factor',
      access: 'signed_in',
      beforeEnrolment: true,
      example: { as: 'newcomer' },
      responses: {
        200: json(
          z
            .object({
              enabled: z.boolean(),
              required: z.boolean().openapi({ description: 'Whether the role asks for it and it is not enrolled yet' }),
              methods: z.array(z.enum(METHODS)),
              backupCodesLeft: z.int(),
              enabledAt: shownInstant.nullable(),
              phoneEnrolled: z.boolean(),
            })
            .openapi('MfaStatus'),
          'How it stands',
        ),
      },
      refusals: ['not_found'],
    },
    async (c) => {
      const { database, loads, settings } = c.get('deps');
      const actor = userActor(c);
      const [state] = await database.load(loads.mfa.state({ by: 'id', userId: actor.userId }));
      if (state === undefined) throw new Problem({ code: 'not_found' });
      const enabled = isMfaEnabled(state);
      const status = {
        enabled,
        required: mustEnrol(actor.role, enabled, { requiredRoles: settings.mfaRequiredRoles }),
        methods: availableMethods(state),
        backupCodesLeft: backupCodesLeft(state),
        enabledAt: state.totp === null ? null : formatInstant(state.totp.enabledAt),
        phoneEnrolled: state.hasPhone,
      };
      return c.json(status, 200);
    },
  );

  define(
    app,
    {
      operationId: 'beginFactorSetup',
      method: 'post',
      path: '/api/v1/mfa/setup',
      summary: 'Begin to enrol an authenticator app',
      tag: 'Second factor',
      access: 'signed_in',
      beforeEnrolment: true,
      description:
        'The only time the secret can be read. It does nothing until /mfa/enable proves it. Where an app is enrolled it goes on working until then: this is how a lost app is replaced, after a step-up with a backup code.',
      example: { as: 'newcomer', after: ['refreshTokens', 'revokeSession', 'stepUp', 'resetPassword'] },
      responses: {
        200: json(
          z
            .object({
              secret: z
                .string()
                .regex(/^[A-Z2-7]+$/)
                .openapi({ description: 'Base32', example: 'JBSWY3DPEHPK3PXP' }),
              otpauthUrl: shownUrl.openapi({
                example: 'otpauth://totp/Patient%20Portal:ada@example.org?secret=JBSWY3DPEHPK3PXP',
              }),
              qrCode: shownUrl.openapi({
                description: 'A picture as a data URL',
                example: 'data:image/svg+xml;base64,PHN2Zy8+',
              }),
              expiresIn: z.int().openapi({ description: 'Seconds', example: 900 }),
            })
            .openapi('MfaSetup'),
          'The secret',
        ),
      },
      refusals: ['step_up_required', 'not_found', 'version_conflict'],
    },
    async (c) => {
      const setup = unwrap(await setUpMfa(c.get('deps'), c.get('context'), userActor(c)));
      const qrCode = `data:image/svg+xml;base64,${btoa(renderSVG(setup.otpauthUrl))}`;
      return c.json({ ...setup, qrCode }, 200);
    },
  );

  define(
    app,
    {
      operationId: 'enableFactor',
      method: 'post',
      path: '/api/v1/mfa/enable',
      summary: 'Enable the second factor',
      tag: 'Second factor',
      access: 'signed_in',
      beforeEnrolment: true,
      description:
        'Ends every other session, and, with a first factor, every API key of the account: none of them has passed it. This session goes on. An app that was enrolled before is replaced, and its backup codes are void.',
      example: { as: 'newcomer', body: { token: appCode() }, after: ['beginFactorSetup'] },
      request: { body: jsonBody(z.strictObject({ token: mfaCode })) },
      responses: { 200: json(backupCodesSchema, 'On. The backup codes are shown this once') },
      refusals: ['mfa_setup_missing', ...CODE_REFUSALS],
    },
    async (c) => {
      const codes = unwrap(
        await switchMfaOn(c.get('deps'), c.get('context'), userActor(c), c.req.valid('json').token),
        describeWait,
      );
      return c.json({ backupCodes: [...codes] }, 200);
    },
  );

  define(
    app,
    {
      operationId: 'completeSignIn',
      method: 'post',
      path: '/api/v1/mfa/verify',
      summary: 'Complete a sign-in with the second factor',
      tag: 'Sign-in',
      access: 'public',
      limits: ['mfa_address'],
      description:
        'Finishes a sign-in. A code works once; a used one is answered as a wrong one is. Five wrong codes end the sign-in, ten in 15 minutes pause the account’s second factor.',
      example: {
        as: 'anybody',
        body: { mfaToken: earlier('signIn', '/mfaToken', 'the-mfa-token'), token: appCode(), trustDevice: true },
        after: ['enableFactor'],
        again: ['signIn'],
      },
      request: { body: jsonBody(answerSchema) },
      responses: {
        200: json(
          tokensSchema.extend({
            trustedDeviceToken: shownToken('ppd_2fA9xY2b')
              .optional()
              .openapi({ description: 'When trustDevice was asked for: send it with the next login, for 30 days' }),
          }),
          'Signed in',
        ),
      },
      refusals: [
        'mfa_code_invalid',
        'mfa_token_invalid',
        'mfa_attempts_exhausted',
        'cross_site_request',
        'version_conflict',
      ],
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
  );

  define(
    app,
    {
      operationId: 'sendSignInCode',
      method: 'post',
      path: '/api/v1/mfa/sms/send',
      summary: 'Send a code to the enrolled phone',
      tag: 'Sign-in',
      access: 'public',
      limits: ['mfa_address'],
      description: 'One a minute, three for each sign-in. A code works for 5 minutes.',
      example: {
        as: 'anybody',
        body: { mfaToken: earlier('signIn', '/mfaToken', 'the-mfa-token') },
        after: ['verifyPhone'],
        again: ['signIn'],
      },
      request: { body: jsonBody(z.strictObject({ mfaToken: opaqueToken })) },
      responses: {
        202: json(z.object({ status: z.literal('code_sent'), expiresIn: z.int() }), 'On its way'),
      },
      refusals: ['mfa_token_invalid', 'mfa_phone_missing', 'sms_throttled', 'version_conflict'],
    },
    async (c) => {
      await limit(c, 'mfa_address', addressSubject(c.env.clientAddress));
      unwrap(await sendSmsCode(c.get('deps'), c.get('context'), c.req.valid('json').mfaToken), describeWait);
      return c.json({ status: 'code_sent' as const, expiresIn: 300 }, 202);
    },
  );

  define(
    app,
    {
      operationId: 'disableFactor',
      method: 'post',
      path: '/api/v1/mfa/disable',
      summary: 'Disable the second factor',
      tag: 'Second factor',
      access: 'signed_in',
      beforeEnrolment: true,
      limits: ['reauthenticate'],
      description:
        'Needs both factors: the password, and a code of the app or a backup code. Ends every other session, and no device is trusted any more.',
      request: { body: jsonBody(z.strictObject({ password, ...codeFields }).refine(hasOneCode, ONE_CODE)) },
      example: {
        as: 'newcomer',
        body: { password: NEWCOMER.password, token: appCode() },
        after: ['regenerateBackupCodes', 'removePhone', 'revokeTrustedDevice'],
      },
      responses: { 204: { description: 'Off' } },
      refusals: ['invalid_credentials', 'mfa_not_enabled', ...CODE_REFUSALS],
    },
    async (c) => {
      const actor = userActor(c);
      await limit(c, 'reauthenticate', actor.userId);
      const body = c.req.valid('json');
      const input = { password: body.password, answer: givenCode(body) };
      unwrap(
        await switchMfaOff(c.get('deps'), c.get('context'), actor, input),
        (error) => describeWrongPassword('/password')(error) ?? describeWait(error),
      );
      return c.body(null, 204);
    },
  );

  define(
    app,
    {
      operationId: 'regenerateBackupCodes',
      method: 'post',
      path: '/api/v1/mfa/backup-codes/regenerate',
      summary: 'Regenerate the backup codes',
      tag: 'Second factor',
      access: 'signed_in',
      beforeEnrolment: true,
      description:
        'With a code of the app, or with one of the old ones. The old ones are void, and every other session ends.',
      request: { body: jsonBody(z.strictObject(codeFields).refine(hasOneCode, ONE_CODE)) },
      example: { as: 'newcomer', body: { token: appCode() }, after: ['enableFactor'] },
      responses: { 200: json(backupCodesSchema, 'Shown this once') },
      refusals: ['mfa_not_enabled', ...CODE_REFUSALS],
    },
    async (c) => {
      const codes = unwrap(
        await renewBackupCodes(c.get('deps'), c.get('context'), userActor(c), givenCode(c.req.valid('json'))),
        describeWait,
      );
      return c.json({ backupCodes: [...codes] }, 200);
    },
  );
}
