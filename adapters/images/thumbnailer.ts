/** Small pictures by Cloudflare Images, through the Worker's binding. It turns pictures upright as their EXIF says. */
import type { Shape, SmallPictureType, Thumbnailer } from '../../domain/files/ports.ts';
import { type ReadableStreamLike, Unavailable } from '../../domain/shared/ports.ts';

/** The part of the binding, an `ImagesBinding`, that this adapter uses. */
export interface Images {
  input(bytes: ReadableStream<Uint8Array>): Transformer;
}

interface Transformer {
  transform(options: {
    readonly width: number;
    readonly height: number;
    readonly fit: 'scale-down' | 'cover';
  }): Transformer;
  output(options: {
    readonly format: SmallPictureType;
    readonly quality?: number;
    readonly background?: string;
  }): Promise<{ image(): ReadableStreamLike }>;
}

/** A PNG keeps every pixel, and what is transparent. */
const OUTPUTS = {
  'image/jpeg': { format: 'image/jpeg', quality: 82, background: '#ffffff' },
  'image/png': { format: 'image/png' },
} as const;

/** Codes of faults of the picture itself (developers.cloudflare.com/images, "Troubleshooting"); others are the service's. */
const FAULTS_OF_PICTURE = [9402, 9412, 9413, 9520];
/** "Could not perform resizing": the picture is damaged, or the service fails. */
const FAULT_OF_EITHER = 9523;

/** A PNG of one pixel, which any service that works can resize. */
const SOUND_PICTURE = Uint8Array.from(
  atob('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='),
  (letter) => letter.charCodeAt(0),
);

export function imagesThumbnailer(images: Images): Thumbnailer {
  return {
    async render(...rendering) {
      try {
        return await rendered(images, ...rendering);
      } catch (error) {
        if (FAULTS_OF_PICTURE.includes(codeOf(error))) return undefined;
        if (codeOf(error) !== FAULT_OF_EITHER) throw new Unavailable('images', { cause: error });
        return again(images, ...rendering);
      }
    },
  };
}

/** Whose fault it was: the picture's, if the service fails with it once more though it has resized another one in between. */
async function again(images: Images, ...rendering: Rendering): Promise<Uint8Array[] | undefined> {
  try {
    await transformed(images, SOUND_PICTURE, { side: 1, fit: 'inside' }, 'image/png');
  } catch (error) {
    throw new Unavailable('images', { cause: error });
  }
  try {
    return await rendered(images, ...rendering);
  } catch (error) {
    if ([...FAULTS_OF_PICTURE, FAULT_OF_EITHER].includes(codeOf(error))) return undefined;
    throw new Unavailable('images', { cause: error });
  }
}

type Rendering = Parameters<Thumbnailer['render']>;

async function rendered(
  images: Images,
  ...[picture, { width, height }, shapes, type]: Rendering
): Promise<Uint8Array[]> {
  const made: Uint8Array[] = [];
  for (const { side, fit } of shapes) {
    // A square is not made larger than the picture.
    const wanted = fit === 'square' ? Math.min(side, width, height) : side;
    made.push(await transformed(images, picture, { side: wanted, fit }, type));
  }
  return made;
}

async function transformed(
  images: Images,
  picture: Uint8Array,
  { side, fit }: Shape,
  type: SmallPictureType,
): Promise<Uint8Array> {
  const result = await images
    .input(streamed(picture))
    .transform({ width: side, height: side, fit: fit === 'inside' ? 'scale-down' : 'cover' })
    .output(OUTPUTS[type]);
  return new Uint8Array(await new Response(result.image() as ReadableStream).arrayBuffer());
}

function streamed(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new Blob([bytes as BlobPart]).stream();
}

function codeOf(error: unknown): number {
  return error instanceof Error && 'code' in error ? Number(error.code) : Number.NaN;
}
