/**
 * R57, R58: one process under load while Redis or PostgreSQL fails. It prints for each fault what was lost and how long it took until
 * reads and bookings were served again; it asserts what was answered and that nothing was restarted, never a duration.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Clinic, openClinic, signInAdmin } from './clinic.ts';
import { client } from './http.ts';
import { balance } from './ledger.ts';
import { type Load, startLoad } from './load.ts';
import { pause } from './services.ts';
import { startWorld, type World } from './world.ts';

const PATIENTS = 3;
const STEPS_PER_SECOND = 30;
const BRIEF_MS = 1_500;
/** Longer than a statement and a request may take, so that requests end by their own deadlines. */
const STALL_MS = 5_500;
/** A process that never came back would otherwise be waited for forever. */
const LONGEST_MS = 30_000;
const SLOW_TRIP_MS = 500;
const READERS = 40;

interface Trial {
  readonly name: string;
  readonly breaks: 'redis' | 'database' | 'neither';
  readonly lasts: number;
  /** @returns what ends it */
  begin(world: World): Promise<() => unknown>;
}

const TRIALS: readonly Trial[] = [
  {
    ...{ name: 'Redis killed', breaks: 'redis', lasts: BRIEF_MS },
    async begin({ redis }) {
      await redis?.kill();
      return () => redis?.restart();
    },
  },
  {
    ...{ name: 'Redis stalled', breaks: 'redis', lasts: BRIEF_MS },
    async begin({ redis }) {
      redis?.stall();
      return () => redis?.resume();
    },
  },
  {
    ...{ name: 'Redis flushed', breaks: 'redis', lasts: BRIEF_MS },
    async begin({ redis }) {
      await redis?.command('FLUSHALL');
      await redis?.command('SCRIPT', 'FLUSH');
      return () => undefined;
    },
  },
  {
    ...{ name: 'PostgreSQL killed', breaks: 'database', lasts: BRIEF_MS },
    async begin({ database }) {
      await database.kill();
      return () => database.restart();
    },
  },
  {
    ...{ name: 'PostgreSQL stalled', breaks: 'database', lasts: STALL_MS },
    async begin({ proxy }) {
      proxy.stall();
      return () => proxy.recover();
    },
  },
  {
    ...{ name: 'PostgreSQL refuses connections', breaks: 'database', lasts: BRIEF_MS },
    async begin({ proxy }) {
      await proxy.refuse();
      return () => proxy.recover();
    },
  },
  {
    ...{ name: 'both slow by 500 ms', breaks: 'neither', lasts: 3_000 },
    async begin({ proxy, redisProxy }) {
      for (const each of [proxy, redisProxy]) each?.slow(SLOW_TRIP_MS);
      return () => {
        for (const each of [proxy, redisProxy]) each?.slow(0);
      };
    },
  },
];

interface Figures {
  readonly fault: string;
  readonly served: number;
  readonly booked: number;
  /** Refused or unanswered requests, sign-ins apart: they wait for the processor too. */
  readonly lost: string;
  readonly recoveryMs: number;
}

/** What a supervisor and a load balancer saw in the middle of the fault. */
async function probes(url: string): Promise<readonly number[]> {
  const paths = ['/health', '/ready'];
  return Promise.all(paths.map(async (path) => (await fetch(`${url}${path}`)).status));
}

async function run(world: World, load: Load, { name, begin, lasts }: Trial) {
  load.begin();
  load.resume();
  await pause(700);
  const end = await begin(world);
  const began = performance.now();
  await pause(lasts * 0.6);
  const seen = await probes(world.urls[0] ?? '');
  await pause(Math.max(0, lasts - (performance.now() - began)));
  const during = { served: load.served.filter(({ at }) => at > began).length };
  const booked = load.written.filter((at) => at > began).length;
  await end();
  const ended = performance.now();
  const isBack = () => load.written.some((at) => at > ended) && load.served.some(({ at }) => at > ended);
  while (!isBack() && performance.now() - ended < LONGEST_MS) await pause(20);
  const back = performance.now();
  await pause(700);
  await load.rest();
  const lost = load.refused.filter(({ step }) => step !== 'sign-in');
  const lastLost = Math.max(ended, ...lost.map(({ at }) => at));
  const kinds = Object.entries(Object.groupBy(lost, ({ status }) => String(status ?? 'no answer')));
  const figures: Figures = {
    ...{ fault: name, served: during.served, booked },
    lost: kinds.map(([kind, each]) => `${each?.length} × ${kind}`).join(', ') || 'none',
    recoveryMs: Math.round(Math.max(back, lastLost) - ended),
  };
  return { figures, seen, lost, ...during, booked, isBack: isBack() };
}

describe('faults of Redis and PostgreSQL under load', () => {
  let world: World;
  let clinic: Clinic;
  let load: Load;
  const told: Figures[] = [];

  beforeAll(async () => {
    world = await startWorld({ processes: 1 });
    clinic = await openClinic(world.urls[0] ?? '', world.provider, PATIENTS);
    load = startLoad({ urls: world.urls, clinic, stepsPerSecond: STEPS_PER_SECOND, seed: 16 });
    await load.signIn();
  }, 300_000);
  afterAll(async () => {
    console.table(told);
    await world.close();
  });

  for (const trial of TRIALS) {
    test(`R57, R58: ${trial.name}`, { timeout: 60_000 }, async (context) => {
      if (trial.breaks !== 'database' && world.redis === undefined) return context.skip('no redis-server is installed');
      const { figures, seen, lost, served, booked, isBack } = await run(world, load, trial);
      told.push(figures);
      expect(isBack).toBe(true);
      expect(load.signedOut()).toBe(0);
      if (trial.breaks === 'database') {
        expect(seen).toEqual([200, 503]);
        expect(lost.map(({ status }) => status)).toEqual(lost.map(() => 503));
        expect(lost.every(({ retryAfter }) => Number(retryAfter) > 0)).toBe(true);
        expect(lost.length).toBeGreaterThan(0);
      } else {
        expect(seen).toEqual([200, 200]);
        expect(lost).toEqual([]);
        expect([served > 0, booked > 0]).toEqual([true, true]);
      }
    });
  }

  test('ADR 0275: more readers of lists than slow trips can serve are refused, and bookings go on', async () => {
    const token = await signInAdmin(world.urls[0] ?? '');
    const call = client(world.urls[0] ?? '');
    world.proxy.slow(SLOW_TRIP_MS);
    const refusedAs = new Map<string, number>();
    let isOver = false;
    const readers = Array.from({ length: READERS }, async () => {
      while (!isOver) {
        const { status, body } = await call('GET', '/api-keys', { token });
        const kind = status === 200 ? 'served' : `${status} ${body.code}`;
        refusedAs.set(kind, (refusedAs.get(kind) ?? 0) + 1);
        if (status === 503) await pause(200);
      }
    });
    load.begin();
    load.resume();
    const until = performance.now() + LONGEST_MS;
    while (!refusedAs.has('503 overloaded') && performance.now() < until) await pause(50);
    const began = performance.now();
    while (!load.written.some((at) => at > began) && performance.now() < until) await pause(50);
    isOver = true;
    world.proxy.slow(0);
    await Promise.all(readers);
    await load.rest();
    console.log(Object.fromEntries(refusedAs));
    expect([...refusedAs.keys()]).toEqual(expect.arrayContaining(['served', '503 overloaded']));
    expect(load.written.some((at) => at > began)).toBe(true);
    expect(world.logged()).toContain('"event":"shedding"');
  }, 60_000);

  test('R40: what was acknowledged is there once, and the process is the one that was started', async () => {
    const { lost, doubled, overlapping } = await balance(world.database, load, world.provider.mails);
    expect({ lost, doubled, overlapping }).toEqual({ lost: 0, doubled: 0, overlapping: 0 });
    expect(await world.revive()).toBe(0);
  });
});
