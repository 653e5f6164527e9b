/** Telephone numbers: apart from the other fields, because what is known of each country's numbers is the largest table of all packages. */
import { z } from '@hono/zod-openapi';
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { rawText } from './bounds.ts';

export const phoneNumber = rawText(40)
  .transform((value, context) => {
    const parsed = parsePhoneNumberFromString(value);
    if (parsed?.isPossible()) return parsed.number as string;
    context.addIssue({
      code: 'custom',
      message: 'expected a phone number with its country code, such as +49 30 901820',
    });
    return z.NEVER;
  })
  .openapi({ type: 'string', description: 'E.164', example: '+4930901820' });
