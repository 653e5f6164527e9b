/**
 * Pictures in forms and answers: types that browsers display and that cannot contain scripts, detected from the bytes, not
 * from the declared type (R52).
 */

import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import { filetypemime } from 'magic-bytes.js';
import type { StoredFile } from '../../domain/shared/ports.ts';
import type { AppEnv } from './env.ts';
import { fieldProblem } from './faults.ts';
import { partsOf, streamOf } from './stream.ts';

const SHOWN = ['image/png', 'image/jpeg', 'image/webp'];

/** As the content of an answer. */
export const PICTURES = {
  'image/png': { schema: z.string() },
  'image/jpeg': { schema: z.string() },
  'image/webp': { schema: z.string() },
};

/** As the body of a request, for {@link readPicture}. */
export const PICTURE_FORM = {
  required: true,
  content: {
    'multipart/form-data': {
      schema: z.strictObject({ file: z.unknown().openapi({ type: 'string', format: 'binary' }) }),
    },
  },
} as const;

/** @throws Problem if the field holds no file */
export async function pictureBytes({ file }: { readonly file: unknown }): Promise<Uint8Array> {
  if (file instanceof File) return new Uint8Array(await file.arrayBuffer());
  throw fieldProblem('/file', 'unsupported_image', 'expected a PNG, JPEG or WebP picture');
}

export async function readPicture(form: { readonly file: unknown }) {
  const bytes = await pictureBytes(form);
  const contentType = imageType(bytes);
  if (contentType !== undefined) return { bytes, contentType };
  throw fieldProblem('/file', 'unsupported_image', 'expected a PNG, JPEG or WebP picture');
}

export function sendPicture(c: HonoContext<AppEnv>, stored: StoredFile) {
  return c.body(streamOf(partsOf(stored.body)), 200, {
    'Content-Type': stored.contentType,
    'Content-Length': String(stored.sizeBytes),
    'Content-Disposition': 'inline',
  });
}

function imageType(bytes: Uint8Array): string | undefined {
  return filetypemime(bytes).find((mime) => SHOWN.includes(mime));
}
