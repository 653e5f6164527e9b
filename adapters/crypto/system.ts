/** The real clock and the platform's secure generator, for the composition root; the domain takes both as arguments. */
import type { Clock, Random } from '../../domain/shared/ports.ts';

/** Epoch milliseconds of the platform. On Workers it stands still between two I/O operations, by design. */
export const systemClock: Clock = { now: () => Date.now() };

/** Web Crypto refuses more than this in one call. */
const MAX_BYTES_PER_CALL = 65_536;

/** Web Crypto's generator. Any length; on Workers not during start-up, where the platform forbids randomness. */
export const systemRandom: Random = {
  bytes(length) {
    const bytes = new Uint8Array(length);
    for (let start = 0; start < length; start += MAX_BYTES_PER_CALL) {
      crypto.getRandomValues(bytes.subarray(start, start + MAX_BYTES_PER_CALL));
    }
    return bytes;
  },
};
