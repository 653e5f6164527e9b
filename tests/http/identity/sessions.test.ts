import { createHmac } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, type Portal, startPortal } from '../../support/portal.ts';
import { codeOf, enrol, logIn, signInFully } from './support.ts';

let portal: Portal;
let count = 0;
beforeAll(async () => {
  portal = await startPortal();
});
afterAll(() => portal.close());

const newcomer = (role: 'patient' | 'doctor' | 'staff' | 'admin' = 'patient') => portal.person(role, `s${++count}`);
const me = (token: string) => portal.request('GET', '/api/v1/users/me', { token });
const stepUp = (token: string, body: object) => portal.request('POST', '/api/v1/auth/step-up', { token, body });

describe('access tokens (R19)', () => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

  /** The next of the characters that stand for the same two bits at the end of a signature. */
  const other = (last: string) => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    return alphabet.charAt(alphabet.indexOf(last) + 1);
  };

  it('R19: every forged, foreign and expired token is a 401, and none is a 5xx', async () => {
    const { email } = await newcomer();
    const good = await portal.signIn(email);
    const [header = '', payload = '', signature = ''] = good.split('.');
    const head = JSON.parse(Buffer.from(header, 'base64url').toString());
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    const own = await exportJWK(publicKey);
    const foreign = (more: object) => new SignJWT(claims).setProtectedHeader({ ...head, ...more }).sign(privateKey);
    const [published] = portal.deps.tokens.jwks().keys;
    const confused = `${part({ ...head, alg: 'HS256' })}.${payload}`;
    const secret = Buffer.from(String(published?.x), 'base64url');
    const forged: Record<string, string> = {
      'no algorithm': `${part({ ...head, alg: 'none' })}.${payload}.`,
      'no algorithm, oddly written': `${part({ ...head, alg: 'NoNe' })}.${payload}.${signature}`,
      'key confusion': `${confused}.${createHmac('sha256', secret).update(confused).digest('base64url')}`,
      'embedded jwk': await foreign({ jwk: own }),
      jku: await foreign({ jku: 'https://evil.example/jwks.json' }),
      'unknown kid': await foreign({ kid: 'unknown' }),
      'foreign key under our kid': await foreign({}),
      'another spelling of the last character': `${good.slice(0, -1)}${other(good.at(-1) ?? '')}`,
      padded: `${good}==`,
      'no header': `.${payload}.${signature}`,
      'no header and separator': `${payload}.${signature}`,
      'no payload': `${header}..${signature}`,
      'no payload and separator': `${header}.${signature}`,
      'payload alone': payload,
      'payload and separators': `.${payload}.`,
      'an extra empty part': `${good}.`,
      'an extra part': `${good}.foo`,
      'no signature': `${header}.${payload}.`,
      'no third part': `${header}.${payload}`,
      'another payload': `${header}.${part({ ...claims, role: 'admin' })}.${signature}`,
      'another typ': `${part({ ...head, typ: 'JWT' })}.${payload}.${signature}`,
      crit: await foreign({ crit: ['b64'], b64: true }),
      'five parts': `${good}.a.b`,
      'JSON serialization': JSON.stringify({ payload, signatures: [{ protected: header, signature }] }),
      noise: 'noise',
      'a bit flipped': `${header}.${payload}.${signature.slice(0, -2)}${signature.endsWith('AA') ? 'BB' : 'AA'}`,
    };
    for (const [name, token] of Object.entries(forged)) {
      const reply = await me(token);
      expect([name, reply.status, reply.body.code]).toEqual([name, 401, 'unauthenticated']);
      expect(reply.headers.get('www-authenticate')).toBe('Bearer');
    }
    expect((await me(good)).status).toBe(200);
    portal.clock.advance(901);
    expect((await me(good)).status).toBe(401);
  });

  it('R19: the public keys are served without their private parts', async () => {
    const { body } = await portal.request('GET', '/.well-known/jwks.json');
    expect(body.keys).toHaveLength(1);
    expect(body.keys[0]).toMatchObject({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig' });
    expect(body.keys[0].d).toBeUndefined();
  });
});

describe('refreshing (R20)', () => {
  const refresh = (refreshToken: string) =>
    portal.request('POST', '/api/v1/auth/refresh-token', { body: { refreshToken } });

  it('R20: rotates, and a second use of one token ends the session', async () => {
    const { email } = await newcomer();
    const first = (await logIn(portal, email)).body;
    const second = await refresh(first.refreshToken);
    expect(second.status).toBe(200);
    expect(second.body.refreshToken).not.toBe(first.refreshToken);
    expect((await refresh(first.refreshToken)).status).toBe(401);
    const dead = await refresh(second.body.refreshToken);
    expect([dead.status, dead.body.code]).toEqual([401, 'refresh_token_invalid']);
    expect((await me(second.body.accessToken)).status).toBe(401);
  });

  it('R20: ends after 7 idle days, and after 30 days whatever is done', async () => {
    const { email } = await newcomer();
    const idle = (await logIn(portal, email)).body;
    portal.clock.advance(7 * 86_400 + 1);
    expect((await refresh(idle.refreshToken)).status).toBe(401);
    let { refreshToken } = (await logIn(portal, email)).body;
    for (let day = 0; day < 30; day += 6) {
      const reply = await refresh(refreshToken);
      expect(reply.status).toBe(200);
      ({ refreshToken } = reply.body);
      portal.clock.advance(6 * 86_400);
    }
    expect((await refresh(refreshToken)).status).toBe(401);
  });

  it('R22: a refreshed token is no fresher proof', async () => {
    const { email } = await newcomer();
    const { refreshToken } = (await logIn(portal, email)).body;
    portal.clock.advance(600);
    const { accessToken } = (await refresh(refreshToken)).body;
    const refused = await portal.request('POST', '/api/v1/mfa/setup', { token: accessToken });
    expect([refused.status, refused.body.code]).toEqual([403, 'step_up_required']);
  });
});

describe('ending sessions (R21, R24)', () => {
  it('R24: they are listed with what is known of the device, and ended one by one', async () => {
    const { email } = await newcomer();
    const here = await portal.signIn(email);
    const elsewhere = await portal.signIn(email);
    const { body } = await portal.request('GET', '/api/v1/auth/sessions', { token: here });
    expect(body.data).toHaveLength(2);
    expect(body.data[0]).toMatchObject({ ip: '203.0.113.7', isSuspicious: false, riskScore: 0 });
    const other = body.data.find(({ current }: { current: boolean }) => !current);
    const stranger = await portal.signIn((await newcomer()).email);
    const path = `/api/v1/auth/sessions/${other.id}`;
    expect((await portal.request('DELETE', path, { token: stranger })).status).toBe(404);
    expect((await portal.request('DELETE', path, { token: here })).status).toBe(204);
    portal.clock.advance(6);
    expect((await me(elsewhere)).status).toBe(401);
    expect((await me(here)).status).toBe(200);
  });

  it('R21: all at once, within five seconds', async () => {
    const { email } = await newcomer();
    const tokens = [await portal.signIn(email), await portal.signIn(email), await portal.signIn(email)];
    for (const token of tokens) expect((await me(token)).status).toBe(200);
    expect((await portal.request('POST', '/api/v1/auth/logout-all', { token: tokens[0] })).status).toBe(204);
    portal.clock.advance(5);
    for (const token of tokens) expect((await me(token)).status).toBe(401);
  });

  it('R21: a new role and a closed account take effect within five seconds', async () => {
    const admin = await portal.signIn((await newcomer('admin')).email);
    const staff = await newcomer('staff');
    const before = await portal.signIn(staff.email);
    expect((await me(before)).status).toBe(200);
    const changed = await portal.request('PUT', `/api/v1/users/${staff.id}/role`, {
      token: admin,
      body: { role: 'doctor' },
    });
    expect([changed.status, changed.body.role]).toEqual([200, 'doctor']);
    portal.clock.advance(5);
    expect((await me(before)).status).toBe(401);
    const after = await portal.signIn(staff.email);
    expect((await portal.request('GET', `/api/v1/doctors/${staff.id}`, { token: after })).status).toBe(200);

    expect((await portal.request('DELETE', `/api/v1/users/${staff.id}`, { token: admin })).status).toBe(204);
    portal.clock.advance(5);
    expect((await me(after)).status).toBe(401);
    expect((await logIn(portal, staff.email)).status).toBe(401);
    expect((await portal.request('DELETE', `/api/v1/users/${staff.id}`, { token: admin })).status).toBe(404);
  });
});

describe('closing one’s account', () => {
  it('needs a recent proof, and frees the address', async () => {
    const { id, email } = await newcomer();
    const other = await newcomer();
    const token = await portal.signIn(email);
    expect((await portal.request('DELETE', `/api/v1/users/${other.id}`, { token })).status).toBe(404);
    portal.clock.advance(301);
    const old = await portal.request('DELETE', `/api/v1/users/${id}`, { token });
    expect([old.status, old.body.code]).toEqual([403, 'step_up_required']);
    const fresh = (await stepUp(token, { password: PASSWORD })).body.accessToken;
    expect((await portal.request('DELETE', `/api/v1/users/${id}`, { token: fresh })).status).toBe(204);
    await portal.person('patient', `s${count - 1}`);
    expect((await logIn(portal, email)).status).toBe(200);
  });

  it('never leaves the clinic without an administrator', async () => {
    const lonely = await startPortal();
    const { id, email } = await lonely.person('admin', 'lonely');
    const token = await lonely.signIn(email);
    const closed = await lonely.request('DELETE', `/api/v1/users/${id}`, { token });
    expect([closed.status, closed.body.code]).toEqual([409, 'last_admin']);
    const demoted = await lonely.request('PUT', `/api/v1/users/${id}/role`, { token, body: { role: 'staff' } });
    expect(demoted.body.code).toBe('last_admin');
    await lonely.close();
  });
});

describe('step-up (R22)', () => {
  it('R22: a proof counts for five minutes; the older token of the session proves no more than it says', async () => {
    const { email } = await newcomer();
    const token = await portal.signIn(email);
    portal.clock.advance(300);
    expect((await portal.request('POST', '/api/v1/mfa/setup', { token })).body.code).toBe('step_up_required');
    expect((await stepUp(token, { password: 'not the password at all' })).body.code).toBe('invalid_credentials');
    const { status, body } = await stepUp(token, { password: PASSWORD });
    expect(status).toBe(200);
    expect((await portal.request('POST', '/api/v1/mfa/setup', { token })).body.code).toBe('step_up_required');
    expect((await portal.request('POST', '/api/v1/mfa/setup', { token: body.accessToken })).status).toBe(200);
  });

  it('R22: where a second factor is enrolled, it is asked for', async () => {
    const who = await enrol(portal, (await newcomer()).email);
    const { trustedDeviceToken } = (await signInFully(portal, who, { trustDevice: true })).body;
    const { accessToken } = (await logIn(portal, who.email, { trustedDeviceToken })).body;
    const key = { name: 'k', scopes: ['read:own_profile'] };
    const make = (token: string) => portal.request('POST', '/api/v1/api-keys', { token, body: key });
    expect((await make(accessToken)).body.code).toBe('step_up_required');
    expect((await stepUp(accessToken, { password: PASSWORD })).body.code).toBe('step_up_required');
    const proof = await stepUp(accessToken, { token: codeOf(who.secret, portal.clock.now()) });
    expect((await make(proof.body.accessToken)).status).toBe(201);
    const reused = await stepUp(accessToken, { token: codeOf(who.secret, portal.clock.now()) });
    expect(reused.body.code).toBe('mfa_code_invalid');
  });

  it('R22: a body with both proofs or none is refused', async () => {
    const token = await portal.signIn((await newcomer()).email);
    expect((await stepUp(token, {})).status).toBe(422);
    expect((await stepUp(token, { password: PASSWORD, token: '123456' })).status).toBe(422);
    expect((await stepUp(token, { token: '123456' })).body.code).toBe('mfa_not_enabled');
  });
});
