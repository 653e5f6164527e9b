import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { type Clinic, startClinic, TUESDAY, WEEK } from '../http/scheduling/clinic.ts';
import { eventsOf } from './calendar-readers.ts';

const LOCATION = '01900000-0000-7000-8000-0000000000aa';

describe('calendars over HTTP', () => {
  let clinic: Clinic;
  let appointment: { id: string };
  beforeAll(async () => {
    clinic = await startClinic();
    await clinic.hours(clinic.doctor.id, WEEK, 'Europe/Berlin');
    appointment = (await clinic.book(clinic.maria.token, '10:00', { reason: 'a secret cough' })).body;
  });
  afterAll(() => clinic.portal.close());

  const fetchFeed = async (url: string) => clinic.portal.fetch(new Request(url));

  test('one appointment, for those who may see it; its export is recorded', async () => {
    const file = await clinic.get(`/appointments/${appointment.id}.ics`, clinic.maria.token);
    expect(file.status).toBe(200);
    expect(file.headers.get('content-type')).toBe('text/calendar; charset=utf-8');
    expect(file.headers.get('cache-control')).toContain('no-store');
    expect(file.body).toContain('BEGIN:VTIMEZONE');
    expect(eventsOf(file.body)).toMatchObject([
      {
        uid: `${appointment.id}@portal.example`,
        sequence: 0,
        start: '2026-03-03T09:00:00.000Z',
        zone: 'Europe/Berlin',
        summary: 'Appointment with doctor Example',
        url: `https://portal.example/appointments/${appointment.id}`,
      },
    ]);
    expect((await clinic.get(`/appointments/${appointment.id}.ics`, clinic.paul.token)).status).toBe(404);
    expect((await clinic.portal.request('GET', `/api/v1/appointments/${appointment.id}.ics`)).status).toBe(401);
  });

  test('R35: a feed has a secret URL, shows moves as new sequences, keeps cancelled appointments, and can be revoked', async () => {
    const { maria } = clinic;
    const made = await clinic.post('/calendar/feeds', maria.token);
    expect(made.status).toBe(201);
    const { url, id } = made.body as { url: string; id: string };
    expect(url).toMatch(/^https:\/\/portal\.example\/api\/v1\/calendar\/[A-Za-z0-9_-]{43}\.ics$/);
    expect((await clinic.get('/calendar/feeds', maria.token)).body.data).toMatchObject([{ id }]);
    expect(JSON.stringify((await clinic.get('/calendar/feeds', maria.token)).body)).not.toContain('.ics');

    await clinic.post(`/appointments/${appointment.id}/reschedule`, maria.token, {
      appointmentDate: TUESDAY,
      startTime: '11:00',
    });
    const moved = await fetchFeed(url);
    expect(moved.status).toBe(200);
    const text = await moved.text();
    expect(text).not.toContain('cough');
    expect(eventsOf(text)).toMatchObject([{ sequence: 1, start: '2026-03-03T10:00:00.000Z', status: 'CONFIRMED' }]);

    await clinic.post(`/appointments/${appointment.id}/cancel`, maria.token, {});
    expect(eventsOf(await (await fetchFeed(url)).text())).toMatchObject([
      { uid: `${appointment.id}@portal.example`, sequence: 2, status: 'CANCELLED' },
    ]);

    expect((await clinic.delete(`/calendar/feeds/${id}`, clinic.paul.token)).status).toBe(404);
    expect((await clinic.delete(`/calendar/feeds/${id}`, maria.token)).status).toBe(204);
    expect((await fetchFeed(url)).status).toBe(404);
    expect((await fetchFeed(url.replace(/\/[^/]+\.ics$/, `/${'A'.repeat(43)}.ics`))).status).toBe(404);
  });

  test('a feed that the reader has is answered with 304, and the read is recorded all the same', async () => {
    const { url } = (await clinic.post('/calendar/feeds', clinic.paul.token)).body;
    const first = await fetchFeed(url);
    const tag = first.headers.get('etag') ?? '';
    expect(tag).toMatch(/^"[A-Za-z0-9_-]{22}"$/);
    const ask = (match: string) => clinic.portal.fetch(new Request(url, { headers: { 'If-None-Match': match } }));
    const held = await ask(`W/"other", ${tag}`);
    expect([held.status, await held.text(), held.headers.get('etag')]).toEqual([304, '', tag]);
    await clinic.book(clinic.paul.token, '09:00');
    const renewed = await ask(tag);
    expect(renewed.status).toBe(200);
    expect(renewed.headers.get('etag')).not.toBe(tag);
    await clinic.delete('/calendar/feeds', clinic.paul.token);
  });

  test('an appointment at a location has its name and address', async () => {
    const { portal, paul } = clinic;
    const booked = await clinic.book(paul.token, '14:00');
    await portal.driver.run(
      [
        sql`INSERT INTO locations (id, name, timezone, street, postal_code, city, country, created_at, updated_at)
            VALUES (${LOCATION}::uuid, 'North house', 'Europe/Berlin', '1 Main Street', '10115', 'Berlin', 'DE', now(), now())`,
        sql`UPDATE appointments SET location_id = ${LOCATION}::uuid WHERE id = ${booked.body.id}::uuid`,
      ],
      'write',
    );
    const location = 'North house, 1 Main Street, 10115 Berlin, DE';
    const file = await clinic.get(`/appointments/${booked.body.id}.ics`, paul.token);
    expect(eventsOf(file.body)).toMatchObject([{ location }]);
    const { url } = (await clinic.post('/calendar/feeds', paul.token)).body;
    expect(eventsOf(await (await fetchFeed(url)).text()).filter((event) => event.location === location)).toHaveLength(
      1,
    );
    await clinic.delete('/calendar/feeds', paul.token);
  });

  test('a doctor’s feed names no patient; five feeds at most; all are revoked at once', async () => {
    const { doctor, paul } = clinic;
    await clinic.book(paul.token, '12:00');
    const made = await clinic.post('/calendar/feeds', doctor.token);
    const text = await (await fetchFeed(made.body.url)).text();
    expect(new Set(eventsOf(text).map(({ summary }) => summary))).toEqual(new Set(['Appointment']));
    expect(text).not.toMatch(/paul|maria/i);
    for (let n = 0; n < 4; n++) expect((await clinic.post('/calendar/feeds', doctor.token)).status).toBe(201);
    expect(await clinic.post('/calendar/feeds', doctor.token)).toMatchObject({ status: 409, body: { limit: 5 } });
    expect((await clinic.delete('/calendar/feeds', doctor.token)).status).toBe(204);
    expect((await fetchFeed(made.body.url)).status).toBe(404);
    expect((await clinic.post('/calendar/feeds', clinic.staff.token)).status).toBe(403);
  });
});

test('R41: a series over the change of the clocks is in the feed at the instants that were booked', async () => {
  for (const { now, date, expected } of [
    // Clocks are set forward on 29 March: 02:30 does not exist there, and the date is left out.
    {
      now: '2026-03-02T12:00:00Z',
      date: '2026-03-22',
      expected: ['2026-03-22T01:30:00Z', '2026-04-05T00:30:00Z', '2026-04-12T00:30:00Z'],
    },
    // Clocks are set back on 25 October: 02:30 occurs twice; the first is booked, and the next patient gets the second.
    {
      now: '2026-10-12T12:00:00Z',
      date: '2026-10-18',
      expected: ['2026-10-18T00:30:00Z', '2026-10-25T00:30:00Z', '2026-11-01T01:30:00Z', '2026-11-08T01:30:00Z'],
    },
  ]) {
    const clinic = await startClinic({ now: Date.parse(now) });
    const allDay = WEEK.map(({ weekday }) => ({ weekday, start: '00:00', end: '24:00' }));
    await clinic.hours(clinic.doctor.id, allDay, 'Europe/Berlin');
    const weekly = { frequency: 'weekly', count: 4, mode: 'free_ones' };
    const what = {
      doctorId: clinic.doctor.id,
      appointmentDate: date,
      startTime: '02:30',
      appointmentType: 'consultation',
    };
    const series = await clinic.post('/appointments/series', clinic.maria.token, { ...what, ...weekly });
    expect(series.body.appointments.map(({ start }: { start: string }) => start)).toEqual(expected);
    const second = await clinic.book(clinic.paul.token, '02:30', { appointmentDate: '2026-10-25' });
    const all = [...expected, ...(second.status === 201 ? ['2026-10-25T01:30:00Z'] : [])].sort();
    expect(all).toHaveLength(expected.length === 4 ? 5 : 3);
    const { url } = (await clinic.post('/calendar/feeds', clinic.doctor.token)).body;
    const events = eventsOf(await (await clinic.portal.fetch(new Request(url))).text());
    expect(events.map(({ start }) => Date.parse(start))).toEqual(all.map((start) => Date.parse(start)));
    await clinic.portal.close();
  }
});
