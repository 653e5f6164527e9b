/** Attacks with one stolen part: an access token, a mailed token, or the victim's browser. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, type Portal, type Reply, startPortal } from '../../support/portal.ts';
import { challenge, codeOf, enrol, logIn, mailTo, verify } from './support.ts';

let portal: Portal;
let count = 0;
beforeAll(async () => {
  portal = await startPortal();
});
afterAll(() => portal.close());

const newcomer = (role: 'patient' | 'doctor' | 'staff' | 'admin' = 'patient') =>
  portal.person(role, `mallory${++count}`);
const post = (path: string, body: object, token?: string) =>
  portal.request('POST', `/api/v1${path}`, { body, ...(token === undefined ? {} : { token }) });
const told = ({ status, body }: Reply) => [status, body.code];

const OWN_PAGE = { Origin: 'https://portal.example', 'Sec-Fetch-Site': 'same-origin' };

describe('a page of another site', () => {
  it('R23: cannot sign a browser in to its own account, also not at the second step', async () => {
    const mallory = await enrol(portal, (await newcomer()).email);
    const begun = await portal.request('POST', '/api/v1/auth/login', {
      body: { email: mallory.email, password: PASSWORD, transport: 'cookie' },
      headers: OWN_PAGE,
    });
    const body = { mfaToken: begun.body.mfaToken, token: codeOf(mallory.secret, portal.clock.now()) };
    const give = (headers: Record<string, string>) => portal.request('POST', '/api/v1/mfa/verify', { body, headers });
    for (const headers of [
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' },
      { Origin: 'https://portal.example', 'Sec-Fetch-Site': 'cross-site' },
    ]) {
      const reply = await give(headers as Record<string, string>);
      expect(told(reply)).toEqual([403, 'cross_site_request']);
      expect(reply.headers.getSetCookie()).toEqual([]);
    }
    const own = await give(OWN_PAGE);
    expect([own.status, own.headers.getSetCookie().length]).toEqual([200, 4]);
  });

  it('may sign in with the bearer transport, because no browser sends these tokens by itself', async () => {
    const who = await enrol(portal, (await newcomer()).email);
    const mfaToken = await challenge(portal, who.email);
    const token = codeOf(who.secret, portal.clock.now());
    expect((await verify(portal, { mfaToken, token })).status).toBe(200);
  });
});

describe('a stolen access token', () => {
  it('R22: cannot give a role or invite a member of the clinic after the proof has expired', async () => {
    const { email } = await newcomer('admin');
    const token = await portal.signIn(email);
    const invite = (role: string) =>
      post('/users', { email: `${role}-${++count}@evil.example`, firstName: 'E', lastName: 'V', role }, token);
    expect((await invite('admin')).status).toBe(201);
    portal.clock.advance(301);
    for (const role of ['admin', 'staff', 'doctor']) {
      expect([role, ...told(await invite(role))]).toEqual([role, 403, 'step_up_required']);
    }
    expect((await invite('patient')).status).toBe(201);
    const { id } = await newcomer('staff');
    const promote = await portal.request('PUT', `/api/v1/users/${id}/role`, { token, body: { role: 'admin' } });
    expect(told(promote)).toEqual([403, 'step_up_required']);
  });

  it('R22: cannot export the audit log after the proof has expired', async () => {
    const { email } = await newcomer('admin');
    const token = await portal.signIn(email);
    const take = async (headers: Record<string, string>) => {
      const response = await portal.fetch(new Request('https://portal.example/api/v1/audit/export', { headers }));
      return { status: response.status, text: await response.text() };
    };
    const made = await post('/api-keys', { name: 'k', scopes: ['read:audit'] }, token);
    expect((await take({ Authorization: `Bearer ${token}` })).status).toBe(200);
    portal.clock.advance(301);
    const refused = await take({ Authorization: `Bearer ${token}` });
    expect([refused.status, JSON.parse(refused.text).code]).toEqual([403, 'step_up_required']);
    // Creating the key required a recent proof.
    expect((await take({ 'X-API-Key': made.body.key })).status).toBe(200);
  });

  it('R7: no credential that it created outlives a reset of the password', async () => {
    const { email } = await newcomer();
    const token = await portal.signIn(email);
    const feed = await post('/calendar/feeds', {}, token);
    const address = new URL(feed.body.url as string).pathname;
    expect((await portal.request('GET', address)).status).toBe(200);
    const key = await post('/api-keys', { name: 'k', scopes: ['read:own_profile'] }, token);
    await post('/auth/forgot-password', { email });
    const [code] = (await mailTo(portal, email, 'password-reset')).codes;
    expect(
      (await post('/auth/reset-password', { token: code, newPassword: 'nine herons over the weir 4' })).status,
    ).toBe(204);
    expect((await portal.request('GET', address)).status).toBe(404);
    // A session and a key are cached for 5 seconds at most (R21).
    portal.clock.advance(6);
    expect((await portal.request('GET', '/api/v1/users/me', { token })).status).toBe(401);
    const byKey = await portal.request('GET', '/api/v1/users/me', { headers: { 'X-API-Key': key.body.key ?? '' } });
    expect(byKey.status).toBe(401);
  });
});

describe('a secret of one kind', () => {
  it('R7, R16: is refused as any other kind', async () => {
    const { email } = await newcomer();
    const tokens = (await logIn(portal, email)).body;
    const who = await enrol(portal, (await newcomer()).email);
    const mfaToken = await challenge(portal, who.email);
    await post('/auth/forgot-password', { email });
    const [reset] = (await mailTo(portal, email, 'password-reset')).codes;
    for (const secret of [mfaToken, tokens.refreshToken, reset, who.backupCodes[0]]) {
      expect((await portal.request('GET', '/api/v1/users/me', { token: secret })).status).toBe(401);
    }
    for (const token of [mfaToken, tokens.refreshToken]) {
      expect(told(await post('/auth/reset-password', { token, newPassword: 'nine herons over 44' }))).toEqual([
        400,
        'token_invalid',
      ]);
      expect(told(await post('/auth/accept-invitation', { token, password: 'nine herons over 44' }))).toEqual([
        400,
        'token_invalid',
      ]);
    }
    for (const purpose of ['accept-invitation', 'verify-email']) {
      const body = purpose === 'verify-email' ? { token: reset } : { token: reset, password: 'nine herons over 44' };
      expect(told(await post(`/auth/${purpose}`, body))).toEqual([400, 'token_invalid']);
    }
    for (const refreshToken of [mfaToken, reset]) {
      expect(told(await post('/auth/refresh-token', { refreshToken }))).toEqual([401, 'refresh_token_invalid']);
    }
    expect((await post('/auth/reset-password', { token: reset, newPassword: 'nine herons over 44' })).status).toBe(204);
  });
});

describe('an invitation', () => {
  it('activates an account once, and only by its latest mail', async () => {
    const admin = await portal.signIn((await newcomer('admin')).email);
    const email = `invited${++count}@example.org`;
    const { body } = await post('/users', { email, firstName: 'I', lastName: 'N', role: 'staff' }, admin);
    const [first] = (await mailTo(portal, email, 'invitation')).codes;
    expect((await post(`/users/${body.id}/invitation`, {}, admin)).status).toBe(202);
    const [second] = (await mailTo(portal, email, 'invitation')).codes;
    const accept = (token: string | undefined) =>
      post('/auth/accept-invitation', { token: token ?? '', password: PASSWORD });
    expect(told(await accept(first))).toEqual([400, 'token_invalid']);
    // A password reset does not activate an invited account.
    await post('/auth/forgot-password', { email });
    expect((await portal.mails(email)).filter(({ template }) => template === 'password-reset')).toEqual([]);
    const replies = await Promise.all([1, 2, 3, 4, 5].map(() => accept(second)));
    expect(replies.map(({ status }) => status).sort()).toEqual([204, 400, 400, 400, 400]);
    expect(told(await post(`/users/${body.id}/invitation`, {}, admin))).toEqual([409, 'invitation_accepted']);
  });
});

describe('a person who must enrol a second factor first', () => {
  it('cannot reach other operations by another spelling of a path', async () => {
    const strict = await startPortal({ environment: { MFA_REQUIRED_ROLES: 'staff' } });
    const { email } = await strict.person('staff', 'unenrolled');
    const token = await strict.signIn(email);
    const open = await strict.request('GET', '/api/v1/users/me', { token });
    expect(open.status).toBe(200);
    for (const path of [
      '/api/v1/doctors',
      '/api/v1/auth/../doctors',
      '/api/v1/mfa/%2e%2e/doctors',
      '/api/v1/mfa/..%2fdoctors',
      '/api/v1//doctors',
      '/api/v1/doctors/',
      '/API/v1/doctors',
      '/api/v1/users/me/../../doctors',
      '/api/v1/auth/sessions/../../doctors',
      '/api/v1/users/me%2f..%2f..%2fdoctors',
      '//api/v1/doctors',
      '/api/v1/doctors;/api/v1/auth/',
      '/api/v1/appointments/my?x=/api/v1/auth/',
    ]) {
      const { status } = await strict.request('GET', path, { token });
      expect([path, status]).toEqual([path, expect.toSatisfy((given: number) => given === 403 || given === 404)]);
    }
    await strict.close();
  });
});
