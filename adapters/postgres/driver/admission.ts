/**
 * Admission to the connection pool. Each kind of work may hold a limited share of the pool, so that writers that wait
 * for a locked row leave connections to readers, and exports leave connections to everybody.
 */
import type { Bounds } from '../../../domain/shared/bounds.ts';
import { Unavailable } from '../../../domain/shared/ports.ts';
import type { BatchMode } from './driver.ts';

/** Highest priority first. */
const LANES = ['vital', 'read', 'recorded', 'write', 'bulk'] as const;
type Lane = (typeof LANES)[number];

/**
 * The share of the pool that a lane may hold. Recorded, write and bulk together leave a tenth to reads and vital work.
 */
export const SHARES: Readonly<Record<Lane, number>> = { vital: 1, read: 0.9, recorded: 0.3, write: 0.4, bulk: 0.2 };

/** Largest number of waiters per lane; any more would time out anyway. */
export const MAXIMUM_WAITING = 500;

function laneOf(mode: BatchMode, bounds: Bounds | undefined): Lane {
  if (bounds !== undefined && bounds.priority !== 'ordinary') return bounds.priority;
  return mode === 'snapshot' ? 'read' : mode;
}

export interface Admission {
  /**
   * @param milliseconds longest time to wait
   * @throws Unavailable `overloaded` after that time, or at once if too many wait already
   */
  enter<T>(mode: BatchMode, bounds: Bounds | undefined, milliseconds: number, work: () => Promise<T>): Promise<T>;
  /** How many hold a place, and how many wait for one. */
  use(): { readonly busy: number; readonly waiting: number };
  /**
   * For how long the oldest read has been waiting, in milliseconds. Writers that wait for a locked row leave room for reads, so only reads
   * tell that the whole pool is taken.
   */
  readWait(): number;
}

interface Waiter {
  readonly since: number;
  admit(): void;
}

export function createAdmission(connections: number): Admission {
  const capacity = (lane: Lane) => Math.max(1, Math.floor(connections * SHARES[lane]));
  const running = new Map<Lane, number>(LANES.map((lane) => [lane, 0]));
  const waiting = new Map<Lane, Set<Waiter>>(LANES.map((lane) => [lane, new Set()]));
  const queueOf = (lane: Lane) => waiting.get(lane) as Set<Waiter>;
  let total = 0;

  const hasRoom = (lane: Lane) => total < connections && (running.get(lane) ?? 0) < capacity(lane);
  const count = (lane: Lane, change: 1 | -1) => {
    total += change;
    running.set(lane, (running.get(lane) ?? 0) + change);
  };
  const next = () => {
    for (const lane of LANES) {
      for (const waiter of queueOf(lane)) {
        if (!hasRoom(lane)) break;
        waiter.admit();
      }
    }
  };
  const waitForPlace = (lane: Lane, milliseconds: number) =>
    new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => {
        queueOf(lane).delete(waiter);
        reject(overloaded());
      }, milliseconds);
      const waiter: Waiter = {
        since: performance.now(),
        admit() {
          clearTimeout(late);
          queueOf(lane).delete(waiter);
          count(lane, 1);
          resolve();
        },
      };
      queueOf(lane).add(waiter);
    });

  return {
    use: () => ({ busy: total, waiting: LANES.reduce((sum, lane) => sum + queueOf(lane).size, 0) }),
    readWait() {
      const [oldest] = queueOf('read');
      return oldest === undefined ? 0 : performance.now() - oldest.since;
    },
    async enter(mode, bounds, milliseconds, work) {
      const lane = laneOf(mode, bounds);
      if (hasRoom(lane)) count(lane, 1);
      else if (queueOf(lane).size >= MAXIMUM_WAITING || milliseconds <= 0) throw overloaded();
      else await waitForPlace(lane, milliseconds);
      try {
        return await work();
      } finally {
        count(lane, -1);
        next();
      }
    },
  };
}

function overloaded(): Unavailable {
  return new Unavailable('database', { reason: 'overloaded', retryAfterSeconds: 1 });
}
