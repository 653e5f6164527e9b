/** Bounds the uploads that one process receives at the same time, and with them its memory: two parts for each. */
import type { UserId } from '../../../domain/shared/ids.ts';
import { Unavailable } from '../../../domain/shared/ports.ts';

export interface UploadGate {
  /**
   * @param by who uploads: has at most half of the places. `null` is the portal itself
   * @throws Unavailable if there are as many uploads as there may be, or as many of this person
   */
  run<T>(by: UserId | null, work: () => Promise<T>): Promise<T>;
}

const RETRY_SECONDS = 5;

export function createUploadGate(limit: number): UploadGate {
  // One person cannot keep all others out.
  const ofOne = Math.max(1, Math.floor(limit / 2));
  const running = new Map<UserId | null, number>();
  let total = 0;
  const add = (by: UserId | null, places: 1 | -1) => {
    total += places;
    const held = (running.get(by) ?? 0) + places;
    if (held === 0) running.delete(by);
    else running.set(by, held);
  };
  return {
    async run(by, work) {
      if (total >= limit || (by !== null && (running.get(by) ?? 0) >= ofOne)) {
        throw new Unavailable('uploads', { reason: 'busy', retryAfterSeconds: RETRY_SECONDS });
      }
      add(by, 1);
      try {
        return await work();
      } finally {
        add(by, -1);
      }
    },
  };
}
