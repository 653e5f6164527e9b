/** Enrolling, changing and disabling the second factor. */

import { z } from '@hono/zod-openapi';
import { renderSVG } from 'uqr';
import { mustEnrol } from '../../../../domain/mfa/policy.ts';
import { availableMethods, backupCodesLeft, isMfaEnabled } from '../../../../domain/mfa/state.ts';
import { formatInstant } from '../../../../domain/shared/time.ts';
import { renewBackupCodes, setUpMfa, switchMfaOff, switchMfaOn } from '../../../app/mfa/enrolment.ts';
import { userActor } from '../../actor.ts';
import { appCode, NEWCOMER } from '../../example.ts';
import { Problem } from '../../problems.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { mfaCode, password } from '../../schemas.ts';
import { shownInstant, shownToken, shownUrl } from '../../shown.ts';
import { limit } from '../identity/limits.ts';
import { describeWait, describeWrongPassword } from '../identity/refusals.ts';
import { codeFields, givenCode, hasOneCode, ONE_CODE } from './codes.ts';

const METHODS = ['totp', 'backup_code', 'sms'] as const;

const backupCodesSchema = z.object({
  backupCodes: z.array(shownToken('k7mq-2xw9')).openapi({ description: 'Shown only once; each code works once' }),
});

const CODE_REFUSALS = ['mfa_code_invalid', 'mfa_attempts_exhausted', 'not_found'] as const;

export const mfaRoutes: Routes = [
  route(
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
              required: z
                .boolean()
                .openapi({ description: 'Whether the role requires a second factor and none is enrolled yet' }),
              methods: z.array(z.enum(METHODS)),
              backupCodesLeft: z.int(),
              enabledAt: shownInstant.nullable(),
              phoneEnrolled: z.boolean(),
            })
            .openapi('MfaStatus'),
          'The state of the second factor',
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
  ),

  route(
    {
      operationId: 'beginFactorSetup',
      method: 'post',
      path: '/api/v1/mfa/setup',
      summary: 'Begin to enrol an authenticator app',
      tag: 'Second factor',
      access: 'signed_in',
      beforeEnrolment: true,
      description:
        'The secret is shown only once, and has no effect until /mfa/enable confirms it. An app that is already enrolled works until then, so a lost app is replaced in this way, after a step-up with a backup code.',
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
      refusals: ['step_up_required', 'not_found'],
    },
    async (c) => {
      const setup = unwrap(await setUpMfa(c.get('deps'), c.get('context'), userActor(c)));
      const qrCode = `data:image/svg+xml;base64,${btoa(renderSVG(setup.otpauthUrl))}`;
      return c.json({ ...setup, qrCode }, 200);
    },
  ),

  route(
    {
      operationId: 'enableFactor',
      method: 'post',
      path: '/api/v1/mfa/enable',
      summary: 'Enable the second factor',
      tag: 'Second factor',
      access: 'signed_in',
      beforeEnrolment: true,
      description:
        'Ends every other session. The first factor of an account also revokes its API keys, which were created without it. The current session continues. An app that was enrolled before is replaced, and its backup codes stop working.',
      example: { as: 'newcomer', body: { token: appCode() }, after: ['beginFactorSetup'] },
      request: { body: jsonBody(z.strictObject({ token: mfaCode })) },
      responses: { 200: json(backupCodesSchema, 'Enabled. The backup codes are shown only once') },
      refusals: ['mfa_setup_missing', ...CODE_REFUSALS],
    },
    async (c) => {
      const codes = unwrap(
        await switchMfaOn(c.get('deps'), c.get('context'), userActor(c), c.req.valid('json').token),
        describeWait,
      );
      return c.json({ backupCodes: [...codes] }, 200);
    },
  ),

  route(
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
        'Requires both factors: the password, and a code of the app or a backup code. Ends every other session and the trust in every device.',
      request: { body: jsonBody(z.strictObject({ password, ...codeFields }).refine(hasOneCode, ONE_CODE)) },
      example: {
        as: 'newcomer',
        body: { password: NEWCOMER.password, token: appCode() },
        after: ['regenerateBackupCodes', 'removePhone', 'revokeTrustedDevice'],
      },
      responses: { 204: { description: 'Disabled' } },
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
  ),

  route(
    {
      operationId: 'regenerateBackupCodes',
      method: 'post',
      path: '/api/v1/mfa/backup-codes/regenerate',
      summary: 'Regenerate the backup codes',
      tag: 'Second factor',
      access: 'signed_in',
      beforeEnrolment: true,
      description:
        'Requires a code of the app or one of the old backup codes. The old codes stop working, and every other session ends.',
      request: { body: jsonBody(z.strictObject(codeFields).refine(hasOneCode, ONE_CODE)) },
      example: { as: 'newcomer', body: { token: appCode() }, after: ['enableFactor'] },
      responses: { 200: json(backupCodesSchema, 'The new backup codes, shown only once') },
      refusals: ['mfa_not_enabled', ...CODE_REFUSALS],
    },
    async (c) => {
      const codes = unwrap(
        await renewBackupCodes(c.get('deps'), c.get('context'), userActor(c), givenCode(c.req.valid('json'))),
        describeWait,
      );
      return c.json({ backupCodes: [...codes] }, 200);
    },
  ),
];
