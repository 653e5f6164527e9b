/** R65, R66: strangers can neither lock out the owner of an account nor use up the owner's limits. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LIMITS } from '../../../src/app/limits.ts';
import { PASSWORD, type Portal, startPortal } from '../../support/portal.ts';
import { enrol, logIn, pause, wrongCode } from './support.ts';

const HOME = '198.51.100.10';
const AWAY = '198.51.100.99';
const STRANGER = '203.0.113.66';

let portal: Portal;
beforeEach(async () => {
  portal = await startPortal({ environment: { RATE_LIMIT_FACTOR: '1' } });
});
afterEach(() => portal.close());

const post = (path: string, body: unknown, from: string, headers = {}, token?: string) =>
  portal.request('POST', `/api/v1${path}`, { body, from, headers, token });

/** Signs in with a browser that keeps cookies, and returns them. */
async function browserOf(email: string, more: Record<string, unknown> = {}): Promise<string> {
  const reply = await post('/auth/login', { email, password: PASSWORD, ...more }, HOME, {
    Origin: 'https://portal.example',
  });
  expect(reply.status).toBe(200);
  return reply.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .filter((cookie) => cookie?.startsWith('__Host-portal-known='))
    .join('; ');
}

const signIn = async (email: string, from: string, cookie?: string, password = PASSWORD) =>
  (
    await post('/auth/login', { email, password }, from, {
      'User-Agent': `${from} browser`,
      ...(cookie === undefined ? {} : { Cookie: cookie }),
    })
  ).status;

async function guess(email: string, times: number, from = STRANGER, cookie?: string): Promise<number[]> {
  const statuses: number[] = [];
  for (let n = 0; n < times; n++) statuses.push(await signIn(email, from, cookie, `wrong guess number ${n}`));
  return statuses;
}

describe('R65 strangers’ guesses', () => {
  test('R65 do not lock out a browser that has signed in before, at a new address or at that of the strangers', async () => {
    const { email } = await portal.person('patient', 'owner');
    const known = await browserOf(email);
    expect(await guess(email, 40)).toContain(429);
    expect(await signIn(email, AWAY)).toBe(429);
    expect(await signIn(email, AWAY, known)).toBe(200);
    expect((await guess(email, 40)).filter((status) => status === 401).length).toBeLessThanOrEqual(20);
    expect(await signIn(email, STRANGER, known)).toBe(200);
  });

  test('R65 from a known browser have a limit of their own, which ends', async () => {
    const { email } = await portal.person('patient', 'stolen');
    const known = await browserOf(email);
    const statuses = await guess(email, 30, AWAY, known);
    expect(statuses.filter((status) => status === 401)).toHaveLength(LIMITS.login_known.limit);
    expect(await signIn(email, AWAY, known)).toBe(429);
    // The limit of the browser does not apply to the owner's other browsers.
    expect(await signIn(email, HOME)).toBe(200);
    portal.clock.advance(3600);
    expect(await signIn(email, AWAY, known)).toBe(200);
  });

  test('R65 a browser is known for the account it signed in to, for half a year, and not on a shared computer', async () => {
    const { email } = await portal.person('patient', 'half');
    const other = await browserOf((await portal.person('patient', 'other')).email);
    const known = await browserOf(email);
    const shared = await browserOf(email, { transport: 'cookie', remember: false });
    expect(shared).toBe('');
    await guess(email, 12);
    expect(await signIn(email, AWAY, other)).toBe(429);
    const forged = known.replace(/=(\d+)\./, (_, seconds: string) => `=${Number(seconds) + 1}.`);
    for (const cookie of [forged, `${known}x`, '__Host-portal-known=x', `__Host-portal-known=${'9'.repeat(12)}.`]) {
      expect([cookie, await signIn(email, AWAY, cookie)]).toEqual([cookie, 429]);
    }
    portal.clock.advance(181 * 86_400);
    expect(await guess(email, 12)).toContain(429);
    expect(await signIn(email, AWAY, known)).toBe(429);
  });
});

describe('R64, R65 a browser that knew a former password', () => {
  const NEW = 'tall amber windows 70';
  const markOf = (reply: { headers: Headers }) =>
    reply.headers
      .getSetCookie()
      .map((cookie) => cookie.split(';')[0] ?? '')
      .find((cookie) => cookie.startsWith('__Host-portal-known='));

  async function reset(email: string): Promise<void> {
    portal.clock.advance(1);
    await post('/auth/forgot-password', { email }, HOME);
    const [token] = (await portal.mails(email)).find(({ template }) => template === 'password-reset')?.codes ?? [];
    expect((await post('/auth/reset-password', { token, newPassword: NEW }, HOME)).status).toBe(204);
  }

  test('R64 is unknown after a reset', async () => {
    const { email } = await portal.person('patient', 'forgetful');
    const former = await browserOf(email);
    await reset(email);
    const known = await browserOf(email, { password: NEW });
    await pause(portal, email, STRANGER);
    expect(await signIn(email, AWAY, former, NEW)).toBe(429);
    expect(await signIn(email, AWAY, known, NEW)).toBe(200);
  });

  test('R65 does not use up the limit of browsers that know the current password', async () => {
    const { email } = await portal.person('patient', 'regained');
    const former = await browserOf(email);
    await reset(email);
    const known = await browserOf(email, { password: NEW });
    expect(await guess(email, 30, STRANGER, former)).toContain(429);
    expect(await signIn(email, AWAY, known, NEW)).toBe(200);
  });

  test('R64 is unknown after a change, except for the browser in which the password was changed', async () => {
    const { email } = await portal.person('patient', 'careful');
    const [own, other] = [await browserOf(email), await browserOf(email)];
    const token = (await post('/auth/login', { email, password: PASSWORD }, HOME)).body.accessToken;
    portal.clock.advance(1);
    const change = { currentPassword: PASSWORD, newPassword: NEW };
    const changed = await post('/auth/change-password', change, HOME, { Cookie: own }, token);
    expect(changed.status).toBe(204);
    await pause(portal, email, STRANGER);
    expect([await signIn(email, AWAY, other, NEW), await signIn(email, AWAY, markOf(changed), NEW)]).toEqual([
      429, 200,
    ]);
  });

  test('R64 does not become known by a change of the password', async () => {
    const { email } = await portal.person('patient', 'shared');
    const token = (await post('/auth/login', { email, password: PASSWORD }, HOME)).body.accessToken;
    const change = { currentPassword: PASSWORD, newPassword: NEW };
    expect(markOf(await post('/auth/change-password', change, HOME, {}, token))).toBeUndefined();
  });
});

describe('R65 every counter of an account is cleared', () => {
  /** The account's own counters, those of its known browsers, and the pause after wrong codes. */
  async function locked() {
    const person = await portal.person('patient', 'locked');
    const { email, secret } = await enrol(portal, person.email);
    const known = await browserOf(email).catch(() => '');
    const { mfaToken } = (await logIn(portal, email, {}, HOME)).body;
    const code = wrongCode(secret, portal.clock.now());
    for (let n = 0; n < 5; n++) await post('/mfa/verify', { mfaToken, token: code }, HOME);
    const again = (await logIn(portal, email, {}, HOME)).body.mfaToken;
    for (let n = 0; n < 5; n++) await post('/mfa/verify', { mfaToken: again, token: code }, HOME);
    const paused = (await logIn(portal, email, {}, HOME)).body.mfaToken;
    expect((await post('/mfa/verify', { mfaToken: paused, token: code }, HOME)).body.code).toBe(
      'mfa_attempts_exhausted',
    );
    await guess(email, 40);
    expect(await signIn(email, AWAY)).toBe(429);
    return { ...person, code, known };
  }

  async function expectOpen(email: string, code: string, password = PASSWORD) {
    const reply = await post('/auth/login', { email, password }, AWAY, { 'User-Agent': 'new' });
    expect([reply.status, reply.body.mfaRequired]).toEqual([200, true]);
    const wrong = await post('/mfa/verify', { mfaToken: reply.body.mfaToken, token: code }, AWAY);
    expect(wrong.body.code).toBe('mfa_code_invalid');
  }

  test('R65 by an administrator', async () => {
    const { id, email, code } = await locked();
    const admin = await portal.signIn((await portal.person('admin', 'ada')).email);
    expect((await post(`/users/${id}/unlock`, undefined, HOME, {}, admin)).status).toBe(204);
    await expectOpen(email, code);
  });

  test('R65 by a reset', async () => {
    const { email, code } = await locked();
    await post('/auth/forgot-password', { email }, HOME);
    const mails = await portal.mails(email);
    const [token] = mails.find(({ template }) => template === 'password-reset')?.codes ?? [];
    const newPassword = 'tall amber windows 70';
    expect((await post('/auth/reset-password', { token, newPassword }, HOME)).status).toBe(204);
    await expectOpen(email, code, newPassword);
  });

  test('R65 also those of its known browsers', async () => {
    const { id, email } = await portal.person('patient', 'fingers');
    const known = await browserOf(email);
    await guess(email, 12, HOME, known);
    expect(await signIn(email, HOME, known)).toBe(429);
    const admin = await portal.signIn((await portal.person('admin', 'ada')).email);
    await post(`/users/${id}/unlock`, undefined, HOME, {}, admin);
    expect(await signIn(email, HOME, known)).toBe(200);
  });
});

describe('R65 the owner’s mails', () => {
  const links = async (email: string, template: string) =>
    (await portal.mails(email)).filter((mail) => mail.template === template);

  test('R65 are not used up by strangers: while a recent link works, no other is sent', async () => {
    const { email } = await portal.person('patient', 'mailed');
    for (let n = 0; n < 20; n++) {
      expect((await post('/auth/forgot-password', { email }, `203.0.113.${n}`)).status).toBe(202);
    }
    expect((await post('/auth/forgot-password', { email }, HOME)).status).toBe(202);
    const [mail, ...more] = await links(email, 'password-reset');
    expect(more).toEqual([]);
    const reset = { token: mail?.codes[0], newPassword: 'tall amber windows 70' };
    expect((await post('/auth/reset-password', reset, HOME)).status).toBe(204);
    // After the link was used, the next request mails another.
    expect((await post('/auth/forgot-password', { email }, HOME)).status).toBe(202);
    expect(await links(email, 'password-reset')).toHaveLength(2);
  });

  test('R65 are sent once for several simultaneous requests', async () => {
    const { email } = await portal.person('patient', 'burst');
    const ask = (n: number) => post('/auth/forgot-password', { email }, `203.0.113.${n}`);
    const replies = await Promise.all(Array.from({ length: 10 }, (_, n) => ask(n)));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([202]));
    expect(await links(email, 'password-reset')).toHaveLength(1);
  });

  test('R65 are sent again after 15 minutes', async () => {
    const { email } = await portal.person('patient', 'later');
    for (let n = 0; n < 3; n++) {
      expect((await post('/auth/forgot-password', { email }, HOME)).status).toBe(202);
      portal.clock.advance(901);
    }
    expect(await links(email, 'password-reset')).toHaveLength(3);
  });
});

describe('R66 what costs a hash or a mail without an account', () => {
  const person = { password: PASSWORD, firstName: 'Ada', lastName: 'Example', dateOfBirth: '1990-04-23' };

  test('R66 has one limit of mails for all addresses of a mailbox', async () => {
    for (let n = 0; n < 12; n++) {
      const email = `victim+${n}@mail.example`;
      const from = `203.0.${n}.1`;
      await post('/auth/register', { ...person, email }, from);
      await post('/auth/forgot-password', { email }, from);
      await post('/auth/resend-verification', { email }, from);
    }
    const mails = (await portal.mails()).filter(({ to }) => to.startsWith('victim'));
    expect(mails.length).toBeGreaterThan(0);
    expect(mails.length).toBeLessThanOrEqual(LIMITS.mail.limit);
  });

  test('R66 has separate queues for hashing: registering, signing in, and signing in with a known browser', async () => {
    const { email } = await portal.person('patient', 'queued');
    const known = await browserOf(email);
    const verify = vi.spyOn(portal.deps.passwords, 'verify');
    const hash = vi.spyOn(portal.deps.passwords, 'hash');
    expect(await signIn(email, AWAY, known)).toBe(200);
    expect(await signIn(email, AWAY)).toBe(200);
    // The time must not tell whether the account exists (R4).
    expect(await signIn('nobody@example.org', AWAY, known)).toBe(401);
    const names = { firstName: 'Ada', lastName: 'L', dateOfBirth: '1990-04-23' };
    const registered = await post('/auth/register', { email: 'new@example.org', password: PASSWORD, ...names }, AWAY);
    expect(registered.status).toBe(202);
    expect(verify.mock.calls.map(([, , work]) => work)).toEqual(['known', 'sign_in', 'sign_in']);
    expect(hash.mock.calls.map(([, work = 'anonymous']) => work)).toEqual(['anonymous']);
  });

  test('R66 has a limit for each client address, separate from signing in', async () => {
    const { email } = await portal.person('patient', 'beside');
    const statuses: number[] = [];
    for (let n = 0; n <= LIMITS.costly_address.limit; n++) {
      statuses.push((await post('/auth/register', { ...person, email: `r${n}@example.org` }, STRANGER)).status);
    }
    expect(statuses.filter((status) => status === 202)).toHaveLength(LIMITS.costly_address.limit);
    for (const [path, body] of [
      ['/auth/forgot-password', { email }],
      ['/auth/reset-password', { token: 'x', newPassword: PASSWORD }],
      ['/auth/accept-invitation', { token: 'x', password: PASSWORD }],
      ['/auth/verify-email', { token: 'x', password: PASSWORD }],
    ] as const) {
      expect([path, (await post(path, body, STRANGER)).status]).toEqual([path, 429]);
    }
    expect(await signIn(email, STRANGER)).toBe(200);
  });
});

describe('registering (R65, R66)', () => {
  test('R65: strangers who registered an address cannot keep its owner from registering', async () => {
    const email = 'newcomer@example.org';
    const person = { email, password: PASSWORD, firstName: 'A', lastName: 'B', dateOfBirth: '1990-01-01' };
    for (let n = 1; n <= 8; n++) expect((await post('/auth/register', person, `203.0.113.${n}`)).status).toBe(202);
    expect((await post('/auth/register', person, HOME)).status).toBe(202);
    const mails = await portal.mails(email);
    expect(mails).toHaveLength(5);
    const proof = { token: mails[0]?.codes[0], password: 'chosen by whoever owns the mailbox' };
    expect((await post('/auth/verify-email', proof, HOME)).status).toBe(204);
  });
});
