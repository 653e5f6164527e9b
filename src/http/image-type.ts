/** Pictures that browsers show and no script can hide in, told by their bytes and never by what was declared. */
import { filetypemime } from 'magic-bytes.js';

const SHOWN = ['image/png', 'image/jpeg', 'image/webp'];

export function imageType(bytes: Uint8Array): string | undefined {
  return filetypemime(bytes).find((mime) => SHOWN.includes(mime));
}
