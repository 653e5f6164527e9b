/** Who sees which audit events: one’s own history, and what administrators search for (R46). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sealAuditLog } from '../../../src/app/audit/seal.ts';
import { type AuditedPortal, startAuditedPortal } from './audited-portal.ts';

let log: AuditedPortal;
let patient: string;
let patientId: string;

const get = (path: string, token?: string) => log.portal.request('GET', path, { token });

beforeAll(async () => {
  log = await startAuditedPortal();
  const person = await log.portal.person('patient', 'maria');
  patientId = person.id;
  patient = await log.portal.signIn(person.email);
  await get('/api/v1/audit/me', patient);
  await sealAuditLog(log.portal.deps);
});
afterAll(() => log.close());

describe('the history of a record', () => {
  test('the history of one’s record is paged, newest first and in words; reading it is recorded', async () => {
    const first = (await get('/api/v1/audit/me?limit=2', patient)).body;
    expect(first.data).toHaveLength(2);
    expect(first.data[0]).toMatchObject({ who: 'you', what: 'The history of your record was seen by you.' });
    const second = (await get(first._links.next.href, patient)).body;
    expect(second.data[0].timestamp <= first.data[1].timestamp).toBe(true);
    expect(second.data.map(({ id }: { id: string }) => id)).not.toContain(first.data[1].id);
    const all = (await get('/api/v1/audit/me?limit=100', patient)).body.data;
    expect(all.at(-1)).toMatchObject({ who: 'the clinic', eventType: 'user.created' });
  });

  test('the history names who viewed the profile', async () => {
    expect((await get(`/api/v1/users/${patientId}/profile`, log.admin)).status).toBe(200);
    const [newest] = (await get('/api/v1/audit/me', patient)).body.data;
    expect(newest).toMatchObject({
      who: 'ada Example',
      what: 'Your profile was seen by ada Example.',
      phiAccessed: true,
    });
  });

  test('administrators search by person and type; the search is recorded in the person’s record', async () => {
    const path = `/api/v1/audit/events?user=${patientId}&category=auth&severity=low&type=login.succeeded`;
    const { data } = (await get(path, log.admin)).body;
    expect(data).toHaveLength(1);
    expect(data[0]).toMatchObject({
      stream: patientId,
      eventType: 'login.succeeded',
      ip: '203.0.113.7',
      outcome: 'success',
    });
    const [newest] = (await get('/api/v1/audit/me', patient)).body.data;
    expect(newest.eventType).toBe('audit.searched');
    const one = await get(`/api/v1/audit/events/${data[0].id}`, log.admin);
    expect(one.body).toMatchObject({ id: data[0].id, requestId: expect.any(String), leafIndex: expect.any(Number) });
    const later = await get('/api/v1/audit/events?from=2031-01-01T00:00:00Z', log.admin);
    expect(later.body.data).toEqual([]);
    expect((await get('/api/v1/audit/events?severity=terrible', log.admin)).status).toBe(422);
    expect((await get('/api/v1/audit/events?cursor=WzFd', log.admin)).status).toBe(422);
  });

  test('the pages of a search hold each event once', async () => {
    const ids: string[] = [];
    const to = new Date(log.portal.clock.now() + 1).toISOString();
    log.portal.clock.advance(5);
    let path: string | undefined = `/api/v1/audit/events?limit=4&to=${to}`;
    while (path !== undefined) {
      const { data, _links }: { data: { id: string }[]; _links: Record<string, { href: string }> } = (
        await get(path, log.admin)
      ).body;
      ids.push(...data.map(({ id }) => id));
      path = _links.next?.href;
    }
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(8);
  });
});
