import { beforeAll, expect, it } from 'vitest';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { MAXIMUM_API_KEYS } from '../../domain/identity/api-key.ts';
import { MAXIMUM_DEVICES } from '../../domain/notifications/push-subscription.ts';
import { MAXIMUM_FEEDS } from '../../domain/scheduling/calendar-feed.ts';
import type { Reply } from '../support/portal.ts';
import { browserBody } from '../support/push-devices.ts';
import { atOnce, onServer, type SignedIn } from './on-server.ts';

const WEEK = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '00:00', end: '24:00' }));

onServer('limits under concurrent requests', {}, (server) => {
  let doctor: SignedIn;
  let patients: SignedIn[];

  const made = (replies: readonly Reply[]) => replies.filter(({ status }) => status === 201).length;
  const refusals = (replies: readonly Reply[]) => [
    ...new Set(replies.filter(({ status }) => status !== 201).map(({ body }) => body.code)),
  ];

  beforeAll(async () => {
    doctor = await server.signedIn('doctor', 'limited');
    patients = await atOnce(8, (i) => server.signedIn('patient', `limited-${i}`));
    const hours = await server.portal.request('PUT', `/api/v1/doctors/${doctor.id}/availability`, {
      token: doctor.token,
      body: { timezone: 'America/New_York', weekly: WEEK },
    });
    expect(hours.status).toBe(200);
    await server.driver.run([sql`UPDATE appointment_types SET daily_limit = 2 WHERE code = 'follow_up'`], 'write');
  });

  const book = (token: string | undefined, date: string, startTime: string) =>
    server.portal.request('POST', '/api/v1/appointments', {
      token,
      body: { doctorId: doctor.id, appointmentDate: date, startTime, appointmentType: 'follow_up' },
    });
  const standingOn = async (date: string) =>
    (
      await server.rows(sql`SELECT a.id FROM appointments a JOIN doctors d ON d.user_id = a.doctor_id
              WHERE a.doctor_id = ${doctor.id}::uuid AND a.status <> 'cancelled'
                AND (a.starts_at AT TIME ZONE d.timezone)::date = ${date}::date`)
    ).length;

  it('R39: no more appointments of a type are booked with a doctor per day than the type allows, five days in a row', async () => {
    for (const date of ['2026-03-09', '2026-03-10', '2026-03-11', '2026-03-12', '2026-03-13']) {
      // Late evenings are the next day in UTC; the doctor's day counts.
      const replies = await atOnce(8, (i) => book(patients[i]?.token, date, `${16 + i}:00`));
      expect([date, made(replies), await standingOn(date)]).toEqual([date, 2, 2]);
      expect(refusals(replies)).toEqual(['slot_unavailable']);
    }
  });

  it('R39: moved appointments and holds count like booked appointments', async () => {
    const booked = await atOnce(3, (i) => book(patients[i]?.token, `2026-03-${16 + i}`, '10:00'));
    expect(made(booked)).toBe(3);
    const replies = await Promise.all([
      ...booked.map(({ body }, i) =>
        server.portal.request('POST', `/api/v1/appointments/${body.id}/reschedule`, {
          token: patients[i]?.token,
          body: { appointmentDate: '2026-03-24', startTime: `${10 + i}:00` },
        }),
      ),
      ...[3, 4].map((i) =>
        server.portal.request('POST', '/api/v1/appointments/holds', {
          token: patients[i]?.token,
          body: { doctorId: doctor.id, start: `2026-03-24T${15 + i}:00:00Z`, type: 'follow_up' },
        }),
      ),
    ]);
    expect(replies.filter(({ status }) => status === 200 || status === 201)).toHaveLength(2);
    expect(replies.every(({ status }) => status < 500)).toBe(true);
    expect(await standingOn('2026-03-24')).toBe(2);
  });

  it('R39: a hold for the last place of a day can be booked', async () => {
    const [first, second] = patients;
    expect((await book(first?.token, '2026-03-26', '09:00')).status).toBe(201);
    const held = await server.portal.request('POST', '/api/v1/appointments/holds', {
      token: second?.token,
      body: { doctorId: doctor.id, start: '2026-03-26T15:00:00Z', type: 'follow_up' },
    });
    expect(held.status).toBe(201);
    const booked = await server.portal.request('POST', '/api/v1/appointments', {
      token: second?.token,
      body: {
        doctorId: doctor.id,
        appointmentDate: '2026-03-26',
        startTime: '11:00',
        appointmentType: 'follow_up',
        holdId: held.body.id,
      },
    });
    expect([booked.status, booked.body.code]).toEqual([201, undefined]);
  });

  it('a patient has no more appointments of a type than it allows, of many booked at once on several days and with two doctors', async () => {
    const other = await server.signedIn('doctor', 'limited-too');
    await server.portal.request('PUT', `/api/v1/doctors/${other.id}/availability`, {
      token: other.token,
      // The zone of the other doctor too: dates are counted in the zone of the doctor who is booked.
      body: { timezone: 'America/New_York', weekly: WEEK },
    });
    await server.driver.run(
      [
        sql`UPDATE appointment_types SET daily_limit = NULL, patient_open_limit = 3, patient_daily_limit = 1, patient_gap_days = 2
            WHERE code = 'follow_up'`,
      ],
      'write',
    );
    const { id, token } = await server.signedIn('patient', 'eager');
    const replies = await atOnce(16, (i) =>
      server.portal.request('POST', '/api/v1/appointments', {
        token,
        body: {
          doctorId: i % 2 === 0 ? doctor.id : other.id,
          appointmentDate: `2026-04-${String(6 + (i % 8)).padStart(2, '0')}`,
          startTime: `${String(8 + (i >> 3)).padStart(2, '0')}:00`,
          appointmentType: 'follow_up',
        },
      }),
    );
    const booked = await server.rows(sql`SELECT a.local_date::text AS day FROM appointments a
      WHERE a.patient_id = ${id}::uuid AND a.status = 'scheduled' ORDER BY a.starts_at`);
    const days = booked.map(({ day }) => Date.parse(String(day)) / 86_400_000);
    expect([made(replies), refusals(replies)]).toEqual([booked.length, ['slot_unavailable']]);
    expect(booked.length).toBeGreaterThan(0);
    expect(booked.length).toBeLessThanOrEqual(3);
    for (const [i, day] of days.entries()) if (i > 0) expect(day - (days[i - 1] ?? 0)).toBeGreaterThanOrEqual(2);
  });

  it('nobody has more API keys than allowed', async () => {
    const { token } = await server.signedIn('patient', 'keys');
    const replies = await atOnce(MAXIMUM_API_KEYS + 8, (i) =>
      server.portal.request('POST', '/api/v1/api-keys', { token, body: { name: `key ${i}`, scopes: ['read:slots'] } }),
    );
    expect([made(replies), refusals(replies)]).toEqual([MAXIMUM_API_KEYS, ['too_many_api_keys']]);
  });

  it('R35: nobody has more calendar feeds than allowed', async () => {
    const { token } = await server.signedIn('patient', 'feeds');
    const replies = await atOnce(MAXIMUM_FEEDS + 8, () =>
      server.portal.request('POST', '/api/v1/calendar/feeds', { token }),
    );
    expect([made(replies), refusals(replies)]).toEqual([MAXIMUM_FEEDS, ['too_many_calendar_feeds']]);
  });

  it('nobody has more devices for push messages than allowed, and two who register one browser do not both get it', async () => {
    const { token } = await server.signedIn('patient', 'pushed');
    const register = (name: string, by = token) =>
      server.portal.request('POST', '/api/v1/notifications/push-subscriptions', { token: by, body: browserBody(name) });
    const replies = await atOnce(MAXIMUM_DEVICES + 8, (i) => register(`device-${i}`));
    expect([made(replies), refusals(replies)]).toEqual([MAXIMUM_DEVICES, ['too_many_push_subscriptions']]);
    const people = await Promise.all(Array.from({ length: 8 }, (_, i) => server.signedIn('patient', `shares-${i}`)));
    const shared = await atOnce(32, (i) => register('shared', people[i % people.length]?.token));
    expect(
      shared.map(({ status }) => status).filter((status) => status !== 200 && status !== 201 && status !== 409),
    ).toEqual([]);
    const all = people.map(({ id }) => id);
    const left = await server.rows(sql`SELECT 1 FROM push_subscriptions WHERE user_id = ANY(${all}::uuid[])`);
    expect(left).toHaveLength(1);
  });

  it('nobody has more waitlist entries than allowed', async () => {
    const { token } = await server.signedIn('patient', 'waits');
    const allowed = server.portal.deps.settings.scheduling.maximumWaitlistEntries;
    const join = (to: string) =>
      server.portal.request('POST', '/api/v1/waitlist', {
        token,
        body: { doctorId: doctor.id, type: 'consultation', from: '2026-03-10', to },
      });
    const same = await atOnce(8, () => join('2026-03-10'));
    expect([made(same), refusals(same)]).toEqual([1, ['waitlist_entry_exists']]);
    const replies = await atOnce(allowed + 7, (i) => join(`2026-03-${11 + i}`));
    expect([made(replies), refusals(replies)]).toEqual([allowed - 1, ['too_many_waitlist_entries']]);
  });

  it('only one copy of a person’s data is made at a time, for any number of concurrent requests', async () => {
    const [, , , , , , , asking] = patients;
    const ask = () => server.portal.request('POST', '/api/v1/privacy/exports', { token: asking?.token });
    const replies = await atOnce(30, ask);
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(replies.map(({ body }) => body.id)).size).toBe(1);
    expect(new Set(replies.map(({ headers }) => headers.get('location'))).size).toBe(1);
    const [counted] = await server.rows(
      sql`SELECT count(*) AS open FROM data_exports WHERE user_id = ${asking?.id}::uuid`,
    );
    expect(counted?.open).toBe(1);
  });
});
