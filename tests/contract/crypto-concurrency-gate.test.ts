import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createGate } from '../../adapters/crypto/concurrency-gate.ts';
import { Unavailable } from '../../domain/shared/ports.ts';

const OPTIONS = {
  service: 'work',
  concurrency: 2,
  maxWaiting: 2,
  maxWaitMilliseconds: 1000,
  leaseMilliseconds: 10_000,
  retryAfterSeconds: 4,
};

describe('gate', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('never runs more than its number at once, and in the order of arrival', async () => {
    const gate = createGate({ ...OPTIONS, maxWaiting: 10 });
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

  it('refuses one more than may wait', async () => {
    const gate = createGate(OPTIONS);
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

  it('refuses who waited too long, and lets later ones in', async () => {
    const gate = createGate({ ...OPTIONS, concurrency: 1 });
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

  it('gives the place back when the work throws', async () => {
    const gate = createGate({ ...OPTIONS, concurrency: 1 });
    await expect(gate(() => Promise.reject(new Error('boom')))).rejects.toThrow('boom');
    expect(await gate(async () => 'fine')).toBe('fine');
  });

  it('does not lose a place for ever to work that never ends', async () => {
    const gate = createGate({ ...OPTIONS, concurrency: 1 });
    void gate(() => new Promise(() => {}));
    await vi.advanceTimersByTimeAsync(10_001);
    expect(await gate(async () => 'fine')).toBe('fine');
  });
});
