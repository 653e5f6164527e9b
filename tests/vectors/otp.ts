/** RFC 4226 appendix D and RFC 6238 appendix B. */

/** The seed of both: ASCII digits, as long as the hash's output. */
export function seed(bytes: 20 | 32 | 64): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => 48 + ((i + 1) % 10));
}

/** HOTP values for the counters 0 to 9. */
export const HOTP: readonly string[] = [
  '755224',
  '287082',
  '359152',
  '969429',
  '338314',
  '254676',
  '287922',
  '162583',
  '399871',
  '520489',
];

export const TOTP: readonly (readonly [seconds: number, sha1: string, sha256: string, sha512: string])[] = [
  [59, '94287082', '46119246', '90693936'],
  [1_111_111_109, '07081804', '68084774', '25091201'],
  [1_111_111_111, '14050471', '67062674', '99943326'],
  [1_234_567_890, '89005924', '91819424', '93441116'],
  [2_000_000_000, '69279037', '90698825', '38618901'],
  [20_000_000_000, '65353130', '77737706', '47863826'],
];
