import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, type Portal, startPortal } from '../../support/portal.ts';
import { challenge, codeOf, type Enrolled, enrol, logIn, mailTo, signInFully, verify } from '../identity/support.ts';

let portal: Portal;
let count = 0;
beforeAll(async () => {
  portal = await startPortal();
});
afterAll(() => portal.close());

const newcomer = () => portal.person('patient', `backup${++count}`);
async function enrolled(): Promise<Enrolled> {
  return enrol(portal, (await newcomer()).email);
}

describe('backup codes (R13)', () => {
  it('R13: a code works once, whatever its case and separators, and its owner is told by mail', async () => {
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

  it('R13: new codes replace the old ones', async () => {
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

describe('a lost app (R13, R22)', () => {
  const send = (token: string, path: string, body: object = {}) =>
    portal.request('POST', `/api/v1${path}`, { token, body });
  /** Signs in with a backup code, and waits until that proof has expired. */
  async function withoutApp(who: Enrolled): Promise<string> {
    const mfaToken = await challenge(portal, who.email);
    const { body } = await verify(portal, { mfaToken, backupCode: who.backupCodes[0] });
    portal.clock.advance(301);
    return body.accessToken as string;
  }

  it('R22: a backup code works once for a step-up, and the owner is told by mail', async () => {
    const who = await enrolled();
    const token = await withoutApp(who);
    const asked = await send(token, '/mfa/setup');
    expect([asked.status, asked.body.code, asked.body.methods]).toEqual([
      403,
      'step_up_required',
      ['totp', 'backup_code'],
    ]);
    const stepped = await send(token, '/auth/step-up', { backupCode: who.backupCodes[1] });
    expect(stepped.status).toBe(200);
    expect((await mailTo(portal, who.email, 'backup-code-used')).text).toContain('6 left');
    const again = await send(token, '/auth/step-up', { backupCode: who.backupCodes[1] });
    expect([again.status, again.body.code]).toEqual([401, 'mfa_code_invalid']);
    const two = await send(token, '/auth/step-up', { backupCode: who.backupCodes[2], token: '123456' });
    expect(two.status).toBe(422);
    expect((await send(token, '/auth/step-up', {})).status).toBe(422);
    expect((await send(token, '/auth/step-up', { backupCode: 'x', password: PASSWORD })).status).toBe(422);
  });

  it('R15: wrong backup codes at step-up, disabling and renewing count towards the account’s ten attempts', async () => {
    const who = await enrolled();
    const token = await withoutApp(who);
    const backupCode = 'AAAA-BBBB-CCCC-DDDD';
    for (let n = 0; n < 10; n++) {
      const guesses = [
        () => send(token, '/auth/step-up', { backupCode }),
        () => send(token, '/mfa/backup-codes/regenerate', { backupCode }),
        () => send(token, '/mfa/disable', { password: PASSWORD, backupCode }),
      ];
      const reply = await guesses[n % 3]?.();
      expect([n, reply?.status, reply?.body.code]).toEqual([n, 401, 'mfa_code_invalid']);
    }
    const paused = await send(token, '/auth/step-up', { backupCode: who.backupCodes[3] });
    expect([paused.status, paused.body.code]).toEqual([429, 'mfa_attempts_exhausted']);
  });

  it('R13: a backup code renews the backup codes and disables the factor', async () => {
    const who = await enrolled();
    const token = await withoutApp(who);
    const renewed = await send(token, '/mfa/backup-codes/regenerate', { backupCode: who.backupCodes[1] });
    expect([renewed.status, renewed.body.backupCodes.length]).toEqual([200, 8]);
    const former = await send(token, '/mfa/disable', { password: PASSWORD, backupCode: who.backupCodes[2] });
    expect(former.body.code).toBe('mfa_code_invalid');
    const [backupCode] = renewed.body.backupCodes;
    expect((await send(token, '/mfa/disable', { password: PASSWORD, backupCode })).status).toBe(204);
    expect((await logIn(portal, who.email)).body.accessToken).toBeDefined();
  });

  it('R61: the former app works until the new one is enabled; then the app and the other sessions end', async () => {
    const who = await enrolled();
    const token = await withoutApp(who);
    const other = (await signInFully(portal, who)).body.accessToken as string;
    const fresh = (await send(token, '/auth/step-up', { backupCode: who.backupCodes[1] })).body.accessToken as string;
    const { secret } = (await send(fresh, '/mfa/setup')).body;
    expect(secret).not.toBe(who.secret);
    expect((await signInFully(portal, who)).status).toBe(200);

    const formerCode = codeOf(who.secret, portal.clock.now());
    expect((await send(fresh, '/mfa/enable', { token: formerCode })).body.code).toBe('mfa_code_invalid');
    const enabled = await send(fresh, '/mfa/enable', { token: codeOf(secret, portal.clock.now()) });
    expect([enabled.status, enabled.body.backupCodes.length]).toEqual([200, 8]);
    expect((await portal.mails(who.email)).map(({ text }) => text).join()).toContain('A new authenticator app');
    portal.clock.advance(30);

    expect((await portal.request('GET', '/api/v1/users/me', { token: other })).status).toBe(401);
    expect((await portal.request('GET', '/api/v1/users/me', { token: fresh })).status).toBe(200);
    const void1 = await verify(portal, {
      mfaToken: await challenge(portal, who.email),
      token: codeOf(who.secret, portal.clock.now()),
    });
    const void2 = await verify(portal, {
      mfaToken: await challenge(portal, who.email),
      backupCode: who.backupCodes[4],
    });
    expect([void1.body.code, void2.body.code]).toEqual(['mfa_code_invalid', 'mfa_code_invalid']);
    expect((await signInFully(portal, { ...who, secret })).status).toBe(200);
    const status = (await portal.request('GET', '/api/v1/mfa/status', { token: fresh })).body;
    expect(status).toMatchObject({ enabled: true, methods: ['totp', 'backup_code'], backupCodesLeft: 8 });
  });

  it('R61: a setup requires a recent proof with a factor; a session alone is refused', async () => {
    const who = await enrolled();
    const token = await withoutApp(who);
    const byPassword = await send(token, '/auth/step-up', { password: PASSWORD });
    expect([byPassword.status, byPassword.body.code]).toEqual([403, 'step_up_required']);
    expect((await send(token, '/mfa/setup')).status).toBe(403);
  });
});
