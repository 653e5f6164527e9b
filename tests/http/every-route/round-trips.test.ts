import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SESSION_CACHE_MS } from '../../../src/app/identity/authenticate.ts';
import { PASSWORD, type Portal, startPortal } from '../../support/portal.ts';
import { browserBody } from '../../support/push-devices.ts';
import { uploadPicture, uploadText } from '../../support/upload.ts';
import { begunAt } from '../scheduling/clinic.ts';

/** Database round trips that a request may cost, once its session has been loaded, at human pace. */
interface Measured {
  readonly route: string;
  readonly trips: number;
  readonly budget: number;
}

describe('the budget of database round trips: 1 for a read, 2 for a command or a login', () => {
  let portal: Portal;
  let doctorId: string;
  let patient: string;
  let admin: string;
  const measured: Measured[] = [];

  const measure = async (
    budget: number,
    method: string,
    path: string,
    token: string | undefined,
    body?: unknown,
    headers?: Record<string, string>,
  ) => {
    // The session was loaded by an earlier request, so long ago that it is only presumed.
    if (token !== undefined) await portal.request('GET', '/.well-known/jwks.json', { token });
    if (token !== undefined) await portal.request('GET', '/api/v1/users/me', { token });
    portal.clock.advance(SESSION_CACHE_MS / 1000);
    const before = portal.database.roundTrips();
    const reply = await portal.request(method, path, { token, body, ...(headers === undefined ? {} : { headers }) });
    expect(reply.status, `${method} ${path} ${JSON.stringify(reply.body)}`).toBeLessThan(300);
    const route = `${method} ${path
      .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '{id}')
      .replace(/[\w-]{43}\.ics/, '{secret}.ics')
      .replace(/\?.*/, '')}`;
    measured.push({ route, trips: portal.database.roundTrips() - before, budget });
    return reply;
  };

  beforeAll(async () => {
    portal = await startPortal();
    admin = await portal.signIn((await portal.person('admin', 'admin')).email);
    doctorId = (await portal.person('doctor', 'doctor')).id;
    await portal.person('patient', 'patient');
    patient = await portal.signIn('patient@example.org');
  });
  afterAll(() => portal.close());

  /** Operations around appointments that are not part of the slice. */
  const scheduling = async (cancelledId: string) => {
    const match = (version: number) => ({ 'If-Match': `"v${version}"` });
    const appointments = '/api/v1/appointments';
    const date = '2026-03-04';
    const booking = { doctorId, appointmentDate: date, startTime: '10:00', appointmentType: 'consultation' };
    const { body: booked } = await measure(2, 'POST', appointments, patient, booking);
    const one = `${appointments}/${booked.id}`;
    await measure(1, 'GET', `${appointments}/upcoming`, patient);
    await measure(1, 'GET', `${one}/steps`, patient);
    await measure(1, 'GET', `${appointments}/user/${booked.patientId}`, admin);
    await measure(1, 'GET', `${one}.ics`, patient);
    await measure(2, 'PUT', one, patient, { reason: 'x' }, match(1));
    await measure(2, 'POST', `${one}/reschedule`, patient, { appointmentDate: date, startTime: '11:00' });
    await measure(2, 'POST', `${one}/confirm`, admin);
    await portal.driver.run([begunAt(booked.id, '2026-03-02T11:00:00Z')], 'write');
    await measure(2, 'POST', `${one}/arrived`, admin);
    await measure(2, 'POST', `${one}/roomed`, admin);
    await measure(2, 'POST', `${one}/check-in`, admin);
    await measure(2, 'POST', `${one}/complete`, admin);
    await measure(2, 'POST', `${one}/undo`, admin);
    await measure(1, 'GET', `${appointments}/next-available`, patient);
    const hold = { doctorId, start: `${date}T12:00:00Z`, type: 'consultation' };
    const { body: held } = await measure(2, 'POST', `${appointments}/holds`, patient, hold);
    await measure(2, 'DELETE', `${appointments}/holds/${held.id}`, patient);
    const series = { ...booking, startTime: '13:00', frequency: 'weekly', count: 3 };
    const { body: repeated } = await measure(2, 'POST', `${appointments}/series`, patient, series);
    const first = `${appointments}/${repeated.appointments[0].id}`;
    await measure(2, 'POST', `${first}/cancel`, patient, { scope: 'following' });
    const devices = '/api/v1/notifications/push-subscriptions';
    const { body: device } = await measure(2, 'POST', devices, patient, browserBody('counted'));
    await measure(2, 'POST', devices, patient, browserBody('counted'));
    await measure(1, 'GET', devices, patient);
    await measure(1, 'GET', '/api/v1/notifications/push-key', patient);
    await measure(2, 'DELETE', `${devices}/${device.id}`, patient);
    const { body: feed } = await measure(2, 'POST', '/api/v1/calendar/feeds', patient);
    await measure(1, 'GET', '/api/v1/calendar/feeds', patient);
    await measure(1, 'GET', new URL(feed.url).pathname, undefined);
    await measure(2, 'DELETE', `/api/v1/calendar/feeds/${feed.id}`, patient);
    expect((await portal.request('GET', `${appointments}/${cancelledId}`, { token: patient })).status).toBe(200);
  };

  /** Hours, absences and the waitlist. */
  const hoursAndWaitlist = async () => {
    const doctor = `/api/v1/doctors/${doctorId}`;
    const override = { date: '2026-03-07', available: [{ start: '10:00', end: '12:00' }] };
    const { body: other } = await measure(2, 'POST', `${doctor}/availability/overrides`, admin, override);
    await measure(1, 'GET', `${doctor}/availability/overrides`, patient);
    await measure(1, 'GET', `${doctor}/availability/overrides/${other.id}`, patient);
    await measure(2, 'PUT', `${doctor}/availability/overrides/${other.id}`, admin, override);
    await measure(2, 'DELETE', `${doctor}/availability/overrides/${other.id}`, admin);
    const away = { from: '2026-03-10', until: '2026-03-11' };
    const { body: timeOff } = await measure(2, 'POST', `${doctor}/time-off`, admin, away);
    await measure(1, 'GET', `${doctor}/time-off`, admin);
    const given = { from: '2031-01-01T08:00:00Z', affected: { action: 'cancel' } };
    const { body: transfer } = await measure(2, 'POST', `${doctor}/transfer`, admin, given);
    await measure(1, 'GET', `/api/v1/rebookings/${transfer.rebookingIds[0]}`, admin);
    await measure(2, 'PUT', `${doctor}/delay`, admin, { minutes: 30 });
    await measure(1, 'GET', `${doctor}/delay`, admin);
    await measure(2, 'DELETE', `${doctor}/time-off/${timeOff.id}`, admin);
    const { body: holiday } = await measure(2, 'POST', '/api/v1/clinic/holidays', admin, { ...away, name: 'x' });
    const calendar = 'BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20260601\nEND:VEVENT\nEND:VCALENDAR';
    await measure(2, 'POST', '/api/v1/clinic/holidays/import', admin, { calendar });
    await measure(1, 'GET', '/api/v1/clinic/holidays', patient);
    await measure(2, 'DELETE', `/api/v1/clinic/holidays/${holiday.id}`, admin);
    const wish = { type: 'consultation', doctorId, from: '2026-03-04', to: '2026-03-04' };
    const { body: entry } = await measure(2, 'POST', '/api/v1/waitlist', patient, wish);
    await measure(1, 'GET', '/api/v1/waitlist', patient);
    await portal.platform.jobs.runDue();
    const { body: list } = await measure(1, 'GET', '/api/v1/waitlist', patient);
    expect(list.data[0].id).toBe(entry.id);
    await measure(2, 'DELETE', `/api/v1/waitlist/${entry.id}`, patient);
  };

  const files = async () => {
    const id = await uploadText(portal, patient);
    await portal.platform.jobs.runDue();
    const note = { filename: 'a.txt', mimeType: 'text/plain', sizeBytes: 5, fileType: 'other' };
    await measure(2, 'POST', '/api/v1/files', patient, note);
    await measure(1, 'GET', '/api/v1/files/my', patient);
    await measure(1, 'GET', '/api/v1/files/quota', patient);
    await measure(1, 'GET', `/api/v1/files/${id}`, patient);
    await measure(2, 'GET', `/api/v1/files/${id}/download`, patient);
    const { body: share } = await measure(2, 'POST', `/api/v1/files/${id}/share`, patient, { userId: doctorId });
    await measure(1, 'GET', `/api/v1/files/${id}/shares`, patient);
    await measure(1, 'GET', `/api/v1/files/${id}/accesses`, patient);
    await measure(1, 'GET', '/api/v1/files/shared-with-me', patient);
    await measure(2, 'DELETE', `/api/v1/files/${id}/shares/${share.id}`, patient);
    const { body: link } = await measure(2, 'POST', `/api/v1/files/${id}/download-link`, patient);
    await measure(2, 'GET', link.url.slice('https://portal.example'.length), undefined);
    const picture = await uploadPicture(portal, patient);
    await portal.platform.jobs.runDue();
    await measure(1, 'GET', `/api/v1/files/${picture}/thumbnail`, patient);
    await measure(2, 'PUT', `/api/v1/files/${id}`, patient, { tags: ['a'] }, { 'If-Match': '*' });
    await measure(1, 'GET', `/api/v1/files/${id}/upload`, patient);
    await measure(2, 'DELETE', `/api/v1/files/${id}`, patient);
    await measure(2, 'POST', `/api/v1/files/${id}/restore`, patient);
    await measure(1, 'GET', '/api/v1/admin/files/quarantine', admin);
  };

  test('every listed operation keeps to it', async () => {
    const weekly = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, start: '09:00', end: '17:00' }));
    await measure(2, 'PUT', `/api/v1/doctors/${doctorId}/availability`, admin, { timezone: 'UTC', weekly });
    await measure(2, 'POST', '/api/v1/auth/login', undefined, { email: 'patient@example.org', password: PASSWORD });
    await measure(1, 'GET', '/api/v1/users/me', patient);
    await measure(1, 'GET', '/api/v1/auth/sessions', patient);
    await measure(1, 'GET', '/api/v1/doctors', patient);
    await measure(1, 'GET', `/api/v1/doctors/${doctorId}`, patient);
    await measure(1, 'GET', `/api/v1/doctors/${doctorId}/availability`, patient);
    await measure(1, 'GET', '/api/v1/appointment-types', patient);
    await measure(1, 'GET', `/api/v1/appointments/available-slots?doctorId=${doctorId}&date=2026-03-03`, patient);
    const body = { doctorId, appointmentDate: '2026-03-03', startTime: '10:00', appointmentType: 'consultation' };
    const { body: appointment } = await measure(2, 'POST', '/api/v1/appointments', patient, body, {
      'Idempotency-Key': 'k',
    });
    await measure(1, 'POST', '/api/v1/appointments', patient, body, { 'Idempotency-Key': 'k' });
    await measure(1, 'GET', `/api/v1/appointments/${appointment.id}`, patient);
    await measure(1, 'GET', '/api/v1/appointments/my', patient);
    await measure(2, 'POST', `/api/v1/appointments/${appointment.id}/cancel`, patient, {});
    await scheduling(appointment.id);
    await hoursAndWaitlist();
    await files();
    await measure(1, 'GET', '/api/v1/users', admin);
    // A proof of identity from the last five minutes.
    admin = await portal.signIn('admin@example.org');
    await measure(2, 'POST', '/api/v1/users', admin, {
      email: 'new@example.org',
      firstName: 'N',
      lastName: 'N',
      role: 'staff',
    });
    await measure(2, 'POST', '/api/v1/auth/logout', patient);

    const width = Math.max(...measured.map(({ route }) => route.length));
    console.log(
      ['', ...measured.map(({ route, trips, budget }) => `  ${route.padEnd(width)}  ${trips} of ${budget}`), ''].join(
        '\n',
      ),
    );
    expect(measured.filter(({ trips, budget }) => trips > budget)).toEqual([]);
  });

  test('a session that is not cached costs one round trip more, once', async () => {
    patient = await portal.signIn('patient@example.org');
    const trips = async () => {
      const before = portal.database.roundTrips();
      await portal.request('GET', '/api/v1/appointments/my', { token: patient });
      return portal.database.roundTrips() - before;
    };
    expect(await trips()).toBe(2);
    expect(await trips()).toBe(1);
    portal.clock.advance(600);
    expect(await trips()).toBe(1);
  });
});
