/** Pictures for tests, and what makes small ones of them in the test's own thread. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { crc32, deflateSync } from 'node:zlib';
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

/** A grey PNG, square, that cannot be compressed; the same for the same size. */
export function noisyPng(side: number): Uint8Array<ArrayBuffer> {
  let state = 1;
  const noise = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  };
  return pngOf(side, GREY, () => [noise()]);
}

/** A PNG, square, of transparent red on the left, and of black on the right. */
export function hidingPng(side: number): Uint8Array<ArrayBuffer> {
  return pngOf(side, RED_GREEN_BLUE_OPACITY, (x) => (x < side / 2 ? [255, 0, 0, 0] : [0, 0, 0, 255]));
}

const GREY = 0;
const RED_GREEN_BLUE_OPACITY = 6;

function pngOf(side: number, colours: number, pixel: (x: number) => readonly number[]): Uint8Array<ArrayBuffer> {
  const chunk = (name: string, content: Uint8Array) => {
    const named = Buffer.concat([Buffer.from(name), content]);
    const numbers = Buffer.alloc(8);
    numbers.writeUInt32BE(content.length);
    numbers.writeUInt32BE(crc32(named), 4);
    return Buffer.concat([numbers.subarray(0, 4), named, numbers.subarray(4)]);
  };
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, colours, 0, 0, 0]);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  // Each row begins with its filter: none.
  const row = () => [0, ...Array.from({ length: side }, (_, x) => pixel(x)).flat()];
  const rows = Uint8Array.from(Array.from({ length: side }, row).flat());
  const chunks = [chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))];
  return Uint8Array.from(Buffer.concat([PICTURE.subarray(0, 8), ...chunks]));
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

/** Red, green, blue and opacity in the middle of the left half of a picture, and of the right half. */
export async function halves(picture: Uint8Array): Promise<{ readonly left: number[]; readonly right: number[] }> {
  loadPhoton(new Uint8Array(await readFile(WASM)));
  const image = PhotonImage.new_from_byteslice(picture);
  const [width, height, data] = [image.get_width(), image.get_height(), image.get_raw_pixels()];
  const at = (x: number) => (Math.floor(height / 2) * width + Math.floor(x * width)) * 4;
  const pixel = (x: number) => [...data.subarray(at(x), at(x) + 4)];
  return { left: pixel(0.25), right: pixel(0.75) };
}

const NAMES: Readonly<Record<string, string>> = { '100': 'r', '010': 'g', '001': 'b', '111': 'w', '000': 'k' };

/** As under Deno, without its thread. */
export const testThumbnailer: Thumbnailer = {
  async render(picture, facts, shapes, type) {
    loadPhoton(new Uint8Array(await readFile(WASM)));
    try {
      return renderPicture(picture, facts, shapes, type);
    } catch {
      return undefined;
    }
  },
};
