/** R63: an unproven account does not own its address. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { type Portal, startPortal } from '../../support/portal.ts';

const VICTIM = { password: 'nine herons over 44', firstName: 'Vera', lastName: 'Victim' };
const STRANGER = { password: 'slow brass kettle 12', firstName: 'Mallory', lastName: 'Stranger' };
const CHOSEN = 'tall amber windows 70';
const WEEK = 7 * 86_400;

let portal: Portal;
let admin: string;
beforeAll(async () => {
  portal = await startPortal();
  admin = await portal.signIn((await portal.person('admin', 'ada')).email);
});
afterAll(() => portal.close());

const post = (path: string, body: unknown, token?: string) => portal.request('POST', `/api/v1${path}`, { body, token });
const register = (email: string, person: typeof VICTIM) =>
  post('/auth/register', { ...person, email, dateOfBirth: '1990-04-23', phoneNumber: '+4930901820' });
const logIn = async (email: string, password: string) => (await post('/auth/login', { email, password })).status;
/** Oldest first. */
const links = async (email: string, template = 'verify-email') =>
  (await portal.mails(email))
    .filter((mail) => mail.template === template)
    .map(({ codes }) => codes[0] ?? '')
    .reverse();

async function profile(email: string, password: string) {
  const { body } = await post('/auth/login', { email, password });
  const { body: shown } = await portal.request('GET', `/api/v1/users/${await portal.idOf(email)}/profile`, {
    token: body.accessToken,
  });
  return shown;
}

describe('R63 several registrations of one address', () => {
  const orders = [
    ['stranger', [STRANGER, VICTIM]],
    ['victim', [VICTIM, STRANGER]],
  ] as const;

  for (const [first, people] of orders) {
    test.each([0, 1])(
      `R63 the ${first} came first: whoever follows link %i chooses the password, and no other counts`,
      async (followed) => {
        const email = `${first}-first-${followed}@example.org`;
        for (const person of people) expect((await register(email, person)).status).toBe(202);
        const tokens = await links(email);
        expect(tokens).toHaveLength(2);
        const token = tokens[followed];

        const asked = await post('/auth/verify-email', { token });
        expect([asked.status, asked.body.code]).toEqual([409, 'password_required']);
        const weak = await post('/auth/verify-email', { token, password: 'password-123' });
        expect([weak.status, weak.body.errors[0].pointer]).toEqual([422, '/password']);
        for (const { password } of people) expect(await logIn(email, password)).toBe(401);

        expect((await post('/auth/verify-email', { token, password: CHOSEN })).status).toBe(204);
        for (const { password } of people) expect(await logIn(email, password)).toBe(401);
        const shown = await profile(email, CHOSEN);
        expect(shown).toMatchObject({ firstName: '', lastName: '', dateOfBirth: null, phoneNumber: null });

        // The other link stops working.
        const again = await post('/auth/verify-email', { token: tokens[1 - followed], password: STRANGER.password });
        expect([again.status, again.body.code]).toEqual([400, 'token_invalid']);
      },
    );
  }

  test('R63 the name that is told with the proof counts', async () => {
    const email = 'named@example.org';
    for (const person of [STRANGER, VICTIM]) await register(email, person);
    const [token] = await links(email);
    const proof = { token, password: CHOSEN, firstName: 'Vera', lastName: 'Voss', dateOfBirth: '1985-02-03' };
    expect((await post('/auth/verify-email', proof)).status).toBe(204);
    expect(await profile(email, CHOSEN)).toMatchObject({
      firstName: 'Vera',
      lastName: 'Voss',
      dateOfBirth: '1985-02-03',
    });
  });

  test('R63 a registration while the link is followed: the password that counts is of one who registered alone, or chosen', async () => {
    for (let round = 0; round < 6; round++) {
      const email = `raced-${round}@example.org`;
      await register(email, VICTIM);
      const [token] = await links(email);
      const [proven] = await Promise.all([post('/auth/verify-email', { token }), register(email, STRANGER)]);
      expect([204, 409]).toContain(proven.status);
      expect(await logIn(email, STRANGER.password)).toBe(401);
      expect(await logIn(email, VICTIM.password)).toBe(proven.status === 204 ? 200 : 401);
    }
  });
});

describe('R63 a single registration', () => {
  test('R63 its password stands, and nobody signs in with it before the address is proven', async () => {
    const email = 'alone@example.org';
    await register(email, VICTIM);
    const early = await post('/auth/login', { email, password: VICTIM.password });
    expect([early.status, early.body.code, early.body.accessToken]).toEqual([401, 'invalid_credentials', undefined]);
    const [mail] = await portal.mails(email);
    expect(mail?.text).toContain('If you did not register');
    const [token] = await links(email);
    expect((await post('/auth/verify-email', { token })).status).toBe(204);
    expect(await profile(email, VICTIM.password)).toMatchObject({ firstName: 'Vera', phoneNumber: '+4930901820' });
  });

  test('R63 whoever follows the link may choose another password', async () => {
    const email = 'rechosen@example.org';
    await register(email, STRANGER);
    const [token] = await links(email);
    expect((await post('/auth/verify-email', { token, password: CHOSEN })).status).toBe(204);
    expect([await logIn(email, STRANGER.password), await logIn(email, CHOSEN)]).toEqual([401, 200]);
  });

  test('R63 a reset proves the address too, and no mailed link changes the account afterwards', async () => {
    const email = 'reset@example.org';
    await register(email, STRANGER);
    const [verify] = await links(email);
    await post('/auth/forgot-password', { email });
    const [reset] = await links(email, 'password-reset');
    expect((await post('/auth/reset-password', { token: reset, newPassword: CHOSEN })).status).toBe(204);
    const late = await post('/auth/verify-email', { token: verify, password: STRANGER.password });
    expect([late.status, await logIn(email, CHOSEN)]).toEqual([400, 200]);
  });

  test('R63 registering a proven address changes nothing', async () => {
    const { email } = await portal.person('patient', 'settled');
    await register(email, STRANGER);
    expect((await portal.mails(email)).map(({ template }) => template)).toEqual(['account-exists']);
    expect(await portal.signIn(email)).toBeTruthy();
  });
});

describe('R63 an invitation', () => {
  const invite = (email: string, role = 'patient') =>
    post('/users', { email, role, firstName: 'Ines', lastName: 'Invited' }, admin);

  test.each(['patient', 'doctor'])(
    'R63 takes an unproven account over as %s, whatever was said and chosen for it',
    async (role) => {
      const email = `taken-${role}@example.org`;
      await register(email, STRANGER);
      const [verify] = await links(email);
      const invited = await invite(email, role);
      expect([invited.status, invited.body.role, invited.body.firstName]).toEqual([201, role, 'Ines']);
      expect((await post('/auth/verify-email', { token: verify, password: STRANGER.password })).status).toBe(400);
      expect(await logIn(email, STRANGER.password)).toBe(401);
      const [token] = await links(email, 'invitation');
      expect((await post('/auth/accept-invitation', { token, password: CHOSEN })).status).toBe(204);
      expect([await logIn(email, STRANGER.password), await logIn(email, CHOSEN)]).toEqual([401, 200]);
      expect(await profile(email, CHOSEN)).toMatchObject({ firstName: 'Ines', dateOfBirth: null, phoneNumber: null });
    },
  );

  test('R63 to somebody with a proven account is refused', async () => {
    const { email } = await portal.person('patient', 'proven');
    expect((await invite(email)).body.code).toBe('email_taken');
  });

  test('R63 works for 7 days, and can be sent again afterwards', async () => {
    const email = 'late@example.org';
    const { body: user } = await invite(email);
    const [first] = await links(email, 'invitation');
    portal.clock.advance(WEEK);
    expect((await post('/auth/accept-invitation', { token: first, password: CHOSEN })).body.code).toBe('token_invalid');
    admin = await portal.signIn('ada@example.org');
    expect((await post(`/users/${user.id}/invitation`, undefined, admin)).status).toBe(202);
    const [, second] = await links(email, 'invitation');
    portal.clock.advance(WEEK - 1);
    expect((await post('/auth/accept-invitation', { token: second, password: CHOSEN })).status).toBe(204);
  });

  test('R63 an account made at the command line takes an unproven one over as well', async () => {
    await register('clerk@example.org', STRANGER);
    const { email } = await portal.person('staff', 'clerk');
    expect([await logIn(email, STRANGER.password), typeof (await portal.signIn(email))]).toEqual([401, 'string']);
  });
});

describe('R4, R5 signing in to an account whose address is not proven', () => {
  let limited: Portal;
  beforeAll(async () => {
    limited = await startPortal({ environment: { RATE_LIMIT_FACTOR: '1' } });
  });
  afterAll(() => limited.close());

  const send = (path: string, body: unknown, from: string) =>
    limited.request('POST', `/api/v1${path}`, { body, from, headers: { 'User-Agent': 'a stranger' } });
  const signIn = (email: string, password: string, from = '203.0.113.9') =>
    send('/auth/login', { email, password }, from);
  const verifyMails = async (email: string) => {
    // The first sweep queues the mail, the next one delivers it.
    await limited.platform.jobs.runDue();
    return (await limited.mails(email)).filter(({ template }) => template === 'verify-email').length;
  };
  const asked = (email: string) =>
    send('/auth/register', { ...STRANGER, email, dateOfBirth: '1990-04-23' }, '203.0.113.8');

  /** The answers to a stranger who registers an address and signs in with the registered password. */
  async function probe(email: string, from: string): Promise<unknown[]> {
    expect((await asked(email)).status).toBe(202);
    const seen: unknown[] = [];
    for (let n = 0; n < 14; n++) {
      const { status, body, headers } = await signIn(email, STRANGER.password, from);
      const { requestId: _, instance: __, ...told } = body;
      seen.push({ status, told, wait: headers.get('retry-after'), names: [...headers.keys()].sort() });
    }
    return seen;
  }

  test('R5 tells nobody whether an address was known, unknown or of a closed account, also not by its limits', async () => {
    const { email: known } = await limited.person('patient', 'known');
    const closed = await limited.person('patient', 'closed');
    const token = await limited.signIn(closed.email);
    await limited.request('DELETE', `/api/v1/users/${closed.id}`, { token });
    const unknown = await probe('unknown@example.org', '203.0.113.1');
    expect(unknown.map((reply) => (reply as { status: number }).status)).toEqual([
      ...Array(5).fill(401),
      ...Array(9).fill(429),
    ]);
    expect(await probe(known, '203.0.113.2')).toEqual(unknown);
    expect(await probe(closed.email, '203.0.113.3')).toEqual(unknown);
  });

  test('R63 mails another link when the password is right and no recent link works, and none when it is wrong', async () => {
    const email = 'forgetful@example.org';
    await asked(email);
    expect(await verifyMails(email)).toBe(1);
    await signIn(email, STRANGER.password);
    expect(await verifyMails(email)).toBe(1);
    limited.clock.advance(901);
    await signIn(email, 'not the password at all');
    expect(await verifyMails(email)).toBe(1);
    const replies = await Promise.all([1, 2, 3].map(() => signIn(email, STRANGER.password)));
    expect(replies.map(({ status, body }) => `${status} ${body.code}`)).toEqual(
      Array(3).fill('401 invalid_credentials'),
    );
    expect(await verifyMails(email)).toBe(2);
    const [mail] = await limited.mails(email);
    expect((await send('/auth/verify-email', { token: mail?.codes[0] }, '203.0.113.8')).status).toBe(204);
    expect((await signIn(email, STRANGER.password)).status).toBe(200);
  });

  test('R66 mails no more to one mailbox than its limit, however many accounts it has', async () => {
    const tagged = Array.from({ length: 4 }, (_, n) => `flooded+${n}@example.org`);
    for (const email of tagged) await asked(email);
    limited.clock.advance(901);
    for (const email of tagged) await signIn(email, STRANGER.password);
    const mails = await Promise.all(tagged.map(verifyMails));
    expect(mails.reduce((sum, count) => sum + count, 0)).toBe(5);
  });

  test('R63: each of these ways stores by what the clinic finds the person', async () => {
    const [rows] = await portal.driver.run([sql`SELECT user_id FROM person_search_pending`], 'snapshot');
    expect(rows).toEqual([]);
  });
});
