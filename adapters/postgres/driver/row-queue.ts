/**
 * Who waits for one row waits here and not in the database: of all batches that take the lock of a row, two hold a
 * connection and the others none. When a batch of one row gives up
 * on its lock, those who wait for that row are told so at once.
 */
import { Unavailable } from '../../../domain/shared/ports.ts';

/** Batches in the database at once for one row: one that works and one that is ready to follow it. */
const AT_ONCE = 2;
/** Batches that may wait for one row in this process. */
export const WAITING_PER_ROW = 200;

interface Row {
  inside: number;
  readonly waiting: Set<{ admit(): void; refuse(fault: Unavailable): void }>;
}

export interface RowQueue {
  /**
   * @param rows their names, in any order; each once
   * @param atOnce how many of one row may be in the database at once. Default 2
   * @throws Unavailable `locked` when one of them cannot be had in time
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
  /** The place passes to the next one, or is given back. */
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
        // In one order for all, so that no two wait for each other.
        for (const name of [...names].sort()) {
          await take(name, milliseconds, atOnce);
          held.push(name);
        }
        return await work();
      } catch (error) {
        // Of several rows it is not known which one is locked: their waiters find out by the time-out of the lock.
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
