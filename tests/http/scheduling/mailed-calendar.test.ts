/** Mails about appointments: who signs them, and the file for calendars that they carry. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventsOf } from '../../contract/calendar-readers.ts';
import { enrol } from '../identity/support.ts';
import { type Clinic, startClinic, TUESDAY, WEEK } from './clinic.ts';

const SETTINGS = {
  name: 'Park & Partners',
  timezone: 'Europe/Berlin',
  address: { street: 'Lindenstraße 12', postalCode: '10969', city: 'Berlin', country: 'DE' },
  phone: '+4930901820',
  email: 'desk@clinic.example',
  texts: { mailFooter: 'Please do not answer this mail.' },
};

let clinic: Clinic;
beforeEach(async () => {
  clinic = await startClinic();
  await clinic.hours(clinic.doctor.id, WEEK, 'Europe/Berlin');
});
afterEach(() => clinic.portal.close());

/** Oldest first. */
const mails = async () => (await clinic.portal.mails(clinic.maria.email)).toReversed();
const fileOf = (mail: Awaited<ReturnType<typeof mails>>[number] | undefined) => {
  const text = mail?.attachments[0]?.text ?? '';
  return { method: /^METHOD:(\w+)\r$/m.exec(text)?.[1], ...eventsOf(text)[0] };
};
const move = (id: string, startTime: string) =>
  clinic.post(`/appointments/${id}/reschedule`, clinic.maria.token, { appointmentDate: TUESDAY, startTime });

describe('the file for calendars', () => {
  test('comes with the mail about each change, under one UID, with the version as SEQUENCE', async () => {
    await clinic.put('/clinic/settings', clinic.admin.token, SETTINGS, 1);
    const booked = await clinic.book(clinic.maria.token, '10:00', { reason: 'A secret cough' });
    const { id } = booked.body;
    const [confirmation] = await mails();
    expect(confirmation?.attachments).toMatchObject([{ filename: 'appointment.ics', type: 'text/calendar' }]);
    expect(confirmation?.attachments[0]?.text).not.toContain('cough');
    const uid = `${id}@portal.example`;
    expect(fileOf(confirmation)).toMatchObject({
      ...{ method: 'PUBLISH', uid, sequence: 0, status: 'CONFIRMED', start: '2026-03-03T09:00:00.000Z' },
      summary: 'Appointment with doctor Example',
      location: 'Park & Partners, Lindenstraße 12, 10969 Berlin, DE',
      organizer: 'mailto:desk@clinic.example',
    });
    await move(id, '11:00');
    const [, moved] = await mails();
    expect(fileOf(moved)).toMatchObject({ method: 'PUBLISH', uid, sequence: 1, start: '2026-03-03T10:00:00.000Z' });
    await clinic.post(`/appointments/${id}/cancel`, clinic.maria.token, {});
    const [, , cancelled] = await mails();
    expect(fileOf(cancelled)).toMatchObject({ method: 'CANCEL', uid, sequence: 2, status: 'CANCELLED' });
    const feed = await clinic.get(`/appointments/${id}.ics`, clinic.maria.token);
    expect(eventsOf(feed.body)).toMatchObject([{ uid, sequence: 2, organizer: 'mailto:desk@clinic.example' }]);
  });

  test('shows what its mail tells, each once', async () => {
    const { id } = (await clinic.book(clinic.maria.token, '10:00')).body;
    const [booked] = await mails();
    expect(fileOf(booked)).toMatchObject({ sequence: 0, start: '2026-03-03T09:00:00.000Z', organizer: null });
    await move(id, '11:00');
    const moved = (await mails()).find(({ template }) => template === 'appointment-rescheduled');
    expect(fileOf(moved)).toMatchObject({ sequence: 1, start: '2026-03-03T10:00:00.000Z' });
  });

  test('is not sent any more once its mail is no longer true', async () => {
    const { id } = (await clinic.book(clinic.maria.token, '10:00')).body;
    await move(id, '11:00');
    expect((await mails()).map(({ template }) => template)).toEqual(['appointment-rescheduled']);
  });

  test('is written in the language of its receiver', async () => {
    const { id, token } = clinic.maria;
    const etag = (await clinic.get(`/users/${id}`, token)).headers.get('etag') ?? '';
    const body = { language: 'de-CH' };
    const changed = await clinic.portal.request('PUT', `/api/v1/users/${id}`, {
      token,
      body,
      headers: { 'If-Match': etag },
    });
    expect(changed.status).toBe(200);
    const { body: booked } = await clinic.book(token, '10:00');
    const [confirmation] = await mails();
    expect(fileOf(confirmation)).toMatchObject({
      summary: 'Termin bei doctor Example',
      description: 'Im Patientenportal ansehen oder ändern.',
    });
    // So are the file of one appointment and a feed, which has its name in that language too.
    const one = await clinic.get(`/appointments/${booked.id}.ics`, token);
    const { url } = (await clinic.post('/calendar/feeds', token)).body;
    const feed = await (await clinic.portal.fetch(new Request(url))).text();
    for (const [text, name] of [
      [one.body, 'Termin'],
      [feed, 'Patientenportal'],
    ]) {
      expect(text).toContain(`X-WR-CALNAME:${name}`);
      expect(eventsOf(text)[0]).toMatchObject({
        ...{
          summary: 'Termin bei doctor Example',
          description: 'Im Patientenportal ansehen oder ändern.',
          sequence: 0,
        },
      });
    }
    const french = await clinic.get(
      '/admin/templates/appointment-confirmation/preview?language=fr&format=ics',
      clinic.admin.token,
    );
    expect(eventsOf(french.body)[0]?.summary).toMatch(/^Rendez-vous avec /);
  });

  test('of a series has all its appointments, and a reminder has no file', async () => {
    const series = await clinic.post('/appointments/series', clinic.maria.token, {
      ...{ doctorId: clinic.doctor.id, appointmentType: 'consultation', appointmentDate: '2026-03-10' },
      ...{ startTime: '09:00', frequency: 'weekly', count: 3 },
    });
    expect(series.status).toBe(201);
    const [booked] = await mails();
    expect(eventsOf(booked?.attachments[0]?.text ?? '').map(({ start }) => start.slice(0, 10))).toEqual([
      ...['2026-03-10', '2026-03-17', '2026-03-24'],
    ]);
    clinic.portal.clock.advance(7 * 24 * 3600);
    const reminder = (await mails()).find(({ template }) => template === 'appointment-reminder');
    expect(reminder?.attachments).toEqual([]);
  });

  test('is shown in the development mailbox', async () => {
    await clinic.book(clinic.maria.token, '10:00');
    const page = await clinic.portal.request('GET', `/dev/mailbox?to=${clinic.maria.email}`, {
      headers: { Accept: 'text/html', Host: 'localhost' },
    });
    expect(page.body).toContain('<summary>appointment.ics (text/calendar)</summary>');
    expect(page.body).toContain('BEGIN:VEVENT');
  });
});

test('a text message is not signed: each of its parts costs', async () => {
  await clinic.put('/clinic/settings', clinic.admin.token, SETTINGS, 1);
  const { token } = await enrol(clinic.portal, clinic.paul.email);
  const phoneNumber = '+4930901820';
  await clinic.portal.request('POST', '/api/v1/mfa/phone', { token, body: { phoneNumber } });
  const [sent] = await clinic.portal.mails(phoneNumber);
  expect(sent?.template).toBe('sign-in-code');
  expect(sent?.text).not.toContain(SETTINGS.name);
});

test('the clinic signs each mail, with what it is called by then', async () => {
  await clinic.book(clinic.maria.token, '10:00');
  await clinic.put('/clinic/settings', clinic.admin.token, SETTINGS, 1);
  await clinic.portal.request('POST', '/api/v1/auth/forgot-password', { body: { email: clinic.maria.email } });
  const found = await mails();
  expect(found).toHaveLength(2);
  for (const { text, html } of found) {
    expect(text.split('\n-- \n')[1]).toMatch(
      /^Park & Partners\nLindenstraße 12, 10969 Berlin\n\+4930901820\nPlease do not answer this mail\.\nYou get this message because/,
    );
    expect(html).toContain('>Park &amp; Partners<br>\nLindenstraße 12');
  }
});
