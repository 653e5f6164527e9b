/** Small pictures by Cloudflare Images, through the Worker's binding. It turns pictures upright as their EXIF says. */
import type { Shape, Thumbnailer } from '../../domain/files/ports.ts';
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
    readonly format: 'image/jpeg';
    readonly quality: number;
    readonly background: string;
  }): Promise<{ image(): ReadableStreamLike }>;
}

const QUALITY = 82;

/** Codes of faults of the picture itself (developers.cloudflare.com/images, "Troubleshooting"); others are the service's. */
const FAULTS_OF_PICTURE = [9402, 9412, 9413, 9520];

export function imagesThumbnailer(images: Images): Thumbnailer {
  return {
    async render(picture, { width, height }, shapes) {
      const made: Uint8Array[] = [];
      try {
        for (const { side, fit } of shapes) {
          // A square is not made larger than the picture.
          const wanted = fit === 'square' ? Math.min(side, width, height) : side;
          made.push(await transformed(images, picture, { side: wanted, fit }));
        }
      } catch (error) {
        if (isFaultOfPicture(error)) return undefined;
        throw new Unavailable('images', { cause: error });
      }
      return made;
    },
  };
}

async function transformed(images: Images, picture: Uint8Array, { side, fit }: Shape): Promise<Uint8Array> {
  const result = await images
    .input(streamed(picture))
    .transform({ width: side, height: side, fit: fit === 'inside' ? 'scale-down' : 'cover' })
    .output({ format: 'image/jpeg', quality: QUALITY, background: '#ffffff' });
  return new Uint8Array(await new Response(result.image() as ReadableStream).arrayBuffer());
}

function streamed(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new Blob([bytes as BlobPart]).stream();
}

function isFaultOfPicture(error: unknown): boolean {
  return error instanceof Error && 'code' in error && FAULTS_OF_PICTURE.includes(Number(error.code));
}
