import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sql } from '../../adapters/postgres/sql.ts';
import { PASSWORD, type Portal, startPortal } from '../support/portal.ts';
import {
  challenge,
  codeOf,
  type Enrolled,
  enrol,
  logIn,
  mailTo,
  signInFully,
  verify,
  wrongCode,
} from './identity-support.ts';

let portal: Portal;
let count = 0;
beforeAll(async () => {
  portal = await startPortal();
});
afterAll(() => portal.close());

const newcomer = () => portal.person('patient', `mfa${++count}`);
async function enrolled(): Promise<Enrolled> {
  return enrol(portal, (await newcomer()).email);
}

describe('enrolling (R10, R17)', () => {
  it('R17: setup shows the secret once and switches nothing on', async () => {
    const { email } = await newcomer();
    const token = await portal.signIn(email);
    const setup = await portal.request('POST', '/api/v1/mfa/setup', { token });
    expect(setup.status).toBe(200);
    expect(setup.body.secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(setup.body.otpauthUrl).toContain(`secret=${setup.body.secret}`);
    expect(setup.body.qrCode).toMatch(/^data:image\/svg\+xml;base64,/);
    const status = await portal.request('GET', '/api/v1/mfa/status', { token });
    expect(status.body).toMatchObject({ enabled: false, methods: [], backupCodesLeft: 0 });
    expect((await logIn(portal, email)).body.accessToken).toBeDefined();
  });

  it('R17: enable needs a right code of a setup that was begun', async () => {
    const { email } = await newcomer();
    const token = await portal.signIn(email);
    const early = await portal.request('POST', '/api/v1/mfa/enable', { token, body: { token: '123456' } });
    expect([early.status, early.body.code]).toEqual([409, 'mfa_setup_missing']);
    const { secret } = (await portal.request('POST', '/api/v1/mfa/setup', { token })).body;
    const wrong = await portal.request('POST', '/api/v1/mfa/enable', {
      token,
      body: { token: wrongCode(secret, portal.clock.now()) },
    });
    expect([wrong.status, wrong.body.code]).toEqual([401, 'mfa_code_invalid']);
    const right = await portal.request('POST', '/api/v1/mfa/enable', {
      token,
      body: { token: codeOf(secret, portal.clock.now()) },
    });
    expect(right.status).toBe(200);
    expect(right.body.backupCodes).toHaveLength(8);
    expect(new Set(right.body.backupCodes).size).toBe(8);
    expect((await mailTo(portal, email, 'mfa-changed')).subject).toContain('two-step');
    const again = await portal.request('POST', '/api/v1/mfa/setup', { token });
    expect([again.status, again.body.code]).toEqual([409, 'mfa_already_enabled']);
  });

  it('R17: no answer holds the secret after enrolment, and the database holds it sealed', async () => {
    const who = await enrolled();
    for (const path of ['/mfa/status', '/users/me', '/auth/sessions']) {
      const { body } = await portal.request('GET', `/api/v1${path}`, { token: who.token });
      expect(JSON.stringify(body)).not.toContain(who.secret);
    }
    const [rows = []] = await portal.driver.run(
      [sql`SELECT secret FROM mfa_enrolments WHERE secret IS NOT NULL`],
      'snapshot',
    );
    for (const { secret } of rows) {
      expect(Buffer.from(secret as Uint8Array).toString('latin1')).not.toContain(who.secret);
    }
  });
});

describe('signing in with a second factor (R11, R12, R16)', () => {
  it('R16: the first factor opens no session, and its token is no access token', async () => {
    const who = await enrolled();
    const { body } = await logIn(portal, who.email);
    expect(body).toMatchObject({ mfaRequired: true, methods: ['totp', 'backup_code'], expiresIn: 300 });
    expect(body.accessToken).toBeUndefined();
    expect((await portal.request('GET', '/api/v1/users/me', { token: body.mfaToken })).status).toBe(401);
    const sessions = await portal.request('GET', '/api/v1/auth/sessions', { token: who.token });
    expect(sessions.body.data).toHaveLength(1);
  });

  it('R16: a right code signs in, once, with the methods in the token', async () => {
    const who = await enrolled();
    const mfaToken = await challenge(portal, who.email);
    const token = codeOf(who.secret, portal.clock.now());
    const reply = await verify(portal, { mfaToken, token });
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({ tokenType: 'Bearer', expiresIn: 900, user: { email: who.email } });
    const claims = JSON.parse(Buffer.from(reply.body.accessToken.split('.')[1], 'base64url').toString());
    expect(claims.amr).toEqual(['pwd', 'otp', 'mfa']);
    const again = await verify(portal, { mfaToken, token });
    expect([again.status, again.body.code]).toEqual([401, 'mfa_token_invalid']);
  });

  it('R16: the challenge lives five minutes', async () => {
    const who = await enrolled();
    const mfaToken = await challenge(portal, who.email);
    portal.clock.advance(301);
    const late = await verify(portal, { mfaToken, token: codeOf(who.secret, portal.clock.now()) });
    expect([late.status, late.body.code]).toEqual([401, 'mfa_token_invalid']);
  });

  it('R11: the current and the previous step are accepted, others are not', async () => {
    for (const [steps, status] of [
      [-2, 401],
      [1, 401],
      [-1, 200],
    ] as const) {
      const who = await enrolled();
      portal.clock.advance(90);
      const mfaToken = await challenge(portal, who.email);
      const reply = await verify(portal, { mfaToken, token: codeOf(who.secret, portal.clock.now(), steps) });
      expect([steps, reply.status]).toEqual([steps, status]);
    }
  });

  it('R12: a used code is answered exactly as a wrong one', async () => {
    const who = await enrolled();
    const token = codeOf(who.secret, portal.clock.now());
    expect((await verify(portal, { mfaToken: await challenge(portal, who.email), token })).status).toBe(200);
    const reused = await verify(portal, { mfaToken: await challenge(portal, who.email), token });
    const wrong = await verify(portal, {
      mfaToken: await challenge(portal, who.email),
      token: wrongCode(who.secret, portal.clock.now()),
    });
    const shown = ({ status, body }: typeof wrong) => ({ status, ...body, requestId: '' });
    expect(shown(reused)).toEqual(shown(wrong));
    expect(reused.status).toBe(401);
  });

  it('R27: an answer names exactly one code', async () => {
    const who = await enrolled();
    const mfaToken = await challenge(portal, who.email);
    expect((await verify(portal, { mfaToken })).status).toBe(422);
    expect((await verify(portal, { mfaToken, token: '123456', backupCode: 'X' })).status).toBe(422);
    expect((await verify(portal, { mfaToken, token: '123456', role: 'admin' })).status).toBe(422);
  });
});

describe('caps on guessing (R15)', () => {
  it('R15: five wrong codes end the challenge', async () => {
    const who = await enrolled();
    const mfaToken = await challenge(portal, who.email);
    for (let i = 0; i < 5; i++) {
      const { status, body } = await verify(portal, { mfaToken, token: wrongCode(who.secret, portal.clock.now()) });
      expect([status, body.code]).toEqual([401, 'mfa_code_invalid']);
    }
    const right = await verify(portal, { mfaToken, token: codeOf(who.secret, portal.clock.now()) });
    expect([right.status, right.body.code]).toEqual([401, 'mfa_token_invalid']);
  });

  it('R15: ten wrong codes over all challenges pause the account’s second factor for 15 minutes', async () => {
    const who = await enrolled();
    for (let i = 0; i < 10; i++) {
      await verify(portal, {
        mfaToken: await challenge(portal, who.email),
        token: wrongCode(who.secret, portal.clock.now()),
      });
    }
    const mfaToken = await challenge(portal, who.email);
    const paused = await verify(portal, { mfaToken, token: codeOf(who.secret, portal.clock.now()) });
    expect([paused.status, paused.body.code]).toEqual([429, 'mfa_attempts_exhausted']);
    expect(Number(paused.headers.get('retry-after'))).toBeGreaterThan(800);
    portal.clock.advance(901);
    expect((await signInFully(portal, who)).status).toBe(200);
  });

  it('R15: a server fault spends no attempt', async () => {
    const who = await enrolled();
    const mfaToken = await challenge(portal, who.email);
    const { commit } = portal.deps.database;
    const database = portal.deps.database as { commit: typeof commit };
    database.commit = () => Promise.reject(new Error('the database is gone'));
    const failed = await verify(portal, { mfaToken, token: wrongCode(who.secret, portal.clock.now()) });
    database.commit = commit;
    expect(failed.status).toBe(500);
    for (let i = 0; i < 4; i++) await verify(portal, { mfaToken, token: wrongCode(who.secret, portal.clock.now()) });
    expect((await verify(portal, { mfaToken, token: codeOf(who.secret, portal.clock.now()) })).status).toBe(200);
  });
});

describe('backup codes (R13)', () => {
  it('R13: one works once, however it is typed, and its owner is told', async () => {
    const who = await enrolled();
    const [code = ''] = who.backupCodes;
    const backupCode = code.toLowerCase().replaceAll('-', ' ');
    expect((await verify(portal, { mfaToken: await challenge(portal, who.email), backupCode })).status).toBe(200);
    expect((await mailTo(portal, who.email, 'backup-code-used')).text).toContain('7 left');
    const again = await verify(portal, { mfaToken: await challenge(portal, who.email), backupCode });
    expect([again.status, again.body.code]).toEqual([401, 'mfa_code_invalid']);
    const status = await portal.request('GET', '/api/v1/mfa/status', { token: who.token });
    expect(status.body.backupCodesLeft).toBe(7);
  });

  it('R13: new ones make the old ones void', async () => {
    const who = await enrolled();
    const renewed = await portal.request('POST', '/api/v1/mfa/backup-codes/regenerate', {
      token: who.token,
      body: { token: codeOf(who.secret, portal.clock.now()) },
    });
    expect(renewed.status).toBe(200);
    expect(renewed.body.backupCodes).toHaveLength(8);
    const old = await verify(portal, {
      mfaToken: await challenge(portal, who.email),
      backupCode: who.backupCodes[0],
    });
    expect(old.status).toBe(401);
    const fresh = await verify(portal, {
      mfaToken: await challenge(portal, who.email),
      backupCode: renewed.body.backupCodes[0],
    });
    expect(fresh.status).toBe(200);
  });
});

describe('a phone that stands in (R14)', () => {
  it('R14: nothing is sent for an account without a proven phone', async () => {
    const who = await enrolled();
    const sent = await portal.request('POST', '/api/v1/mfa/sms/send', {
      body: { mfaToken: await challenge(portal, who.email) },
    });
    expect([sent.status, sent.body.code]).toEqual([409, 'mfa_phone_missing']);
    const stranger = await portal.request('POST', '/api/v1/mfa/sms/send', { body: { mfaToken: 'unknown' } });
    expect([stranger.status, stranger.body.code]).toEqual([401, 'mfa_token_invalid']);
  });

  it('R14: is proven by a code, then receives codes that work once, throttled', async () => {
    const who = await enrolled();
    const phoneNumber = '+4930901820';
    const begun = await portal.request('POST', '/api/v1/mfa/phone', { token: who.token, body: { phoneNumber } });
    expect(begun.status).toBe(202);
    const [proof = ''] = (await mailTo(portal, phoneNumber, 'sign-in-code')).codes;
    expect(proof).toMatch(/^\d{6}$/);
    const soon = await portal.request('POST', '/api/v1/mfa/phone', { token: who.token, body: { phoneNumber } });
    expect([soon.status, soon.body.code]).toEqual([429, 'sms_throttled']);
    expect(
      (await portal.request('POST', '/api/v1/mfa/phone/verify', { token: who.token, body: { code: proof } })).status,
    ).toBe(204);

    const { body } = await logIn(portal, who.email);
    expect(body.methods).toEqual(['totp', 'backup_code', 'sms']);
    portal.clock.advance(61);
    const { mfaToken } = body;
    expect((await portal.request('POST', '/api/v1/mfa/sms/send', { body: { mfaToken } })).status).toBe(202);
    expect((await portal.request('POST', '/api/v1/mfa/sms/send', { body: { mfaToken } })).status).toBe(429);
    const [smsCode = ''] = (await mailTo(portal, phoneNumber, 'sign-in-code')).codes;
    expect((await verify(portal, { mfaToken, smsCode })).status).toBe(200);
    const other = await verify(portal, { mfaToken: await challenge(portal, who.email), smsCode });
    expect(other.status).toBe(401);
  });
});

describe('trusted devices (R18)', () => {
  async function trusted() {
    const who = await enrolled();
    const reply = await signInFully(portal, who, { trustDevice: true, deviceName: 'My laptop' });
    return {
      who,
      token: reply.body.accessToken as string,
      trustedDeviceToken: reply.body.trustedDeviceToken as string,
    };
  }

  it('R18: spares the second factor for 30 days, and no longer', async () => {
    const { who, trustedDeviceToken } = await trusted();
    const spared = await logIn(portal, who.email, { trustedDeviceToken });
    expect(spared.body.accessToken).toBeDefined();
    portal.clock.advance(30 * 86_400);
    expect((await logIn(portal, who.email, { trustedDeviceToken })).body.mfaRequired).toBe(true);
  });

  it('R18: forged or foreign, the user is challenged as usual', async () => {
    const { trustedDeviceToken } = await trusted();
    const other = await enrolled();
    for (const token of [trustedDeviceToken, 'x'.repeat(43)]) {
      const { status, body } = await logIn(portal, other.email, { trustedDeviceToken: token });
      expect([status, body.mfaRequired]).toEqual([200, true]);
    }
  });

  it('R18: is listed and can be revoked, by its owner only', async () => {
    const { who, token, trustedDeviceToken } = await trusted();
    const { body } = await portal.request('GET', '/api/v1/mfa/trusted-devices', { token });
    expect(body.data).toMatchObject([{ name: 'My laptop' }]);
    const path = `/api/v1/mfa/trusted-devices/${body.data[0].id}`;
    const other = await enrolled();
    expect((await portal.request('DELETE', path, { token: other.token })).status).toBe(404);
    expect((await portal.request('DELETE', path, { token })).status).toBe(204);
    expect((await logIn(portal, who.email, { trustedDeviceToken })).body.mfaRequired).toBe(true);
  });

  it('R18: ends with MFA, with a changed and with a reset password', async () => {
    const changed = await trusted();
    await portal.request('POST', '/api/v1/auth/change-password', {
      token: changed.token,
      body: { currentPassword: PASSWORD, newPassword: 'another quiet river 77' },
    });
    const { body } = await portal.request('POST', '/api/v1/auth/login', {
      body: {
        email: changed.who.email,
        password: 'another quiet river 77',
        trustedDeviceToken: changed.trustedDeviceToken,
      },
    });
    expect(body.mfaRequired).toBe(true);

    const disabled = await trusted();
    const off = await portal.request('POST', '/api/v1/mfa/disable', {
      token: disabled.token,
      body: { password: PASSWORD, token: codeOf(disabled.who.secret, portal.clock.now()) },
    });
    expect(off.status).toBe(204);
    const { token } = disabled;
    expect((await portal.request('GET', '/api/v1/mfa/trusted-devices', { token })).body.data).toEqual([]);
  });
});

describe('switching it off (R9)', () => {
  it('R9: needs both factors', async () => {
    const who = await enrolled();
    const off = (body: object) => portal.request('POST', '/api/v1/mfa/disable', { token: who.token, body });
    const code = codeOf(who.secret, portal.clock.now());
    expect((await off({ password: 'not the password at all', token: code })).body.code).toBe('invalid_credentials');
    const wrong = await off({ password: PASSWORD, token: wrongCode(who.secret, portal.clock.now()) });
    expect(wrong.body.code).toBe('mfa_code_invalid');
    expect((await off({ password: PASSWORD, token: code })).status).toBe(204);
    expect((await logIn(portal, who.email)).body.accessToken).toBeDefined();
  });
});

describe('roles that must enrol', () => {
  it('sign in, and reach nothing but the enrolment until it is done', async () => {
    const strict = await startPortal({ environment: { MFA_REQUIRED_ROLES: 'admin,staff,doctor' } });
    const { email } = await strict.person('doctor', 'strict');
    const token = await strict.signIn(email);
    const refused = await strict.request('GET', '/api/v1/appointments/my', { token });
    expect([refused.status, refused.body.code]).toEqual([403, 'mfa_enrolment_required']);
    expect((await strict.request('GET', '/api/v1/users/me', { token })).status).toBe(200);
    expect((await strict.request('GET', '/api/v1/mfa/status', { token })).body.required).toBe(true);
    const who = await enrol(strict, email);
    expect((await strict.request('GET', '/api/v1/appointments/my', { token: who.token })).status).toBe(200);
    await strict.close();
  });
});
