import { describe, expect, test } from 'vitest';
import { guardedFileStorage } from '../../../adapters/resilience/guarded.ts';
import { Unavailable } from '../../../domain/shared/ports.ts';
import { TZ_VERSION } from '../../../domain/shared/zone-table.ts';
import { createLog } from '../../../src/app/log.ts';
import { NO_METRICS } from '../../../src/app/no-metrics.ts';
import { checkedStorage, createDependencies } from '../../../src/compose/dependencies.ts';
import type { DependencyCheck } from '../../../src/http/platform.ts';
import { createReadiness } from '../../../src/http/readiness.ts';
import { heldFiles } from '../../support/held-files.ts';
import { NOON, startPortal } from '../../support/portal.ts';

describe('readiness', () => {
  test('that mail cannot leave is a warning, and does not make the portal unready', async () => {
    const sending = await startPortal();
    const ready = await sending.request('GET', '/ready');
    expect(ready.body).not.toHaveProperty('warnings');
    expect(ready.body.timeZones).toBe(TZ_VERSION);
    await sending.close();
    const portal = await startPortal({ environment: { DEV_MAILBOX: '0' } });
    const { status, body } = await portal.request('GET', '/ready');
    expect([status, body.status, body.warnings[0].code]).toEqual([200, 'ready', 'mail_cannot_leave']);
    await portal.close();
  });

  test('a flood of probes asks the database once a second, and learns within one that it is gone', async () => {
    const portal = await startPortal();
    let [asked, isUp] = [0, true];
    const check = async () => {
      asked += 1;
      if (!isUp) throw new Error('gone');
    };
    Object.assign(portal.platform, { checks: [{ name: 'database', required: true, check }] });
    const probe = async () => (await portal.request('GET', '/ready')).status;
    const flood = () => Promise.all(Array.from({ length: 100 }, probe));

    expect(new Set(await flood())).toEqual(new Set([200]));
    isUp = false;
    portal.clock.advance(0.999);
    expect([await probe(), asked]).toEqual([200, 1]);
    portal.clock.advance(0.001);
    expect(new Set(await flood())).toEqual(new Set([503]));
    expect(asked).toBe(2);
    expect(Number((await portal.request('GET', '/ready')).headers.get('retry-after'))).toBeGreaterThan(0);
    isUp = true;
    portal.clock.advance(1);
    expect([await probe(), asked]).toEqual([200, 3]);
    await portal.close();
  });

  test('every 503 says when to come again, also where no problem is told', async () => {
    const portal = await startPortal();
    const unavailable: DependencyCheck = { name: 'database', required: true, check: () => Promise.reject(new Error()) };
    Object.assign(portal.platform, { checks: [unavailable], isTrafficWanted: () => false });
    const failing = { ...portal.database, load: () => Promise.reject(new Unavailable('database')) };
    Object.assign(portal.platform.deps, {
      database: { ...failing, within: () => failing },
    });
    for (const path of ['/ready', '/health/traffic', '/audit/log/checkpoint']) {
      const { status, headers } = await portal.request('GET', path);
      expect([path, status, Number(headers.get('retry-after')) > 0]).toEqual([path, 503, true]);
    }
    await portal.close();
  });

  test('R57: a dependency that something else replaces is degraded: since when, why, and what is used instead', async () => {
    const portal = await startPortal();
    const { clock, log, metrics } = portal.deps;
    const dependencies = createDependencies(clock, log, metrics);
    const check = dependencies.check('upstash', 'redis');
    Object.assign(portal.platform, { checks: [check] });
    const redis = async () => (await portal.request('GET', '/ready')).body.dependencies[0];
    expect(await redis()).toEqual({ name: 'redis', required: false, status: 'up' });
    const failing = () => Promise.reject(new Unavailable('upstash', { reason: 'too_slow' }));
    for (let failure = 0; failure < 2; failure++)
      await dependencies
        .of('upstash')
        .once(failing)
        .catch(() => {});
    const since = new Date(portal.clock.now()).toISOString();
    portal.clock.advance(1);
    const instead = expect.stringContaining('limits are counted in this process');
    expect(await redis()).toEqual({
      name: 'redis',
      required: false,
      status: 'degraded',
      reason: 'too_slow',
      instead,
      since,
    });
    expect((await portal.platform.exposeMetrics()).text).toContain('portal_dependency_broken{dependency="upstash"} 1');
    await dependencies.of('upstash').once(async () => {});
    portal.clock.advance(1);
    expect(await redis()).toMatchObject({ status: 'up' });
    expect((await portal.platform.exposeMetrics()).text).toContain('portal_dependency_broken{dependency="upstash"} 0');
    await portal.close();
  });

  test('storage is asked only while its breaker is not closed, and is up again when it answers', async () => {
    const clock = { now: () => now };
    let [now, asked] = [NOON as number, 0];
    const dependencies = createDependencies(clock, createLog({ level: 'silent', clock, sink: () => {} }), NO_METRICS);
    const storage = guardedFileStorage(
      {
        ...heldFiles(),
        get: async () => {
          asked += 1;
          return undefined;
        },
      },
      dependencies.of('r2'),
    );
    const { check } = checkedStorage('r2', storage, dependencies);
    await check();
    expect(asked).toBe(0);
    const failing = () => Promise.reject(new Unavailable('r2'));
    for (let failure = 0; failure < 5; failure++)
      await dependencies
        .of('r2')
        .once(failing)
        .catch(() => {});
    await expect(check()).rejects.toBeInstanceOf(Unavailable);
    expect(asked).toBe(0);
    now += 2_000;
    await check();
    expect([asked, dependencies.of('r2').health().state]).toEqual([1, 'closed']);
  });

  test('nobody waits for the checks of another request, but an answer that is there is shared', async () => {
    const ready = createReadiness();
    let answer = () => {};
    const slow: DependencyCheck[] = [
      { name: 'slow', required: true, check: () => new Promise((resolve) => (answer = resolve)) },
    ];
    const quick: DependencyCheck[] = [{ name: 'quick', required: true, check: async () => {} }];
    const waiting = ready(slow, NOON);
    expect(await ready(quick, NOON + 1)).toMatchObject([{ name: 'quick', status: 'up' }]);
    expect(await ready(slow, NOON + 2)).toMatchObject([{ name: 'quick' }]);
    answer();
    expect(await waiting).toMatchObject([{ name: 'slow', status: 'up' }]);
    // What was asked earlier does not stand above what was asked later.
    expect(await ready(slow, NOON + 3)).toMatchObject([{ name: 'quick' }]);
  });
});
