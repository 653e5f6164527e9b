/**
 * Deno's `fetch` repeats a request by itself if the connection breaks before the answer (denoland/deno#35610), so that
 * a message which the provider had accepted would be sent twice. It cannot repeat a request whose body is a stream.
 */
import { utf8 } from '../../domain/shared/bytes.ts';

/**
 * Fetch options of a request that cannot be repeated. Its body is sent in chunks (RFC 9112 section 7.1), without a
 * length.
 */
export interface OnceOnly {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly duplex: 'half';
}

export function onceOnly(content: string | Uint8Array<ArrayBuffer>): OnceOnly {
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      controller.enqueue(typeof content === 'string' ? new Uint8Array(utf8(content)) : content);
      controller.close();
    },
  });
  return { body, duplex: 'half' };
}
