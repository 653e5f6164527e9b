import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { PASSWORD, type Portal, startPortal } from '../../support/portal.ts';
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
} from '../identity/support.ts';

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
  it('R17: setup shows the secret once and enables nothing', async () => {
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

  it('R17: enabling requires a setup and a right code of its secret', async () => {
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
    const again = await portal.request('POST', '/api/v1/mfa/enable', { token, body: { token: '123456' } });
    expect([again.status, again.body.code]).toEqual([409, 'mfa_setup_missing']);
  });

  it('R17: after enrolment no answer contains the secret, and the database stores it encrypted', async () => {
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
  it('R16: the first factor opens no session, and its token is refused as an access token', async () => {
    const who = await enrolled();
    const { body } = await logIn(portal, who.email);
    expect(body).toMatchObject({ mfaRequired: true, methods: ['totp', 'backup_code'], expiresIn: 300 });
    expect(body.accessToken).toBeUndefined();
    expect((await portal.request('GET', '/api/v1/users/me', { token: body.mfaToken })).status).toBe(401);
    const sessions = await portal.request('GET', '/api/v1/auth/sessions', { token: who.token });
    expect(sessions.body.data).toHaveLength(1);
  });

  it('R16: a right code signs in once, and the access token names the methods', async () => {
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

  it('R16: a challenge expires after five minutes', async () => {
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

  it('R12: a used code gets the answer of a wrong one', async () => {
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

  it('R27: a request must contain exactly one code', async () => {
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

  it('R15: a server fault counts no attempt', async () => {
    const who = await enrolled();
    const mfaToken = await challenge(portal, who.email);
    const { run } = portal.driver;
    portal.driver.run = (statements, mode, bounds) =>
      mode === 'write' ? Promise.reject(new Error('the database is gone')) : run(statements, mode, bounds);
    const failed = await verify(portal, { mfaToken, token: wrongCode(who.secret, portal.clock.now()) });
    portal.driver.run = run;
    expect(failed.status).toBe(500);
    for (let i = 0; i < 4; i++) await verify(portal, { mfaToken, token: wrongCode(who.secret, portal.clock.now()) });
    expect((await verify(portal, { mfaToken, token: codeOf(who.secret, portal.clock.now()) })).status).toBe(200);
  });
});

describe('disabling the second factor (R9)', () => {
  it('R9: requires both factors', async () => {
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
  it('sign in, and can only use the enrolment until it is complete', async () => {
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
