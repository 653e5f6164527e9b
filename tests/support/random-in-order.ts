/** Randomness of tests. */
import { systemRandom } from '../../adapters/crypto/system.ts';
import { UUID_RANDOM_BYTES } from '../../domain/shared/ids.ts';
import type { Random } from '../../domain/shared/ports.ts';

/**
 * Ids that are made at one instant of the test's clock come in the order in which they were made (RFC 9562 section 6.2, method 1). In
 * production milliseconds pass between messages that somebody could tell apart.
 */
export function randomInOrder(): Random {
  let made = 0;
  return {
    bytes(length) {
      const bytes = systemRandom.bytes(length);
      if (length !== UUID_RANDOM_BYTES) return bytes;
      bytes.fill(0, 0, 3);
      new DataView(bytes.buffer, bytes.byteOffset).setUint32(3, made++);
      return bytes;
    },
  };
}
