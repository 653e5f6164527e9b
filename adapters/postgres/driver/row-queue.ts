/**
 * Queues batches that lock the same row in this process instead of in the database: of all batches that want a row, two
 * hold a connection and the others none. If a batch of one row gives up on its lock, all waiters of that row are
 * refused at once.
 */
import { Unavailable } from '../../../domain/shared/ports.ts';

/** Batches per row in the database at the same time: one that runs and one that is ready to follow it. */
const AT_ONCE = 2;
/** Longest queue of one row in this process. */
export const WAITING_PER_ROW = 200;

interface Row {
  inside: number;
  readonly waiting: Set<{ admit(): void; refuse(fault: Unavailable): void }>;
}

export interface RowQueue {
  /**
   * @param rows their names, in any order, without duplicates
   * @param atOnce how many batches of one row may be in the database at the same time. Default 2
   * @throws Unavailable `locked` if one of the rows is not free in time
   */
  enter<T>(rows: readonly string[], milliseconds: number, work: () => Promise<T>, atOnce?: number): Promise<T>;
}

export function createRowQueue(): RowQueue {
  const rows = new Map<string, Row>();

  const take = async (name: string, milliseconds: number, atOnce: number): Promise<void> => {
    const row = rows.get(name) ?? { inside: 0, waiting: new Set() };
    rows.set(name, row);
    if (row.inside < atOnce) {
      row.inside += 1;
      return;
    }
    if (row.waiting.size >= WAITING_PER_ROW) throw locked();
    await new Promise<void>((resolve, reject) => {
      const settle = () => {
        clearTimeout(late);
        row.waiting.delete(waiter);
      };
      const waiter = {
        admit() {
          settle();
          resolve();
        },
        refuse(fault: Unavailable) {
          settle();
          reject(fault);
        },
      };
      const late = setTimeout(() => waiter.refuse(locked()), milliseconds);
      row.waiting.add(waiter);
    });
  };
  /** Passes the place to the next waiter, or frees it. */
  const leave = (name: string) => {
    const row = rows.get(name);
    if (row === undefined) return;
    const [next] = row.waiting;
    if (next !== undefined) return next.admit();
    row.inside -= 1;
    if (row.inside === 0) rows.delete(name);
  };

  return {
    async enter(names, milliseconds, work, atOnce = AT_ONCE) {
      const held: string[] = [];
      try {
        // Sorted, so that two batches never wait for each other.
        for (const name of [...names].sort()) {
          await take(name, milliseconds, atOnce);
          held.push(name);
        }
        return await work();
      } catch (error) {
        // With several rows it is unknown which one is locked: their waiters run into the lock time-out themselves.
        if (error instanceof Unavailable && error.reason === 'locked' && names.length === 1) {
          for (const name of held) for (const waiter of rows.get(name)?.waiting ?? []) waiter.refuse(error);
        }
        throw error;
      } finally {
        for (const name of held) leave(name);
      }
    },
  };
}

function locked(): Unavailable {
  return new Unavailable('database', { reason: 'locked', retryAfterSeconds: 1 });
}
