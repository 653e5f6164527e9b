/**
 * The real clock and the platform's secure random generator, for the composition root; the domain gets both as
 * arguments.
 */
import type { Clock, Random } from '../../domain/shared/ports.ts';

/** Epoch milliseconds of the platform. On Workers the clock stands still between two I/O operations, by design. */
export const systemClock: Clock = { now: () => Date.now() };

/** Largest length that Web Crypto accepts in one call. */
const MAX_BYTES_PER_CALL = 65_536;
/** Ids and salts are shorter. A call to the generator costs as much for all of these bytes as for ten. */
const RESERVE_BYTES = 4_096;
const LONGEST_FROM_RESERVE = 64;

/**
 * Web Crypto's generator, for any length. Short requests are served from a reserve, of which each byte is handed out once
 * and then overwritten. On Workers it cannot be used during start-up, where randomness is forbidden.
 */
export const systemRandom: Random = { bytes: randomBytes() };

function randomBytes(): Random['bytes'] {
  const reserve = new Uint8Array(RESERVE_BYTES);
  let used = RESERVE_BYTES;
  return (length) => {
    if (length > LONGEST_FROM_RESERVE) return fill(new Uint8Array(length));
    if (used + length > RESERVE_BYTES) {
      fill(reserve);
      used = 0;
    }
    const bytes = reserve.slice(used, used + length);
    reserve.fill(0, used, used + length);
    used += length;
    return bytes;
  };
}

function fill(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  for (let start = 0; start < bytes.length; start += MAX_BYTES_PER_CALL) {
    crypto.getRandomValues(bytes.subarray(start, start + MAX_BYTES_PER_CALL));
  }
  return bytes;
}
