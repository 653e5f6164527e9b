import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { guardDependency } from '../../adapters/resilience/dependency.ts';
import { type DependencyPolicy, POLICIES } from '../../adapters/resilience/policies.ts';
import { Unavailable } from '../../domain/shared/ports.ts';

const POLICY: DependencyPolicy = {
  ...{ timeoutMs: 5_000, endedBy: 'adapter', attempts: 1, backoffMs: 100 },
  ...{ failures: 2, pauseMs: 1_000, longestPauseMs: 3_000, instead: 'nothing' },
};

function guarded(policy: Partial<DependencyPolicy> = {}) {
  const told: string[] = [];
  let now = 1_000_000;
  let calls = 0;
  const dependency = guardDependency(
    'service',
    { ...POLICY, ...policy },
    {
      clock: { now: () => now },
      watching: {
        opened: (name, { reason }) => told.push(`${name} opened: ${reason}`),
        closed: (name, milliseconds) => told.push(`${name} closed after ${milliseconds}`),
        retried: (name) => told.push(`${name} retried`),
      },
    },
  );
  const failing = () => {
    calls += 1;
    return Promise.reject(new Unavailable('service', { reason: 'too_slow' }));
  };
  const working = async () => {
    calls += 1;
    return 'answer';
  };
  return {
    dependency,
    told,
    failing,
    working,
    calls: () => calls,
    advance: (milliseconds: number) => {
      now += milliseconds;
    },
    /** @returns the reason of the fault, or the answer */
    async once(work: () => Promise<string>) {
      return dependency.once(work).catch((error) => (error instanceof Unavailable ? error.reason : error));
    },
  };
}

describe('the breaker of a dependency', () => {
  test('opens after so many failures in a row, and then refuses without calling', async () => {
    const { dependency, failing, working, once, calls, told } = guarded();
    await once(failing);
    await once(working);
    await once(failing);
    expect(dependency.health()).toEqual({ state: 'closed', openSince: null, reason: null });
    expect(await once(failing)).toBe('too_slow');
    expect(dependency.health()).toEqual({ state: 'open', openSince: 1_000_000, reason: 'too_slow' });
    expect([await once(working), await once(failing)]).toEqual(['paused', 'paused']);
    expect(calls()).toBe(4);
    expect(told).toEqual(['service opened: too_slow']);
  });

  test('is told once for all calls that were under way when it opened', async () => {
    const { failing, once, told } = guarded({ failures: 1 });
    await Promise.all(Array.from({ length: 20 }, () => once(failing)));
    expect(told).toEqual(['service opened: too_slow']);
  });

  test('lets one call try after the pause; others are refused at once and do not wait for it', async () => {
    const { dependency, failing, working, once, advance, told } = guarded({ failures: 1 });
    await once(failing);
    advance(999);
    expect(await once(working)).toBe('paused');
    advance(1);
    let answer: (text: string) => void = () => {};
    const trial = once(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    expect(await once(working)).toBe('paused');
    expect(dependency.health()).toMatchObject({ state: 'half_open', openSince: 1_000_000 });
    answer('back');
    expect(await trial).toBe('back');
    expect(await once(working)).toBe('answer');
    expect(told).toEqual(['service opened: too_slow', 'service closed after 1000']);
  });

  test('waits twice as long after each failed trial, up to the longest pause', async () => {
    const { failing, once, advance, calls } = guarded({ failures: 1 });
    await once(failing);
    for (const pause of [1_000, 2_000, 3_000, 3_000]) {
      const before = calls();
      advance(pause - 1);
      await once(failing);
      expect(calls()).toBe(before);
      advance(1);
      await once(failing);
      expect(calls()).toBe(before + 1);
    }
  });

  test('a trial whose request was dropped does not keep it half open', async () => {
    const { dependency, failing, working, once, advance } = guarded({ failures: 1 });
    await once(failing);
    advance(1_000);
    void once(() => new Promise(() => {}));
    advance(5_999);
    expect(await once(working)).toBe('paused');
    advance(1);
    expect(await once(working)).toBe('answer');
    expect(dependency.health().state).toBe('closed');
  });

  test('an error that is no outage is thrown, and counts for nothing', async () => {
    const { dependency } = guarded({ failures: 1 });
    await expect(dependency.once(() => Promise.reject(new TypeError('bug')))).rejects.toThrow('bug');
    expect(dependency.health().state).toBe('closed');
  });
});

describe('calls of a dependency', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  test('an idempotent call is repeated after a random part of a pause that doubles', async () => {
    const { dependency, failing, told, calls } = guarded({ attempts: 3, failures: 9 });
    const outcome = dependency.idempotent(failing).catch((error: Unavailable) => error.reason);
    for (const [pause, expected] of [
      [49, 1],
      [1, 2],
      [99, 2],
      [1, 3],
    ] as const) {
      await vi.advanceTimersByTimeAsync(pause);
      expect(calls()).toBe(expected);
    }
    expect(await outcome).toBe('too_slow');
    expect(told).toEqual(['service retried', 'service retried']);
  });

  test('other calls are never repeated', async () => {
    const { once, failing, calls } = guarded({ attempts: 3, failures: 9 });
    expect(await once(failing)).toBe('too_slow');
    expect(calls()).toBe(1);
  });

  test('nothing is repeated once the breaker is open', async () => {
    const { dependency, failing, calls } = guarded({ attempts: 5, failures: 2 });
    const outcome = dependency.idempotent(failing).catch((error: Unavailable) => error.reason);
    await vi.runAllTimersAsync();
    expect([await outcome, calls()]).toEqual(['paused', 2]);
  });

  test('one that cannot be aborted is not waited for beyond its time-out', async () => {
    const { once } = guarded({ endedBy: 'policy', timeoutMs: 300 });
    const outcome = once(() => new Promise(() => {}));
    await vi.advanceTimersByTimeAsync(300);
    expect(await outcome).toBe('too_slow');
  });
});

test.each(Object.entries(POLICIES))('the policy of %s is sound', (_name, policy: DependencyPolicy) => {
  expect(policy.attempts).toBeGreaterThanOrEqual(1);
  // Attempts without a pause would hit a service that is overloaded together with everybody else's.
  expect(policy.attempts === 1 || policy.backoffMs > 0).toBe(true);
  expect(policy.longestPauseMs).toBeGreaterThanOrEqual(policy.pauseMs);
  // One request must not open it alone, unless each failure costs every request its time-out.
  expect(policy.attempts === 1 || policy.failures >= policy.attempts || policy.failures > 1).toBe(true);
});
