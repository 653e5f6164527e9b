/** What is read of a picture before it is decoded, and what is left of the metadata of a JPEG. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jpegSegments, withoutMetadata } from '../../../domain/files/jpeg.ts';
import { MAXIMUM_PICTURE_BYTES, PICTURE_TYPES, readPicture } from '../../../domain/files/picture.ts';
import { hugePng, PICTURE, PLANTED, photo, WEBP } from '../../support/pictures.ts';

const facts = (width: number, height: number, orientation = 1) => ({ ok: true, value: { width, height, orientation } });
const refused = (error: string) => ({ ok: false, error });

describe('the size of a picture', () => {
  test('is read from its header, with how it is turned', () => {
    expect(readPicture('image/png', PICTURE)).toEqual(facts(96, 64));
    expect(readPicture('image/webp', WEBP)).toEqual(facts(96, 64));
    for (let orientation = 1; orientation <= 8; orientation++)
      expect(readPicture('image/jpeg', photo(orientation))).toEqual(facts(96, 64, orientation));
    expect(readPicture('image/jpeg', photo(9))).toEqual(facts(96, 64));
  });

  test('is bounded before anything is decoded', () => {
    expect(readPicture('image/png', hugePng(50_000, 50_000))).toEqual(refused('too_large'));
    expect(readPicture('image/png', hugePng(6_000, 5_000))).toEqual(facts(6_000, 5_000));
    expect(readPicture('image/png', hugePng(6_000, 5_001))).toEqual(refused('too_large'));
    expect(readPicture('image/png', hugePng(0, 5))).toEqual(refused('damaged'));
    expect(readPicture('image/png', new Uint8Array(MAXIMUM_PICTURE_BYTES + 1))).toEqual(refused('too_large'));
  });

  test('of a WebP is the largest that it claims, of its canvas or a frame', () => {
    const chunk = (name: string, content: number[]) => [...Buffer.from(name), content.length, 0, 0, 0, ...content];
    const webp = (...chunks: number[][]) =>
      Uint8Array.from([...Buffer.from('RIFF'), 0, 0, 0, 0, ...Buffer.from('WEBP'), ...chunks.flat()]);
    const canvas = chunk('VP8X', [0, 0, 0, 0, 9, 0, 0, 4, 0, 0]);
    expect(readPicture('image/webp', webp(canvas))).toEqual(facts(10, 5));
    const lossy = chunk('VP8 ', [0, 0, 0, 0x9d, 1, 0x2a, 0xff, 0x3f, 0xff, 0x3f]);
    expect(readPicture('image/webp', webp(canvas, lossy))).toEqual(refused('too_large'));
    const frame = [...Buffer.from('ANMF'), 200, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0xff, 0xff, 0, 0, 0, 0, 0];
    expect(readPicture('image/webp', webp(canvas, frame))).toEqual(refused('too_large'));
    expect(readPicture('image/webp', webp())).toEqual(refused('damaged'));
  });

  test('a JPEG of very many scans is not decoded, nor one of two frames', () => {
    const bytes = [...photo()];
    const scan = [0xff, 0xda, 0, 2];
    const many = Uint8Array.from([...bytes.slice(0, -2), ...Array(64).fill(scan).flat(), 0xff, 0xd9]);
    expect(readPicture('image/jpeg', many)).toEqual(refused('too_large'));
    const frame = [0xff, 0xc2, 0, 11, 8, 0, 1, 0, 1, 1, 1, 0x11, 0];
    expect(readPicture('image/jpeg', Uint8Array.from([...bytes.slice(0, 2), ...frame, ...bytes.slice(2)]))).toEqual(
      refused('damaged'),
    );
    expect(readPicture('image/jpeg', photo().subarray(0, 400))).toEqual(refused('damaged'));
  });

  test('bytes of any kind are read or refused', () => {
    const sources = [PICTURE, WEBP, photo(6)];
    const altered = fc
      .tuple(
        fc.constantFrom(...sources),
        fc.array(fc.tuple(fc.nat(2_000), fc.nat(255)), { maxLength: 8 }),
        fc.nat(1_200),
      )
      .map(([source, changes, length]) => {
        const bytes = source.slice(0, length);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        return bytes;
      });
    fc.assert(
      fc.property(
        fc.constantFrom(...PICTURE_TYPES),
        fc.oneof(altered, fc.uint8Array({ maxLength: 200 })),
        (type, bytes) => {
          const read = readPicture(type, bytes);
          expect(read.ok ? read.value.width * read.value.height > 0 : ['too_large', 'damaged']).toBeTruthy();
          withoutMetadata(bytes);
        },
      ),
    );
  });
});

describe('a JPEG without metadata', () => {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

  test('has the same picture, and nothing else', () => {
    expect(PLANTED.filter((word) => !text(photo()).includes(word))).toEqual([]);
    // GPS: the tag of its directory in EXIF.
    expect(text(photo())).toContain('\x25\x88');
    const left = withoutMetadata(photo());
    expect(PLANTED.filter((word) => text(left).includes(word))).toEqual([]);
    const pictureOf = (bytes: Uint8Array) =>
      [...jpegSegments(bytes)].filter(({ marker }) => marker < 0xe0).map(({ bytes: each }) => Buffer.from(each));
    expect(pictureOf(left)).toEqual(pictureOf(photo()));
    expect(withoutMetadata(left)).toEqual(left);
  });

  test('loses comments, profiles, and what follows its end', () => {
    const bytes = [...photo()];
    const segment = (marker: number, words: string) => [0xff, marker, 0, words.length + 2, ...Buffer.from(words)];
    const added = [segment(0xfe, 'a comment'), segment(0xe2, 'ICC_PROFILE'), segment(0xed, 'Photoshop')].flat();
    const planted = Uint8Array.from([...bytes.slice(0, 2), ...added, ...bytes.slice(2), ...Buffer.from('a trailer')]);
    expect(withoutMetadata(planted)).toEqual(withoutMetadata(photo()));
  });
});
