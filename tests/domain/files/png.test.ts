import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pngChunks, pngWithoutMetadata } from '../../../domain/files/png.ts';
import { halves, hidingPng } from '../../support/pictures.ts';

const names = (png: Uint8Array) => [...pngChunks(png)].map(({ name }) => name);

/** A chunk whose check sum nobody looks at. */
function chunk(name: string, text: string): Uint8Array {
  const bytes = Buffer.concat([Buffer.alloc(4), Buffer.from(name), Buffer.from(text), Buffer.alloc(4)]);
  bytes.writeUInt32BE(text.length);
  return bytes;
}

test('what is no pixel is left out: text, EXIF, profiles, and what follows the end', async () => {
  const png = hidingPng(8);
  const [signatureAndHeader, rest] = [png.subarray(0, 33), png.subarray(33)];
  const told = Buffer.concat([
    signatureAndHeader,
    ...['tEXt', 'iTXt', 'eXIf', 'iCCP', 'tIME', 'prIv'].map((name) => chunk(name, 'PLANTED')),
    rest,
    Buffer.from('PLANTED'),
  ]);
  expect(names(told)).toContain('eXIf');
  const made = pngWithoutMetadata(told);
  expect(names(made)).toEqual(['IHDR', 'IDAT', 'IEND']);
  expect(made).toEqual(png);
  expect((await halves(made)).right).toEqual([0, 0, 0, 255]);
});

test('bytes of any kind are read to an end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const read = [...pngChunks(bytes)].reduce((sum, chunk) => sum + chunk.bytes.length, 0);
      expect(read).toBeLessThanOrEqual(bytes.length);
    }),
  );
});
