/**
 * Small pictures by photon, which decodes PNG, JPEG and WebP in WebAssembly (Rust's `image`). It applies no EXIF orientation and
 * reads no profile. A picture of 30 million pixels takes about 450 MB.
 */
import { initPhoton, PhotonImage, resize, SamplingFilter } from '@cf-wasm/photon/others';
import { type Orientation, type PictureFacts, uprightSize } from '../../domain/files/picture.ts';
import type { Shape, SmallPictureType } from '../../domain/files/ports.ts';

/** The best that is not seen, in percent of photon's scale. */
const QUALITY = 82;
const WHITE = 255;

interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue and opacity of each pixel, row by row. */
  readonly data: Uint8Array;
}

/** @param wasm the code of photon */
export function loadPhoton(wasm: BufferSource): void {
  if (!initPhoton.initialized) initPhoton.sync({ module: new WebAssembly.Module(wasm) });
}

/**
 * Blocks until it is done. Call {@link loadPhoton} first.
 *
 * @throws whatever photon throws of a picture that it cannot decode, also a trap: the instance is not to be used again
 */
export function renderPicture(
  picture: Uint8Array,
  facts: PictureFacts,
  shapes: readonly Shape[],
  type: SmallPictureType,
): Uint8Array[] {
  const decoded = PhotonImage.new_from_byteslice(picture);
  if (decoded.get_width() !== facts.width || decoded.get_height() !== facts.height)
    throw new Error('the size is not the one that was read before');
  // The first shape that needs most pixels is made of the picture, and the others of it.
  const largest = Math.max(...shapes.map((shape) => scaleOf(facts, shape)));
  const reduced = scaled(decoded, largest);
  decoded.free();
  const shown = type === 'image/png' ? withoutHidden(pixelsOf(reduced)) : onWhite(pixelsOf(reduced));
  const upright = turned(shown, facts.orientation);
  reduced.free();
  const [width] = uprightSize(facts);
  return shapes.map((shape) => encoded(upright, shape, (scaleOf(facts, shape) * width) / upright.width, type));
}

/** By how much the picture is to be scaled for a shape. */
function scaleOf({ width, height }: { readonly width: number; readonly height: number }, { side, fit }: Shape): number {
  return Math.min(1, side / (fit === 'inside' ? Math.max(width, height) : Math.min(width, height)));
}

const length = (pixels: number, scale: number) => Math.max(1, Math.round(pixels * scale));

function scaled(image: PhotonImage, scale: number): PhotonImage {
  const [width, height] = [length(image.get_width(), scale), length(image.get_height(), scale)];
  return resize(image, width, height, SamplingFilter.Triangle);
}

function pixelsOf(image: PhotonImage): Pixels {
  return { width: image.get_width(), height: image.get_height(), data: image.get_raw_pixels() };
}

function encoded(source: Pixels, { fit }: Shape, scale: number, type: SmallPictureType): Uint8Array {
  const image = new PhotonImage(source.data, source.width, source.height);
  const small = scaled(image, scale);
  image.free();
  const cut = fit === 'square' ? square(pixelsOf(small)) : pixelsOf(small);
  small.free();
  const result = new PhotonImage(cut.data, cut.width, cut.height);
  const bytes = type === 'image/png' ? result.get_bytes() : result.get_bytes_jpeg(QUALITY);
  result.free();
  return bytes;
}

/** The middle of a picture. */
function square({ width, height, data }: Pixels): Pixels {
  const side = Math.min(width, height);
  const cut = new Uint8Array(side * side * 4);
  const [left, top] = [Math.floor((width - side) / 2), Math.floor((height - side) / 2)];
  for (let y = 0; y < side; y++) {
    const from = ((y + top) * width + left) * 4;
    cut.set(data.subarray(from, from + side * 4), y * side * 4);
  }
  return { width: side, height: side, data: cut };
}

/** What is stored under pixels that are not seen at all is not part of the picture. */
function withoutHidden(pixels: Pixels): Pixels {
  const { data } = pixels;
  for (let at = 0; at < data.length; at += 4) if (data[at + 3] === 0) data.fill(0, at, at + 3);
  return pixels;
}

/** A JPEG has no transparency, and what is stored under transparent pixels is not meant to be seen. */
function onWhite({ width, height, data }: Pixels): Pixels {
  for (let at = 0; at < data.length; at += 4) {
    const opacity = data[at + 3] ?? WHITE;
    if (opacity === WHITE) continue;
    for (let channel = at; channel < at + 3; channel++)
      data[channel] = Math.round(((data[channel] ?? 0) * opacity + WHITE * (WHITE - opacity)) / WHITE);
    data[at + 3] = WHITE;
  }
  return { width, height, data };
}

/** Whether rows become columns, and then which axes are mirrored (EXIF 2.32, tag 0x0112). */
const TURNS: Readonly<Record<Orientation, readonly [swap: boolean, mirrorX: boolean, mirrorY: boolean]>> = {
  1: [false, false, false],
  2: [false, true, false],
  3: [false, true, true],
  4: [false, false, true],
  5: [true, false, false],
  6: [true, true, false],
  7: [true, true, true],
  8: [true, false, true],
};

function turned(source: Pixels, orientation: Orientation): Pixels {
  if (orientation === 1) return source;
  const [swap, mirrorX, mirrorY] = TURNS[orientation];
  const [width, height] = swap ? [source.height, source.width] : [source.width, source.height];
  const from = new Uint32Array(source.data.buffer, source.data.byteOffset, source.width * source.height);
  const to = new Uint32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v] = [mirrorX ? width - 1 - x : x, mirrorY ? height - 1 - y : y];
      to[y * width + x] = from[swap ? u * source.width + v : v * source.width + u] ?? 0;
    }
  }
  return { width, height, data: new Uint8Array(to.buffer) };
}
