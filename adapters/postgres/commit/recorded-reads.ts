/**
 * A recorded read locks the head of an audit stream, as writes do, but only the database knows which stream. So a read
 * first waits for its heads briefly. If that is not enough, it asks which streams it needs and waits in this process,
 * in one queue per stream of which one read at a time is in the database: the reads of other streams keep their
 * connections.
 */
import { Unavailable } from '../../../domain/shared/ports.ts';
import type { RowQueue } from '../driver/row-queue.ts';

/**
 * How long a read waits for a head at first. A head is locked until the end of one batch, which takes a few
 * milliseconds.
 */
export const BRIEF_LOCK_TIMEOUT_MS = 100;
/** For this long after a head was found locked, reads ask which streams they need before they wait for any. */
const CONTENDED_MS = 2_000;
/** The database does not say which of several streams is locked: such reads share one queue. */
const SEVERAL = 'reads of several streams';

export interface RecordedReading<T> {
  /** The streams that the read appends to. */
  streams(): Promise<readonly string[]>;
  /** Reads, with a lock time-out of {@link BRIEF_LOCK_TIMEOUT_MS}. */
  briefly(): Promise<T>;
  /** Reads, with the lock time-out of ordinary batches. */
  patiently(): Promise<T>;
  /** How long it may wait in the queue. */
  milliseconds(): number;
}

/** @throws Unavailable `locked` if a head cannot be locked in time */
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
    const queue = isOne ? `read of ${stream}` : SEVERAL;
    return noting(() => rows.enter([queue], milliseconds(), patiently, 1));
  };
}

function isLocked(error: unknown): boolean {
  return error instanceof Unavailable && error.reason === 'locked';
}
