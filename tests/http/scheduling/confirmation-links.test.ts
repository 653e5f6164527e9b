/** Links in mails that confirm an appointment without a sign-in (ADR 0235). */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Clinic, type Person, startClinic, TUESDAY, WEDNESDAY } from './clinic.ts';

const DAY = 24 * 3600;

let clinic: Clinic;
let id: string;
beforeEach(async () => {
  clinic = await startClinic();
  await clinic.put('/clinic/settings', clinic.admin.token, { name: 'Park & Partners', timezone: 'UTC' }, 1);
  ({ id } = (await clinic.book(clinic.maria.token, '10:00', { appointmentDate: WEDNESDAY, reason: 'a rash' })).body);
});
afterEach(() => clinic.portal.close());

const mailsOf = async (template: string, to = clinic.maria.email) =>
  (await clinic.portal.mails(to)).filter((mail) => mail.template === template);
const linkIn = (text = '') => /https:\/\/portal\.example(\/confirm\/[\w-]{43})/.exec(text)?.[1] ?? '';
const confirmationLink = async () => linkIn((await mailsOf('appointment-confirmation'))[0]?.text);
const reminderLink = async () => {
  clinic.portal.clock.advance(DAY);
  return linkIn((await mailsOf('appointment-reminder'))[0]?.text);
};
const open = (path: string, headers = {}) => clinic.portal.request('GET', path, { headers });
const press = (path: string) =>
  clinic.portal.request('POST', path, { headers: { 'Content-Type': 'application/x-www-form-urlencoded' } });
/** A session ends while the clock is advanced. */
const signedIn = ({ email }: Person) => clinic.portal.signIn(email);
const statusNow = async (of = id) =>
  (await clinic.get(`/appointments/${of}`, await signedIn(clinic.admin))).body.status;
const move = (startTime: string, appointmentDate = WEDNESDAY) =>
  clinic.post(`/appointments/${id}/reschedule`, clinic.maria.token, { appointmentDate, startTime });

describe('the link of a reminder', () => {
  test('shows the clinic and the time, and changes nothing until its button is pressed', async () => {
    const link = await reminderLink();
    expect(link).not.toBe('');
    for (let scan = 0; scan < 3; scan++) {
      const shown = await open(link);
      expect(shown.status).toBe(200);
      expect(shown.headers.get('content-type')).toContain('text/html');
      expect(shown.headers.get('referrer-policy')).toBe('no-referrer');
      expect(shown.body).toContain('<html lang="en" dir="ltr">');
      expect(shown.body).toContain('Park &amp; Partners');
      expect(shown.body).toContain('Wednesday 4 March 2026 at 10:00');
      expect(shown.body).toContain(`<form method="post" action="${link}"><button type="submit">`);
      expect(shown.body).not.toMatch(/rash|doctor|maria/i);
    }
    expect(await statusNow()).toBe('scheduled');
    const done = await press(link);
    expect(done.status).toBe(200);
    expect(done.body).toContain('Your appointment is confirmed');
    expect(await statusNow()).toBe('confirmed');
  });

  test('is recorded as the patient’s, who came by mail', async () => {
    await press(await confirmationLink());
    const steps = await clinic.get(`/appointments/${id}/steps`, clinic.maria.token);
    expect(steps.body.data.at(-1)).toMatchObject({ status: 'confirmed', by: 'patient', channel: 'email' });
    const { body } = await clinic.get('/audit/events?type=appointment.confirmed', clinic.admin.token);
    expect(body.data).toMatchObject([{ details: { channel: 'email', by: 'patient', receiver: clinic.maria.id } }]);
    const own = await clinic.get('/audit/me', clinic.maria.token);
    expect(JSON.stringify(own.body)).toContain('Your appointment was confirmed by the link that was mailed to you.');
  });

  test('works once: pressing again, also at the same time, is answered alike and changes nothing', async () => {
    const link = await confirmationLink();
    const pressed = await Promise.all([1, 2, 3, 4, 5].map(() => press(link)));
    expect(pressed.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    for (const { body } of pressed) expect(body).toContain('Your appointment is confirmed');
    expect((await open(link)).body).not.toContain('<form');
    const steps = (await clinic.get(`/appointments/${id}/steps`, clinic.maria.token)).body.data;
    expect(steps.filter(({ status }: { status: string }) => status === 'confirmed')).toHaveLength(1);
  });

  test.each([
    ['is moved', () => move('11:00')],
    ['is moved and moved back', () => move('11:00').then(() => move('10:00'))],
    ['is cancelled', () => clinic.post(`/appointments/${id}/cancel`, clinic.admin.token, {})],
    ['has begun', async () => clinic.portal.clock.advance(3 * DAY)],
  ])('ends when the appointment %s, and tells nothing of it', async (_, change) => {
    const link = await confirmationLink();
    await change();
    for (const { status, body } of [await open(link), await press(link)]) {
      expect(status).toBe(404);
      expect(body).toContain('This link does not work any more');
      expect(body).not.toMatch(/March|10:00|11:00|rash|cancelled/);
    }
  });

  test('goes on after an edit that moves nothing', async () => {
    const link = await confirmationLink();
    const body = { reason: 'another rash' };
    const edited = await clinic.portal.request('PUT', `/api/v1/appointments/${id}`, {
      ...{ token: clinic.maria.token, body, headers: { 'If-Match': '*' } },
    });
    expect(edited.status).toBe(200);
    expect((await press(link)).status).toBe(200);
    expect(await statusNow()).toBe('confirmed');
  });

  test('an unknown link is answered in the language of the browser, as one that has ended', async () => {
    const unknown = `/confirm/${'x'.repeat(43)}`;
    const shown = await open(unknown, { 'Accept-Language': 'ar-EG,en;q=0.5' });
    expect(shown.status).toBe(404);
    expect(shown.body).toContain('<html lang="ar" dir="rtl">');
    expect((await press(unknown)).status).toBe(404);
  });

  test('speaks the language of the mail, whoever’s browser opens it', async () => {
    const { id: maria, token } = clinic.maria;
    const options = { token, body: { language: 'de' }, headers: { 'If-Match': '*' } };
    expect((await clinic.portal.request('PUT', `/api/v1/users/${maria}`, options)).status).toBe(200);
    const shown = await open(await reminderLink(), { 'Accept-Language': 'fr' });
    expect(shown.body).toContain('<html lang="de" dir="ltr">');
    expect(shown.body).toContain('Kommen Sie am Mittwoch, 4. März 2026');
  });
});

describe('a new time is to be confirmed again', () => {
  test('the mail about a move asks to confirm, also what was confirmed before, and its link does so', async () => {
    await press(await confirmationLink());
    expect((await move('11:00')).status).toBe(200);
    expect(await statusNow()).toBe('scheduled');
    const [moved] = await mailsOf('appointment-rescheduled');
    expect(moved?.text).toContain('Please confirm that you are coming');
    expect((await press(linkIn(moved?.text))).status).toBe(200);
    expect(await statusNow()).toBe('confirmed');
  });

  test('so does the mail that a cancellation was undone', async () => {
    const desk = await signedIn(clinic.staff);
    expect((await clinic.post(`/appointments/${id}/cancel`, desk, {})).status).toBe(200);
    expect((await clinic.post(`/appointments/${id}/undo`, desk, {})).status).toBe(200);
    const [restored] = await mailsOf('appointment-restored');
    expect((await press(linkIn(restored?.text))).status).toBe(200);
    expect(await statusNow()).toBe('confirmed');
  });
});

describe('what a confirmed patient is told', () => {
  test('the last reminder no longer asks, and there is one of each', async () => {
    const link = await reminderLink();
    const [first] = await mailsOf('appointment-reminder');
    expect(first?.text).toContain('Please confirm that you are coming');
    const page = `https://portal.example/appointments/${id}`;
    expect(first?.text).toContain(`Move the appointment: ${page}?action=reschedule`);
    expect(first?.text).toContain(`Cancel the appointment: ${page}?action=cancel`);
    await press(link);
    clinic.portal.clock.advance(20 * 3600);
    const [last, ...others] = await mailsOf('appointment-reminder');
    expect(others).toHaveLength(1);
    expect(last).toMatchObject({ subject: 'See you on Wednesday 4 March 2026 at 10:00' });
    expect(last?.text).not.toMatch(/Please confirm|\/confirm\//);
  });

  test('mails that are written before the confirmation, and sent after it, do not ask either', async () => {
    clinic.portal.clock.advance(20 * 3600);
    await clinic.post(`/appointments/${id}/confirm`, await signedIn(clinic.staff), {});
    clinic.portal.clock.advance(3 * 3600);
    const [reminder, ...others] = await mailsOf('appointment-reminder');
    expect(others).toEqual([]);
    expect(reminder?.subject).toBe('See you on Wednesday 4 March 2026 at 10:00');
    expect(await confirmationLink()).toBe('');
  });

  test('the patient confirms in the portal too, until it begins', async () => {
    const path = `/appointments/${id}/confirm`;
    expect((await clinic.post(path, clinic.paul.token, {})).status).toBe(404);
    expect((await clinic.get(`/appointments/${id}`, clinic.maria.token)).body._links.confirm).toBeDefined();
    expect(await clinic.post(path, clinic.maria.token, {})).toMatchObject({
      status: 200,
      body: { status: 'confirmed' },
    });
    expect((await clinic.post(path, clinic.maria.token, {})).status).toBe(409);
  });
});

describe('for somebody else', () => {
  const act = () =>
    clinic.post(`/patients/${clinic.maria.id}/proxies`, clinic.admin.token, {
      ...{ personId: clinic.paul.id, ground: 'guardian', proof: 'Court order seen' },
    });

  test('who acts for the patient has a link of their own, which ends with the right to act', async () => {
    const made = await act();
    expect(made.status).toBe(201);
    const { body } = await clinic.book(clinic.maria.token, '14:00', { appointmentDate: TUESDAY });
    const copies = await mailsOf('appointment-confirmation', clinic.paul.email);
    const link = linkIn(copies[0]?.text);
    expect(link).not.toBe('');
    const [own] = await mailsOf('appointment-confirmation');
    expect(link).not.toBe(linkIn(own?.text));
    expect((await clinic.delete(`/proxies/${made.body.id}`, clinic.admin.token)).status).toBe(204);
    expect((await press(link)).status).toBe(404);
    expect(await statusNow(body.id)).toBe('scheduled');
  });

  test('a confirmation by proxy says so', async () => {
    await act();
    const { body } = await clinic.book(clinic.maria.token, '14:00', { appointmentDate: TUESDAY });
    const [copy] = await mailsOf('appointment-confirmation', clinic.paul.email);
    expect((await press(linkIn(copy?.text))).status).toBe(200);
    const steps = await clinic.get(`/appointments/${body.id}/steps`, clinic.maria.token);
    expect(steps.body.data.at(-1)).toMatchObject({ status: 'confirmed', by: 'proxy', channel: 'email' });
  });
});

test('links of mails are counted by address', async () => {
  const limited = await startClinic({ environment: { RATE_LIMIT_FACTOR: '1' } });
  try {
    const answers: number[] = [];
    for (let asked = 0; asked < 61; asked++) {
      const { status } = await limited.portal.request('GET', `/confirm/${'y'.repeat(43)}`);
      answers.push(status);
    }
    expect(new Set(answers.slice(0, 60))).toEqual(new Set([404]));
    expect(answers[60]).toBe(429);
  } finally {
    await limited.portal.close();
  }
});
