/** Each rule of the detection through the API: one sighting fewer than its threshold raises nothing, its threshold one finding. */
import { afterEach, expect, test } from 'vitest';
import { DETECTION_RULES, type RuleName } from '../../../domain/protection/detection.ts';
import { type Person, PHONE, STRANGER, startWatched, type Watched } from './watched.ts';

let watched: Watched;
afterEach(() => watched.portal.close());

interface Case {
  readonly threshold: number;
  /** Called before the clock moves on to the day of the sightings. */
  readonly begin?: () => Promise<void>;
  /** What makes one sighting more, and what makes none. */
  readonly sight: (n: number) => Promise<unknown>;
  readonly ignore?: () => Promise<unknown>;
  readonly expected: object;
}

/** Not so many that the test takes long. */
const FEW = 4;
const DETECTION = `directory_scraping=${FEW},records_without_appointment=${FEW},many_accounts_entered=${FEW},id_enumeration=${FEW}`;
const about = (person: Person, kind = 'account') => ({ subject: { kind, address: null, personId: person.id } });
const ofStranger = { subject: { kind: 'address', address: STRANGER, personId: null } };
const nameOf = (n: number) => `n${n}@example.org`;

const CASES: Readonly<Record<Exclude<RuleName, 'impossible_travel'>, () => Promise<Case>>> = {
  many_accounts_from_address: async () => {
    const { threshold } = DETECTION_RULES.many_accounts_from_address;
    const all = await watched.people(threshold + 3);
    return {
      threshold,
      sight: (n) => watched.fail(all[n]?.email ?? '', STRANGER),
      // Somebody who has mistyped, and one account again and again.
      async ignore() {
        for (const { email } of all.slice(-3)) {
          await watched.fail(email, STRANGER);
          await watched.signIn(email, STRANGER);
        }
        await watched.fail(all[0]?.email ?? '', STRANGER);
      },
      expected: { ...ofStranger, severity: 'high', reaction: 'block', count: threshold },
    };
  },
  account_enumeration: async () => {
    const { threshold } = DETECTION_RULES.account_enumeration;
    const [person] = await watched.people(1);
    return {
      threshold,
      sight: (n) => watched.fail(nameOf(n), STRANGER),
      ignore: () => watched.fail(person?.email ?? '', STRANGER),
      expected: { ...ofStranger, severity: 'medium', reaction: 'block', count: threshold },
    };
  },
  many_accounts_entered: async () => {
    const all = await watched.people(FEW + 1);
    for (const { email } of all) await watched.signInAt(null, email);
    const enter = (n: number, userAgent: string) =>
      watched.signInAt(null, all[n]?.email ?? '', { userAgent, from: STRANGER });
    return {
      threshold: FEW,
      sight: (n) => enter(n, 'curl/8.1'),
      // With their own device.
      ignore: () => enter(FEW, PHONE),
      expected: { ...ofStranger, severity: 'high', reaction: 'step_up', count: FEW },
    };
  },
  one_account_many_addresses: async () => {
    const { threshold } = DETECTION_RULES.one_account_many_addresses;
    const person = await watched.portal.person('patient', 'ana');
    const enter = (n: number) => watched.signIn(person.email, `198.51.100.${n}`);
    return {
      threshold,
      sight: enter,
      ignore: () => enter(0),
      expected: { ...about(person), severity: 'high', reaction: 'step_up', count: threshold },
    };
  },
  guesses_at_account: async () => {
    const { threshold } = DETECTION_RULES.guesses_at_account;
    const person = await watched.portal.person('patient', 'ana');
    const guess = (n: number) => watched.fail(person.email, `2001:db8:7:${n.toString(16)}::1`);
    return {
      threshold,
      sight: guess,
      // Another address of the same subscriber.
      ignore: () => watched.fail(person.email, '2001:db8:7:0:9::9'),
      expected: { ...about(person), severity: 'medium', reaction: 'none', count: threshold },
    };
  },
  id_enumeration: async () => {
    const person = await watched.portal.person('patient', 'ana');
    const token = await watched.portal.signIn(person.email);
    const id = (n: number) => `019a0000-0000-7000-8000-00000000000${n}`;
    const ask = (n: number) => watched.portal.request('GET', `/api/v1/appointments/${id(n)}`, { token });
    return {
      threshold: FEW,
      sight: ask,
      ignore: () => ask(0),
      expected: { ...about(person), severity: 'high', reaction: 'end_sessions', count: FEW },
    };
  },
  directory_scraping: async () => {
    const staff = await watched.portal.person('staff', 'desk');
    const all = await watched.people(FEW);
    const token = await watched.portal.signIn(staff.email);
    const find = async (n: number) => {
      const path = `/api/v1/patients?q=${all[n]?.email.split('@')[0]}`;
      const { body } = await watched.portal.request('GET', path, { token });
      expect(body.data).toHaveLength(1);
    };
    return {
      threshold: FEW,
      sight: find,
      ignore: () => find(0),
      expected: { ...about(staff, 'staff'), severity: 'high', reaction: 'step_up', count: FEW },
    };
  },
  records_without_appointment: async () => {
    const staff = await watched.portal.person('staff', 'desk');
    const doctor = await watched.portal.person('doctor', 'doctor');
    const all = await watched.people(FEW);
    const withAppointment = await watched.people(FEW, 'booked');
    watched.portal.clock.advance(8 * 86_400);
    await watched.appointments(withAppointment, doctor.id);
    const newcomers = await watched.people(FEW, 'new');
    const token = await watched.portal.signIn(staff.email);
    const open = async (person: Person | undefined) => {
      const path = `/api/v1/users/${person?.id}/profile`;
      expect((await watched.portal.request('GET', path, { token })).status).toBe(200);
    };
    return {
      threshold: FEW,
      sight: (n) => open(all[n]),
      async ignore() {
        for (const person of [...withAppointment, ...newcomers, all[0]]) await open(person);
      },
      expected: { ...about(staff, 'staff'), severity: 'medium', reaction: 'step_up', count: FEW },
    };
  },
};

test.each(Object.keys(CASES) as (keyof typeof CASES)[])('%s', async (rule) => {
  watched = await startWatched({ DETECTION });
  const { threshold, sight, ignore, expected } = await CASES[rule]();
  for (let n = 0; n < threshold - 1; n++) await sight(n);
  await ignore?.();
  await watched.minute();
  expect(await watched.findings(`?rule=${rule}`)).toEqual([]);
  await sight(threshold - 1);
  await watched.minute();
  await watched.minute();
  const [finding, ...others] = await watched.findings(`?rule=${rule}`);
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ rule, state: 'open', ...expected });
  expect(await watched.rules()).toEqual([rule]);
});

test('what is spread over more than the window is not found', async () => {
  watched = await startWatched();
  const { threshold, windowMinutes } = DETECTION_RULES.guesses_at_account;
  const { email } = await watched.portal.person('patient', 'ana');
  for (let n = 0; n < threshold; n++) {
    await watched.fail(email, `198.51.100.${n}`);
    watched.portal.clock.advance((windowMinutes * 60) / (threshold - 1));
  }
  await watched.minute();
  expect(await watched.findings()).toEqual([]);
});

test('a rule that is switched off finds nothing, and its threshold can be set', async () => {
  watched = await startWatched({ DETECTION: 'guesses_at_account=0,one_account_many_addresses=2' });
  const { email } = await watched.portal.person('patient', 'ana');
  for (let n = 0; n < 12; n++) await watched.fail(email, `198.51.100.${n}`);
  for (let n = 0; n < 2; n++) await watched.signIn(email, `198.51.100.${n}`);
  await watched.minute();
  expect(await watched.rules()).toEqual(['one_account_many_addresses']);
});
