import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createGate, type GateOptions } from '../../adapters/crypto/concurrency-gate.ts';
import { Unavailable } from '../../domain/shared/ports.ts';

const OPTIONS = {
  service: 'work',
  concurrency: 2,
  maxWaiting: 2,
  maxWaitMilliseconds: 1000,
  leaseMilliseconds: 10_000,
  retryAfterSeconds: 4,
};

/** A gate for one class of work. */
function gateOf(options: Partial<Omit<GateOptions<'work'>, 'classes'>> = {}) {
  const gate = createGate({ ...OPTIONS, ...options, classes: { work: { weight: 1 } } });
  return <T>(work: () => Promise<T>) => gate(work, 'work');
}

describe('R66 classes of work', () => {
  const CLASSES = { known: { weight: 4 }, sign_in: { weight: 2 }, anonymous: { weight: 1, concurrency: 1 } };
  const gateWithClasses = (concurrency: number) =>
    createGate({ ...OPTIONS, classes: CLASSES, concurrency, maxWaiting: 20, maxWaitMilliseconds: 60_000 });

  /** Work that ends when told to; `started` lists what has started, in order. */
  function controlled(gate: ReturnType<typeof gateWithClasses>) {
    const started: string[] = [];
    const running: (() => void)[] = [];
    const all: Promise<void>[] = [];
    const finishOne = async () => {
      running.shift()?.();
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    };
    return {
      started,
      finishOne,
      ask(as: keyof typeof CLASSES, times = 1) {
        for (let n = 0; n < times; n++) {
          const work = () => {
            started.push(as);
            return new Promise<void>((resolve) => void running.push(resolve));
          };
          all.push(gate(work, as));
        }
      },
      async finishAll() {
        while (running.length > 0) await finishOne();
        await Promise.all(all);
      },
    };
  }

  it('R66 a flood of registrations leaves a place for sign-ins', async () => {
    const { ask, started, finishAll } = controlled(gateWithClasses(2));
    ask('anonymous', 10);
    expect(started).toEqual(['anonymous']);
    ask('sign_in');
    expect(started).toEqual(['anonymous', 'sign_in']);
    await finishAll();
  });

  it('R66 a full queue of one class does not refuse work of another', async () => {
    const gate = gateWithClasses(1);
    const work = controlled(gate);
    work.ask('sign_in', 21);
    await expect(gate(async () => 'one more', 'sign_in')).rejects.toThrow(Unavailable);
    const known = gate(async () => 'known', 'known');
    await work.finishAll();
    expect(await known).toBe('known');
  });

  it('R66 a known browser goes before waiting strangers, but does not starve them', async () => {
    const { ask, started, finishOne, finishAll } = controlled(gateWithClasses(1));
    ask('sign_in', 12);
    ask('anonymous', 4);
    for (let n = 0; n < 6; n++) await finishOne();
    ask('known', 4);
    const before = started.length;
    for (let n = 0; n < 7; n++) await finishOne();
    const next = started.slice(before);
    expect(next.slice(0, 2)).toContain('known');
    // Equal weights would give it three.
    expect(next.filter((as) => as === 'known')).toHaveLength(4);
    await finishAll();
    expect(started.filter((as) => as === 'anonymous')).toHaveLength(4);
  });
});

describe('gate', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('never runs more than its limit at once, and runs work in the order of arrival', async () => {
    const gate = gateOf({ maxWaiting: 10 });
    const started: number[] = [];
    let running = 0;
    let most = 0;
    const work = (n: number) => async () => {
      started.push(n);
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
    };
    await Promise.all([1, 2, 3, 4, 5, 6, 7].map((n) => gate(work(n))));
    expect(most).toBe(2);
    expect(started).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('refuses work when the queue is full', async () => {
    const gate = gateOf();
    const finish: (() => void)[] = [];
    const hold = () => new Promise<void>((resolve) => void finish.push(resolve));
    const all = [gate(hold), gate(hold), gate(hold), gate(hold)];
    await expect(gate(hold)).rejects.toThrow(Unavailable);
    while (finish.length > 0) {
      finish.shift()?.();
      await vi.advanceTimersByTimeAsync(1);
    }
    await Promise.all(all);
  });

  it('refuses work that waited too long, and admits later work', async () => {
    const gate = gateOf({ concurrency: 1 });
    const { promise, resolve: finish } = Promise.withResolvers<void>();
    const first = gate(() => promise);
    const late = expect(gate(async () => 'late')).rejects.toMatchObject({ service: 'work', retryAfterSeconds: 4 });
    await vi.advanceTimersByTimeAsync(1001);
    await late;
    const next = gate(async () => 'next');
    finish();
    await first;
    expect(await next).toBe('next');
  });

  it('frees the place when the work throws', async () => {
    const gate = gateOf({ concurrency: 1 });
    await expect(gate(() => Promise.reject(new Error('boom')))).rejects.toThrow('boom');
    expect(await gate(async () => 'fine')).toBe('fine');
  });

  it('frees the place of work that never ends after its lease', async () => {
    const gate = gateOf({ concurrency: 1 });
    void gate(() => new Promise(() => {}));
    await vi.advanceTimersByTimeAsync(10_001);
    expect(await gate(async () => 'fine')).toBe('fine');
  });
});
