import { expect, test } from 'vitest';
import type { SqlDriver } from '../../adapters/postgres/driver.ts';
import { embeddedDriver } from '../support/embedded-database.ts';
import { startPortal } from '../support/portal.ts';

test('R81: a request that takes too long is 503 with Retry-After, whatever it waits for; liveness is not concerned', async () => {
  const driver = await embeddedDriver();
  let stalls = false;
  const run: SqlDriver['run'] = (statements, mode, bounds) =>
    stalls ? new Promise(() => {}) : driver.run(statements, mode, bounds);
  const portal = await startPortal({
    driver: { ...driver, run },
    environment: { REQUEST_TIMEOUT_MS: '300', LOG_LEVEL: 'silent' },
  });
  stalls = true;
  const answer = await portal.request('GET', '/api/v1/doctors', { headers: { 'X-API-Key': 'pp_unknown' } });
  expect([answer.status, answer.headers.get('retry-after'), answer.body.code]).toEqual([503, '1', 'unavailable']);
  expect((await portal.request('GET', '/health')).status).toBe(200);
  stalls = false;
  expect((await portal.request('GET', '/ready')).status).toBe(200);
});
