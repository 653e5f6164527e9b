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

export async function readPicture({ file }: { readonly file: unknown }) {
  const bytes = file instanceof File ? new Uint8Array(await file.arrayBuffer()) : undefined;
  const contentType = bytes === undefined ? undefined : imageType(bytes);
  if (bytes !== undefined && contentType !== undefined) return { bytes, contentType };
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
