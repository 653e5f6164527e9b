/** ECDSA signatures in DER (RFC 3279 section 2.2.3), as providers send them, for WebCrypto, which takes `r || s`. */
import { Buffer } from 'node:buffer';

/** Bytes of each of `r` and `s` for P-256. */
const INTEGER_BYTES = 32;

/** @param base64 DER of SEQUENCE { INTEGER r, INTEGER s }. @returns `undefined` if it is none */
export function rawSignature(base64: string): Uint8Array<ArrayBuffer> | undefined {
  const der = Buffer.from(base64, 'base64');
  if (der[0] !== 0x30 || der[1] !== der.length - 2) return undefined;
  const r = integerAt(der, 2);
  const s = r === undefined ? undefined : integerAt(der, r.end);
  if (r === undefined || s === undefined || s.end !== der.length) return undefined;
  return concatenated(r.value, s.value);
}

function integerAt(der: Uint8Array, at: number): { readonly value: Uint8Array; readonly end: number } | undefined {
  const length = der[at + 1];
  if (der[at] !== 0x02 || length === undefined || length === 0) return undefined;
  const end = at + 2 + length;
  if (end > der.length) return undefined;
  // A zero byte in front keeps a high first bit from reading as a sign.
  const start = der[at + 2] === 0 ? at + 3 : at + 2;
  if (end - start > INTEGER_BYTES) return undefined;
  const value = new Uint8Array(INTEGER_BYTES);
  value.set(der.subarray(start, end), INTEGER_BYTES - (end - start));
  return { value, end };
}

export function concatenated(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
