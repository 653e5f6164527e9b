/**
 * Readings that are recorded take the lock of the head of an audit stream, as writes do, but whose stream it is only the
 * database knows. So a reading waits for its heads briefly. When that is not enough, it asks whose they are and waits here, in
 * one line for each stream with one of them in the database: others' readings keep their connections.
 */
import { Unavailable } from '../../../domain/shared/ports.ts';
import type { RowQueue } from '../driver/row-queue.ts';

/** How long a reading waits for a head at first. A head is locked for the end of one batch, which is a few milliseconds. */
export const BRIEF_LOCK_TIMEOUT_MS = 100;
/** For so long after a head was found locked, readings ask whose streams they need before they wait for any. */
const CONTENDED_MS = 2_000;
/** Of several streams nobody can tell which is locked: such readings wait in a line of their own. */
const SEVERAL = 'readings of several streams';

export interface RecordedReading<T> {
  /** The streams that the reading appends to. */
  streams(): Promise<readonly string[]>;
  /** Reads, and gives up on a lock after {@link BRIEF_LOCK_TIMEOUT_MS}. */
  briefly(): Promise<T>;
  /** Reads, and waits for a lock as long as any batch does. */
  patiently(): Promise<T>;
  /** How long it may wait in line. */
  milliseconds(): number;
}

/** @throws Unavailable `locked` when a head cannot be had in time */
export type RecordedReadings = <T>(reading: RecordedReading<T>) => Promise<T>;

export function createRecordedReadings(rows: RowQueue): RecordedReadings {
  let contendedUntil = 0;
  const noting = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (isLocked(error)) contendedUntil = performance.now() + CONTENDED_MS;
      throw error;
    }
  };
  const unlessLocked = async <T>(work: () => Promise<T>): Promise<{ readonly value: T } | undefined> => {
    try {
      return { value: await noting(work) };
    } catch (error) {
      if (isLocked(error)) return undefined;
      throw error;
    }
  };

  return async ({ streams, briefly, patiently, milliseconds }) => {
    const isContended = performance.now() < contendedUntil;
    const first = isContended ? undefined : await unlessLocked(briefly);
    if (first !== undefined) return first.value;
    const [stream, ...others] = await streams();
    const isOne = stream !== undefined && others.length === 0;
    const second = isContended && !isOne ? await unlessLocked(briefly) : undefined;
    if (second !== undefined) return second.value;
    const line = isOne ? `reading of ${stream}` : SEVERAL;
    return noting(() => rows.enter([line], milliseconds(), patiently, 1));
  };
}

function isLocked(error: unknown): boolean {
  return error instanceof Unavailable && error.reason === 'locked';
}
