/** Who touched whose record: told to the person, and to the officer who looks into a breach (GDPR Art. 15, 33, 34). */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../support/test-database.ts';
import { type Clinic, startClinic } from '../scheduling/clinic.ts';

let database: TestDatabase;
let clinic: Clinic;
const DAY = 86_400;

async function csvOf(path: string, token: string): Promise<string[]> {
  const { status, headers, body } = await clinic.get(path, token);
  expect([status, headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
  return (body as string).trimEnd().split('\r\n');
}

beforeAll(async () => {
  database = await testDatabase();
  clinic = await startClinic({ driver: database.driver });
  const { maria, paul, staff, portal } = clinic;
  await clinic.book(maria.token, '10:00');
  await clinic.book(paul.token, '11:00');
  await clinic.get(`/appointments/user/${maria.id}`, staff.token);
  portal.clock.advance(DAY);
  const token = await portal.signIn(staff.email);
  await clinic.get(`/appointments/user/${maria.id}`, token);
  await clinic.get(`/users/${maria.id}/profile`, token);
  await clinic.get(`/appointments/user/${paul.id}`, token);
  portal.clock.advance(DAY);
});
afterAll(() => database.driver.close());

test('R75 a person asks who saw the record between two dates, on pages and as CSV', async () => {
  const maria = await clinic.portal.signIn(clinic.maria.email);
  const seen = async (query: string) =>
    (await clinic.get(`/audit/me?limit=100&${query}`, maria)).body.data
      .filter(({ who }: { who: string }) => who === 'staff Example')
      .map(({ eventType }: { eventType: string }) => eventType);
  expect(await seen('from=2026-03-02&to=2026-03-02')).toEqual(['appointment.listed']);
  expect(await seen('from=2026-03-03&to=2026-03-03')).toEqual(['user.profile_read', 'appointment.listed']);
  expect(await seen('to=2026-03-03')).toHaveLength(3);
  expect(await seen('from=2026-03-03T12:00:00Z&to=2026-03-03T12:00:01Z')).toHaveLength(2);
  expect((await clinic.get('/audit/me?from=2026-03-04&to=2026-03-03', maria)).status).toBe(422);

  const [head, ...lines] = await csvOf('/audit/me/export?from=2026-03-03&to=2026-03-03', maria);
  expect(head).toBe('timestamp,who,what,eventType,outcome,phiAccessed,dataExported,resourceType,resourceId,id');
  const byStaff = lines.filter((line) => line.includes('staff Example'));
  expect(byStaff).toHaveLength(2);
  expect(byStaff[0]).toContain('Your profile was seen by staff Example.');
  const [, newest] = await csvOf('/audit/me/export', maria);
  expect(newest).toContain('audit.own_exported');
});

test('R75 a history of many pages is downloaded whole', async () => {
  const { portal, paul } = clinic;
  const token = await portal.signIn(paul.email);
  await database.asOwner(`INSERT INTO audit_events
    SELECT (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid(), 'sequence', e.sequence + n))).*
    FROM audit_events e, generate_series(1, 600) n
    WHERE e.stream = '${paul.id}' AND e.sequence = (SELECT max(sequence) FROM audit_events WHERE stream = '${paul.id}');
    UPDATE audit_streams SET sequence = sequence + 600 WHERE stream = '${paul.id}'`);
  const lines = await csvOf('/audit/me/export', token);
  expect(lines.length).toBeGreaterThan(601);
  expect(new Set(lines).size).toBe(lines.length);
});

test('R75 an officer asks whose records somebody touched between two times', async () => {
  const { portal, staff, maria, paul } = clinic;
  const admin = await portal.signIn(clinic.admin.email);
  const asked = (from: string, to: string) => `actor=${staff.id}&from=${from}&to=${to}`;
  const whole = asked('2026-03-01T00:00:00Z', '2026-03-05T00:00:00Z');
  const first = await clinic.get(`/audit/affected?${whole}&limit=1`, admin);
  expect(first.body).toMatchObject({ persons: 2, events: 4, unattributed: 0 });
  const second = await clinic.get(first.body._links.next.href.replace('/api/v1', ''), admin);
  const all = [...first.body.data, ...second.body.data];
  expect(second.body.page.nextCursor).toBeNull();
  expect(all.find(({ userId }) => userId === maria.id)).toEqual({
    userId: maria.id,
    name: 'maria Example',
    role: 'patient',
    events: 3,
    phiEvents: 3,
    exports: 0,
    eventTypes: ['appointment.listed', 'user.profile_read'],
    firstAt: '2026-03-02T12:00:00.000Z',
    lastAt: '2026-03-03T12:00:00.000Z',
  });
  const oneDay = await clinic.get(`/audit/affected?${asked('2026-03-02T00:00:00Z', '2026-03-03T00:00:00Z')}`, admin);
  expect(oneDay.body).toMatchObject({ persons: 1, events: 1, data: [{ userId: maria.id }] });

  const [head, ...lines] = await csvOf(`/audit/affected/export?${whole}`, admin);
  expect(head).toMatch(/^userId,name,role,events/);
  expect(lines.map((line) => line.split(',')[0]).sort()).toEqual([maria.id, paul.id].sort());
  const searched = await clinic.get('/audit/events?user=system&type=audit.affected_read', admin);
  expect(searched.body.data[0]).toMatchObject({ severity: 'critical', resourceId: staff.id });

  portal.clock.advance(301);
  expect((await clinic.get(`/audit/affected/export?${whole}`, admin)).body.code).toBe('step_up_required');
  expect((await clinic.get(`/audit/affected?${whole}`, await portal.signIn(staff.email))).status).toBe(403);
});
