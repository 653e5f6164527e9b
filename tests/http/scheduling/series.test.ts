import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Clinic, startClinic, TUESDAY, WEDNESDAY, WEEK } from './clinic.ts';

describe('series', () => {
  let clinic: Clinic;
  beforeAll(async () => {
    clinic = await startClinic();
    await clinic.hours(clinic.doctor.id, WEEK, 'Europe/Berlin');
  });
  afterAll(() => clinic.portal.close());

  const series = (extra: Record<string, unknown>) =>
    clinic.post('/appointments/series', clinic.maria.token, {
      doctorId: clinic.doctor.id,
      appointmentDate: TUESDAY,
      startTime: '10:00',
      appointmentType: 'consultation',
      frequency: 'weekly',
      count: 6,
      ...extra,
    });

  test('R41: a weekly series keeps its wall-clock time over the change to summer time; one mail lists all dates', async () => {
    const booked = await series({});
    expect(booked.status).toBe(201);
    const { appointments } = booked.body;
    expect(appointments.map(({ startTime }: { startTime: string }) => startTime)).toEqual(Array(6).fill('10:00'));
    expect(appointments[3].start).toBe('2026-03-24T09:00:00Z');
    expect(appointments[4].start).toBe('2026-03-31T08:00:00Z');
    const mails = (await clinic.portal.mails(clinic.maria.email)).filter(
      ({ template }) => template === 'appointment-series-booked',
    );
    expect(mails).toHaveLength(1);
    expect(mails[0]?.text).toContain('Tuesday 7 April 2026 at 10:00');
  });

  test('one taken date refuses the series or is left out, depending on the mode', async () => {
    await clinic.book(clinic.paul.token, '14:00', { appointmentDate: '2026-03-05' });
    const daily = { appointmentDate: WEDNESDAY, startTime: '14:00', frequency: 'daily', count: 3 };
    const refused = await series(daily);
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'series_unavailable', occurrences: [{ index: 1, date: '2026-03-05' }] },
    });
    const mine = await clinic.get('/appointments/my?from=2026-03-04&to=2026-03-05', clinic.maria.token);
    expect(mine.body.data).toEqual([]);
    const booked = await series({ ...daily, mode: 'free_ones' });
    expect(booked).toMatchObject({
      status: 201,
      body: { skipped: [{ index: 1, date: '2026-03-05', reasons: ['slot_taken'] }] },
    });
    expect(booked.body.appointments).toHaveLength(2);
    expect(await series({ count: 53 })).toMatchObject({ status: 422, body: { errors: [{ pointer: '/count' }] } });
    const past = await series({ appointmentDate: '1900-01-02', count: 2 });
    expect(past).toMatchObject({
      status: 409,
      body: { occurrences: [{ date: '1900-01-02' }, { date: '1900-01-09' }] },
    });
    expect(past.body.occurrences[0].reasons).toContainEqual({ code: 'in_the_past', acknowledgeable: false });
  });

  test('on several weekdays until a date; moved from the second on, all or none', async () => {
    const { maria, paul } = clinic;
    const booked = await series({
      startTime: '16:00',
      count: undefined,
      weekdays: [2, 4],
      until: '2026-03-13',
      appointmentDate: TUESDAY,
    });
    const dates = (body: { appointments: { appointmentDate: string }[] }) =>
      body.appointments.map(({ appointmentDate }) => appointmentDate);
    expect(dates(booked.body)).toEqual(['2026-03-03', '2026-03-05', '2026-03-10', '2026-03-12']);
    expect(booked.body).toMatchObject({ count: 4, weekdays: [2, 4], until: '2026-03-13' });

    const [first, second] = booked.body.appointments as { id: string }[];
    await clinic.book(paul.token, '16:30', { appointmentDate: '2026-03-13' });
    const path = `/appointments/${second?.id}/reschedule`;
    const to = (startTime: string) =>
      clinic.post(path, maria.token, { appointmentDate: '2026-03-06', startTime, scope: 'following' });
    const refused = await to('16:30');
    expect(refused).toMatchObject({ status: 409, body: { occurrences: [{ index: 2, date: '2026-03-13' }] } });
    expect((await to('15:30')).body).toMatchObject({ appointmentDate: '2026-03-06', startTime: '15:30', version: 2 });
    const mine = await clinic.get('/appointments/my?from=2026-03-03&to=2026-03-13', maria.token);
    const ofSeries = mine.body.data.filter(({ seriesId }: { seriesId: string }) => seriesId === booked.body.id);
    expect(
      ofSeries.map(({ appointmentDate, startTime }: Record<string, string>) => `${appointmentDate} ${startTime}`),
    ).toEqual(['2026-03-03 16:00', '2026-03-06 15:30', '2026-03-11 15:30', '2026-03-13 15:30']);
    const mails = (await clinic.portal.mails(maria.email)).filter(
      ({ template }) => template === 'appointment-rescheduled',
    );
    expect(mails).toHaveLength(3);
    expect(first).toBeDefined();
  });

  test('one appointment, or it and all that follow, can be edited and cancelled', async () => {
    const { maria } = clinic;
    const booked = (await series({ startTime: '12:00', count: 4 })).body.appointments as { id: string }[];
    const [first, second, third, fourth] = booked;
    const edited = await clinic.put(
      `/appointments/${second?.id}`,
      maria.token,
      { reason: 'follow-up', scope: 'following' },
      1,
    );
    expect(edited).toMatchObject({ status: 200, body: { reason: 'follow-up', version: 2 } });
    const reasons = await Promise.all(
      booked.map(async ({ id }) => (await clinic.get(`/appointments/${id}`, maria.token)).body.reason),
    );
    expect(reasons).toEqual([null, 'follow-up', 'follow-up', 'follow-up']);
    expect(await clinic.post(`/appointments/${second?.id}/cancel`, maria.token, {})).toMatchObject({ status: 200 });
    const cancelled = await clinic.post(`/appointments/${third?.id}/cancel`, maria.token, { scope: 'following' });
    expect(cancelled.status).toBe(200);
    const states = await Promise.all(
      [first, second, third, fourth].map(
        async (one) => (await clinic.get(`/appointments/${one?.id}`, maria.token)).body.status,
      ),
    );
    expect(states).toEqual(['scheduled', 'cancelled', 'cancelled', 'cancelled']);
  });
});
