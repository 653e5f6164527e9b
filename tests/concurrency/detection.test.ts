/** The detection in two processes at once, and what it reads among many older events. */
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateIndexKey } from '../../adapters/crypto/blind-index.ts';
import { generateCheckpointSeed } from '../../adapters/crypto/checkpoint-signer.ts';
import { generateFieldKey } from '../../adapters/crypto/field-cipher.ts';
import { generateTokenKey } from '../../adapters/crypto/token-keys.ts';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { type Sql, sql } from '../../adapters/postgres/driver/sql.ts';
import { DEFAULT_THRESHOLDS, DETECTION_RULES } from '../../domain/protection/detection.ts';
import { createExplainStatement, type Work } from '../support/plan-work.ts';
import { startPortal } from '../support/portal.ts';
import { atOnce, onServer } from './on-server.ts';

/** Of both processes. */
const environment = {
  RATE_LIMIT_FACTOR: '100',
  FIELD_KEYS: JSON.stringify([generateFieldKey('test')]),
  TOKEN_KEYS: JSON.stringify([await generateTokenKey()]),
  INDEX_KEY: generateIndexKey(),
  CHECKPOINT_KEYS: JSON.stringify([generateCheckpointSeed()]),
};

onServer('the detection', { environment }, (server) => {
  test('of two processes that find the same, one raises it, tells of it and blocks the address', async () => {
    const { portal, driver } = server;
    const other = await startPortal({ environment, driver });
    await server.signedIn('admin', 'root');
    const token = await portal.signIn('root@example.org');
    const hook = { url: 'https://hooks.example.org/x', eventTypes: ['security.finding_raised'] };
    expect((await portal.request('POST', '/api/v1/admin/webhooks', { token, body: hook })).status).toBe(201);
    const { threshold } = DETECTION_RULES.many_accounts_from_address;
    for (let round = 0; round < 4; round++) {
      const from = `198.51.100.${round + 1}`;
      for (let n = 0; n < threshold; n++) {
        const { email } = await portal.person('patient', `p${round}-${n}`);
        const body = { email, password: 'not the password at all' };
        await portal.request('POST', '/api/v1/auth/login', { body, from });
      }
      for (const each of [portal, other]) each.clock.advance(660);
      await atOnce(6, (n) => (n % 2 === 0 ? portal : other).platform.jobs.everyMinute());
    }
    const counts = await server.rows(sql`SELECT (SELECT count(*)::int FROM security_findings) AS findings,
      (SELECT count(*)::int FROM audit_events WHERE event_type = 'security.finding_raised') AS raised,
      (SELECT count(*)::int FROM webhook_events) AS announced, (SELECT count(*)::int FROM ip_blocks) AS blocks,
      (SELECT count(*)::int FROM notifications WHERE template = 'security-findings') AS mails`);
    expect(counts).toEqual([{ findings: 4, raised: 4, announced: 4, blocks: 4, mails: 4 }]);
    const mails = await portal.mails('root@example.org');
    expect(mails.filter(({ template }) => template === 'security-findings')).toHaveLength(4);
  });
});

const OLD = 100_000;
const LATELY = 300;
let sent: Sql[] = [];
const noting = (driver: SqlDriver): SqlDriver => ({
  close: () => driver.close(),
  run(statements, mode, bounds) {
    sent.push(...statements);
    return driver.run(statements, mode, bounds);
  },
});

onServer('what the detection reads', { wrap: noting, connections: 4 }, (server) => {
  let client: pg.Client;
  beforeAll(async () => {
    client = new pg.Client(server.url);
    await client.connect();
    const now = `timestamptz '${new Date(server.portal.clock.now()).toISOString()}'`;
    const types = `(ARRAY['login.failed', 'login.succeeded', 'login.unusual', 'access.denied', 'patient.found', 'user.profile_read'])[1 + n % 6]`;
    await client.query(`SET session_replication_role = replica; SET TIME ZONE 'UTC';
      INSERT INTO audit_events (stream, sequence, id, event_type, event_category, severity, action, outcome, actor_kind, actor_id, request_id,
          resource_id, phi_accessed, data_exported, details, error, salt, occurred_at, previous_hash, current_hash)
        SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0')), 1, ('00000000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid, ${types},
          CASE WHEN n % 6 < 4 THEN 'auth' ELSE 'data_access' END, 'low', CASE WHEN n % 6 < 4 THEN 'execute' ELSE 'read' END, 'success', 'user',
          '00000000-0000-7000-8000-000000000001'::uuid, 'r' || n, '00000000-0000-7000-8000-' || lpad(n::text, 12, '0'), n % 6 >= 4, false, '{}', 'forbidden', '', CASE WHEN n <= ${LATELY}
          THEN ${now} - n * interval '2 seconds' ELSE ${now} - interval '9 hours' - n * interval '1 second' END,
          sha256('a'), sha256('b') FROM generate_series(1, ${OLD}) n;
      INSERT INTO audit_addresses (event_id, person_id, address_index, occurred_at)
        SELECT id, actor_id, sha256((sequence::text || stream)::bytea), occurred_at FROM audit_events;
      INSERT INTO users (id, role, status, timezone, created_at, updated_at)
        SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'patient', 'active', 'UTC', '2020-01-01', now() FROM generate_series(1, ${OLD}) n;
      SET session_replication_role = origin`);
    await client.query('VACUUM (ANALYZE)');
  }, 240_000);
  afterAll(() => client.end());

  test(`follows the ${LATELY} events of the last hours, not the ${OLD} before`, async () => {
    const { portal } = server;
    sent = [];
    const found = await portal.database.load(
      portal.deps.loads.protection.sightings(
        { ...DEFAULT_THRESHOLDS, records_without_appointment: 20 },
        20_000,
        portal.clock.now(),
      ),
    );
    expect(new Set(found[0].map(({ rule }) => rule))).toEqual(
      new Set(['id_enumeration', 'records_without_appointment']),
    );
    const explain = await createExplainStatement(client, { largeRows: OLD / 2 });
    const works: Work[] = [];
    for (const statement of [...sent]) works.push(await explain(statement));
    expect(works.flatMap(({ scans }) => scans)).toEqual([]);
    const read = works.reduce((sum, work) => sum + work.read, 0);
    process.stdout.write(`\nread ${read} rows, ${works.map(({ milliseconds }) => milliseconds).join(', ')} ms\n`);
    expect(read).toBeLessThan(8 * LATELY);
  });
});
