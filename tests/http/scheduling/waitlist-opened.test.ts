import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { type Clinic, type Person, startClinic, TUESDAY } from './clinic.ts';

const HOUR = 3600;

describe('time that becomes bookable', () => {
  let clinic: Clinic;
  beforeEach(async () => {
    clinic = await startClinic();
    await clinic.portal.platform.jobs.everyMinute();
    await clinic.runJobs();
  });
  afterEach(() => clinic.portal.close());

  const join = (extra: Record<string, unknown>) =>
    clinic.post('/waitlist', clinic.maria.token, { type: 'consultation', doctorId: clinic.doctor.id, ...extra });
  const offerOf = async ({ email }: Person) => {
    const { body } = await clinic.get('/waitlist', await clinic.portal.signIn(email));
    return (body.data as { offer: { start: string; expiresAt: string } | null }[])[0]?.offer ?? null;
  };
  const admin = async () => clinic.portal.signIn(clinic.admin.email);
  const setType = async (fields: Record<string, unknown>) => {
    const token = await admin();
    const { body } = await clinic.get('/appointment-types', token);
    const { id, version, _links, selfService, ...settings } = (body.data as Record<string, unknown>[]).find(
      ({ code }) => code === 'consultation',
    ) as Record<string, unknown>;
    const changed = await clinic.put(`/appointment-types/${id}`, token, { ...settings, ...fields }, version as number);
    expect(changed.status, JSON.stringify(changed.body)).toBe(200);
    await clinic.runJobs();
  };

  test('a day that comes within the horizon is offered that morning, once, also after a restart between the steps', async () => {
    await setType({ horizonDays: 10 });
    expect((await join({ from: '2026-03-13', to: '2026-03-13' })).status).toBe(201);
    await clinic.runJobs();
    expect(await offerOf(clinic.maria)).toBeNull();

    // 3 March, 01:00: the 13th can be booked, and is offered at eight.
    clinic.portal.clock.advance(13 * HOUR);
    await clinic.portal.platform.jobs.everyMinute();
    await clinic.portal.platform.jobs.everyMinute();
    await clinic.runJobs();
    expect(await offerOf(clinic.maria)).toBeNull();
    const [jobs = []] = await clinic.portal.driver.run(
      [
        sql`SELECT count(*) AS due FROM outbox WHERE topic = 'waitlist.match' AND state IN ('pending', 'published')
            AND not_before = '2026-03-03T08:00:00Z' AND payload->>'start' = ${String(Date.parse('2026-03-13T00:00:00Z'))} AND payload->>'doctorId' = ${clinic.doctor.id}`,
      ],
      'snapshot',
    );
    expect(Number(jobs[0]?.due)).toBe(1);
    clinic.portal.clock.advance(7 * HOUR);
    await clinic.runJobs();
    expect(await offerOf(clinic.maria)).toMatchObject({
      start: '2026-03-13T09:00:00Z',
      expiresAt: '2026-03-03T08:30:00Z',
    });
  });

  test('a type that is booked further ahead, a removed holiday and a removed absence offer what they open', async () => {
    await setType({ horizonDays: 3 });
    await join({ from: '2026-03-20', to: '2026-03-20' });
    await clinic.runJobs();
    expect(await offerOf(clinic.maria)).toBeNull();
    await setType({ horizonDays: 60 });
    expect(await offerOf(clinic.maria)).toMatchObject({ start: '2026-03-20T09:00:00Z' });

    const token = await admin();
    const closed = { from: '2026-03-25', until: '2026-03-26' };
    const holiday = await clinic.post('/clinic/holidays', token, { ...closed, name: 'Clinic outing' });
    await clinic.post('/waitlist', clinic.paul.token, { type: 'consultation', from: '2026-03-25', to: '2026-03-25' });
    await clinic.runJobs();
    expect(await offerOf(clinic.paul)).toBeNull();
    expect((await clinic.delete(`/clinic/holidays/${holiday.body.id}`, token)).status).toBe(204);
    await clinic.runJobs();
    expect(await offerOf(clinic.paul)).toMatchObject({ start: '2026-03-25T09:00:00Z' });

    const [away, quick] = [`/doctors/${clinic.doctor.id}/time-off`, await clinic.person('patient', 'quick')];
    const absence = await clinic.post(away, token, { from: '2026-03-27', until: '2026-03-27' });
    const wish = { type: 'consultation', doctorId: clinic.doctor.id, from: '2026-03-27', to: '2026-03-27' };
    expect((await clinic.post('/waitlist', quick.token, wish)).status).toBe(201);
    expect((await clinic.delete(`${away}/${absence.body.id}`, token)).status).toBe(204);
    await clinic.runJobs();
    expect(await offerOf(quick)).toMatchObject({ start: '2026-03-27T09:00:00Z' });
  });

  test('a room that is used again offers what needs one, at every doctor with hours there', async () => {
    const token = await admin();
    const made = async (path: string, body: object) => (await clinic.post(path, token, body)).body;
    const { id: locationId } = await made('/locations', { name: 'Park', timezone: 'UTC' });
    const room = { kind: 'room', name: 'Room 1', locationId };
    const { id: roomId, version } = await made('/resources', { ...room, active: false });
    await made('/appointment-types', {
      code: 'scan',
      name: 'Scan',
      durationMinutes: 30,
      slotIntervalMinutes: 30,
      requires: ['room'],
    });
    await clinic.hours(clinic.otherDoctor.id, [{ weekday: 2, start: '09:00', end: '17:00', locationId }]);
    expect((await join({ type: 'scan', doctorId: undefined, from: TUESDAY, to: TUESDAY })).status).toBe(201);
    await clinic.runJobs();
    expect(await offerOf(clinic.maria)).toBeNull();
    expect((await clinic.put(`/resources/${roomId}`, token, { ...room, active: true }, version)).status).toBe(200);
    await clinic.runJobs();
    expect(await offerOf(clinic.maria)).toMatchObject({
      doctorId: clinic.otherDoctor.id,
      start: `${TUESDAY}T09:00:00Z`,
    });
  });

  test('a change for all doctors reaches each once, also those of the next page', async () => {
    for (let n = 0; n < 60; n++) await clinic.portal.person('doctor', `doctor-${n}`);
    clinic.portal.clock.advance(1);
    await setType({ horizonDays: 59 });
    const [jobs = []] = await clinic.portal.driver.run(
      [
        sql`SELECT count(*) AS jobs, count(DISTINCT payload->>'doctorId') AS doctors FROM outbox
            WHERE topic = 'waitlist.match' AND created_at = ${new Date(clinic.portal.clock.now()).toISOString()}::timestamptz`,
      ],
      'snapshot',
    );
    expect(jobs).toEqual([{ jobs: 62, doctors: 62 }]);
  });
});
