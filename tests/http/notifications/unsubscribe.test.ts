/** Links in mails that end mails of their kind, without a sign-in (RFC 8058). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Clinic, type Person, startClinic } from '../scheduling/clinic.ts';

const FORM = 'application/x-www-form-urlencoded';
const ONE_CLICK = 'List-Unsubscribe=One-Click';

let clinic: Clinic;
let person: Person;
let link: string;
let people = 0;

beforeAll(async () => {
  clinic = await startClinic();
  person = await clinic.person('patient', `reader${++people}`);
  link = await linkFor(person, '10:00');
});
afterAll(() => clinic.portal.close());

/** The last line of the mail that confirms a booking. */
async function linkFor(who: Person, at: string) {
  expect((await clinic.book(who.token, at)).status).toBe(201);
  await clinic.runJobs();
  return linkIn((await mails(who))[0]?.text);
}
const linkIn = (text = '') => /https:\/\/portal\.example(\/unsubscribe\/[\w-]{54})\b/.exec(text)?.[1] ?? '';
const mails = async ({ email }: Person) =>
  (await clinic.portal.mails(email)).filter(({ template }) => template === 'appointment-confirmation');
const open = (path: string, headers: Record<string, string> = {}) => clinic.portal.request('GET', path, { headers });
/** A form as mail programs send it. */
function post(path: string, body: BodyInit | null, headers: Record<string, string> = { 'Content-Type': FORM }) {
  return clinic.portal.fetch(new Request(`https://portal.example${path}`, { method: 'POST', body, headers }));
}
const choice = async ({ token }: Person) =>
  (await clinic.get('/notifications/preferences', token)).body.choices.appointment.email.value;

describe('the link of a mail', () => {
  test('shows the kind of the mails and a button, and changes nothing', async () => {
    for (let scan = 0; scan < 3; scan++) {
      const shown = await open(link, { Accept: 'text/html' });
      expect([shown.status, shown.headers.get('content-type')]).toEqual([200, 'text/html; charset=UTF-8']);
      expect(shown.body).toContain('News about your appointments');
      expect(shown.body).toContain(`<form method="post" action="${link}">`);
      expect(shown.body).not.toMatch(/reader|doctor/i);
      expect(shown.headers.get('referrer-policy')).toBe('no-referrer');
    }
    expect(link).not.toContain(person.id.replaceAll('-', ''));
    expect(await choice(person)).toBe(true);
  });

  test('ends mails of its kind with one click, as often as it is sent, and nothing else', async () => {
    const replies = await Promise.all([1, 2, 3].map(() => post(link, ONE_CLICK)));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await choice(person)).toBe(false);
    const { body } = await clinic.get('/notifications/preferences', person.token);
    expect(body).toMatchObject({ version: 1, choices: { reminder: { email: { value: true } } } });
    await clinic.book(person.token, '11:00');
    await clinic.runJobs();
    expect(await mails(person)).toHaveLength(1);
    expect((await open(link)).body).toContain('You get no more of these mails');
    const own = await clinic.get('/audit/me', person.token);
    expect(JSON.stringify(own.body)).toContain('was changed by the link that was mailed to you');
  });

  test('has them sent again, also from a form in parts', async () => {
    expect((await post(link, 'choice=on')).status).toBe(200);
    expect(await choice(person)).toBe(true);
    const parts = new FormData();
    parts.set('List-Unsubscribe', 'One-Click');
    expect((await post(link, parts, {})).status).toBe(200);
    expect(await choice(person)).toBe(false);
  });

  test.each<[string, string | null, Record<string, string>, number]>([
    ['no body', null, {}, 422],
    ['another form', 'List-Unsubscribe=Yes', { 'Content-Type': FORM }, 422],
    ['a field that it does not know', `${ONE_CLICK}&email=a@b.example`, { 'Content-Type': FORM }, 422],
    ['both choices', `${ONE_CLICK}&choice=on`, { 'Content-Type': FORM }, 422],
    ['JSON', '{"List-Unsubscribe":"One-Click"}', { 'Content-Type': 'application/json' }, 415],
    ['text', ONE_CLICK, { 'Content-Type': 'text/plain' }, 415],
  ])('%s is refused, and changes nothing', async (_, body, headers, status) => {
    await post(link, 'choice=on');
    expect((await post(link, body, headers)).status).toBe(status);
    expect((await open(link)).body).toContain('Stop these mails');
  });
});

describe('a link that does not work', () => {
  const forged = () => `${link.slice(0, -1)}${link.endsWith('A') ? 'B' : 'A'}`;
  const ofAnother = () => `/unsubscribe/${link.includes('/0') ? '1' : '0'}${link.slice('/unsubscribe/0'.length)}`;

  test('is answered alike, whatever is wrong with it', async () => {
    for (const path of [forged(), ofAnother(), '/unsubscribe/x', `/unsubscribe/${'0'.repeat(54)}`]) {
      for (const reply of [await open(path), await post(path, ONE_CLICK)]) {
        expect([path, reply.status]).toEqual([path, 404]);
      }
      expect((await open(path, { 'Accept-Language': 'de' })).body).toContain('Dieser Link gilt nicht mehr');
    }
  });

  test('is one of an account that was closed', async () => {
    const leaving = await clinic.person('patient', `reader${++people}`);
    const own = await linkFor(leaving, '09:00');
    expect((await clinic.delete(`/users/${leaving.id}`, clinic.admin.token)).status).toBeLessThan(300);
    expect([(await open(own)).status, (await post(own, ONE_CLICK)).status]).toEqual([404, 404]);
  });
});

describe('mails that cannot be switched off', () => {
  test('have no link', async () => {
    await clinic.portal.request('POST', '/api/v1/auth/forgot-password', { body: { email: clinic.paul.email } });
    await clinic.runJobs();
    const [reset] = await clinic.portal.mails(clinic.paul.email);
    expect(reset?.template).toBe('password-reset');
    expect(reset?.text).not.toContain('/unsubscribe/');
  });
});

describe('later', () => {
  test('a link works after 60 days, and after the person has changed the preferences', async () => {
    const late = await clinic.person('patient', `reader${++people}`);
    const own = await linkFor(late, '12:00');
    await clinic.put('/notifications/preferences', late.token, { reminderMinutes: [15] }, 0);
    clinic.portal.clock.advance(61 * 86_400);
    expect((await post(own, ONE_CLICK)).status).toBe(200);
    expect(await choice({ ...late, token: await clinic.portal.signIn(late.email) })).toBe(false);
  });
});
