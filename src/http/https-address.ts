/** An `https` address as input. */
import { rawText } from './bounds.ts';
import { isSoundText } from './middleware/request.ts';

/** An address that browsers open, without credentials. */
export const httpsAddress = rawText(500)
  .refine((value) => isSoundText(value) && isHttpsAddress(value), {
    error: 'expected an https address, such as https://video.example/room-1',
  })
  .openapi({ type: 'string', format: 'uri', example: 'https://video.example/room-1' });

function isHttpsAddress(value: string): boolean {
  if (/\s/.test(value) || !value.startsWith('https://') || !URL.canParse(value)) return false;
  const { username, password: secret } = new URL(value);
  return username === '' && secret === '';
}
