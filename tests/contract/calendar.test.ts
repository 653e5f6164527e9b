import ICAL from 'ical.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Appointment } from '../../domain/scheduling/appointment.ts';
import { parseZone, type ZoneId } from '../../domain/shared/zone.ts';
import { calendarFile } from '../../src/http/calendar-file.ts';
import { type Clinic, startClinic, TUESDAY, WEEK } from '../http/scheduling/clinic.ts';

/** Parsed by another library than the one that wrote the file. */
function eventsOf(text: string) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  for (const zone of calendar.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(zone);
  return calendar.getAllSubcomponents('vevent').map((component) => {
    const event = new ICAL.Event(component);
    return {
      uid: event.uid,
      sequence: event.sequence,
      status: component.getFirstPropertyValue('status'),
      start: event.startDate.toJSDate().toISOString(),
      end: event.endDate.toJSDate().toISOString(),
      zone: event.startDate.zone?.tzid,
      summary: event.summary,
    };
  });
}

function appointmentAt(timezone: string, start: number): Appointment {
  return {
    id: '01900000-0000-7000-8000-000000000001',
    start,
    end: start + 30 * 60_000,
    timezone: timezone as ZoneId,
    version: 3,
    status: 'confirmed',
    createdAt: 0,
    updatedAt: 0,
  } as Appointment;
}

describe('calendar files', () => {
  test('R41: contain the right instants all year round, in zones of every kind', () => {
    const zones = [
      'Europe/Berlin',
      'America/New_York',
      'Asia/Kolkata',
      'Asia/Kathmandu',
      'Australia/Lord_Howe',
      'Pacific/Auckland',
      'America/Sao_Paulo',
      'Asia/Tokyo',
      'Pacific/Apia',
      'UTC',
    ];
    for (const zone of zones) {
      expect(parseZone(zone)).toBeDefined();
      for (let day = 0; day < 366; day += 5) {
        const start = Date.parse('2026-03-01T00:30:00Z') + day * 86_400_000 + (day % 24) * 3_600_000;
        const [event] = eventsOf(calendarFile([{ appointment: appointmentAt(zone, start), summary: 'x' }], 'h', 'n'));
        expect([zone, event?.start], zone).toEqual([zone, new Date(start).toISOString()]);
      }
    }
  });

  test('the two hours of a fold are distinguished', () => {
    // Berlin, 25 October 2026: 02:30 occurs twice.
    for (const start of ['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z']) {
      const file = calendarFile(
        [{ appointment: appointmentAt('Europe/Berlin', Date.parse(start)), summary: 'x' }],
        'h',
        'n',
      );
      expect(eventsOf(file)[0]?.start).toBe(start);
    }
  });

  test('lines are folded at 75 octets and end in CRLF (RFC 5545 section 3.1)', () => {
    const summary = 'Приём, с запятой; и точкой с запятой '.repeat(5).trim();
    const file = calendarFile([{ appointment: appointmentAt('Europe/Berlin', 1_772_500_000_000), summary }], 'h', 'n');
    const lines = file.split('\r\n');
    expect(lines.every((line) => !line.includes('\n') && new TextEncoder().encode(line).length <= 75)).toBe(true);
    expect(eventsOf(file)[0]?.summary).toBe(summary);
  });
});

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
    expect(eventsOf(text)).toMatchObject([{ sequence: 1, start: '2026-03-03T10:00:00.000Z', status: 'TENTATIVE' }]);

    await clinic.post(`/appointments/${appointment.id}/cancel`, maria.token, {});
    expect(eventsOf(await (await fetchFeed(url)).text())).toMatchObject([
      { uid: `${appointment.id}@portal.example`, sequence: 2, status: 'CANCELLED' },
    ]);

    expect((await clinic.delete(`/calendar/feeds/${id}`, clinic.paul.token)).status).toBe(404);
    expect((await clinic.delete(`/calendar/feeds/${id}`, maria.token)).status).toBe(204);
    expect((await fetchFeed(url)).status).toBe(404);
    expect((await fetchFeed(url.replace(/\/[^/]+\.ics$/, `/${'A'.repeat(43)}.ics`))).status).toBe(404);
  });

  test('a doctor’s feed names no patient; five feeds at most; all are revoked at once', async () => {
    const { doctor, paul } = clinic;
    await clinic.book(paul.token, '12:00');
    const made = await clinic.post('/calendar/feeds', doctor.token);
    const text = await (await fetchFeed(made.body.url)).text();
    expect(eventsOf(text).map(({ summary }) => summary)).toEqual(['Appointment', 'Appointment']);
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
