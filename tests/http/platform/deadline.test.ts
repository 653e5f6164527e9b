import { expect, test } from 'vitest';
import type { SqlDriver } from '../../../adapters/postgres/driver/driver.ts';
import type { Bounds } from '../../../domain/shared/bounds.ts';
import { answersWithFile } from '../../../src/http/middleware/proof.ts';
import { startPortal } from '../../support/portal.ts';
import { testDatabase } from '../../support/test-database.ts';

test('R81: a request that takes too long is 503 with Retry-After, whatever it waits for; liveness is not concerned', async () => {
  const { driver } = await testDatabase();
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

test('R81: what answers with a file, or works in steps, has no deadline as a whole and yields to others', async () => {
  const { driver } = await testDatabase();
  const seen: (Bounds | undefined)[] = [];
  const run: SqlDriver['run'] = (statements, mode, bounds) => {
    seen.push(bounds);
    return driver.run(statements, mode, bounds);
  };
  const portal = await startPortal({ driver: { ...driver, run }, environment: { LOG_LEVEL: 'silent' } });
  const tokens = await Promise.all(
    (['admin', 'patient'] as const).map(async (role) => portal.signIn((await portal.person(role, role)).email)),
  );
  const { body } = await portal.request('GET', '/openapi.json');
  const person = '019caf00-0000-7000-8000-000000000000';
  const question = `?actor=${person}&from=2026-03-01T00:00:00Z&to=2026-03-03T00:00:00Z`;
  const files = Object.entries<Record<string, Parameters<typeof answersWithFile>[0]>>(body.paths)
    .filter(([, { get }]) => get !== undefined && answersWithFile(get))
    .map(([path]) => ['GET', path.replaceAll(/\{\w+\}/g, person)] as const);
  expect(files.length).toBeGreaterThanOrEqual(6);
  for (const [method, path] of [
    ...files,
    ['GET', '/api/v1/audit/verify'],
    ['POST', '/api/v1/audit/origins'],
  ] as const) {
    seen.length = 0;
    for (const token of tokens) {
      const headers = { Authorization: `Bearer ${token}` };
      const answer = await portal.fetch(
        new Request(`https://portal.example${path}${path.endsWith('/affected/export') ? question : ''}`, {
          method,
          headers,
        }),
      );
      await answer.text();
    }
    const lifted = seen.some((each) => each?.priority === 'bulk' && each.remainingMilliseconds() === Infinity);
    expect([path, lifted]).toEqual([path, true]);
  }
});
