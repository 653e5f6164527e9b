import { expect, test } from 'vitest';
import { withoutMetadata } from '../../domain/files/jpeg.ts';
import { type PictureType, readPicture } from '../../domain/files/picture.ts';
import { pngWithoutMetadata } from '../../domain/files/png.ts';
import type { Shape, Thumbnailer } from '../../domain/files/ports.ts';
import { Unavailable } from '../../domain/shared/ports.ts';
import { halves, hidingPng, PICTURE, PLANTED, photo, quadrants, TRANSPARENT, WEBP } from '../support/pictures.ts';

/** As shown, for each orientation of the photo as it is stored. */
const UPRIGHT: Readonly<Record<number, string>> = {
  1: 'rgbw',
  2: 'grwb',
  3: 'wbgr',
  4: 'bwrg',
  5: 'rbgw',
  6: 'brwg',
  7: 'wgbr',
  8: 'gwrb',
};

/** @param onWhite whether what is transparent is white; a local stand-in of a service may not do so */
export function thumbnailerContract(of: () => Thumbnailer, { onWhite = true }: { readonly onWhite?: boolean } = {}) {
  const render = async (type: PictureType, picture: Uint8Array, ...shapes: Shape[]) => {
    const facts = readPicture(type, picture);
    if (!facts.ok) throw new Error(facts.error);
    return of().render(picture, facts.value, shapes, 'image/jpeg');
  };
  const shown = async (type: PictureType, picture: Uint8Array, ...shapes: Shape[]) =>
    Promise.all(((await render(type, picture, ...shapes)) ?? []).map(quadrants));

  test.for([
    ['image/png', PICTURE],
    ['image/webp', WEBP],
    ['image/jpeg', photo()],
  ] as const)('%s is made smaller for each shape, and never larger', async ([type, picture]) => {
    const small = await shown(type, picture, { side: 48, fit: 'inside' }, { side: 1280, fit: 'inside' });
    expect(small).toEqual([
      { width: 48, height: 32, colours: 'rgbw' },
      { width: 96, height: 64, colours: 'rgbw' },
    ]);
  });

  test('a square shows the middle', async () => {
    const [square] = await shown('image/png', PICTURE, { side: 32, fit: 'square' });
    expect(square).toEqual({ width: 32, height: 32, colours: 'rgbw' });
    const [larger] = await shown('image/png', PICTURE, { side: 128, fit: 'square' });
    expect(larger).toEqual({ width: 64, height: 64, colours: 'rgbw' });
  });

  test.for(Object.keys(UPRIGHT).map(Number))('a photo of orientation %i is turned upright', async (orientation) => {
    const [small] = await shown('image/jpeg', photo(orientation), { side: 48, fit: 'inside' });
    const [width, height] = orientation >= 5 ? [32, 48] : [48, 32];
    expect(small).toEqual({ width, height, colours: UPRIGHT[orientation] });
  });

  test('nothing of the place, the camera and the person is left', async () => {
    const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
    expect(PLANTED.filter((word) => !text(photo()).includes(word))).toEqual([]);
    const [small = new Uint8Array()] = (await render('image/jpeg', photo(), { side: 48, fit: 'inside' })) ?? [];
    expect(PLANTED.filter((word) => text(withoutMetadata(small)).includes(word))).toEqual([]);
  });

  test.skipIf(!onWhite)('what is transparent is white', async () => {
    const [small] = await shown('image/png', TRANSPARENT, { side: 48, fit: 'inside' });
    expect(small?.colours).toBe('wkwk');
  });

  test('a PNG stays transparent, and holds nothing of what is not seen', async () => {
    const facts = { width: 48, height: 48, orientation: 1 } as const;
    const made = await of().render(hidingPng(48), facts, [{ side: 24, fit: 'inside' }], 'image/png');
    const [small = new Uint8Array()] = made ?? [];
    expect(readPicture('image/png', pngWithoutMetadata(small))).toMatchObject({ value: { width: 24, height: 24 } });
    expect(await halves(small)).toEqual({ left: [0, 0, 0, 0], right: [0, 0, 0, 255] });
  });

  test('a picture that is cut short or garbled gives none, or what of it there is', async () => {
    const garbled = PICTURE.slice();
    garbled.fill(0x55, 50);
    const none = await render('image/png', garbled, { side: 48, fit: 'inside' }).catch((error: unknown) => {
      // A service may not tell a fault of the picture from one of its own; it is asked a few times then.
      expect(error).toBeInstanceOf(Unavailable);
    });
    expect(none).toBeUndefined();
  });

  test('pictures at the same time are all made', async () => {
    const all = await Promise.all(
      Array.from({ length: 4 }, () => shown('image/png', PICTURE, { side: 32, fit: 'inside' })),
    );
    expect(all.flat().map(({ colours }) => colours)).toEqual(Array(4).fill('rgbw'));
  });
}
