/** Pictures in forms and answers: types that browsers display and that cannot contain scripts (R52). */
import { z } from '@hono/zod-openapi';
import { type Result, refuse } from '../../domain/shared/result.ts';
import type { PictureRefused, UploadedPictureFault } from '../app/files/made-anew.ts';
import { fieldProblem } from './faults.ts';

const EXPECTED = 'expected a PNG, JPEG or WebP picture';

/** As the content of an answer. */
export const PICTURES = {
  'image/png': { schema: z.string() },
  'image/jpeg': { schema: z.string() },
  'image/webp': { schema: z.string() },
};

/** As the body of a request, for {@link pictureBytes}. */
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
  throw fieldProblem('/file', 'unsupported_image', EXPECTED);
}

const FAULTS: Readonly<Record<UploadedPictureFault, readonly [code: string, message: string]>> = {
  unsupported: ['unsupported_image', EXPECTED],
  too_large: ['picture_too_large', 'expected a picture of at most 30 million pixels'],
  damaged: ['picture_damaged', 'expected a picture that can be opened: save it anew'],
  malware: ['malware', 'holds malware: choose another picture, and have your device checked'],
  unscannable: ['unscannable', 'could not be checked for malware: save it anew, or choose another picture'],
};

/** @throws Problem that says what is wrong with the picture, if it is refused */
export function unlessRefused<T, E extends { readonly code: string }>(
  result: Result<T, E | PictureRefused>,
): Result<T, E> {
  if (result.ok) return result;
  const { error } = result;
  if (isRefused(error)) throw fieldProblem('/file', ...FAULTS[error.fault]);
  return refuse(error);
}

function isRefused(error: { readonly code: string }): error is PictureRefused {
  return error.code === 'picture_refused';
}
