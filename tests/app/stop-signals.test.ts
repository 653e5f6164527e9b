import { beforeEach, describe, expect, test } from 'vitest';
import { stopOnSignal } from '../../src/serve/stop-signals.ts';

describe('a process that is told to stop', () => {
  let milliseconds: number;
  let send: (signal: 'SIGINT' | 'SIGTERM') => void;
  let finishWork: () => void;
  let stops: number;
  let exits: number[];

  beforeEach(() => {
    milliseconds = 50;
    stops = 0;
    exits = [];
    const listeners = new Map<string, () => void>();
    stopOnSignal({
      subscribe: (signal, listener) => listeners.set(signal, listener),
      now: () => milliseconds,
      stop: () => {
        stops += 1;
        return new Promise((resolve) => {
          finishWork = resolve;
        });
      },
      exit: (code) => exits.push(code),
    });
    send = (signal) => listeners.get(signal)?.();
  });

  test('finishes its work and exits with 0', async () => {
    send('SIGTERM');
    expect(exits).toEqual([]);
    finishWork();
    await expect.poll(() => exits).toEqual([0]);
  });

  test('takes a signal that its parents pass on as well for one', async () => {
    for (const signal of ['SIGINT', 'SIGINT', 'SIGTERM'] as const) {
      send(signal);
      milliseconds += 400;
    }
    expect({ stops, exits }).toEqual({ stops: 1, exits: [] });
    finishWork();
    await expect.poll(() => exits).toEqual([0]);
  });

  test('exits with 1 at once when it is asked again later', () => {
    send('SIGINT');
    milliseconds += 1_001;
    send('SIGINT');
    expect({ stops, exits }).toEqual({ stops: 1, exits: [1] });
  });
});
