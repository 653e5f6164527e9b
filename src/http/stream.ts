/** Response bodies that are produced while they are sent. */
import type { ReadableStreamLike } from '../../domain/shared/ports.ts';

/**
 * Produces the next part only after the client has read the previous one.
 * @param ended called once with the number of bytes sent: at the end, when the client disconnects, or when a part fails
 */
export function streamOf(
  parts: AsyncGenerator<Uint8Array>,
  ended?: (sentBytes: number) => Promise<void>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let sentBytes = 0;
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await parts.next().catch(async (error: unknown) => {
          await ended?.(sentBytes);
          throw error;
        });
        if (done) {
          await ended?.(sentBytes);
          controller.close();
        } else {
          sentBytes += value.length;
          controller.enqueue(value as Uint8Array<ArrayBuffer>);
        }
      },
      async cancel() {
        await parts.return(undefined);
        await ended?.(sentBytes);
      },
    },
    { highWaterMark: 0 },
  );
}

/** The parts of a stored file. The file is closed when all of it was read, and when the reader stops before. */
export async function* partsOf(file: ReadableStreamLike): AsyncGenerator<Uint8Array> {
  const reader = file.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (part.value !== undefined) yield part.value;
    }
  } finally {
    await reader.cancel();
  }
}

/** The whole of a small stored file. */
export async function bytesOf(file: ReadableStreamLike): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(streamOf(partsOf(file))).arrayBuffer());
}
