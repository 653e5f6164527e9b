/** The queues among a hundred thousand ended jobs: what is read follows the open ones. */
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createOutbox } from '../../adapters/postgres/commit/outbox.ts';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import type { Sql } from '../../adapters/postgres/driver/sql.ts';
import { deliveryWriters } from '../../adapters/postgres/notifications/deliveries.ts';
import type { DeliveryId } from '../../domain/notifications/states.ts';
import type { NotificationId } from '../../domain/shared/ids.ts';
import { createExplainStatement } from '../support/plan-work.ts';
import { onServer, type SignedIn } from './on-server.ts';

const ENDED = 100_000;
const OPEN = 60;

let sent: Sql[] = [];
const noting = (driver: SqlDriver): SqlDriver => ({
  close: () => driver.close(),
  run(statements, mode, bounds) {
    sent.push(...statements);
    return driver.run(statements, mode, bounds);
  },
});

onServer('the plans of the queues', { wrap: noting, connections: 4 }, (server) => {
  let client: pg.Client;
  let admin: SignedIn;

  beforeAll(async () => {
    admin = await server.signedIn('admin', 'admin');
    client = new pg.Client(server.url);
    await client.connect();
    const now = `timestamptz '${new Date(server.portal.clock.now()).toISOString()}'`;
    await client.query(`INSERT INTO outbox (id, topic, payload, not_before, priority, state, created_at, finished_at, last_error)
      SELECT gen_random_uuid(), 'topic.' || n % 20, '{}', ${now} - interval '1 day', 1 + n % 7, CASE n % 50 WHEN 0 THEN 'dead' ELSE 'done' END,
        ${now}, ${now} - interval '1 hour' - n * interval '1 second', CASE n % 50 WHEN 0 THEN 'Error' END FROM generate_series(1, ${ENDED}) n;
      INSERT INTO outbox (id, topic, payload, not_before, priority, created_at, last_error)
      SELECT gen_random_uuid(), 'topic.' || n % 20, '{}', ${now} + (n - ${OPEN / 2}) * interval '1 minute', 1 + n % 7, ${now},
        CASE n % 10 WHEN 0 THEN 'Error' END FROM generate_series(1, ${OPEN}) n`);
    await client.query('VACUUM (ANALYZE) outbox');
  }, 120_000);
  afterAll(() => client.end());

  test('administrators read them without reading what has ended', async () => {
    const explain = await createExplainStatement(client, {
      // The event of the read was appended when it was sent, and its id is taken.
      before: 'SET LOCAL session_replication_role = replica; DELETE FROM audit_addresses; DELETE FROM audit_events',
    });
    sent = [];
    const { status, body } = await server.portal.request('GET', '/api/v1/admin/queues', { token: admin.token });
    expect([status, body.topics.length]).toEqual([200, 20]);
    const reads = sent.filter(({ text }) => text.includes('outbox'));
    expect(reads.length).toBeGreaterThan(0);
    for (const statement of reads) {
      const { scans, read, discards } = await explain(statement);
      expect({ scans, discards }).toEqual({ scans: [], discards: [] });
      expect(read).toBeLessThan(10 * OPEN);
    }
  });

  test('jobs are claimed without reading what has ended, what is not due, or what is behind enough of them', async () => {
    const explain = await createExplainStatement(client);
    await client.query(`INSERT INTO outbox (id, topic, payload, not_before, priority, created_at)
      SELECT gen_random_uuid(), 'topic.1', '{}', '2026-03-01', 6, now() FROM generate_series(1, 20000)`);
    await client.query('ANALYZE outbox');
    const outbox = createOutbox(noting(server.portal.driver));
    for (const only of [null, ['topic.1', 'topic.2']]) {
      sent = [];
      const lot = { limit: 100, except: ['topic.3'], only };
      const [jobs] = await outbox.claimDue(server.portal.clock.now(), 60, lot);
      expect(jobs).toHaveLength(100);
      for (const statement of sent) {
        const { scans, read } = await explain(statement);
        expect(scans).toEqual([]);
        // Each is found, locked and changed; those that were claimed above are passed over.
        expect(read).toBeLessThan(10 * 100);
      }
    }
  });

  test('the open job of a delivery is found by its index, among those that are due at the same time', async () => {
    const explain = await createExplainStatement(client);
    await client.query(`INSERT INTO outbox (id, topic, payload, not_before, priority, created_at)
      SELECT gen_random_uuid(), 'delivery.sms', json_build_object('deliveryId', gen_random_uuid()), '2026-03-01', 6, now()
      FROM generate_series(1, 20000) n`);
    await client.query('ANALYZE outbox');
    const { rows } = await client.query(
      `SELECT payload->>'deliveryId' AS id FROM outbox WHERE topic = 'delivery.sms' LIMIT 1`,
    );
    const id = rows[0].id as DeliveryId;
    const notificationId = id as string as NotificationId;
    const held = { type: 'delivery.held', id, notificationId, sendAt: 1, reason: null, at: 0 } as const;
    const [, ending] = deliveryWriters['delivery.held'](held, server.portal.deps.cipher, server.portal.deps.index);
    if (ending === undefined) throw new Error('the job is not ended');
    const { scans, read } = await explain(ending);
    expect(scans).toEqual([]);
    expect(read).toBeLessThan(10);
  });

  test('the next one is found without reading what is scheduled behind it', async () => {
    const explain = await createExplainStatement(client);
    const outbox = createOutbox(noting(server.portal.driver));
    const reference = async () => {
      const { rows } = await client.query(
        `SELECT min(greatest(not_before, leased_until)) AS due FROM outbox WHERE state IN ('pending', 'published')`,
      );
      return (rows[0].due as Date | null)?.getTime();
    };
    await client.query(`DELETE FROM outbox WHERE state = 'pending'`);
    expect(await outbox.nextDue()).toBeUndefined();
    await client.query(`INSERT INTO outbox (id, topic, payload, not_before, priority, created_at)
      SELECT gen_random_uuid(), 'topic.' || n % 4, '{}', timestamptz '2026-03-01' + n * interval '1 minute', 5, now() FROM generate_series(1, 20000) n`);
    await client.query('ANALYZE outbox');
    const lease = (until: string, minutes: number) =>
      client.query(`UPDATE outbox SET leased_until = '${until}' WHERE state = 'pending' AND leased_until IS NULL
        AND not_before <= timestamptz '2026-03-01' + ${minutes} * interval '1 minute'`);
    const found: unknown[] = [];
    // None is leased; some are; a lease has ended long ago; a lease ends after what is due next; no lease has ended; one topic has others; all are leased.
    for (const prepare of [
      () => Promise.resolve(),
      () => lease('2026-03-01T00:06:00Z', 3),
      () => lease('2026-02-01T00:00:00Z', 20),
      () => lease('2026-03-02T00:00:00Z', 40),
      () => client.query(`DELETE FROM outbox WHERE state = 'pending' AND leased_until < '2026-02-02'`),
      () => client.query(`DELETE FROM outbox WHERE state = 'pending' AND topic <> 'topic.1' AND leased_until IS NULL`),
      () => client.query(`DELETE FROM outbox WHERE state = 'pending' AND leased_until IS NULL`),
    ]) {
      await prepare();
      // Entries of rows that this test has deleted would be read too.
      await client.query('VACUUM (ANALYZE) outbox');
      sent = [];
      const due = await outbox.nextDue();
      expect(due).toBe(await reference());
      found.push(due);
      for (const statement of sent) {
        const { scans, read } = await explain(statement);
        expect(scans).toEqual([]);
        expect(read).toBeLessThan(200);
      }
    }
    expect(new Set(found).size).toBeGreaterThan(2);
  });
});
