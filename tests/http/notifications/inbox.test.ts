/** One's own messages in the portal, and what administrators see of all. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { type Clinic, startClinic } from '../scheduling/clinic.ts';

let clinic: Clinic;
let appointment: string;
const inbox = async (query = '', token = clinic.maria.token) => {
  const { status, body } = await clinic.get(`/notifications${query}`, token);
  expect([status, body]).toMatchObject([200, { data: expect.any(Array) }]);
  return body.data as {
    id: string;
    template: string;
    title: string;
    text: string;
    readAt: string | null;
    _links: object;
  }[];
};
const unread = async () => (await clinic.get('/notifications/unread-count', clinic.maria.token)).body.unread;
const templates = async (query = '') => (await inbox(query)).map(({ template }) => template);
const mark = (body: object, token = clinic.maria.token) => clinic.post('/notifications/mark-read', token, body);
const run = () => clinic.portal.platform.jobs.runDue();

beforeAll(async () => {
  clinic = await startClinic();
  appointment = (await clinic.book(clinic.maria.token, '10:00', { reason: 'a rash' })).body.id;
  await clinic.portal.request('POST', '/api/v1/auth/forgot-password', { body: { email: clinic.maria.email } });
  await run();
  clinic.portal.clock.advance(60);
  await clinic.post(`/appointments/${appointment}/cancel`, clinic.admin.token, {});
  await run();
});
afterAll(() => clinic.portal.close());

describe('my messages', () => {
  test('are what the clinic has told me, newest first: without codes, and without the reason of a visit', async () => {
    const found = await inbox();
    expect(found.map(({ template }) => template).slice(0, 2)).toEqual([
      'appointment-cancelled',
      'appointment-confirmation',
    ]);
    expect(found.map(({ template }) => template)).not.toContain('password-reset');
    // What is due later is not shown yet.
    expect(found.map(({ template }) => template)).not.toContain('appointment-reminder');
    expect(found[1]).toMatchObject({
      title: expect.stringContaining('Your appointment on'),
      text: expect.stringContaining('10:00'),
      appointmentId: appointment,
      readAt: null,
      _links: { appointment: { href: `/api/v1/appointments/${appointment}` } },
    });
    expect(JSON.stringify(found)).not.toContain('rash');
  });

  test('are written in the language of the reader', async () => {
    const write = async (language: string) => {
      const options = { token: clinic.maria.token, body: { language }, headers: { 'If-Match': '*' } };
      expect((await clinic.portal.request('PUT', `/api/v1/users/${clinic.maria.id}`, options)).status).toBe(200);
    };
    await write('de');
    expect((await inbox())[1]?.title).toContain('Ihr Termin');
    await write('en');
  });

  test('of one category, and those that are unread', async () => {
    expect(await templates('?category=appointment')).toEqual(['appointment-cancelled', 'appointment-confirmation']);
    expect(await templates('?category=reminder')).toEqual([]);
    const [newest] = await inbox();
    expect(await unread()).toBe((await inbox()).length);
    expect((await mark({ ids: [newest?.id] })).status).toBe(204);
    expect(await templates('?unread=true')).not.toContain('appointment-cancelled');
    expect((await inbox())[0]?.readAt).not.toBeNull();
    expect((await clinic.get('/notifications?category=none', clinic.maria.token)).status).toBe(422);
  });

  test('are marked as read until a moment, or all; others’ and read ones stay as they are', async () => {
    const paul = await inbox('', clinic.paul.token);
    expect(paul).toEqual([]);
    const [first, second] = await inbox();
    await mark({ ids: [second?.id] }, clinic.paul.token);
    expect((await inbox())[1]?.readAt).toBeNull();
    const before = new Date(clinic.portal.clock.now() - 30_000).toISOString();
    clinic.portal.clock.advance(10);
    expect((await mark({ all: true, before })).status).toBe(204);
    expect((await inbox())[0]?.readAt).toBe(first?.readAt);
    expect(await unread()).toBe(0);
    expect((await mark({ all: true })).status).toBe(204);
    for (const wrong of [{}, { ids: [] }, { all: false }, { ids: ['x'] }, { all: true, ids: [second?.id] }]) {
      expect((await mark(wrong)).status, JSON.stringify(wrong)).toBe(422);
    }
  });

  test('R46 the reading is recorded, and told to the person', async () => {
    const { body } = await clinic.get('/audit/me?limit=100', clinic.maria.token);
    const types = body.data.map(({ eventType }: { eventType: string }) => eventType);
    expect(types).toEqual(expect.arrayContaining(['notification.listed', 'notification.marked_read']));
  });

  test('R78 one that cannot be opened is shown without words, beside the others', async () => {
    const [first] = await inbox();
    await clinic.portal.driver.run(
      [
        sql`UPDATE notifications SET variables = set_byte(variables, 20, get_byte(variables, 20) # 1) WHERE id = ${first?.id ?? ''}::uuid`,
      ],
      'write',
    );
    expect((await inbox()).slice(0, 2)).toMatchObject([{ title: null, text: null }, { title: expect.any(String) }]);
  });
});

describe('all messages', () => {
  const all = async (query = '') => {
    const token = await clinic.portal.signIn(clinic.admin.email);
    return (await clinic.get(`/admin/notifications${query}`, token)).body.data;
  };

  test('show what was sent how, and why not', async () => {
    const [cancelled] = await all(`?userId=${clinic.maria.id}&status=sent`);
    expect(cancelled).toMatchObject({
      userId: clinic.maria.id,
      template: 'appointment-cancelled',
      status: 'sent',
      listed: true,
      deliveries: [
        { channel: 'email', state: 'sent', provider: 'mailbox', attempts: 1, outcomeUnknown: false },
        { channel: 'push', state: 'skipped', reason: 'no_address', sentAt: null },
        { channel: 'sms', state: 'skipped', reason: 'not_chosen' },
      ],
    });
    expect(cancelled.deliveries[0].sentAt).toBe('2026-03-02T12:01:00.000Z');
    expect(JSON.stringify(cancelled)).not.toMatch(/rash|maria@/);
  });

  test('a reminder of an appointment that was cancelled is skipped when it is due, and says so', async () => {
    clinic.portal.clock.advance(86_400);
    await run();
    const skipped = await all(`?userId=${clinic.maria.id}&status=skipped`);
    expect(skipped).toContainEqual(
      expect.objectContaining({
        template: 'appointment-reminder',
        reason: expect.stringMatching(/^appointment_/),
        listed: false,
        deliveries: [],
      }),
    );
  });

  test('R46 the reading is told to each person on the page', async () => {
    const token = await clinic.portal.signIn(clinic.maria.email);
    const { body } = await clinic.get('/audit/me?limit=100', token);
    const types = body.data.map(({ eventType }: { eventType: string }) => eventType);
    expect(types).toContain('notification.delivery_read');
  });
});
