/** Bodies that are not kept in memory: read as they arrive, with bounds on their size and on their slowness. */
import type { Context as HonoContext } from 'hono';
import type { Clock } from '../../domain/shared/ports.ts';
import type { AppEnv } from './env.ts';
import { Problem } from './problems.ts';

/** Longest time until the next {@link SLOWEST_BYTES} of a body arrive, or its end. */
export const IDLE_TIMEOUT_MS = 20_000;
/** A body that brings fewer would hold its place among the uploads for hours. */
export const SLOWEST_BYTES = 64 * 1024;
/** What a form has besides the file: other fields, names and boundaries. */
export const FORM_OVERHEAD_BYTES = 64 * 1024;

/**
 * The bytes of the body. Whoever stops reading ends the request: what was not read is not waited for.
 *
 * @throws Problem at once, by the head: another media type, an encoding, or too many bytes
 */
export function streamedBody(c: HonoContext<AppEnv>): AsyncGenerator<Uint8Array> {
  const { streamsBody } = c.get('operation');
  if (streamsBody === undefined) throw new Error('the operation does not declare that it streams its body');
  const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (streamsBody.types?.includes(type) === false) {
    // RFC 5789 section 2.2, RFC 9110 section 15.5.16.
    const name = c.req.method === 'PATCH' ? 'Accept-Patch' : 'Accept';
    throw new Problem({ code: 'unsupported_media_type', headers: { [name]: streamsBody.types.join(', ') } });
  }
  refuseCoded(c.req.header('content-encoding'));
  const maximumBytes = streamsBody.maximumBytes(c.env.platform.config);
  if (Number(c.req.header('content-length') ?? 0) > maximumBytes) throw tooLarge(maximumBytes);
  return chunksOf(c.req.raw.body, maximumBytes, c.get('deps').clock);
}

/** @throws Problem if it has more bytes, breaks off, or stalls: time in which nobody reads does not count */
export async function* chunksOf(
  body: ReadableStream<Uint8Array> | null,
  maximumBytes: number,
  clock: Clock,
): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = body.getReader();
  let size = 0;
  let recent = { bytes: 0, waitedMs: 0 };
  let isEnded = false;
  try {
    for (;;) {
      const since = clock.now();
      const { done, value } = await inTime(reader.read(), IDLE_TIMEOUT_MS - recent.waitedMs);
      isEnded = done;
      if (value === undefined) return;
      size += value.length;
      if (size > maximumBytes) throw tooLarge(maximumBytes);
      recent.bytes += value.length;
      recent.waitedMs += Math.max(0, clock.now() - since);
      if (recent.bytes >= SLOWEST_BYTES) recent = { bytes: 0, waitedMs: 0 };
      yield value;
    }
  } finally {
    // Nobody waits for a client that sends on.
    if (!isEnded) reader.cancel().catch(() => {});
  }
}

/** Refuses compressed bodies, so that a small body cannot expand to a large one. */
export function refuseCoded(coding = 'identity'): void {
  if (/^(\s*identity\s*(,|$))*$/i.test(coding)) return;
  throw new Problem({ code: 'unsupported_media_type', detail: 'Send the body without a Content-Encoding.' });
}

export function tooLarge(maximumBytes: number): Problem {
  return new Problem({ code: 'payload_too_large', detail: `The body may have at most ${maximumBytes} bytes.` });
}

async function inTime<T>(reading: Promise<T>, milliseconds: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Problem({ code: 'request_timeout' })), milliseconds);
  });
  try {
    return await Promise.race([reading, late]);
  } catch (error) {
    // A client that disconnects while it sends is not a server error.
    throw error instanceof Problem ? error : new Problem({ code: 'request_timeout', detail: 'The body ended early.' });
  } finally {
    clearTimeout(timer);
  }
}
