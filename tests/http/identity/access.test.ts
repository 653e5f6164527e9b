import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PastSignIn } from '../../../domain/identity/sign-in-risk.ts';
import { createApp } from '../../../src/http/app.ts';
import { PASSWORD, type Portal, startPortal } from '../../support/portal.ts';
import { challenge, codeOf, enrol, mailTo, verify } from './support.ts';

let portal: Portal;
let count = 0;
beforeAll(async () => {
  portal = await startPortal();
});
afterAll(() => portal.close());

const newcomer = (role: 'patient' | 'doctor' | 'staff' | 'admin' = 'patient') => portal.person(role, `s${++count}`);
const stepUp = (token: string, body: object) => portal.request('POST', '/api/v1/auth/step-up', { token, body });

describe('API keys', () => {
  async function keyOf(role: 'patient' | 'doctor', scopes: string[], more: object = {}) {
    const person = await newcomer(role);
    const token = await portal.signIn(person.email);
    const reply = await portal.request('POST', '/api/v1/api-keys', { token, body: { name: 'Sync', scopes, ...more } });
    return { person, token, reply, headers: { 'X-API-Key': reply.body.key as string } };
  }

  it('are shown once, and allow only their scopes', async () => {
    const { token, reply, headers } = await keyOf('patient', ['read:own_profile']);
    expect(reply.status).toBe(201);
    expect(reply.body.key).toMatch(/^ppk_/);
    expect(reply.body.key.startsWith(reply.body.prefix)).toBe(true);
    const listed = await portal.request('GET', '/api/v1/api-keys', { token });
    expect(listed.body.data).toHaveLength(1);
    expect(JSON.stringify(listed.body)).not.toContain(reply.body.key);
    expect((await portal.request('GET', '/api/v1/users/me', { headers })).status).toBe(200);
    const beyond = await portal.request('GET', '/api/v1/appointments/my', { headers });
    expect([beyond.status, beyond.body.code]).toEqual([403, 'forbidden']);
    for (const path of ['/auth/sessions', '/api-keys', '/mfa/status']) {
      expect((await portal.request('GET', `/api/v1${path}`, { headers })).status).toBe(403);
    }
  });

  it('R27: cannot have a scope beyond their owner’s role, or one that only a person may use', async () => {
    for (const scope of ['read:patient_records', 'manage:own_api_keys', 'close:own_account']) {
      const { reply } = await keyOf('patient', [scope]);
      expect([scope, reply.status, reply.body.code]).toEqual([scope, 422, 'scopes_not_allowed']);
    }
    expect((await keyOf('patient', ['no:such_scope'])).reply.status).toBe(422);
  });

  it('stop working when they expire or are revoked, or their owner’s account is closed', async () => {
    const read = (headers: Record<string, string>) => portal.request('GET', '/api/v1/users/me', { headers });
    const revoked = await keyOf('patient', ['read:own_profile']);
    expect((await read(revoked.headers)).status).toBe(200);
    const path = `/api/v1/api-keys/${revoked.reply.body.id}`;
    const stranger = await portal.signIn((await newcomer()).email);
    expect((await portal.request('DELETE', path, { token: stranger })).status).toBe(404);
    expect((await portal.request('DELETE', path, { token: revoked.token })).status).toBe(204);
    portal.clock.advance(5);
    expect((await read(revoked.headers)).status).toBe(401);

    const short = await keyOf('patient', ['read:own_profile'], { expiresInDays: 1 });
    portal.clock.advance(86_400);
    expect((await read(short.headers)).status).toBe(401);

    const closed = await keyOf('patient', ['read:own_profile']);
    await portal.request('DELETE', `/api/v1/users/${closed.person.id}`, { token: closed.token });
    portal.clock.advance(5);
    expect((await read(closed.headers)).status).toBe(401);
    expect((await read({ 'X-API-Key': 'ppk_guess' })).status).toBe(401);
  });
});

describe('unusual sign-ins', () => {
  const from = (userAgent: string, location: PastSignIn['location'], email: string) =>
    createApp().fetch(
      new Request('https://portal.example/api/v1/auth/login', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'User-Agent': userAgent },
        body: JSON.stringify({ email, password: PASSWORD }),
      }),
      { platform: portal.platform, clientAddress: '203.0.113.7', clientLocation: location },
    );
  const BERLIN = { country: 'DE', city: 'Berlin', latitude: 52.5, longitude: 13.4 };
  const SYDNEY = { country: 'AU', city: 'Sydney', latitude: -33.9, longitude: 151.2 };

  it('are scored and reported to the owner, and sensitive operations require a recent proof', async () => {
    const { email } = await newcomer();
    expect((await from('Firefox/140.0 (X11)', BERLIN, email)).status).toBe(200);
    portal.clock.advance(3600);
    await from('Firefox/141.0 (X11)', BERLIN, email);
    expect((await portal.mails(email)).filter(({ template }) => template === 'new-sign-in')).toEqual([]);
    const response = await from('curl/8.1', SYDNEY, email);
    const { accessToken } = (await response.json()) as { accessToken: string };
    expect((await mailTo(portal, email, 'new-sign-in')).text).toContain('Sydney, AU');
    const { body } = await portal.request('GET', '/api/v1/auth/sessions', { token: accessToken });
    const here = body.data.find(({ current }: { current: boolean }) => current);
    expect(here).toMatchObject({ isSuspicious: true, riskScore: 100, location: { country: 'AU', city: 'Sydney' } });
    expect((await portal.request('POST', '/api/v1/mfa/setup', { token: accessToken })).body.code).toBe(
      'step_up_required',
    );
    const fresh = await stepUp(accessToken, { password: PASSWORD });
    expect((await portal.request('POST', '/api/v1/mfa/setup', { token: fresh.body.accessToken })).status).toBe(200);
  });
});

describe('cookies (R23)', () => {
  const site = { 'Sec-Fetch-Site': 'same-origin', Origin: 'https://portal.example' };

  it('R23: contain the tokens, also after the second factor, and a change from another site is refused', async () => {
    const who = await enrol(portal, (await newcomer()).email);
    const first = await portal.request('POST', '/api/v1/auth/login', {
      body: { email: who.email, password: PASSWORD, transport: 'cookie' },
      headers: site,
    });
    const reply = await verify(portal, {
      mfaToken: first.body.mfaToken,
      token: codeOf(who.secret, portal.clock.now()),
      trustDevice: true,
    });
    expect(reply.status).toBe(200);
    expect(reply.body.accessToken).toBeUndefined();
    expect(reply.body.trustedDeviceToken).toBeUndefined();
    const cookies = reply.headers.getSetCookie();
    expect(cookies).toHaveLength(5);
    for (const cookie of cookies) expect(cookie).toMatch(/^__Host-.*Path=\/; HttpOnly; Secure; SameSite=Strict/);
    const Cookie = cookies.map((cookie) => cookie.split(';')[0]).join('; ');
    expect((await portal.request('GET', '/api/v1/users/me', { headers: { Cookie } })).status).toBe(200);
    const forged = await portal.request('POST', '/api/v1/auth/logout', {
      headers: { Cookie, Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' },
    });
    expect([forged.status, forged.body.code]).toEqual([403, 'cross_site_request']);
    const spared = await portal.request('POST', '/api/v1/auth/login', {
      body: { email: who.email, password: PASSWORD },
      headers: {
        Cookie: cookies.find((cookie) => cookie.startsWith('__Host-portal-device'))?.split(';')[0] ?? '',
        ...site,
      },
    });
    expect(spared.body.accessToken).toBeDefined();
    expect((await portal.request('POST', '/api/v1/auth/logout', { headers: { Cookie, ...site } })).status).toBe(204);
    expect(await challenge(portal, who.email)).toBeDefined();
  });
});
