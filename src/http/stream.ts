/** Bodies that are made while they are sent. */

/**
 * Makes the next part only when the client has taken the one before.
 * @param ended told once, of the bytes that were handed over: when all were, or when the client went away or a part failed
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
