import { describe, expect, test } from 'vitest';
import { createAdmission } from '../../adapters/postgres/driver/admission.ts';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import type { Bounds } from '../../domain/shared/bounds.ts';
import { Unavailable } from '../../domain/shared/ports.ts';
import { createDoor, type Door, IMPORTANCES } from '../../src/app/door.ts';
import { notingTrips } from '../../src/compose/door.ts';

function doorOfTest(limitMilliseconds = 100) {
  let now = 0;
  const changes: (readonly [number, number])[] = [];
  const door = createDoor({ limitMilliseconds, now: () => now, onChange: (...change) => changes.push(change) });
  return {
    door,
    changes,
    /** Lets windows of a second pass, with these waits in each. @returns the level after each */
    windows: (count: number, ...waits: readonly number[]) =>
      Array.from({ length: count }, () => {
        for (const wait of waits) door.note('loop', wait);
        now += 1_000;
        return door.level();
      }),
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

describe('the door', () => {
  test('rises by one level for each window from the second on, as far as the wait asks for', () => {
    expect(doorOfTest().windows(5, 99)).toEqual([0, 0, 0, 0, 0]);
    expect(doorOfTest().windows(5, 100)).toEqual([0, 1, 1, 1, 1]);
    expect(doorOfTest().windows(5, 200)).toEqual([0, 1, 2, 2, 2]);
    expect(doorOfTest().windows(5, 4_000)).toEqual([0, 1, 2, 3, 3]);
  });

  test('refuses the least important first and never what is vital', () => {
    const { door, windows } = doorOfTest();
    const admitted = () => IMPORTANCES.filter((each) => door.admits(each));
    const seen = [admitted()];
    for (let window = 0; window < 5; window++) {
      windows(1, 10_000);
      seen.push(admitted());
    }
    expect(seen.map(({ length }) => length)).toEqual([4, 4, 3, 2, 1, 1]);
    expect(seen.at(-1)).toEqual(['vital']);
    expect(seen[2]).toEqual(['ordinary', 'under_way', 'vital']);
  });

  test('keeps a level while the wait is over half of what it was entered at, and leaves one a window below', () => {
    const { windows, changes } = doorOfTest();
    expect(windows(4, 400)).toEqual([0, 1, 2, 3]);
    expect(windows(3, 200)).toEqual([3, 3, 3]);
    expect(windows(2, 199)).toEqual([2, 2]);
    expect(windows(2, 60)).toEqual([1, 1]);
    expect(windows(2, 49)).toEqual([0, 0]);
    expect(changes.map(([level]) => level)).toEqual([1, 2, 3, 2, 1, 0]);
  });

  test('is not moved by single pauses, nor by one bad window between calm ones', () => {
    const { windows, pass, door } = doorOfTest();
    expect(windows(5, 0, 0, 9_000)).toEqual([0, 0, 0, 0, 0]);
    for (let round = 0; round < 3; round++) expect([windows(1, 9_000), windows(1, 0)]).toEqual([[0], [0]]);
    // Blocked for six seconds: one measurement among those that follow.
    pass(6_000);
    door.note('loop', 6_000);
    expect(windows(2, 0, 0)).toEqual([0, 0]);
  });

  test('the longer of the two waits counts', () => {
    const { windows, door } = doorOfTest();
    const seen: number[] = [];
    for (let window = 0; window < 3; window++) {
      door.note('database', 150);
      seen.push(...windows(1, 0, 0, 0));
    }
    expect(seen).toEqual([0, 1, 1]);
  });

  test('opens again without a measurement: a level a window, and at once after a pause of many', () => {
    const waiting = doorOfTest();
    waiting.windows(4, 4_000);
    expect(waiting.windows(3)).toEqual([2, 1, 0]);
    const left = doorOfTest();
    left.windows(4, 4_000);
    left.pass(11_000);
    expect(left.door.level()).toBe(0);
  });

  test('a limit of 0 refuses nobody', () => {
    expect(doorOfTest(0).windows(5, 60_000)).toEqual([0, 0, 0, 0, 0]);
  });
});

describe('what it measures', () => {
  test('a read that waits for a connection, but not writers that wait for each other', async () => {
    const admission = createAdmission(10);
    const held: (() => void)[] = [];
    const hold = () => new Promise<void>((resolve) => held.push(resolve));
    const enter = (mode: 'read' | 'write') => admission.enter(mode, undefined, 60_000, hold);
    const writers = Array.from({ length: 8 }, () => enter('write'));
    expect(admission.readWait()).toBe(0);
    const readers = Array.from({ length: 7 }, () => enter('read'));
    await new Promise(setImmediate);
    expect(admission.readWait()).toBeGreaterThan(0);
    let done = 0;
    const all = Promise.all([...writers, ...readers].map((each) => each.then(() => (done += 1))));
    while (done < 15) {
      for (const release of held.splice(0)) release();
      await new Promise(setImmediate);
    }
    await all;
    expect(admission.readWait()).toBe(0);
  });

  test('at the edge, the refusals of a database that has too much to do, and no other fault', async () => {
    const noted: number[] = [];
    const door: Door = { admits: () => true, level: () => 0, note: (_, wait) => noted.push(wait) };
    const failing = (reason: string): SqlDriver => ({
      run: () => Promise.reject(new Unavailable('database', { reason })),
      close: async () => {},
    });
    for (const reason of ['too_many_connections', 'overloaded', 'read_only', 'unreachable']) {
      await expect(notingTrips(failing(reason), door).run([], 'read')).rejects.toThrow(Unavailable);
    }
    expect(noted).toEqual([10_000, 10_000]);
    const answering = notingTrips({ run: async () => [], close: async () => {} }, door);
    const bulk: Bounds = { priority: 'bulk', remainingMilliseconds: () => 1_000, noteRoundTrip: () => {} };
    await answering.run([], 'read');
    await answering.run([], 'read', bulk);
    expect(noted).toEqual([10_000, 10_000, 0]);
  });
});
