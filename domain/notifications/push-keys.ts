/**
 * Whether a key that a browser gives can be used to encrypt for it: a point of P-256, uncompressed (RFC 8291 section 3.1). Other points
 * are refused at the registration, since nothing could be sent to them.
 */

/** The domain parameters of P-256 (FIPS 186-5, SEC 2 section 2.4.2): y² = x³ − 3x + b (mod p). */
const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

const POINT = /^B[A-Za-z0-9_-]{86}$/;

/** @param key base64url without padding */
export function isPushPublicKey(key: string): boolean {
  if (!POINT.test(key)) return false;
  const hex = hexOf(key);
  const x = BigInt(`0x${hex.slice(2, 66)}`);
  const y = BigInt(`0x${hex.slice(66, 130)}`);
  return hex.startsWith('04') && x < P && y < P && (y * y - (x * x * x - 3n * x + B)) % P === 0n;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** 87 characters of six bits are 65 bytes and two bits that are dropped. */
function hexOf(key: string): string {
  const bits = [...key].reduce((all, character) => all * 64n + BigInt(ALPHABET.indexOf(character)), 0n);
  return (bits >> 2n).toString(16).padStart(130, '0');
}
