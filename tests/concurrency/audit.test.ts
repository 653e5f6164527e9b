/** R44: many writers in several processes and several sealers on one real server. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateFieldKey } from '../../adapters/crypto/field-cipher.ts';
import { fileSystemStorage } from '../../adapters/filesystem/file-storage.ts';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { SqlError } from '../../adapters/postgres/driver/fault.ts';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { createTcpDriver } from '../../adapters/postgres/driver/tcp.ts';
import { sealAuditLog } from '../../src/app/audit/seal.ts';
import { verifyAuditLog } from '../../src/app/audit/verify.ts';
import { systemContext } from '../../src/app/identity/first-admin.ts';
import { onServer } from './on-server.ts';

const WRITER = fileURLToPath(new URL('./audit-writer.ts', import.meta.url));
const SEED = '07'.repeat(32);
const PROCESSES = 4;
const WRITES = 50;
const CHECKPOINT_KEYS = JSON.stringify([Buffer.from(SEED, 'hex').toString('base64url')]);

/** SQLSTATEs of batches that failed. */
const failures: string[] = [];

function noticingFailures(driver: SqlDriver): SqlDriver {
  const run: SqlDriver['run'] = async (...batch) => {
    try {
      return await driver.run(...batch);
    } catch (error) {
      failures.push(error instanceof SqlError ? error.sqlState : String(error));
      throw error;
    }
  };
  return { ...driver, run };
}

onServer(
  'the audit log under load',
  { connections: 8, environment: { CHECKPOINT_KEYS }, now: Date.now(), wrap: noticingFailures },
  (server) => {
    let owner: SqlDriver;
    let folder: string;
    let token: string;
    const users: string[] = [];

    beforeAll(async () => {
      owner = createTcpDriver({ url: server.url, maxConnections: 2 });
      folder = await mkdtemp(join(tmpdir(), 'audit-files-'));
      Object.assign(server.portal.deps, { files: fileSystemStorage(folder) });
      for (const name of ['ada', 'ben', 'cleo', 'dan', 'eve'])
        users.push((await server.portal.person('patient', name)).id);
      token = await server.portal.signIn('ada@example.org');
    });
    afterAll(async () => {
      await owner.close();
      await rm(folder, { recursive: true });
    });

    const one = async (statement: ReturnType<typeof sql>) => (await owner.run([statement], 'snapshot'))[0]?.[0];

    test('R44: 200 parallel audited writes from four processes leave no gap and no fork, while sealers run in each', async () => {
      const before = Number((await one(sql`SELECT count(*) AS n FROM audit_events`))?.n);
      const run = promisify(execFile);
      const fieldKeys = JSON.stringify([generateFieldKey('load')]);
      const args = [WRITER, server.url, users.join(','), String(WRITES), fieldKeys, SEED, folder];
      await Promise.all(Array.from({ length: PROCESSES }, () => run(process.execPath, args)));

      const after = Number((await one(sql`SELECT count(*) AS n FROM audit_events`))?.n);
      expect(after - before).toBe(PROCESSES * WRITES * 2);
      expect(Number((await one(sql`SELECT count(*) AS n FROM consents`))?.n)).toBe(PROCESSES * WRITES);
      const broken = await one(sql`SELECT count(*) AS n FROM audit_streams s WHERE s.sequence <>
      (SELECT count(*) FROM audit_events e WHERE e.stream = s.stream AND e.sequence BETWEEN 1 AND s.sequence)`);
      expect(Number(broken?.n)).toBe(0);
      const forks = await one(sql`SELECT count(*) - count(DISTINCT (stream, previous_hash)) AS n FROM audit_events`);
      expect(Number(forks?.n)).toBe(0);

      await sealAuditLog(server.portal.deps);
      const log = await one(sql`SELECT l.size, (SELECT count(*) FROM audit_leaves) AS leaves,
      (SELECT max(leaf_index) + 1 FROM audit_leaves) AS ends, (SELECT count(*) FROM audit_unsealed) AS waiting FROM audit_log l`);
      expect(log).toMatchObject({ size: after, leaves: after, ends: after, waiting: 0 });
      const verdict = await verifyAuditLog(server.portal.deps, systemContext(server.portal.deps));
      expect(verdict).toMatchObject({ ok: true, problems: [], checked: after, proven: after });
    });

    test('R44: 300 concurrent reads of one record all succeed without a serialization failure, and each is an event', async () => {
      const events = () => one(sql`SELECT count(*) AS n FROM audit_events`);
      const before = Number((await events())?.n);
      failures.length = 0;
      const statuses = await Promise.all(
        Array.from({ length: 300 }, async () => {
          const response = await server.portal.request('GET', '/api/v1/audit/me?limit=1', { token });
          return response.status;
        }),
      );
      expect(statuses.filter((status) => status !== 200)).toEqual([]);
      expect(failures.filter((sqlState) => sqlState.startsWith('40'))).toEqual([]);
      expect(Number((await events())?.n) - before).toBe(300);
      await sealAuditLog(server.portal.deps);
    });

    test('R44: when the audit event cannot be written, neither is the change, and a read shows nothing', async () => {
      const consents = async () => Number((await one(sql`SELECT count(*) AS n FROM consents`))?.n);
      const before = await consents();
      const body = { kind: 'cookies', version: '1', given: true };
      await owner.run(
        [sql`REVOKE EXECUTE ON FUNCTION audit_append(text, jsonb, bytea) FROM patient_portal_app`],
        'write',
      );
      try {
        expect((await server.portal.request('POST', '/api/v1/consents', { token, body })).status).toBe(500);
        expect((await server.portal.request('GET', '/api/v1/audit/me', { token })).status).toBe(500);
        expect(await consents()).toBe(before);
      } finally {
        await owner.run(
          [sql`GRANT EXECUTE ON FUNCTION audit_append(text, jsonb, bytea) TO patient_portal_app`],
          'write',
        );
      }
      expect((await server.portal.request('POST', '/api/v1/consents', { token, body })).status).toBe(201);
      expect(await consents()).toBe(before + 1);
    });

    test('a second sealer changes nothing and continues after the first', async () => {
      for (let n = 0; n < 30; n++) await server.portal.request('GET', '/api/v1/audit/me', { token });
      const sealed = await Promise.all(Array.from({ length: 6 }, () => sealAuditLog(server.portal.deps, { batch: 3 })));
      await sealAuditLog(server.portal.deps);
      expect(sealed.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(40);
      expect(await verifyAuditLog(server.portal.deps, systemContext(server.portal.deps))).toMatchObject({ ok: true });
    });
  },
);
