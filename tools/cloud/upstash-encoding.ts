/** Encodes Redis replies as Upstash does in JSON. */

export type Reply = { readonly result: unknown } | { readonly error: string };

/**
 * @param reply bytes of Redis, in arrays of any depth
 * @param base64 whether to encode strings, so that bytes that are not UTF-8 survive; only `OK` is never encoded
 */
export function encodeReply(reply: Reply, base64: boolean): Reply {
  return 'error' in reply ? reply : { result: encode(reply.result, base64) };
}

function encode(value: unknown, base64: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => encode(item, base64));
  if (value instanceof Error) return value.message;
  if (typeof value === 'string') return encode(Buffer.from(value), base64);
  if (!Buffer.isBuffer(value)) return value;
  return base64 && value.toString('latin1') !== 'OK' ? value.toString('base64') : value.toString('utf8');
}
