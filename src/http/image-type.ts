/** Pictures that browsers show and no script can hide in, told by their bytes and never by what was declared. */
import { fileTypeFromBuffer } from 'file-type';

const SHOWN = ['image/png', 'image/jpeg', 'image/webp'];

export async function imageType(bytes: Uint8Array): Promise<string | undefined> {
  const mime = (await fileTypeFromBuffer(bytes))?.mime;
  return mime !== undefined && SHOWN.includes(mime) ? mime : undefined;
}
