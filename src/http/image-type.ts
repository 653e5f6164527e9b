/**
 * Image types that browsers display and that cannot contain scripts, detected from the bytes, not from the declared
 * type.
 */
import { filetypemime } from 'magic-bytes.js';

const SHOWN = ['image/png', 'image/jpeg', 'image/webp'];

export function imageType(bytes: Uint8Array): string | undefined {
  return filetypemime(bytes).find((mime) => SHOWN.includes(mime));
}
