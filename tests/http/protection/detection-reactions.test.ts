/** What follows a finding: for addresses, for the sessions concerned, and for nobody else; and what an ordinary day does not raise. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DETECTION_RULES } from '../../../domain/protection/detection.ts';
import { PASSWORD } from '../../support/portal.ts';
import { BERLIN, STRANGER, SYDNEY, startWatched, type Watched } from './watched.ts';

let watched: Watched;
beforeEach(async () => {
  watched = await startWatched({ DETECTION: 'id_enumeration=4' });
});
afterEach(() => watched.portal.close());

const { threshold: STUFFED } = DETECTION_RULES.many_accounts_from_address;
async function stuffFrom(address: string): Promise<void> {
  for (const { email } of await watched.people(STUFFED, 'victim')) await watched.fail(email, address);
  await watched.minute();
}

describe('an address that fails at many accounts', () => {
  test('is blocked for strangers, while those who have a session there go on', async () => {
    const { email } = await watched.portal.person('patient', 'ana');
    const token = (await watched.signIn(email, STRANGER)).body.accessToken;
    await stuffFrom(STRANGER);
    expect(await watched.isBlocked(STRANGER)).toBe(true);
    const own = await watched.portal.request('GET', '/api/v1/users/me', { token, from: STRANGER });
    expect(own.status).toBe(200);
    expect((await watched.signIn('victim0@example.org', '203.0.113.80')).status).toBe(200);
    const { body } = await watched.ask('GET', '/admin/ip-blocks');
    expect(body.data).toMatchObject([{ address: STRANGER, reason: 'anomalous_sign_ins', level: 1 }]);
  });

  test('is blocked again when it goes on after its block, and the finding grows', async () => {
    await stuffFrom(STRANGER);
    watched.portal.clock.advance(360);
    await watched.minute();
    expect(await watched.isBlocked(STRANGER)).toBe(false);
    const [another] = await watched.people(1, 'another');
    await watched.fail(another?.email ?? '', STRANGER);
    await watched.minute();
    expect(await watched.isBlocked(STRANGER)).toBe(true);
    expect(await watched.findings()).toMatchObject([{ count: STUFFED + 1, version: 2 }]);
  });

  test('is never blocked where the clinic trusts it, and told all the same', async () => {
    const body = { addresses: ['198.51.100.0/24'] };
    await watched.ask('PUT', '/admin/trusted-addresses', body, { 'If-Match': '*' });
    await stuffFrom(STRANGER);
    expect(await watched.rules()).toEqual(['many_accounts_from_address']);
    expect(await watched.isBlocked(STRANGER)).toBe(false);
    expect((await watched.ask('GET', '/admin/ip-blocks')).body.data).toEqual([]);
  });

  test('is left alone if it is private: a proxy stands there', async () => {
    await stuffFrom('10.0.0.7');
    expect(await watched.findings()).toEqual([]);
  });
});

describe('an account', () => {
  test('is not locked when strangers guess at it from many addresses, and its sessions keep their proof', async () => {
    const { email } = await watched.portal.person('patient', 'ana');
    const token = await watched.portal.signIn(email);
    for (let n = 0; n < 40; n++) await watched.fail(email, `198.51.100.${n}`);
    await watched.minute();
    expect(await watched.findings()).toMatchObject([{ rule: 'guesses_at_account', reaction: 'none' }]);
    expect(await watched.refusalOf(token)).toBeUndefined();
    expect((await watched.signIn(email, '203.0.113.7')).status).toBe(200);
  });

  test('whose known phone is far away minutes later uses a VPN: a low finding, no mail, no reaction', async () => {
    const { email } = await watched.portal.person('patient', 'ana');
    const home = await watched.signInAt(BERLIN, email);
    watched.portal.clock.advance(30);
    await watched.signInAt(SYDNEY, email, { from: '198.51.100.9' });
    watched.portal.clock.advance(30);
    await watched.signInAt(BERLIN, email);
    await watched.minute();
    expect(await watched.findings()).toMatchObject([
      { rule: 'impossible_travel', severity: 'low', reaction: 'none', count: 1 },
    ]);
    expect(await watched.refusalOf(home)).toBeUndefined();
    expect((await watched.portal.mails()).filter(({ template }) => template === 'security-findings')).toEqual([]);
  });

  test.each([
    ['there', BERLIN, SYDNEY],
    ['and back', SYDNEY, BERLIN],
  ])(
    'that is entered from too far away with a new device has to prove who it is in each session (%s)',
    async (_, one, other) => {
      const { email } = await watched.portal.person('patient', 'ana');
      const first = await watched.signInAt(one, email);
      await watched.signInAt(one, email);
      watched.portal.clock.advance(60);
      const second = await watched.signInAt(other, email, { userAgent: 'curl/8.1', from: STRANGER });
      expect(await watched.refusalOf(first)).toBeUndefined();
      await watched.minute();
      expect(await watched.findings()).toMatchObject([
        { rule: 'impossible_travel', severity: 'high', reaction: 'step_up' },
      ]);
      expect(await watched.refusalOf(first)).toBe('step_up_required');
      expect(await watched.refusalOf(second)).toBe('step_up_required');
      const proven = await watched.portal.request('POST', '/api/v1/auth/step-up', {
        token: first,
        body: { password: PASSWORD },
      });
      expect(proven.status).toBe(200);
      await watched.minute();
      // What was reacted to once is not again.
      expect(await watched.refusalOf(proven.body.accessToken)).toBeUndefined();
    },
  );

  test('that travels at the speed of an airliner is not found', async () => {
    const { email } = await watched.portal.person('patient', 'ana');
    await watched.signInAt(BERLIN, email);
    watched.portal.clock.advance(20 * 3600);
    await watched.signInAt(SYDNEY, email, { userAgent: 'curl/8.1' });
    await watched.minute();
    expect(await watched.findings()).toEqual([]);
  });

  test('that asks for records of others is signed out once, there alone, and can sign in again', async () => {
    const { email } = await watched.portal.person('patient', 'ana');
    const elsewhere = await watched.portal.signIn(email);
    const asking = await watched.portal.signIn(email);
    const ask = (n: number, token: string) =>
      watched.portal.request('GET', `/api/v1/appointments/019a0000-0000-7000-8000-00000000000${n}`, { token });
    for (let n = 0; n < 4; n++) await ask(n, asking);
    await watched.minute();
    watched.portal.clock.advance(5);
    expect((await ask(0, asking)).status).toBe(401);
    expect((await ask(0, elsewhere)).status).toBe(404);
    const again = await watched.portal.signIn(email);
    await ask(5, again);
    await watched.minute();
    watched.portal.clock.advance(5);
    expect((await ask(0, again)).status).toBe(404);
  });
});

describe('an ordinary day', () => {
  test.each([
    ['the trusted address of the clinic', true],
    ['one address that nobody trusts', false],
  ])('40 people who sign in from %s, each of whom mistypes once, raise nothing', async (_, isTrusted) => {
    const body = { addresses: isTrusted ? [`${STRANGER}/32`] : [] };
    await watched.ask('PUT', '/admin/trusted-addresses', body, { 'If-Match': '*' });
    for (const { email } of await watched.people(40)) {
      await watched.fail(email, STRANGER);
      expect((await watched.signIn(email, STRANGER)).status).toBe(200);
      watched.portal.clock.advance(20);
    }
    await watched.minute();
    expect(await watched.findings()).toEqual([]);
    expect(await watched.isBlocked(STRANGER)).toBe(false);
  });

  test('a receptionist who finds and opens 150 patients that have an appointment raises nothing', async () => {
    const desk = await watched.portal.person('staff', 'desk');
    const doctor = await watched.portal.person('doctor', 'doctor');
    const patients = await watched.people(150);
    watched.portal.clock.advance(8 * 86_400);
    await watched.appointments(patients, doctor.id);
    let token = await watched.portal.signIn(desk.email);
    for (const [n, { id }] of patients.entries()) {
      if (n % 15 === 0) token = await watched.portal.signIn(desk.email);
      await watched.portal.request('GET', '/api/v1/patients?q=Example', { token });
      expect((await watched.portal.request('GET', `/api/v1/users/${id}/profile`, { token })).status).toBe(200);
      watched.portal.clock.advance(30);
    }
    await watched.minute();
    expect(await watched.findings()).toEqual([]);
  });
});
