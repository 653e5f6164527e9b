import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PgliteDriver } from '../../../adapters/postgres/driver/pglite.ts';
import { systemContext } from '../../../src/app/identity/first-admin.ts';
import { applyRetention } from '../../../src/app/privacy/retention.ts';
import { type Portal, startPortal } from '../../support/portal.ts';
import { dump, startEmbeddedClinic } from './embedded-clinic.ts';

describe('retention', () => {
  let driver: PgliteDriver;
  let portal: Portal;

  beforeAll(async () => {
    ({ driver, portal } = await startEmbeddedClinic());
  });
  afterAll(() => driver.close());

  test('a dry run counts and changes nothing; a run deletes and is recorded', async () => {
    for (const name of ['maria', 'otto']) {
      const token = await portal.signIn((await portal.person('patient', name)).email);
      await portal.request('POST', '/api/v1/privacy/exports', { token });
    }
    await portal.platform.jobs.runDue();
    portal.clock.advance(100 * 86_400);
    const context = systemContext(portal.deps);
    const counted = await applyRetention(portal.deps, context, { dryRun: true });
    expect(counted.overdue.data_exports).toBe(2);
    expect(counted.overdue.notifications).toBe(0);
    expect(await applyRetention(portal.deps, context, { dryRun: true })).toEqual(counted);
    expect(await applyRetention(portal.deps, context)).toEqual({ overdue: counted.overdue, isDone: true });
    const after = await applyRetention(portal.deps, context, { dryRun: true });
    expect(Object.values(after.overdue).every((count) => count === 0)).toBe(true);
    expect(after.isDone).toBe(true);
    expect(await dump(driver)).toContain('"retention.applied"');
  });

  test('many rows are deleted in batches, and each batch is recorded with its number of rows', async () => {
    await driver.pglite.exec(`INSERT INTO outbox (id, topic, payload, state, not_before, finished_at, created_at)
      SELECT gen_random_uuid(), 'delete_files', '{}', 'done', 'epoch', 'epoch', 'epoch' FROM generate_series(1, 12000)`);
    await applyRetention(portal.deps, systemContext(portal.deps));
    const { rows } = await driver.pglite.query(`SELECT (details->>'outbox')::int AS deleted FROM audit_events
      JOIN audit_unsealed USING (stream, sequence) WHERE event_type = 'retention.applied' ORDER BY place DESC LIMIT 3`);
    expect(rows).toEqual([{ deleted: 2000 }, { deleted: 5000 }, { deleted: 5000 }]);
    const [left] = (await driver.pglite.query(`SELECT count(*)::int AS count FROM outbox WHERE finished_at = 'epoch'`))
      .rows;
    expect(left).toEqual({ count: 0 });
  });

  test('SWEEP_ROWS says how many rows one transaction deletes', async () => {
    await driver.pglite.exec(`INSERT INTO outbox (id, topic, payload, state, not_before, finished_at, created_at)
      SELECT gen_random_uuid(), 'delete_files', '{}', 'done', 'epoch', 'epoch', 'epoch' FROM generate_series(1, 25)`);
    const small = await startPortal({ driver, environment: { SWEEP_ROWS: '10' } });
    await applyRetention(small.deps, systemContext(small.deps));
    const { rows } = await driver.pglite.query(`SELECT (details->>'outbox')::int AS deleted FROM audit_events
      JOIN audit_unsealed USING (stream, sequence) WHERE event_type = 'retention.applied' ORDER BY place DESC LIMIT 3`);
    expect(rows).toEqual([{ deleted: 5 }, { deleted: 10 }, { deleted: 10 }]);
  });
});
