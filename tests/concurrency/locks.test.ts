/** How a locked row affects requests that do not need it, on a real server. */
import pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { createRecordedReadings } from '../../adapters/postgres/commit/recorded-reads.ts';
import { createAdmission, MAXIMUM_WAITING, SHARES } from '../../adapters/postgres/driver/admission.ts';
import { createRowQueue } from '../../adapters/postgres/driver/row-queue.ts';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import type { Bounds } from '../../domain/shared/bounds.ts';
import { Unavailable } from '../../domain/shared/ports.ts';
import { onServer } from './on-server.ts';

const bounds = (milliseconds: number, priority: Bounds['priority'] = 'ordinary'): Bounds => ({
  priority,
  remainingMilliseconds: () => milliseconds,
  noteRoundTrip: () => {},
});

onServer('a locked row', { connections: 10 }, (server) => {
  let doctorId: string;
  let patient: string;

  beforeAll(async () => {
    const admin = await server.portal.signIn((await server.portal.person('admin', 'ada')).email);
    doctorId = (await server.portal.person('doctor', 'dora')).id;
    patient = await server.portal.signIn((await server.portal.person('patient', 'paul')).email);
    const weekly = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, start: '09:00', end: '17:00' }));
    await server.portal.request('PUT', `/api/v1/doctors/${doctorId}/availability`, {
      token: admin,
      body: { timezone: 'UTC', weekly },
    });
  });

  /** Locks rows until the returned function is called. */
  async function lock(statement: string): Promise<() => Promise<void>> {
    const holder = new pg.Client(server.url);
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query(statement);
    return async () => {
      await holder.query('ROLLBACK');
      await holder.end();
    };
  }
  const book = (startTime: string) =>
    server.portal.request('POST', '/api/v1/appointments', {
      token: patient,
      body: { doctorId, appointmentDate: '2026-03-04', startTime, appointmentType: 'consultation' },
    });

  test('R81: twelve requests that wait for a doctor get 503 with Retry-After, and all others are served meanwhile', async () => {
    const release = await lock(`SELECT 1 FROM users WHERE id = '${doctorId}' FOR UPDATE`);
    const waiting = Array.from({ length: 12 }, (_, index) => book(`${String(9 + (index % 8)).padStart(2, '0')}:00`));
    let settled = 0;
    for (const one of waiting)
      void one.then(() => {
        settled += 1;
      });
    for (let read = 0; read < 20; read++) {
      expect((await server.portal.request('GET', '/api/v1/users/me', { token: patient })).status).toBe(200);
    }
    // All twelve were still waiting, so the reads overtook them.
    expect(settled).toBe(0);
    const answers = await Promise.all(waiting);
    for (const answer of answers) {
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    }
    await release();
    expect((await book('16:30')).status).toBe(201);
  });

  test('R81: requests that wait for the head of an audit stream hold two connections, not all', async () => {
    const id = await server.portal.idOf('paul@example.org');
    const release = await lock(`SELECT 1 FROM audit_streams WHERE stream = '${id}' FOR UPDATE`);
    const waiting = Array.from({ length: 12 }, () => book('10:00'));
    const [[{ count } = { count: 0 }] = []] = await server.driver.run(
      [
        sql`SELECT count(*)::int AS count FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      ],
      'snapshot',
    );
    expect(count as number).toBeLessThanOrEqual(2);
    expect(new Set((await Promise.all(waiting)).map(({ status }) => status))).toEqual(new Set([503]));
    await release();
  });

  test('R81: thirty reads of a record whose audit stream is locked get 503, and other records can be read meanwhile', async () => {
    const admin = await server.portal.signIn('ada@example.org');
    const paul = await server.portal.idOf('paul@example.org');
    const { id: petra } = await server.portal.person('patient', 'petra');
    const read = (path: string) => server.portal.request('GET', `/api/v1${path}`, { token: admin });
    const release = await lock(`SELECT 1 FROM audit_streams WHERE stream = '${paul}' FOR UPDATE`);
    const waiting = Array.from({ length: 30 }, () => read(`/users/${paul}`));
    for (let round = 0; round < 10; round++) {
      const [own, other] = await Promise.all([
        server.portal.request('GET', '/api/v1/users/me', { token: patient }),
        read(`/users/${petra}`),
      ]);
      expect([own.status, other.status]).toEqual([200, 200]);
    }
    for (const { status, headers } of await Promise.all(waiting)) {
      expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    }
    await release();
    expect((await read(`/users/${paul}`)).status).toBe(200);
  });

  test('R81: a statement has no longer time-out than its request', async () => {
    // Shorter than the statement time-out, so that only the request's deadline can end it.
    const late = server.driver.run([sql`SELECT pg_sleep(3)`], 'write', bounds(100));
    await expect(late).rejects.toMatchObject({ name: 'Unavailable', reason: 'too_slow' });
    await expect(server.driver.run([sql`SELECT 1`], 'write', bounds(0))).rejects.toMatchObject({ reason: 'deadline' });
  });
});

describe('admission', () => {
  const held = () => {
    let finish = () => {};
    const work = new Promise<void>((resolve) => {
      finish = resolve;
    });
    return { work: () => work, finish: () => finish() };
  };

  test('R81: writers leave connections to readers, exports leave them to both, and sign-out always gets one', async () => {
    const admission = createAdmission(10);
    const { work, finish } = held();
    const begun: string[] = [];
    const enter = (name: string, mode: 'write' | 'snapshot' | 'recorded', priority: Bounds['priority'] = 'ordinary') =>
      admission.enter(mode, bounds(1_000, priority), 60_000, () => {
        begun.push(name);
        return work();
      });
    const all = [
      ...Array.from({ length: 20 }, () => enter('write', 'write')),
      ...Array.from({ length: 20 }, () => enter('bulk', 'snapshot', 'bulk')),
      enter('read', 'snapshot'),
      enter('vital', 'write', 'vital'),
    ];
    await Promise.resolve();
    const counts = Object.groupBy(begun, (name) => name);
    expect([counts.write?.length, counts.bulk?.length, counts.read?.length, counts.vital?.length]).toEqual([
      4, 2, 1, 1,
    ]);
    finish();
    await Promise.all(all);
    expect(begun).toHaveLength(42);
  });

  test('R81: recorded reads, writes and exports together leave connections, and each lane has its own limit', async () => {
    const { recorded, write, bulk } = SHARES;
    expect(recorded + write + bulk).toBeLessThanOrEqual(0.9);
    const admission = createAdmission(10);
    const { work, finish } = held();
    const reads = Array.from({ length: 9 + MAXIMUM_WAITING }, () =>
      admission.enter('snapshot', undefined, 60_000, work),
    );
    await expect(admission.enter('snapshot', undefined, 60_000, work)).rejects.toMatchObject({
      reason: 'overloaded',
    });
    const others = Array.from({ length: 3 }, () => admission.enter('write', bounds(1_000, 'vital'), 60_000, work));
    finish();
    await Promise.all([...reads, ...others]);
  });

  test('R81: a request that waits too long for a connection is refused, and its place is not lost', async () => {
    const admission = createAdmission(1);
    const { work, finish } = held();
    const first = admission.enter('write', undefined, 1_000, work);
    await expect(admission.enter('write', undefined, 1, work)).rejects.toMatchObject({ reason: 'overloaded' });
    finish();
    await first;
    expect(await admission.enter('write', undefined, 1_000, async () => 'served')).toBe('served');
  });

  test('R81: when one batch gives up on a row, those queued behind it are refused at once', async () => {
    const queue = createRowQueue();
    const { work, finish } = held();
    const inside = [1, 2].map(() =>
      queue.enter(['doctor'], 60_000, async () => {
        await work();
        throw new Unavailable('database', { reason: 'locked' });
      }),
    );
    const behind = [1, 2, 3].map(() => queue.enter(['doctor'], 60_000, async () => 'late'));
    expect(await queue.enter(['somebody else'], 60_000, async () => 'served')).toBe('served');
    finish();
    for (const one of [...inside, ...behind]) await expect(one).rejects.toMatchObject({ reason: 'locked' });
    expect(await queue.enter(['doctor', 'patient'], 60_000, async () => 'free again')).toBe('free again');
  });

  test('R81: of reads of a locked stream one waits in the database, and reads of other streams pass', async () => {
    const readings = createRecordedReadings(createRowQueue());
    const { work, finish } = held();
    let inside = 0;
    const reading = (streams: readonly string[], isLocked: boolean) => {
      const locked = () => Promise.reject(new Unavailable('database', { reason: 'locked' }));
      const served = async () => 'served';
      const patiently = async () => {
        inside += 1;
        await work();
        return locked();
      };
      return readings({
        streams: async () => streams,
        briefly: isLocked ? locked : served,
        patiently: isLocked ? patiently : served,
        milliseconds: () => 60_000,
      });
    };
    const refused = [1, 2, 3].flatMap(() => [reading(['paul'], true), reading(['paul', 'quentin'], true)]);
    const all = Promise.allSettled(refused);
    for (const streams of [['petra'], ['petra', 'quentin'], []]) expect(await reading(streams, false)).toBe('served');
    expect(inside).toBe(2);
    finish();
    expect((await all).map(({ status }) => status)).toEqual(refused.map(() => 'rejected'));
  });

  test('R81: a batch of several rows that fails on one lock does not refuse batches that wait for its other rows', async () => {
    const queue = createRowQueue();
    const { work, finish } = held();
    const inside = [1, 2].map(() =>
      queue.enter(['doctor', 'patient'], 60_000, async () => {
        await work();
        throw new Unavailable('database', { reason: 'locked' });
      }),
    );
    const behind = queue.enter(['doctor'], 60_000, async () => 'served');
    finish();
    for (const one of inside) await expect(one).rejects.toMatchObject({ reason: 'locked' });
    expect(await behind).toBe('served');
  });
});
