import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Sql, sql } from '../../../adapters/postgres/driver/sql.ts';
import { systemContext } from '../../../src/app/identity/first-admin.ts';
import { createLog, type LogLine } from '../../../src/app/log.ts';
import { keepWallClocks } from '../../../src/app/scheduling/wall-clocks.ts';
import { type Clinic, startClinic, TUESDAY, WEEK } from './clinic.ts';

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
  for (const { id } of [clinic.doctor, clinic.otherDoctor]) await clinic.hours(id, WEEK, 'Europe/Berlin');
});
afterAll(() => clinic.portal.close());

const run = async (...statements: Sql[]) => clinic.portal.driver.run(statements, 'write');
const wallClocks = async (...ids: string[]) => {
  const [found] = await run(
    sql`SELECT id, starts_at, local_date, local_time, local_version = version AS current, version FROM appointments
        WHERE id = ANY(${ids}::uuid[]) ORDER BY starts_at`,
  );
  return found ?? [];
};
const book = async (token: string, startTime: string, extra: Record<string, unknown> = {}): Promise<string> => {
  const booked = await clinic.book(token, startTime, extra);
  expect(booked.status).toBe(201);
  return booked.body.id;
};

describe('R41 the wall clock is stored beside the instant', () => {
  test('of a booking and of a move; an edit keeps it', async () => {
    const id = await book(clinic.maria.token, '16:00');
    expect(await wallClocks(id)).toMatchObject([
      { local_date: TUESDAY, local_time: '16:00', current: true, version: 1, starts_at: Date.UTC(2026, 2, 3, 15) },
    ]);
    const to = { appointmentDate: '2026-03-30', startTime: '16:30' };
    expect((await clinic.post(`/appointments/${id}/reschedule`, clinic.maria.token, to)).status).toBe(200);
    // Between the booking and the move clocks are set forward.
    const moved = {
      local_date: '2026-03-30',
      local_time: '16:30',
      current: true,
      starts_at: Date.UTC(2026, 2, 30, 14, 30),
    };
    expect(await wallClocks(id)).toMatchObject([{ ...moved, version: 2 }]);
    expect((await clinic.post(`/appointments/${id}/confirm`, clinic.doctor.token, {})).status).toBe(200);
    expect(await wallClocks(id)).toMatchObject([{ ...moved, version: 3 }]);
    await clinic.post(`/appointments/${id}/cancel`, clinic.maria.token, {});
    expect(await wallClocks(id)).toMatchObject([{ ...moved, version: 4 }]);
  });

  test('rows without one, and rows that the version before has moved, get it in the next minute', async () => {
    const [bare, moved] = [await book(clinic.maria.token, '15:00'), await book(clinic.paul.token, '15:30')];
    await run(
      sql`UPDATE appointments SET local_date = NULL, local_time = NULL, local_version = NULL WHERE id = ${bare}::uuid`,
      sql`UPDATE appointments SET starts_at = starts_at + interval '1 day', ends_at = ends_at + interval '1 day',
            busy = tstzrange(lower(busy) + interval '1 day', upper(busy) + interval '1 day'), version = version + 1
          WHERE id = ${moved}::uuid`,
    );
    expect(await wallClocks(bare, moved)).toMatchObject([
      { local_date: null },
      { current: false, local_date: TUESDAY },
    ]);
    const listed = async (date: string) =>
      (await clinic.get(`/appointments/my?from=${date}&to=${date}`, clinic.paul.token)).body.data.map(
        ({ id }: { id: string }) => id,
      );
    expect(await listed('2026-03-04')).toEqual([moved]);
    await clinic.portal.platform.jobs.everyMinute();
    expect(await wallClocks(bare, moved)).toMatchObject([
      { current: true, local_date: TUESDAY, local_time: '15:00', version: 1 },
      { current: true, local_date: '2026-03-04', local_time: '15:30', version: 2 },
    ]);
    for (const [id, token] of [
      [bare, clinic.maria.token],
      [moved, clinic.paul.token],
    ] as const) {
      await clinic.post(`/appointments/${id}/cancel`, token, {});
    }
  });
});

describe('R41 newer rules of a time zone', () => {
  const lines: LogLine[] = [];
  const compare = (rules: string) => {
    const { deps } = clinic.portal;
    const log = createLog({ level: 'info', clock: deps.clock, sink: (line) => lines.push(line) });
    return keepWallClocks({ ...deps, log }, systemContext(deps), rules);
  };
  /** What rules would have booked under which Berlin was an hour nearer to UTC, or further from it. */
  const bookedUnderOtherRules = (ids: readonly string[], hours: number) =>
    sql`UPDATE appointments SET starts_at = starts_at + ${hours}::int * interval '1 hour', ends_at = ends_at + ${hours}::int * interval '1 hour',
          busy = tstzrange(lower(busy) + ${hours}::int * interval '1 hour', upper(busy) + ${hours}::int * interval '1 hour')
        WHERE id = ${ids[0] ?? null}::uuid OR id = ${ids[1] ?? null}::uuid`;
  const passes = async (rules: string) => {
    for (let minute = 0; minute < 4; minute++) await compare(rules);
  };

  test.each([
    ['earlier', 1, '2027a'],
    ['later', -1, '2027b'],
  ])(
    'move appointments %s, each to a time that the next one leaves, and keep the local time',
    async (_, hours, rules) => {
      const [first, second] = [await book(clinic.maria.token, '10:00'), await book(clinic.paul.token, '11:00')];
      await run(bookedUnderOtherRules(hours > 0 ? [second] : [first], hours));
      await run(bookedUnderOtherRules(hours > 0 ? [first] : [second], hours));
      await clinic.portal.platform.jobs.everyMinute();
      await passes(rules);
      const { maria } = clinic;
      expect(await wallClocks(first, second)).toMatchObject([
        { starts_at: Date.UTC(2026, 2, 3, 9), local_time: '10:00', current: true, version: 2 },
        { starts_at: Date.UTC(2026, 2, 3, 10), local_time: '11:00', current: true, version: 2 },
      ]);
      const shown = await clinic.get(`/appointments/${first}`, maria.token);
      expect(shown.body).toMatchObject({ start: '2026-03-03T09:00:00Z', startTime: '10:00', endTime: '10:30' });

      await clinic.runJobs();
      const told = (await clinic.portal.mails(maria.email)).filter(
        ({ template }) => template === 'appointment-zone-changed',
      );
      expect(told.at(-1)?.text).toContain('Tuesday 3 March 2026 at 09:00 (UTC)');
      const [reminders] = await run(
        sql`SELECT appointment_version, send_at FROM notifications
          WHERE appointment_id = ${first}::uuid AND template = 'appointment-reminder' AND appointment_version = 2 ORDER BY send_at`,
      );
      expect(reminders).toMatchObject([{ send_at: Date.UTC(2026, 2, 3, 7) }]);
      const history = (await clinic.get('/audit/me?limit=100', maria.token)).body.data.map(
        (event: { eventType: string }) => event.eventType,
      );
      expect(history).toContain('appointment.wall_clock_kept');

      const before = await wallClocks(first, second);
      await passes(rules);
      await compare('2026a');
      expect(await wallClocks(first, second)).toEqual(before);
      await clinic.post(`/appointments/${first}/cancel`, maria.token, {});
      await clinic.post(`/appointments/${second}/cancel`, clinic.paul.token, {});
    },
  );

  test('leave an appointment in place whose time is taken, and the log lists it', async () => {
    const moved = await book(clinic.maria.token, '10:00');
    await run(bookedUnderOtherRules([moved], 1));
    // Maria is with another doctor at the time of the wall clock.
    const other = await book(clinic.maria.token, '10:00', { doctorId: clinic.otherDoctor.id });
    lines.length = 0;
    await passes('2027c');
    expect(await wallClocks(moved)).toMatchObject([
      { starts_at: Date.UTC(2026, 2, 3, 10), version: 1, local_time: '10:00' },
    ]);
    expect(lines.filter(({ event }) => event === 'wall_clock_not_kept')).toMatchObject([
      { timeZones: '2027c', appointments: 1, appointmentIds: moved },
    ]);
    // Once the other one is over, the pass of the next day moves it.
    await clinic.post(`/appointments/${other}/cancel`, clinic.maria.token, {});
    clinic.portal.clock.advance(86_400);
    await passes('2027c');
    expect(await wallClocks(moved)).toMatchObject([{ starts_at: Date.UTC(2026, 2, 3, 9), version: 2 }]);
  });

  test.each([
    ['room', '2026-03-09', '2027d', { appointmentType: 'scan' }],
    ['additional doctor', '2026-03-10', '2027e', { additionalDoctorIds: true }],
  ])('move an appointment over an expired hold of its %s', async (what, date, rules, extra) => {
    const token = async ({ email }: { email: string }) => clinic.portal.signIn(email);
    const { maria, paul, doctor, otherDoctor } = clinic;
    if (what === 'room') {
      const admin = await token(clinic.admin);
      const { body } = await clinic.post('/locations', admin, { name: 'Park', timezone: 'Europe/Berlin' });
      await clinic.post('/resources', admin, { kind: 'room', name: 'Room 1', locationId: body.id });
      const scan = { code: 'scan', name: 'Scan', durationMinutes: 30, slotIntervalMinutes: 30, requires: ['room'] };
      await clinic.post('/appointment-types', admin, scan);
      for (const { id } of [doctor, otherDoctor]) {
        const weekly = WEEK.map((day) => ({ ...day, locationId: body.id }));
        const hours = { timezone: 'Europe/Berlin', weekly };
        expect((await clinic.put(`/doctors/${id}/availability`, admin, hours)).status).toBe(200);
      }
    }
    const joint = 'additionalDoctorIds' in extra ? { additionalDoctorIds: [otherDoctor.id] } : extra;
    const visit = { patientId: maria.id, appointmentDate: date, ...joint };
    const moved = await book(await token(clinic.staff), '10:00', visit);
    await run(bookedUnderOtherRules([moved], 1));
    const held = await clinic.post('/appointments/holds', await token(paul), {
      ...{ doctorId: otherDoctor.id, start: `${date}T09:00:00Z` },
      type: 'appointmentType' in extra ? extra.appointmentType : 'consultation',
    });
    expect(held.status, JSON.stringify(held.body)).toBe(201);
    await passes(rules);
    expect(await wallClocks(moved)).toMatchObject([{ version: 1 }]);
    // It has expired, and nothing has tidied it yet.
    clinic.portal.clock.advance(86_400);
    await passes(rules);
    expect(await wallClocks(moved)).toMatchObject([
      { starts_at: Date.parse(`${date}T09:00:00Z`), version: 2, local_time: '10:00' },
    ]);
  });
});
