/** Daily digests: what the clinic's people are told of the next day, when, and how often. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { TOLD_AT_ONCE } from '../../../domain/scheduling/digest.ts';
import type { Deps } from '../../../src/app/context.ts';
import { systemContext } from '../../../src/app/identity/first-admin.ts';
import { beginDailyDigests, continueDigests } from '../../../src/app/scheduling/digests.ts';
import { type Clinic, type Person, startClinic, TUESDAY } from '../scheduling/clinic.ts';

let clinic: Clinic;
let guest: Person;
let admin: string;

const rows = async (statement: ReturnType<typeof sql>) =>
  (await clinic.portal.driver.run([statement], 'write'))[0] ?? [];
const save = async (fields: object, token = admin) => {
  const { body } = await clinic.get('/clinic/settings', admin);
  return clinic.put('/clinic/settings', token, { name: 'Park', timezone: 'Europe/Berlin', ...fields }, body.version);
};
/** Sets the clock to an instant. */
const goTo = (instant: string) => clinic.portal.clock.advance((Date.parse(instant) - clinic.portal.clock.now()) / 1000);
const eachMinute = () => clinic.portal.platform.jobs.everyMinute();
/** Moves the day of the digests back to before this evening, as if none had been sent. */
const forget = () => rows(sql`DELETE FROM daily_digest`);
const digestsOf = async (email: string) =>
  (await clinic.portal.mails(email)).filter(({ template }) => template === 'daily-digest');
const told = async () =>
  (await rows(sql`SELECT user_id FROM notifications WHERE template = 'daily-digest'`)).map(({ user_id }) => user_id);
const joint = { additionalDoctorIds: [] as string[] };

beforeAll(async () => {
  clinic = await startClinic();
  admin = clinic.admin.token;
  const { maria, paul, staff, doctor, otherDoctor } = clinic;
  guest = await clinic.person('doctor', 'guest');
  await clinic.hours(guest.id);
  joint.additionalDoctorIds = [guest.id];
  const opinion = { code: 'opinion', name: 'Opinion', durationMinutes: 30, slotIntervalMinutes: 30 };
  await clinic.post('/appointment-types', admin, { ...opinion, requiresApproval: true });
  // Doctors' hours are in UTC: one hour less than on the clocks of the clinic.
  const made = [
    await clinic.book(maria.token, '10:00'),
    await clinic.book(paul.token, '09:30'),
    await clinic.book(staff.token, '13:00', { patientId: maria.id, doctorId: otherDoctor.id, ...joint }),
    await clinic.book(maria.token, '15:00', { appointmentType: 'opinion' }),
    await clinic.book(paul.token, '11:00', { appointmentDate: '2026-03-04' }),
    await clinic.book(paul.token, '16:00'),
  ];
  expect(made.map(({ status }) => status)).toEqual(made.map(() => 201));
  await clinic.post(`/appointments/${made[5]?.body.id}/cancel`, paul.token, {});
  const hold = { doctorId: doctor.id, type: 'consultation', start: '2026-03-03T12:00:00Z' };
  expect((await clinic.post('/appointments/holds', paul.token, hold)).status).toBe(201);
  await clinic.runJobs();
});
beforeEach(async () => {
  admin = await clinic.portal.signIn(clinic.admin.email);
});
afterAll(() => clinic.portal.close());

describe('the time of the digests', () => {
  test('is none at first; what leaves it out keeps it, and null ends them', async () => {
    expect((await clinic.get('/clinic/settings', admin)).body.digestTime).toBeNull();
    expect((await save({ digestTime: '17:30' })).body.digestTime).toBe('17:30');
    expect((await save({ phone: '+4930901820' })).body.digestTime).toBe('17:30');
    expect((await save({ digestTime: null })).body.digestTime).toBeNull();
    expect((await clinic.get('/clinic/settings', clinic.staff.token)).body.digestTime).toBeNull();
    const { body } = await clinic.get('/audit/events?type=clinic.settings_updated', admin);
    expect(JSON.stringify(body.data)).toContain('digestTime');
  });

  test('is refused if it is no time, or so late that the day may end before they are begun', async () => {
    for (const digestTime of ['25:00', '18', '24:00', 18, '']) {
      expect(await save({ digestTime })).toMatchObject({ status: 422, body: { errors: [{ pointer: '/digestTime' }] } });
    }
    expect(await save({ digestTime: '23:31' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/digestTime', code: 'out_of_range' }] },
    });
    expect((await save({ digestTime: '18:00' }, clinic.staff.token)).status).toBe(403);
  });
});

describe('the digests of a day', () => {
  test('come from that time on, with the times on the clocks of the clinic', async () => {
    const { doctor, otherDoctor, staff, maria, paul } = clinic;
    expect((await save({ digestTime: '18:00' })).status).toBe(200);
    goTo('2026-03-02T16:59:00Z');
    await eachMinute();
    await clinic.runJobs();
    expect(await told()).toEqual([]);
    goTo('2026-03-02T17:00:00Z');
    await eachMinute();
    await clinic.runJobs();
    expect((await told()).toSorted()).toEqual([doctor.id, otherDoctor.id, guest.id, staff.id].toSorted());

    const [own] = await digestsOf(doctor.email);
    expect(own?.subject).toBe('Tuesday 3 March 2026: 2 appointments');
    expect(own?.text).toContain('2 appointments, 1 request waits for an answer. Times are those of Berlin');
    expect(own?.text).toMatch(/- .*doctor.*: 10:30 and 11:00\n/i);
    expect(own?.text).not.toMatch(/14:00|other-doctor/i);
    // A visit that another doctor leads.
    expect((await digestsOf(guest.email))[0]?.text).toMatch(/1 appointment, 0 requests wait[\s\S]*: 14:00\n/);
    const [whole] = await digestsOf(staff.email);
    expect(whole?.subject).toBe('Tuesday 3 March 2026: 3 appointments');
    expect(whole?.text).toContain('1 request waits');
    expect(whole?.text.match(/^- .*: .*$/gm)?.map((line) => line.replace(/^.*: /, ''))).toEqual(
      expect.arrayContaining(['10:30 and 11:00', '14:00', '14:00']),
    );
    for (const { email } of [maria, paul, clinic.admin]) expect(await digestsOf(email)).toEqual([]);
  });

  test('say why their receivers get them, and stand in the portal', async () => {
    const [mail] = await digestsOf(clinic.doctor.email);
    expect(mail?.text).toContain('because you work for the clinic');
    expect(mail?.links).toContain('https://portal.example/appointments');
    const token = await clinic.portal.signIn(clinic.doctor.email);
    const { body } = await clinic.get('/notifications?category=digest', token);
    expect(body.data).toMatchObject([{ template: 'daily-digest', category: 'digest' }]);
    const recorded = await clinic.get(`/admin/notifications?userId=${clinic.doctor.id}`, admin);
    const found = recorded.body.data.find(({ template }: { template: string }) => template === 'daily-digest');
    expect(found.deliveries).toMatchObject([
      { channel: 'email', state: 'sent' },
      { channel: 'push', reason: 'not_chosen' },
      { channel: 'sms', reason: 'other_channel' },
    ]);
  });

  test('come once, however often and wherever the work of a minute runs', async () => {
    const before = await told();
    await eachMinute();
    await save({ digestTime: '18:30' });
    goTo('2026-03-02T17:30:00Z');
    await eachMinute();
    await clinic.runJobs();
    expect(await told()).toEqual(before);
  });

  test('hold no patient’s name, id or reason, neither in what is stored', async () => {
    await forget();
    const stored: unknown[] = [];
    const { deps } = clinic.portal;
    const commit: Deps['database']['commit'] = (batch) => {
      stored.push(batch);
      return deps.database.commit(batch);
    };
    const database = { ...deps.database, load: deps.database.load.bind(deps.database), commit };
    const watched = { ...deps, database } as Deps;
    await beginDailyDigests(watched, systemContext(deps));
    await continueDigests(watched, systemContext(deps), { date: TUESDAY, timezone: 'Europe/Berlin' });
    const text = JSON.stringify(stored);
    expect(text).toContain('daily-digest');
    for (const word of [clinic.maria.id, clinic.paul.id, 'maria', 'paul', 'patient']) expect(text).not.toContain(word);
    await clinic.runJobs();
  });
});

describe('once, by several processes', () => {
  const day = { date: TUESDAY, timezone: 'Europe/Berlin' };
  const counts = async () => Map.groupBy(await told(), (id) => id);

  test('R48: five that begin them at once begin one, and five jobs tell each person once', async () => {
    await forget();
    await rows(sql`DELETE FROM notifications WHERE template = 'daily-digest'`);
    const { deps } = clinic.portal;
    await Promise.all(Array.from({ length: 5 }, () => beginDailyDigests(deps, systemContext(deps))));
    const jobs = await rows(sql`SELECT 1 FROM outbox WHERE topic = 'digest.send' AND state = 'pending'`);
    expect(jobs).toHaveLength(1);
    await Promise.all(Array.from({ length: 5 }, () => continueDigests(deps, systemContext(deps), day)));
    await clinic.runJobs();
    expect([...(await counts()).values()].map(({ length }) => length)).toEqual([1, 1, 1, 1]);
  });

  test('a portion that crashed is told again whole, and one that was committed is not', async () => {
    for (let n = 0; n < TOLD_AT_ONCE + 10; n++) await clinic.portal.person('staff', `colleague${n}`);
    await forget();
    await rows(sql`DELETE FROM notifications WHERE template = 'daily-digest'`);
    const { deps } = clinic.portal;
    const context = systemContext(deps);
    await beginDailyDigests(deps, context);
    const load = deps.database.load.bind(deps.database);
    const broken = { ...deps, database: { ...deps.database, load, commit: () => Promise.reject(new Error('died')) } };
    await expect(continueDigests(broken as never, context, day)).rejects.toThrow('died');
    expect(await told()).toEqual([]);
    await continueDigests(deps, context, day);
    const first = (await told()).length;
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThanOrEqual(TOLD_AT_ONCE);
    // The process ended before its job was finished: the job runs again, and the next one beside it.
    await Promise.all([continueDigests(deps, context, day), continueDigests(deps, context, day)]);
    await clinic.runJobs();
    const found = await counts();
    expect(found.size).toBe(TOLD_AT_ONCE + 10 + 4);
    expect(new Set([...found.values()].map(({ length }) => length))).toEqual(new Set([1]));
    expect(await rows(sql`SELECT 1 FROM daily_digest WHERE finished_at IS NOT NULL`)).toHaveLength(1);
    await continueDigests(deps, context, day);
    expect((await told()).length).toBe(found.size);
  });

  test('a job of another day, one that is over, and one that cannot be read are no work', async () => {
    const { deps } = clinic.portal;
    const before = await told();
    for (const payload of [{ ...day, date: '2026-03-04' }, { ...day, date: '2026-03-02' }, {}, { ...day, date: 'x' }])
      expect(await continueDigests(deps, systemContext(deps), payload)).toBeUndefined();
    expect(await told()).toEqual(before);
  });
});

describe('a process that starts', () => {
  const dayBegun = async () => (await rows(sql`SELECT date FROM daily_digest`)).map(({ date }) => date);

  test('late the same evening sends them; after midnight it does not', async () => {
    await forget();
    goTo('2026-03-02T22:59:00Z');
    await eachMinute();
    expect(await dayBegun()).toEqual([TUESDAY]);
    await forget();
    goTo('2026-03-02T23:01:00Z');
    await eachMinute();
    expect(await dayBegun()).toEqual([]);
    await clinic.runJobs();
  });
});

describe('who wants none', () => {
  /** Begins the digests of Wednesday, on which one appointment takes place, and tells who was told. */
  const evening = async () => {
    await forget();
    await rows(sql`DELETE FROM notifications WHERE template = 'daily-digest'`);
    await beginDailyDigests(clinic.portal.deps, systemContext(clinic.portal.deps));
    await clinic.runJobs();
  };
  const mailed = async ({ email }: Person) => (await digestsOf(email)).length;

  test('gets no mail by the choice of the preferences, or by the link of a mail', async () => {
    goTo('2026-03-03T17:31:00Z');
    const { doctor } = clinic;
    const before = await mailed(doctor);
    await evening();
    expect(await mailed(doctor)).toBe(before + 1);
    const link = /https:\/\/portal\.example(\/unsubscribe\/[\w-]{54})\b/.exec(
      (await digestsOf(doctor.email))[0]?.text ?? '',
    );
    const path = link?.[1] ?? '';
    const page = await clinic.portal.request('GET', path, { headers: { Accept: 'text/html' } });
    expect(page.body).toContain('Overviews of the next day');
    const form = { method: 'POST', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } };
    const click = new Request(`https://portal.example${path}`, { ...form, body: 'List-Unsubscribe=One-Click' });
    expect((await clinic.portal.fetch(click)).status).toBe(200);
    await evening();
    expect(await mailed(doctor)).toBe(before + 1);

    const token = await clinic.portal.signIn(doctor.email);
    const { body } = await clinic.get('/notifications/preferences', token);
    expect(body.choices.digest).toMatchObject({
      email: { value: false, fixed: false },
      sms: { value: false, fixed: true, why: 'other_channel' },
      push: { value: false, fixed: false },
      inApp: { value: true },
    });
    const wanted = { choices: { digest: { email: true } } };
    expect((await clinic.put('/notifications/preferences', token, wanted, body.version)).status).toBe(200);
    await evening();
    expect(await mailed(doctor)).toBe(before + 2);
    const none = { choices: { digest: { email: false } } };
    expect((await clinic.put('/notifications/preferences', token, none, body.version + 1)).status).toBe(200);
    await evening();
    expect(await mailed(doctor)).toBe(before + 2);
  });

  test('a closed account is told nothing, nor one that is invited, nor a doctor with an empty day', async () => {
    const invited = await clinic.portal.person('staff', 'invited');
    await rows(sql`UPDATE users SET status = 'invited' WHERE id = ${invited.id}::uuid`);
    const leaving = await clinic.person('staff', 'leaving');
    await clinic.delete(`/users/${leaving.id}`, admin);
    await evening();
    const ids = await told();
    expect(ids).toContain(clinic.staff.id);
    for (const id of [leaving.id, invited.id, guest.id, clinic.otherDoctor.id]) expect(ids).not.toContain(id);
  });

  test('what could not be sent until the day was over is left out', async () => {
    await forget();
    await rows(sql`DELETE FROM notifications WHERE template = 'daily-digest'`);
    const { deps } = clinic.portal;
    await beginDailyDigests(deps, systemContext(deps));
    goTo('2026-03-04T23:00:00Z');
    await clinic.runJobs();
    expect(await told()).toEqual([]);
    expect(await rows(sql`SELECT 1 FROM daily_digest WHERE date = '2026-03-04'::date`)).toHaveLength(1);
  });
});
