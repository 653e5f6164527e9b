/** The settings of the clinic, and the decisions and answers that follow them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Clinic, startClinic, TUESDAY } from './clinic.ts';

let clinic: Clinic;

const SETTINGS = { name: 'Park practice', timezone: 'Europe/Berlin' };
const versionNow = async () => (await clinic.get('/clinic/settings', clinic.admin.token)).body.version as number;
const save = async (fields: object) =>
  clinic.put('/clinic/settings', clinic.admin.token, { ...SETTINGS, ...fields }, await versionNow());

beforeAll(async () => {
  clinic = await startClinic({ environment: { CANCEL_NOTICE_MINUTES: '60', MAX_RESCHEDULES: '2' } });
});
afterAll(() => clinic.portal.close());

test('before they are saved, the limits of the environment apply', async () => {
  const { body, headers } = await clinic.get('/clinic/settings', clinic.staff.token);
  // A copy of before a restart with other variables is not taken for the current one.
  expect(headers.get('etag')).toBe('"v1.60.0.2.1440.0.30.18"');
  expect(body).toMatchObject({
    name: null,
    version: 1,
    limits: { cancelNoticeMinutes: 60, maximumReschedules: 2, parentalAgeLimit: 18 },
  });
});

test('everybody reads the public part, without a session, and nothing else', async () => {
  await save({
    address: { street: 'Lindenstraße 12', city: 'Berlin' },
    texts: { welcome: 'Hello', mailFooter: 'Bye' },
    videoLink: 'https://video.example/clinic',
  });
  const { status, body } = await clinic.portal.request('GET', '/api/v1/clinic');
  expect(status).toBe(200);
  expect(body).toMatchObject({ name: 'Park practice', address: { city: 'Berlin' }, texts: { welcome: 'Hello' } });
  expect(Object.keys(body).sort()).toEqual(
    ['_links', 'address', 'colours', 'email', 'logo', 'name', 'phone', 'texts', 'timezone'].sort(),
  );
  expect(Object.keys(body.texts)).toEqual(['welcome', 'imprint']);
});

test('a change is bound to a version; one without a name, with HTML or with unreadable colours is refused', async () => {
  const { token } = clinic.admin;
  expect(await clinic.put('/clinic/settings', token, SETTINGS)).toMatchObject({ status: 428 });
  expect(await clinic.put('/clinic/settings', token, SETTINGS, 99)).toMatchObject({ status: 412 });
  expect((await save({ name: '' })).body.errors).toMatchObject([{ pointer: '/name' }]);
  expect((await save({ texts: { welcome: '<script>' } })).body.errors).toMatchObject([{ pointer: '/texts/welcome' }]);
  const colours = { primary: '#eeeeee', onPrimary: '#ffffff' };
  expect((await save({ colours })).body.errors).toMatchObject([{ pointer: '/colours/onPrimary' }]);
  expect((await save({ colours: { ...colours, primary: 'red' } })).status).toBe(422);
  expect((await save({ limits: { offerMinutes: 0 } })).body.errors).toMatchObject([
    { pointer: '/limits/offerMinutes' },
  ]);
  expect((await save({ videoLink: 'http://plain.example' })).body.errors).toMatchObject([{ pointer: '/videoLink' }]);
});

test('of two changes of one version, one is made', async () => {
  const version = await versionNow();
  const two = ['A', 'B'].map((name) =>
    clinic.put('/clinic/settings', clinic.admin.token, { ...SETTINGS, name }, version),
  );
  expect((await Promise.all(two)).map(({ status }) => status).sort()).toEqual([200, 412]);
});

test('a change is recorded with the names of what changed, and the values of limits', async () => {
  await save({ limits: { cancelNoticeMinutes: 60 } });
  await save({ phone: '+4930901820', limits: { cancelNoticeMinutes: 120 } });
  const { body } = await clinic.get('/audit/events?type=clinic.settings_updated', clinic.admin.token);
  expect(body.data.map(({ details }: { details: object }) => details)).toContainEqual({
    changed: 'phone cancelNoticeMinutes',
    cancelNoticeMinutes: '60 -> 120',
  });
});

test('reminders name the doctor on a locked screen unless the clinic has said no, and a change that leaves it out keeps it', async () => {
  const shown = async () => {
    const { body } = await clinic.get('/clinic/settings', clinic.admin.token);
    const push = await clinic.get(
      '/admin/templates/appointment-reminder/preview?language=en&format=push',
      clinic.admin.token,
    );
    return { names: body.namesDoctorInReminders, push: push.body as string };
  };
  expect(await shown()).toMatchObject({ names: true, push: expect.stringContaining('Okafor') });
  expect((await save({ namesDoctorInReminders: false })).body).toMatchObject({ namesDoctorInReminders: false });
  expect((await save({ phone: '+4930901821' })).body).toMatchObject({ namesDoctorInReminders: false });
  expect(await shown()).toMatchObject({ names: false, push: expect.not.stringContaining('Okafor') });
  const { body } = await clinic.get('/audit/events?type=clinic.settings_updated', clinic.admin.token);
  const changed = body.data.flatMap(({ details }: { details: { changed: string } }) => details.changed.split(' '));
  expect(changed).toContain('namesDoctorInReminders');
  expect((await save({ namesDoctorInReminders: true })).status).toBe(200);
});

test('a stored limit decides at once, in the refusal and in the links', async () => {
  await save({ limits: { cancelNoticeMinutes: 0, rescheduleNoticeMinutes: 0 } });
  const booked = await clinic.book(clinic.maria.token, '09:00');
  const path = `/appointments/${booked.body.id}`;
  const links = async () => (await clinic.get(path, clinic.maria.token)).body._links;
  expect(booked.body._links).toHaveProperty('cancel');
  // Tomorrow at nine is less than two days ahead.
  await save({ limits: { cancelNoticeMinutes: 2880, rescheduleNoticeMinutes: 2880 } });
  expect(await links()).not.toHaveProperty('cancel');
  expect(await links()).not.toHaveProperty('reschedule');
  const types = await clinic.get('/appointment-types', clinic.maria.token);
  expect(types.body.data[0].selfService).toMatchObject({ cancelNoticeMinutes: 2880, rescheduleNoticeMinutes: 2880 });
  expect((await clinic.post(`${path}/cancel`, clinic.maria.token, {})).body.code).toBe('too_late_to_cancel');
  const move = { appointmentDate: TUESDAY, startTime: '10:00' };
  expect((await clinic.post(`${path}/reschedule`, clinic.maria.token, move)).body.code).toBe('too_late_to_reschedule');
  const list = await clinic.get('/appointments/my', clinic.maria.token);
  expect(list.body.data[0]._links).not.toHaveProperty('cancel');
  await save({ limits: { cancelNoticeMinutes: 0, rescheduleNoticeMinutes: 0, maximumReschedules: 0 } });
  expect((await clinic.post(`${path}/reschedule`, clinic.maria.token, move)).body.code).toBe('too_many_reschedules');
  expect((await clinic.post(`${path}/cancel`, clinic.maria.token, {})).status).toBe(200);
});

test('a type that inherits a limit is sent again once the limit has changed, and may still be changed', async () => {
  await save({ limits: { cancelNoticeMinutes: 0 } });
  const settings = { name: 'Blood test', durationMinutes: 10, slotIntervalMinutes: 10 };
  const own = { code: 'own_notice', ...settings, cancelNoticeMinutes: 30, rescheduleNoticeMinutes: 30 };
  const made = await clinic.post('/appointment-types', clinic.admin.token, { code: 'inheriting', ...settings });
  const other = await clinic.post('/appointment-types', clinic.admin.token, own);
  const read = (id: string, tag = '') =>
    clinic.portal.request('GET', `/api/v1/appointment-types/${id}`, {
      token: clinic.admin.token,
      headers: { 'If-None-Match': tag },
    });
  const tagOf = async (id: string) => (await read(id)).headers.get('etag') ?? '';
  const [held, heldOwn] = [await tagOf(made.body.id), await tagOf(other.body.id)];
  expect((await read(made.body.id, held)).status).toBe(304);
  await save({ limits: { cancelNoticeMinutes: 60 } });
  expect(await read(made.body.id, held)).toMatchObject({ body: { selfService: { cancelNoticeMinutes: 60 } } });
  expect((await read(other.body.id, heldOwn)).status).toBe(304);
  const change = {
    token: clinic.admin.token,
    body: { code: 'inheriting', ...settings },
    headers: { 'If-Match': held },
  };
  const path = `/api/v1/appointment-types/${made.body.id}`;
  expect((await clinic.portal.request('PUT', path, change)).status).toBe(200);
  expect((await clinic.portal.request('PUT', path, change)).status).toBe(412);
});

test('an offer of the waitlist lasts as long as the clinic has chosen', async () => {
  await save({ limits: { offerMinutes: 45 } });
  const taken = await clinic.book(clinic.maria.token, '14:00');
  await clinic.book(clinic.paul.token, '15:00');
  await clinic.post('/waitlist', clinic.paul.token, {
    type: 'consultation',
    doctorId: clinic.doctor.id,
    from: TUESDAY,
    to: TUESDAY,
    dailyWindow: { start: '14:00', end: '14:30' },
  });
  await clinic.post(`/appointments/${taken.body.id}/cancel`, clinic.maria.token, {});
  await clinic.runJobs();
  const { body } = await clinic.get('/waitlist', clinic.paul.token);
  const expiresAt = new Date(clinic.portal.clock.now() + 45 * 60_000).toISOString().replace('.000', '');
  expect(body.data[0].offer).toMatchObject({ expiresAt });
});

test('the age at which a parent no longer acts for a child is the stored one', async () => {
  await save({ limits: { parentalAgeLimit: 12 } });
  const child = { firstName: 'Ana', lastName: 'Silva', dateOfBirth: '2012-05-06', channel: 'phone' };
  const { body } = await clinic.post('/patients', clinic.staff.token, child);
  const proxy = { personId: clinic.maria.id, ground: 'parent', proof: 'Birth certificate seen' };
  expect((await clinic.post(`/patients/${body.id}/proxies`, clinic.staff.token, proxy)).status).toBeGreaterThanOrEqual(
    400,
  );
  await save({ limits: { parentalAgeLimit: 16 } });
  expect((await clinic.post(`/patients/${body.id}/proxies`, clinic.staff.token, proxy)).status).toBe(201);
});

test('a visit by video takes place at the clinic’s address, unless the doctor has one', async () => {
  await save({ videoLink: 'https://video.example/clinic' });
  const type = { code: 'remote', name: 'Remote', durationMinutes: 30, slotIntervalMinutes: 30, visitModes: ['video'] };
  await clinic.post('/appointment-types', clinic.admin.token, type);
  const booked = await clinic.book(clinic.maria.token, '11:00', { appointmentType: 'remote' });
  expect(booked.body.videoLink).toBe('https://video.example/clinic');
  const shown = async () =>
    (await clinic.get(`/appointments/${booked.body.id}`, clinic.maria.token)).body.videoLink as string;
  expect(await shown()).toBe('https://video.example/clinic');
  const entry = { specialty: null, languages: [], bio: null, acceptingPatients: true };
  const own = { ...entry, videoLink: 'https://video.example/doctor' };
  await clinic.put(`/doctors/${clinic.doctor.id}`, clinic.doctor.token, own, 1);
  expect(await shown()).toBe('https://video.example/doctor');
  const next = await clinic.book(clinic.maria.token, '12:00', { appointmentType: 'remote' });
  expect(next.body.videoLink).toBe('https://video.example/doctor');
});
