import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { RECENT_SECONDS } from '../../../domain/identity/mailed-links.ts';
import { PASSWORD, type Portal, startPortal } from '../../support/portal.ts';
import { enrol, logIn, mailTo, signInFully } from './support.ts';

const NEW_PASSWORD = 'nine herons over the weir';

let portal: Portal;
let count = 0;
beforeAll(async () => {
  portal = await startPortal();
});
afterAll(() => portal.close());

const newcomer = () => portal.person('patient', `pw${++count}`);
const post = (path: string, body: unknown, token?: string) =>
  portal.request('POST', `/api/v1${path}`, { body, ...(token === undefined ? {} : { token }) });

async function resetToken(email: string): Promise<string> {
  expect((await post('/auth/forgot-password', { email })).status).toBe(202);
  const [token = ''] = (await mailTo(portal, email, 'password-reset')).codes;
  return token;
}

describe('registering', () => {
  const person = { firstName: 'Ångström', lastName: '李', dateOfBirth: '1990-04-23' };

  it('R1: names the limits of a password, and refuses a huge one before hashing it', async () => {
    const short = await post('/auth/register', { ...person, email: 'short@example.org', password: 'short' });
    expect([short.status, short.body.code]).toEqual([422, 'password_unacceptable']);
    expect(short.body.errors[0].pointer).toBe('/password');
    const huge = await post('/auth/register', {
      ...person,
      email: 'huge@example.org',
      password: 'x'.repeat(10_000_000),
    });
    expect(huge.status).toBe(413);
    const large = await post('/auth/register', { ...person, email: 'huge@example.org', password: 'x'.repeat(60_000) });
    expect(large.status).toBe(422);
  });

  it('R2: refuses common and personal passwords with the reason', async () => {
    for (const password of ['Password1234!', 'angstromangstrom', 'patientportal1']) {
      const { status, body } = await post('/auth/register', {
        ...person,
        firstName: 'Angstrom',
        email: 'common@example.org',
        password,
      });
      expect([password, status, body.code]).toEqual([password, 422, 'password_unacceptable']);
    }
  });

  it('R5: answers the same for a known and an unknown address, and one account stands for all spellings', async () => {
    const first = await post('/auth/register', { ...person, email: 'Grüße@BÜCHER.example', password: PASSWORD });
    const second = await post('/auth/register', {
      ...person,
      email: 'grüße@xn--bcher-kva.example',
      password: PASSWORD,
    });
    const shown = (reply: typeof first) => [
      reply.status,
      reply.body,
      [...reply.headers.keys()].filter((name) => name !== 'x-request-id'),
    ];
    expect(shown(second)).toEqual(shown(first));
    const mails = await portal.mails('grüße@xn--bcher-kva.example');
    expect(mails.map(({ template }) => template)).toEqual(['verify-email', 'verify-email']);
  });

  it('R27: role, status and owner cannot be set by whoever registers', async () => {
    for (const extra of [{ role: 'admin' }, { status: 'active' }, { emailVerifiedAt: '2026-01-01T00:00:00Z' }]) {
      const { status, body } = await post('/auth/register', {
        ...person,
        email: 'x@example.org',
        password: PASSWORD,
        ...extra,
      });
      expect([status, body.errors[0].code]).toEqual([422, 'unknown_field']);
    }
  });
});

describe('forgotten passwords (R5, R7, R8)', () => {
  it('R5: the answer is the same for an unknown address, also when mail cannot be sent', async () => {
    const { email } = await newcomer();
    const known = await post('/auth/forgot-password', { email });
    const unknown = await post('/auth/forgot-password', { email: 'nobody@example.org' });
    expect([known.status, known.body]).toEqual([unknown.status, unknown.body]);
    const again = await post('/auth/resend-verification', { email: 'nobody@example.org' });
    expect(again.status).toBe(202);
    expect(await portal.mails('nobody@example.org')).toEqual([]);
  });

  it('R8: the link comes from the configuration, whatever host the request names', async () => {
    const { email } = await newcomer();
    await portal.request('POST', '/api/v1/auth/forgot-password', {
      body: { email },
      headers: { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example' },
    });
    const mail = await mailTo(portal, email, 'password-reset');
    expect(mail.links[0]).toMatch(/^https:\/\/portal\.example\/reset-password#token=/);
  });

  it('R7: a reset works once, within the hour, logs nobody in, ends every session and tells the owner', async () => {
    const { email } = await newcomer();
    const session = await portal.signIn(email);
    const token = await resetToken(email);
    const done = await post('/auth/reset-password', { token, newPassword: NEW_PASSWORD });
    expect([done.status, done.body]).toEqual([204, '']);
    portal.clock.advance(6);
    expect((await portal.request('GET', '/api/v1/users/me', { token: session })).status).toBe(401);
    expect((await logIn(portal, email)).status).toBe(401);
    expect((await logIn(portal, email, { password: NEW_PASSWORD })).status).toBe(200);
    expect((await mailTo(portal, email, 'password-changed')).text).toContain('signed out everywhere');
    const again = await post('/auth/reset-password', { token, newPassword: 'eight swans on the river' });
    expect([again.status, again.body.code]).toEqual([400, 'token_invalid']);

    const late = await resetToken(email);
    portal.clock.advance(3601);
    expect((await post('/auth/reset-password', { token: late, newPassword: NEW_PASSWORD })).status).toBe(400);
  });

  it('R7: a later token makes the earlier one void, and so does a changed password', async () => {
    const { email } = await newcomer();
    const first = await resetToken(email);
    portal.clock.advance(RECENT_SECONDS);
    const second = await resetToken(email);
    expect((await post('/auth/reset-password', { token: first, newPassword: NEW_PASSWORD })).status).toBe(400);
    const session = await portal.signIn(email);
    await post('/auth/change-password', { currentPassword: PASSWORD, newPassword: NEW_PASSWORD }, session);
    expect((await post('/auth/reset-password', { token: second, newPassword: PASSWORD })).status).toBe(400);
  });

  it('R7: a weak password does not use the token up', async () => {
    const { email } = await newcomer();
    const token = await resetToken(email);
    const weak = await post('/auth/reset-password', { token, newPassword: 'short' });
    expect([weak.status, weak.body.errors[0].pointer]).toEqual([422, '/newPassword']);
    expect((await post('/auth/reset-password', { token, newPassword: NEW_PASSWORD })).status).toBe(204);
  });

  it('R7: a reset leaves the second factor due', async () => {
    const { email } = await newcomer();
    const who = await enrol(portal, email);
    await signInFully(portal, who, { trustDevice: true });
    await post('/auth/reset-password', { token: await resetToken(email), newPassword: NEW_PASSWORD });
    expect((await logIn(portal, email, { password: NEW_PASSWORD })).body.mfaRequired).toBe(true);
  });
});

describe('changing the password (R9)', () => {
  it('R9: needs the current one, ends the other sessions and keeps this one', async () => {
    const { email } = await newcomer();
    const [here, elsewhere] = [await portal.signIn(email), await portal.signIn(email)];
    const wrong = await post(
      '/auth/change-password',
      { currentPassword: 'not this one at all', newPassword: NEW_PASSWORD },
      here,
    );
    expect([wrong.status, wrong.body.code]).toEqual([401, 'invalid_credentials']);
    const done = await post('/auth/change-password', { currentPassword: PASSWORD, newPassword: NEW_PASSWORD }, here);
    expect(done.status).toBe(204);
    portal.clock.advance(6);
    expect((await portal.request('GET', '/api/v1/users/me', { token: here })).status).toBe(200);
    expect((await portal.request('GET', '/api/v1/users/me', { token: elsewhere })).status).toBe(401);
    await mailTo(portal, email, 'password-changed');
  });
});

describe('slowing guessers down (R4, R6)', () => {
  let limited: Portal;
  beforeAll(async () => {
    limited = await startPortal({ environment: { RATE_LIMIT_FACTOR: '1' } });
  });
  afterAll(() => limited.close());
  const guess = (email: string, from: string, password = 'not the password at all') =>
    limited.request('POST', '/api/v1/auth/login', { body: { email, password }, from });

  it('R4: an unknown account and a wrong password are answered alike, also once they pause', async () => {
    await limited.person('patient', 'known');
    const answers = [];
    for (const email of ['known@example.org', 'unknown@example.org']) {
      const replies = [];
      for (let i = 0; i < 12; i++) replies.push(await guess(email, `198.51.100.${i}`));
      answers.push(replies.map(({ status, body }) => [status, body.code, body.detail]));
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]?.map(([status]) => status)).toEqual([...Array(5).fill(401), ...Array(7).fill(429)]);
  });

  it('R6: the pause grows with each failure and ends', async () => {
    const { email } = await limited.person('patient', 'growing');
    limited.clock.advance(1800);
    for (let i = 0; i < 10; i++) {
      // The limit of the account allows five in a quarter of an hour.
      if (i === 5) limited.clock.advance(1800);
      await guess(email, `198.51.100.${20 + i}`);
    }
    const waits: number[] = [];
    for (let i = 0; i < 3; i++) {
      limited.clock.advance(1800);
      await guess(email, `198.51.100.${40 + i}`);
      const [row = {}] =
        (
          await limited.driver.run(
            [sql`SELECT locked_until FROM users WHERE id = ${await limited.idOf(email)}::uuid`],
            'snapshot',
          )
        )[0] ?? [];
      waits.push(((row.locked_until as number) - limited.clock.now()) / 1000);
    }
    expect(waits).toEqual([60, 120, 240]);
    limited.clock.advance(1800);
    const right = await guess(email, '198.51.100.50', PASSWORD);
    expect(right.status).toBe(200);
  });

  it('R6: the mistakes of a clinic behind one address are forgiven one by one, those of a guesser are not', async () => {
    const from = '203.0.113.77';
    let wrong = 0;
    const nextWrong = async () => (await guess(`mistaken-${wrong++}@example.org`, from)).status;
    for (let n = 0; n < 60; n++) {
      limited.clock.advance(600);
      expect(await nextWrong()).toBe(401);
    }
    expect(await nextWrong()).toBe(401);
    const inARow = [];
    // Fewer than the rate limit of the address allows.
    for (let n = 0; n < 84; n++) {
      if (n % 28 === 0) limited.clock.advance(1801);
      inARow.push(await nextWrong());
    }
    expect(inARow.at(-1)).toBe(429);
  });

  it('R6: the owner gets in from a known device while others keep guessing', async () => {
    const { email } = await limited.person('patient', 'owner');
    const home = '192.0.2.10';
    expect((await guess(email, home, PASSWORD)).status).toBe(200);
    for (let i = 0; i < 12; i++) await guess(email, `198.51.100.${60 + i}`);
    const elsewhere = await guess(email, '192.0.2.99', PASSWORD);
    expect([elsewhere.status, elsewhere.body.code]).toEqual([429, 'sign_in_paused']);
    expect(Number(elsewhere.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await guess(email, home, PASSWORD)).status).toBe(200);
  });

  it('R6: the owner gets in with a trusted device, whatever the address', async () => {
    const { email } = await limited.person('patient', 'trusting');
    const who = await enrol(limited, email);
    const { trustedDeviceToken } = (await signInFully(limited, who, { trustDevice: true })).body;
    for (let i = 0; i < 12; i++) await guess(email, `198.51.100.${80 + i}`);
    const reply = await limited.request('POST', '/api/v1/auth/login', {
      body: { email, password: PASSWORD, trustedDeviceToken },
      from: '192.0.2.77',
    });
    expect(reply.body.accessToken).toBeDefined();
  });

  it('R6: of a burst on one account no more than the cap are looked at', async () => {
    const { email } = await limited.person('patient', 'burst');
    const replies = await Promise.all(Array.from({ length: 40 }, (_, i) => guess(email, `203.0.113.${100 + i}`)));
    expect(replies.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(replies.filter(({ status }) => status === 429)).toHaveLength(35);
  });
});
