/** Pictures that others see are made anew from what is uploaded: scanned, decoded, and nothing left but the pixels (ADR 0255). */
import { detectFileType, HEAD_BYTES } from '../../../domain/files/file-type.ts';
import { isPicture, type PictureFault, type PictureType } from '../../../domain/files/picture.ts';
import type { Shape, SmallPictureType } from '../../../domain/files/ports.ts';
import { Unavailable } from '../../../domain/shared/ports.ts';
import { type Result, refuse } from '../../../domain/shared/result.ts';
import type { Deps } from '../context.ts';
import { inspectFile } from './inspect.ts';
import { type SmallPicture, smallPictures } from './thumbnails.ts';

/** Why a picture is refused: it is of another type, holds another file, has malware in it, or cannot be judged by the scanner. */
export type UploadedPictureFault = PictureFault | 'unsupported' | 'malware' | 'unscannable';
export type PictureRefused = { readonly code: 'picture_refused'; readonly fault: UploadedPictureFault };

/**
 * @param typeOf what is made of a picture of a type
 * @returns one picture for each shape, upright and without metadata
 * @throws Unavailable if no scanner is set, or something that is needed is away
 */
export async function madeAnew(
  deps: Pick<Deps, 'scanner' | 'thumbnailer' | 'inflate'>,
  uploaded: Uint8Array,
  shapes: readonly Shape[],
  typeOf: (type: PictureType) => SmallPictureType = () => 'image/jpeg',
): Promise<Result<readonly SmallPicture[], PictureRefused>> {
  const refused = (fault: UploadedPictureFault) => refuse({ code: 'picture_refused', fault } as const);
  const type = detectFileType(uploaded.subarray(0, HEAD_BYTES), { mediaType: '', filename: '' });
  if (!type.ok || !isPicture(type.value)) return refused('unsupported');
  const read = async ({ offset, length }: { readonly offset: number; readonly length: number }) =>
    uploaded.subarray(offset, offset + length);
  const fault = await inspectFile(type.value, { sizeBytes: uploaded.length, read }, deps.inflate);
  if (fault !== undefined) return refused('unsupported');
  const { scanner } = deps;
  if (scanner === null) throw new Unavailable('scanner', { reason: 'not_set' });
  const { verdict } = await scanner.scan(once(uploaded), uploaded.length);
  if (verdict !== 'clean') return refused(verdict === 'infected' ? 'malware' : 'unscannable');
  const made = await smallPictures(deps, type.value, uploaded, shapes, typeOf(type.value));
  return made.ok ? made : refused(made.error);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
