import { expect, test } from 'vitest';
import { createDoor, IMPORTANCES } from '../../../src/app/door.ts';
import { createApp } from '../../../src/http/app.ts';
import { EXCEPTIONS, importanceOf, ruledImportance } from '../../../src/http/importance.ts';
import type { Operation } from '../../../src/http/operation.ts';
import { startPortal } from '../../support/portal.ts';

const operations = await createApp().operations();

/** A portal whose waits the test decides. */
async function overloaded() {
  let now = 0;
  const door = createDoor({ limitMilliseconds: 100, now: () => now });
  const portal = await startPortal({ environment: { LOG_LEVEL: 'silent', RATE_LIMIT_FACTOR: '1' } });
  Object.assign(portal.platform, { door });
  return {
    portal,
    window(wait: number) {
      door.note('database', wait);
      now += 1_000;
      return door.level();
    },
  };
}

const pathOf = ({ path }: Operation) => path.replaceAll(/\{\w+\}/g, '019caf00-0000-7000-8000-000000000000');

test('each operation has an importance, and at each level exactly those below it are refused', async () => {
  const { portal, window } = await overloaded();
  const seen = new Set<string>();
  for (const wanted of [0, 1, 2, 3]) {
    while (window(10_000) < wanted);
    for (const operation of operations) {
      const importance = importanceOf(operation);
      seen.add(importance);
      const { status, headers, body } = await portal.request(operation.method.toUpperCase(), pathOf(operation));
      const isRefused = IMPORTANCES.indexOf(importance) < wanted;
      expect([operation.key, wanted, body.code === 'overloaded']).toEqual([operation.key, wanted, isRefused]);
      if (!isRefused) continue;
      expect(status).toBe(503);
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(2 * wanted);
      // Refused before it was counted.
      expect(headers.has('ratelimit')).toBe(false);
    }
  }
  expect([...seen].sort()).toEqual([...IMPORTANCES].sort());
});

test('the exceptions differ from the rule; health, sign-out and metrics are vital, and bookings outlive lists', () => {
  const byId = new Map(operations.map((operation) => [operation.operationId, operation]));
  const needless = Object.entries(EXCEPTIONS).filter(([id, importance]) => {
    const operation = byId.get(id);
    return operation === undefined || ruledImportance(operation) === importance;
  });
  expect(needless).toEqual([]);
  const of = (importance: string) =>
    operations.filter((operation) => importanceOf(operation) === importance).map(({ operationId }) => operationId);
  expect(of('vital').sort()).toEqual(
    [
      'getHealth',
      'getMetrics',
      'getReadiness',
      'getTrafficState',
      'revokeSession',
      'signOut',
      'signOutEverywhere',
    ].sort(),
  );
  expect(of('under_way')).toEqual(expect.arrayContaining(['bookAppointment', 'completeSignIn', 'refreshTokens']));
  expect(of('deferrable')).toEqual(
    expect.arrayContaining(['listDoctors', 'findPatients', 'exportAuditLog', 'downloadMyExport', 'getOpenApiDocument']),
  );
});

test('a booking goes on while lists are refused, and everything is served again once nothing waits', async () => {
  const { portal, window } = await overloaded();
  const token = await portal.signIn((await portal.person('patient', 'pia')).email);
  const doctors = () => portal.request('GET', '/api/v1/doctors', { token });
  expect((await doctors()).status).toBe(200);
  expect([window(150), window(150)]).toEqual([0, 1]);
  expect((await doctors()).body.code).toBe('overloaded');
  expect((await portal.request('GET', '/api/v1/users/me', { token })).status).toBe(200);
  expect((await portal.request('POST', '/api/v1/appointments', { token, body: {} })).status).toBe(422);
  expect((await portal.request('GET', '/health')).status).toBe(200);
  expect(window(0)).toBe(0);
  expect((await doctors()).status).toBe(200);
  const { text } = await portal.platform.exposeMetrics();
  expect(text).toContain('portal_requests_shed_total{importance="deferrable"} 1');
});
