/**
 * Deno's `fetch` sends a request again by itself when the connection breaks before the answer (denoland/deno#35610), so that a
 * message which the provider had accepted would go out twice. It cannot do so where the body is a stream.
 */
import { utf8 } from '../../domain/shared/bytes.ts';

/** What makes a request one that is sent once. Its body goes out in chunks (RFC 9112 section 7.1), without a length. */
export interface OnceOnly {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly duplex: 'half';
}

export function onceOnly(text: string): OnceOnly {
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      controller.enqueue(new Uint8Array(utf8(text)));
      controller.close();
    },
  });
  return { body, duplex: 'half' };
}
