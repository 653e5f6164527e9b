import { expect, test } from 'vitest';
import { isUtf8 } from '../../../domain/files/utf8.ts';

/** At the bounds of the table of well-formed sequences, and beside them. */
const FIRST = [
  ...[0x00, 0x7f, 0x80, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed],
  ...[0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff],
];
const SECOND = [0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0];
const LATER = [0x7f, 0x80, 0xbf, 0xc0];

/** What the platform says: a stream may continue after the bytes. */
function decodes(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

test('bytes are UTF-8 if the platform decodes them, cut or followed by more', () => {
  const texts = FIRST.flatMap((first) => [
    [first],
    ...SECOND.flatMap((second) => [
      [first, second],
      ...LATER.flatMap((third) => [[first, second, third], ...LATER.map((fourth) => [first, second, third, fourth])]),
    ]),
  ]);
  const wrong = texts
    .flatMap((bytes) => [bytes, [0x61, ...bytes]])
    .map((bytes) => Uint8Array.from(bytes))
    .filter((bytes) => isUtf8(bytes) !== decodes(bytes));
  expect(wrong).toEqual([]);
  expect(isUtf8(new Uint8Array())).toBe(true);
});
