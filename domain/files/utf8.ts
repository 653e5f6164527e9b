/** Whether bytes are UTF-8, by the table of well-formed sequences (Unicode 17.0, table 3-7). */

/** First byte from and to, second byte from and to, length. */
const SEQUENCES: readonly (readonly [number, number, number, number, number])[] = [
  [0x00, 0x7f, 0, 0, 1],
  [0xc2, 0xdf, 0x80, 0xbf, 2],
  [0xe0, 0xe0, 0xa0, 0xbf, 3],
  [0xe1, 0xec, 0x80, 0xbf, 3],
  [0xed, 0xed, 0x80, 0x9f, 3],
  [0xee, 0xef, 0x80, 0xbf, 3],
  [0xf0, 0xf0, 0x90, 0xbf, 4],
  [0xf1, 0xf3, 0x80, 0xbf, 4],
  [0xf4, 0xf4, 0x80, 0x8f, 4],
];

/**
 * @param bytes the beginning of a text: a character that its end cuts is accepted
 */
export function isUtf8(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] as number;
    const [, , from, to, length] = SEQUENCES.find((each) => first >= each[0] && first <= each[1]) ?? [0, 0, 0, 0, 0];
    if (length === 0) return false;
    const following = bytes.subarray(at + 1, at + length);
    if (following.some((byte, i) => byte < (i === 0 ? from : 0x80) || byte > (i === 0 ? to : 0xbf))) return false;
    at += length;
  }
  return true;
}
