/** Bounds the uploads that one process receives at the same time, and with them its memory: two parts for each. */
import { Unavailable } from '../../../domain/shared/ports.ts';

export interface UploadGate {
  /** @throws Unavailable if there are as many uploads as there may be */
  run<T>(work: () => Promise<T>): Promise<T>;
}

const RETRY_SECONDS = 5;

export function createUploadGate(limit: number): UploadGate {
  let running = 0;
  return {
    async run(work) {
      if (running >= limit) throw new Unavailable('uploads', { reason: 'busy', retryAfterSeconds: RETRY_SECONDS });
      running += 1;
      try {
        return await work();
      } finally {
        running -= 1;
      }
    },
  };
}
