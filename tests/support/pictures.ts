/** Pictures for tests, and what makes small ones of them in the test's own thread. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { PhotonImage } from '@cf-wasm/photon/others';
import { loadPhoton, renderPicture } from '../../adapters/photon/render.ts';
import type { Thumbnailer } from '../../domain/files/ports.ts';

const WASM = fileURLToPath(import.meta.resolve('@cf-wasm/photon/photon.wasm'));

const vector = async (name: string) =>
  new Uint8Array(await readFile(new URL(`../vectors/pictures/${name}`, import.meta.url)));

/** Of 96 by 64 pixels: red and green above blue and white. */
export const PICTURE = await vector('plain.png');
export const WEBP = await vector('plain.webp');
/** The left half is transparent, on black. */
export const TRANSPARENT = await vector('transparent.png');
/** The same as {@link PICTURE}, with the place, the camera and the person in EXIF and XMP. */
const PHOTO = await vector('place-and-camera.jpg');
/** What only metadata tells. */
export const PLANTED = ['Planted Camera', 'Planted Model', 'Planted Person', 'PLANTED-SERIAL', 'PLANTED-XMP', 'Exif'];

/** The photo, as a camera that was held so would have stored it. @param orientation as EXIF numbers them */
export function photo(orientation = 1): Uint8Array<ArrayBuffer> {
  const turned = PHOTO.slice();
  // The entry of the orientation: tag, type SHORT, one value, in little endian.
  const entry = [0x12, 0x01, 0x03, 0x00, 0x01, 0x00, 0x00, 0x00];
  const at = turned.findIndex((_, start) => entry.every((byte, n) => turned[start + n] === byte));
  turned[at + entry.length] = orientation;
  return turned;
}

/** A PNG whose header tells of these pixels, and that holds none. */
export function hugePng(width: number, height: number): Uint8Array<ArrayBuffer> {
  const png = PICTURE.slice();
  const view = new DataView(png.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  return png;
}

export interface Quadrants {
  readonly width: number;
  readonly height: number;
  /** Above left, above right, below left, below right: `r`, `g`, `b`, `w` or `k`. */
  readonly colours: string;
}

/** What a small picture shows. */
export async function quadrants(jpeg: Uint8Array): Promise<Quadrants> {
  loadPhoton(new Uint8Array(await readFile(WASM)));
  const image = PhotonImage.new_from_byteslice(jpeg);
  const [width, height, data] = [image.get_width(), image.get_height(), image.get_raw_pixels()];
  const colour = (x: number, y: number) => {
    const at = (Math.floor(y * height) * width + Math.floor(x * width)) * 4;
    const [red, green, blue] = [...data.subarray(at, at + 3)].map((value) => value > 128);
    return NAMES[`${Number(red)}${Number(green)}${Number(blue)}`] ?? '?';
  };
  const colours = [colour(0.25, 0.25), colour(0.75, 0.25), colour(0.25, 0.75), colour(0.75, 0.75)].join('');
  return { width, height, colours };
}

const NAMES: Readonly<Record<string, string>> = { '100': 'r', '010': 'g', '001': 'b', '111': 'w', '000': 'k' };

/** As under Deno, without its thread. */
export const testThumbnailer: Thumbnailer = {
  async render(picture, facts, shapes) {
    loadPhoton(new Uint8Array(await readFile(WASM)));
    try {
      return renderPicture(picture, facts, shapes);
    } catch {
      return undefined;
    }
  },
};
