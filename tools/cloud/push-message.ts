/** The receiving side of Web Push, as a browser and its push service do it: RFC 8291 on top of RFC 8188, and VAPID. */
import { createDecipheriv, createECDH, createPublicKey, hkdfSync, verify } from 'node:crypto';

export interface Receiver {
  /** P-256, base64url: the uncompressed point, and the scalar. */
  readonly publicKey: string;
  readonly privateKey: string;
  /** 16 bytes, base64url. */
  readonly auth: string;
}

const bytes = (base64url: string) => Buffer.from(base64url, 'base64url');
const hkdf = (salt: Uint8Array, secret: Uint8Array, info: Uint8Array, length: number) =>
  Buffer.from(hkdfSync('sha256', secret, salt, info, length));

/**
 * @returns the plaintext of a message in one record
 * @throws if it was encrypted for somebody else, or altered
 */
export function decryptPush({ publicKey, privateKey, auth }: Receiver, body: Buffer): string {
  const [salt, keyLength] = [body.subarray(0, 16), body.readUInt8(20)];
  const recordSize = body.readUInt32BE(16);
  const senderKey = body.subarray(21, 21 + keyLength);
  const record = body.subarray(21 + keyLength);
  if (record.length > recordSize) throw new Error('more than one record');
  const exchange = createECDH('prime256v1');
  exchange.setPrivateKey(bytes(privateKey));
  const keyInfo = Buffer.concat([Buffer.from('WebPush: info\0'), bytes(publicKey), senderKey]);
  const secret = hkdf(bytes(auth), exchange.computeSecret(senderKey), keyInfo, 32);
  const key = hkdf(salt, secret, Buffer.from('Content-Encoding: aes128gcm\0'), 16);
  const nonce = hkdf(salt, secret, Buffer.from('Content-Encoding: nonce\0'), 12);
  const decipher = createDecipheriv('aes-128-gcm', key, nonce);
  decipher.setAuthTag(record.subarray(-16));
  const padded = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()]);
  const end = padded.lastIndexOf(2);
  if (end < 0 || padded.subarray(end + 1).some((each) => each !== 0)) throw new Error('wrong padding');
  return padded.subarray(0, end).toString('utf8');
}

/** @returns what is wrong with the header (RFC 8292), or `undefined` */
export function vapidFault(header: string | undefined, origin: string, now: number): string | undefined {
  const [, token = '', key = ''] = /^vapid t=([\w.-]+), ?k=([\w-]+)$/.exec(header ?? '') ?? [];
  const [head = '', claims = '', signature = ''] = token.split('.');
  const point = bytes(key);
  if (point.length !== 65 || signature === '') return 'no VAPID header';
  const publicKey = createPublicKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    },
  });
  const signed = Buffer.from(`${head}.${claims}`);
  if (!verify('sha256', signed, { key: publicKey, dsaEncoding: 'ieee-p1363' }, bytes(signature)))
    return 'wrong signature';
  const { aud, exp, sub } = JSON.parse(bytes(claims).toString()) as { aud?: unknown; exp?: unknown; sub?: unknown };
  if (aud !== origin) return `aud is not ${origin}`;
  if (typeof exp !== 'number' || exp * 1000 <= now || exp * 1000 > now + 86_400_000) return 'exp is not within a day';
  return typeof sub === 'string' && /^(mailto|https):/.test(sub) ? undefined : 'no sub';
}
