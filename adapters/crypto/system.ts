/**
 * The real clock and the platform's secure random generator, for the composition root; the domain gets both as
 * arguments.
 */
import type { Clock, Random } from '../../domain/shared/ports.ts';

/** Epoch milliseconds of the platform. On Workers the clock stands still between two I/O operations, by design. */
export const systemClock: Clock = { now: () => Date.now() };

/** Largest length that Web Crypto accepts in one call. */
const MAX_BYTES_PER_CALL = 65_536;

/**
 * Web Crypto's generator, for any length. On Workers it cannot be used during start-up, where randomness is forbidden.
 */
export const systemRandom: Random = {
  bytes(length) {
    const bytes = new Uint8Array(length);
    for (let start = 0; start < length; start += MAX_BYTES_PER_CALL) {
      crypto.getRandomValues(bytes.subarray(start, start + MAX_BYTES_PER_CALL));
    }
    return bytes;
  },
};
