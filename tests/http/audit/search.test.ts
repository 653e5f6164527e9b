/** Questions to the audit log (R75): by actor, subject, outcome, request, resource, address; as pages and as files. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBlindIndex, generateIndexKey } from '../../../adapters/crypto/blind-index.ts';
import { createAuditLoads } from '../../../adapters/postgres/audit/loads.ts';
import type { SqlDriver } from '../../../adapters/postgres/driver/driver.ts';
import { type SqlLoad, sql } from '../../../adapters/postgres/driver/sql.ts';
import { addressIndexes } from '../../../adapters/postgres/sealed/sealed-row.ts';
import type { EventFilter } from '../../../domain/audit/ports.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { csvField } from '../../../src/app/audit/csv.ts';
import { sealAuditLog } from '../../../src/app/audit/seal.ts';
import { PASSWORD } from '../../support/portal.ts';
import { type TestDatabase, testDatabase } from '../../support/test-database.ts';
import { type Clinic, startClinic } from '../scheduling/clinic.ts';

const ADDRESS = '198.51.100.77';
const NONE: EventFilter = {
  subject: null,
  actor: null,
  type: null,
  category: null,
  severity: null,
  outcome: null,
  requestId: null,
  resourceType: null,
  resourceId: null,
  address: null,
  from: null,
  to: null,
};

let database: TestDatabase;
let driver: SqlDriver;
let clinic: Clinic;
let appointmentId: string;

beforeAll(async () => {
  database = await testDatabase();
  ({ driver } = database);
  clinic = await startClinic({ driver });
  appointmentId = (await clinic.book(clinic.maria.token, '10:00')).body.id;
  await clinic.get(`/appointments/${appointmentId}`, clinic.staff.token);
  await clinic.get(`/users/${clinic.maria.id}/profile`, clinic.staff.token);
  await clinic.get(`/appointments/${appointmentId}`, clinic.paul.token);
});
afterAll(() => driver.close());

interface Found {
  readonly eventType: string;
  readonly stream: string;
  readonly userId: string | null;
  readonly outcome: string;
  readonly requestId: string;
  readonly resourceId: string | null;
  readonly ip: string | null;
}

async function search(query: string): Promise<Found[]> {
  const { status, body } = await clinic.get(`/audit/events?limit=100&${query}`, clinic.admin.token);
  expect([query, status]).toEqual([query, 200]);
  return body.data;
}

describe('a search', () => {
  test('R75 shows which records an employee read', async () => {
    const found = await search(`actor=${clinic.staff.id}`);
    expect(found.map(({ userId }) => userId)).toEqual(found.map(() => clinic.staff.id));
    const looked = found.filter(({ stream }) => stream === clinic.maria.id).map(({ eventType }) => eventType);
    expect(looked.sort()).toEqual(['appointment.read', 'user.profile_read']);
  });

  test('R75 finds a denial in the record of the person it concerned', async () => {
    const found = await search(`patient=${clinic.maria.id}&outcome=failure`);
    expect(found).toMatchObject([
      { eventType: 'access.denied', userId: clinic.paul.id, stream: clinic.maria.id, resourceId: appointmentId },
    ]);
    expect(await search(`subject=${clinic.maria.id}&outcome=failure`)).toHaveLength(1);
  });

  test('R75 finds by resource, request, type, category and severity, and all conditions hold at once', async () => {
    const ofResource = await search(`resourceType=appointment&resourceId=${appointmentId}`);
    expect(new Set(ofResource.map(({ eventType }) => eventType))).toEqual(
      new Set(['appointment.booked', 'appointment.read', 'access.denied']),
    );
    const [one] = ofResource;
    const ofRequest = await search(`requestId=${one?.requestId}`);
    expect(ofRequest.length).toBeGreaterThan(0);
    expect(ofRequest.every(({ requestId }) => requestId === one?.requestId)).toBe(true);
    expect(await search(`actor=${clinic.staff.id}&resourceId=${appointmentId}&outcome=success`)).toHaveLength(1);
    expect(await search(`actor=${clinic.staff.id}&severity=critical`)).toEqual([]);
    expect((await search('category=auth&outcome=failure')).every(({ outcome }) => outcome === 'failure')).toBe(true);
  });

  test('R75 finds by the client’s address, IPv6 by its /64, until the person is erased', async () => {
    const login = (from: string) =>
      clinic.portal.request('POST', '/api/v1/auth/login', {
        body: { email: clinic.otherDoctor.email, password: PASSWORD },
        from,
      });
    await login(ADDRESS);
    await login('2001:db8:1:2::5');
    expect(await search(`address=${ADDRESS}&type=login.succeeded`)).toMatchObject([
      { eventType: 'login.succeeded', stream: clinic.otherDoctor.id, ip: ADDRESS },
    ]);
    expect(await search('address=2001:db8:1:2:ffff::1')).not.toEqual([]);
    expect(await search('address=2001:db8:1:3::1')).toEqual([]);
    expect((await clinic.get('/audit/events?address=nowhere', clinic.admin.token)).status).toBe(422);
    const [rows = []] = await driver.run([sql`SELECT address_index FROM audit_addresses LIMIT 1`], 'snapshot');
    expect(rows[0]?.address_index).toHaveLength(32);

    const eve = await clinic.person('patient', 'eve');
    const elsewhere = '198.51.100.78';
    const body = { password: PASSWORD };
    await clinic.portal.request('POST', '/api/v1/auth/step-up', { token: eve.token, body, from: elsewhere });
    expect(await search(`address=${elsewhere}`)).not.toEqual([]);
    const closed = await clinic.delete(`/users/${eve.id}`, eve.token, { 'If-Match': '*' });
    expect(closed.status).toBe(204);
    expect(await search(`address=${elsewhere}`)).toEqual([]);
  });

  test('R75 finds by the address under a former index key too, as long as the ring has it', async () => {
    const [former, current] = [generateIndexKey(), generateIndexKey()];
    const rings = [former, JSON.stringify([{ key: current }, { key: former }]), current];
    const [byFormer, byBoth, byCurrent] = rings.map((ring) => addressIndexes(createBlindIndex(ring), ADDRESS));
    expect(byBoth).toHaveLength(2);
    expect(byBoth).toEqual([...(byCurrent ?? []), ...(byFormer ?? [])]);
  });

  test('R75 refuses two parameters for the same person', async () => {
    const { status, body } = await clinic.get(
      `/audit/events?subject=${clinic.maria.id}&user=${clinic.paul.id}`,
      clinic.admin.token,
    );
    expect([status, body.errors]).toMatchObject([422, [{ parameter: 'user', code: 'ambiguous' }]]);
  });

  test('R75 returns each event once over all pages', async () => {
    clinic.portal.clock.advance(1);
    const to = new Date(clinic.portal.clock.now()).toISOString();
    clinic.portal.clock.advance(1);
    const all = await search(`actor=${clinic.admin.id}&to=${to}`);
    const paged: Found[] = [];
    let next: string | undefined = `/api/v1/audit/events?actor=${clinic.admin.id}&limit=2&to=${to}`;
    while (next !== undefined) {
      const { body } = await clinic.portal.request('GET', next, { token: clinic.admin.token });
      paged.push(...body.data);
      next = body._links.next?.href;
    }
    expect(paged.length).toBeGreaterThan(2);
    expect(paged).toEqual(all);
  });

  test('R75 is answered through an index, each condition by itself', async () => {
    await database.asOwner(`INSERT INTO audit_events SELECT 'system', 1000000 + n, gen_random_uuid(), 'bulk.' || n % 200, 'admin', 'low', 'read',
        'success', 'system', gen_random_uuid(), NULL, 'bulk-' || n, 'bulk_' || n % 200, 'bulk-' || n, false, false, '{}', NULL, NULL, '\\x00',
        '2026-01-01'::timestamptz + n * interval '1 second', sha256('\\x00'), sha256('\\x00') FROM generate_series(1, 6000) n;
      INSERT INTO audit_addresses SELECT id, NULL, sha256(id::text::bytea), occurred_at FROM audit_events WHERE sequence > 1000000;
      ANALYZE audit_events; ANALYZE audit_addresses`);
    const { cipher, index } = clinic.portal.deps;
    const loads = createAuditLoads(cipher, index);
    const id = clinic.maria.id;
    const asked: Partial<EventFilter>[] = [
      {},
      { subject: id },
      { actor: id },
      { type: 'login.failed' },
      { category: 'auth' },
      { severity: 'critical' },
      { outcome: 'failure' },
      { requestId: 'r' },
      { resourceType: 'appointment' },
      { resourceId: id },
      { address: ADDRESS },
      { from: 0, to: 1 },
    ];
    const planOf = async (load: unknown) => {
      const [statement] = (load as SqlLoad<unknown>).statements;
      const [plan = []] = await driver.run([sql`EXPLAIN ${statement}`], 'snapshot');
      return plan.map((line) => Object.values(line)[0]).join('\n');
    };
    const scanned: unknown[] = [];
    for (const filter of asked) {
      const text = await planOf(loads.searchMore({ ...NONE, ...filter }, null, 50));
      if (/Seq Scan on audit_(events|addresses)/.test(text)) scanned.push([filter, text]);
    }
    const page = { before: null, limit: 5, from: null, to: null, now: 0 };
    const history = await planOf(loads.moreOwnHistory(id as UserId, page));
    await database.asOwner(`DELETE FROM audit_events WHERE sequence > 1000000;
      DELETE FROM audit_addresses WHERE person_id IS NULL`);
    expect(scanned).toEqual([]);
    expect(history).not.toContain('Seq Scan on audit_events');
    expect(history).toContain('audit_events_by_proxy');
  });

  test('R45 R75 the hashed form of events is unchanged: the log verifies', async () => {
    await sealAuditLog(clinic.portal.deps);
    expect((await clinic.get('/audit/verify', clinic.admin.token)).body.problems).toEqual([]);
  });
});

describe('the file of a search', () => {
  const fetched = async (query: string) => {
    const headers = { Authorization: `Bearer ${clinic.admin.token}` };
    return clinic.portal.fetch(new Request(`https://portal.example/api/v1/audit/events/export?${query}`, { headers }));
  };

  test('R75 holds what the search finds, as CSV and as NDJSON, and is recorded', async () => {
    const query = `actor=${clinic.staff.id}`;
    const found = await search(query);
    const csv = await (await fetched(query)).text();
    const [head, ...lines] = csv.trimEnd().split('\r\n');
    expect(head).toMatch(/^timestamp,eventType,/);
    expect(lines).toHaveLength(found.length);
    expect(csv).toContain(clinic.maria.id);
    const response = await fetched(`${query}&format=ndjson`);
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    const events = (await response.text()).trimEnd().split('\n');
    expect(events.map((line) => JSON.parse(line).id)).toEqual(found.map((event) => (event as { id?: string }).id));
    expect(await search('type=audit.exported')).toHaveLength(2);
  });

  test('R75 holds each event once over several pages', async () => {
    await database.asOwner(`INSERT INTO audit_events SELECT 'system', 1000000 + n, gen_random_uuid(), 'bulk.made', 'admin', 'low', 'read', 'success',
        'system', NULL, NULL, 'bulk', NULL, NULL, false, false, '{}', NULL, NULL, '\\x00',
        '2026-01-01'::timestamptz + n / 2 * interval '1 second', sha256('\\x00'), sha256('\\x00') FROM generate_series(1, 1200) n`);
    const lines = (await (await fetched('type=bulk.made')).text()).trimEnd().split('\r\n');
    expect(lines).toHaveLength(1201);
    expect(new Set(lines).size).toBe(1201);
    await database.asOwner("DELETE FROM audit_events WHERE request_id = 'bulk'");
  });

  test('R75 marks formulas as text for spreadsheets', () => {
    for (const start of ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
      expect(csvField(`${start}1+1`).replace(/^"/, '')).toMatch(/^'/);
    }
    expect(csvField('a "b", c')).toBe('"a ""b"", c"');
    expect([csvField(null), csvField(0), csvField('plain')]).toEqual(['', '0', 'plain']);
  });
});
