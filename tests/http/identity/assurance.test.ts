import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import type { Role } from '../../../domain/shared/permissions.ts';
import { PASSWORD, type Portal, startPortal } from '../../support/portal.ts';
import { codeOf, type Enrolled, enrol, logIn, mailTo, signInFully } from './support.ts';

let portal: Portal;
let count = 0;
beforeAll(async () => {
  portal = await startPortal({ environment: { MFA_REQUIRED_ROLES: 'admin' } });
});
afterAll(() => portal.close());

const newcomer = (role: Role) => portal.person(role, `assured${++count}`);
const get = (token: string, path: string) => portal.request('GET', path, { token });
const post = (token: string, path: string, body?: unknown) => portal.request('POST', path, { token, body });
const refresh = (refreshToken: string) =>
  portal.request('POST', '/api/v1/auth/refresh-token', { body: { refreshToken } });

/** The state that a sign-in leaves which was decided before the factor was enrolled. */
async function forgetFactor(token: string): Promise<void> {
  const { sid } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  await portal.driver.run([sql`UPDATE sessions SET amr = '{pwd}' WHERE id = ${sid}::uuid`], 'write');
  portal.clock.advance(5);
}

async function expectOver(session: { accessToken: string; refreshToken: string }): Promise<void> {
  portal.clock.advance(5);
  expect((await get(session.accessToken, '/api/v1/users/me')).status).toBe(401);
  expect((await refresh(session.refreshToken)).status).toBe(401);
}

describe('a session that has not passed the second factor (R61)', () => {
  it('R61: an administrator’s other session, opened with the password only, ends when the factor is enrolled', async () => {
    const { email } = await newcomer('admin');
    const other = (await logIn(portal, email)).body;
    const who = await enrol(portal, email);
    expect((await get(who.token, '/api/v1/users')).status).toBe(200);
    for (const path of ['/api/v1/users', '/api/v1/audit/events', '/api/v1/users/me', '/api/v1/auth/sessions']) {
      expect([path, (await get(other.accessToken, path)).status]).toEqual([path, 401]);
    }
    expect((await refresh(other.refreshToken)).status).toBe(401);
  });

  it('R61: is refused everywhere after five seconds, also if it was cached as live', async () => {
    const { email } = await newcomer('patient');
    const other = (await logIn(portal, email)).body;
    const owner = await portal.signIn(email);
    const { secret } = (await post(owner, '/api/v1/mfa/setup')).body;
    expect((await get(other.accessToken, '/api/v1/users/me')).status).toBe(200);
    const enabled = await post(owner, '/api/v1/mfa/enable', { token: codeOf(secret, portal.clock.now()) });
    expect(enabled.status).toBe(200);
    await expectOver(other);
    expect((await get(owner, '/api/v1/users/me')).status).toBe(200);
  });

  it('R61: if it still exists, it may only give the factor or sign out', async () => {
    const who = await enrol(portal, (await newcomer('admin')).email);
    await forgetFactor(who.token);
    const allowed = ['POST /api/v1/auth/step-up', 'POST /api/v1/auth/logout'];
    const document = (await portal.request('GET', '/openapi.json')).body;
    const refused: string[] = [];
    for (const [path, methods] of Object.entries<Record<string, { security?: unknown[] }>>(document.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const route = `${method.toUpperCase()} ${path}`;
        if (operation.security?.length === 0 || allowed.includes(route)) continue;
        const concrete = path.replaceAll(/\{\w+\}/g, '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f');
        const reply = await portal.request(method.toUpperCase(), concrete, { token: who.token });
        if (reply.status === 403 && reply.body.code === 'second_factor_required') {
          expect(reply.body.methods).toEqual(['totp', 'backup_code']);
          refused.push(route);
        } else {
          // Only public operations are served.
          expect([route, (await portal.request(method.toUpperCase(), concrete)).status]).toEqual([route, reply.status]);
        }
      }
    }
    expect(refused.length).toBeGreaterThan(80);
    expect(refused).toContain('GET /api/v1/users/me');
    expect(refused).toContain('POST /api/v1/auth/change-password');
    const byPassword = await post(who.token, '/api/v1/auth/step-up', { password: PASSWORD });
    expect(byPassword.body.code).toBe('step_up_required');
    const proof = await post(who.token, '/api/v1/auth/step-up', { token: codeOf(who.secret, portal.clock.now()) });
    expect(proof.status).toBe(200);
    expect((await get(proof.body.accessToken, '/api/v1/users')).status).toBe(200);
  });

  it('R61: ends when it is refreshed', async () => {
    const who = await enrol(portal, (await newcomer('patient')).email);
    const session = (await signInFully(portal, who)).body;
    await forgetFactor(session.accessToken);
    expect((await refresh(session.refreshToken)).body.code).toBe('refresh_token_invalid');
    expect((await get(session.accessToken, '/api/v1/users/me')).status).toBe(401);
  });
});

describe('a trusted device (R61)', () => {
  it('R61: is stored in the session, which ends with the trust in the device', async () => {
    const who = await enrol(portal, (await newcomer('patient')).email);
    const trusting = (await signInFully(portal, who, { trustDevice: true })).body;
    const spared = (await logIn(portal, who.email, { trustedDeviceToken: trusting.trustedDeviceToken })).body;
    const claims = JSON.parse(Buffer.from(spared.accessToken.split('.')[1], 'base64url').toString());
    expect(claims.amr).toEqual(['pwd', 'trusted_device']);
    expect((await get(spared.accessToken, '/api/v1/users/me')).status).toBe(200);
    const rotated = (await refresh(spared.refreshToken)).body;

    const [device] = (await get(trusting.accessToken, '/api/v1/mfa/trusted-devices')).body.data;
    const path = `/api/v1/mfa/trusted-devices/${device.id}`;
    expect((await portal.request('DELETE', path, { token: trusting.accessToken })).status).toBe(204);
    portal.clock.advance(5);
    expect((await get(spared.accessToken, '/api/v1/users/me')).body.code).toBe('second_factor_required');
    expect((await get(trusting.accessToken, '/api/v1/users/me')).status).toBe(200);
    expect((await refresh(rotated.refreshToken)).status).toBe(401);
  });
});

describe('every change of the factors (R61)', () => {
  type Change = (who: Enrolled) => Promise<{ readonly status: number }>;
  const code = (who: Enrolled) => codeOf(who.secret, portal.clock.now());
  const addPhone: Change = async ({ token, email }) => {
    await post(token, '/api/v1/mfa/phone', { phoneNumber: '+14155550123' });
    const sent = await mailTo(portal, '+14155550123', 'sign-in-code');
    expect([email, sent.codes.length]).toEqual([email, 1]);
    return post(token, '/api/v1/mfa/phone/verify', { code: sent.codes[0] });
  };
  const changes: readonly (readonly [string, Change])[] = [
    ['new backup codes', (who) => post(who.token, '/api/v1/mfa/backup-codes/regenerate', { token: code(who) })],
    ['a phone added', addPhone],
    [
      'a phone removed',
      async (who) => {
        await addPhone(who);
        portal.clock.advance(30);
        return portal.request('DELETE', '/api/v1/mfa/phone', { token: who.token });
      },
    ],
    ['switched off', (who) => post(who.token, '/api/v1/mfa/disable', { password: PASSWORD, token: code(who) })],
  ];

  it.each(changes)('R61: %s: the session at hand goes on, every other one ends', async (_what, change) => {
    const who = await enrol(portal, (await newcomer('patient')).email);
    const other = (await signInFully(portal, who)).body;
    expect((await get(other.accessToken, '/api/v1/users/me')).status).toBe(200);
    const { accessToken } = (await post(who.token, '/api/v1/auth/step-up', { token: code(who) })).body;
    portal.clock.advance(30);
    expect([200, 204]).toContain((await change({ ...who, token: accessToken })).status);
    await expectOver(other);
    expect((await get(accessToken, '/api/v1/users/me')).status).toBe(200);
  });
});

describe('an API key made without the factor (R61)', () => {
  const key = { name: 'sync', scopes: ['read:own_profile'] };
  const use = (secret: string) => portal.request('GET', '/api/v1/users/me', { headers: { 'X-API-Key': secret } });

  it('R61: ends when the account enrols one; one made afterwards works', async () => {
    const { email } = await newcomer('patient');
    const weak = (await post(await portal.signIn(email), '/api/v1/api-keys', key)).body.key;
    expect((await use(weak)).status).toBe(200);
    const who = await enrol(portal, email);
    expect((await use(weak)).status).toBe(401);
    const session = (await signInFully(portal, who)).body;
    const strong = (await post(session.accessToken, '/api/v1/api-keys', key)).body.key;
    expect((await use(strong)).status).toBe(200);
  });

  it('R61: cannot be made by a session that ended when the factor was enrolled but is still cached', async () => {
    const { email } = await newcomer('patient');
    const other = await portal.signIn(email);
    const owner = await portal.signIn(email);
    expect((await get(other, '/api/v1/users/me')).status).toBe(200);
    const { secret } = (await post(owner, '/api/v1/mfa/setup')).body;
    await post(owner, '/api/v1/mfa/enable', { token: codeOf(secret, portal.clock.now()) });
    // For five seconds the session is served from the cache; the batch that creates the key checks it in the database.
    expect((await post(other, '/api/v1/api-keys', key)).status).toBe(401);
  });
});
