/** Raw DEFLATE by the platform's decompression stream (Compression Streams, WHATWG). */
import type { Inflate } from '../../domain/files/ports.ts';

export const inflateRaw: Inflate = async (compressed, limit) => {
  const reader = new Blob([compressed.slice()])
    .stream()
    .pipeThrough(new DecompressionStream('deflate-raw'))
    .getReader();
  const inflated = new Uint8Array(limit);
  let length = 0;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      if (length + next.value.length > limit) return undefined;
      inflated.set(next.value, length);
      length += next.value.length;
    }
    return inflated.subarray(0, length);
  } catch {
    return undefined;
  } finally {
    await reader.cancel().catch(() => {});
  }
};
