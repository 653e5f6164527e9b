/** Telephone numbers: apart from the other fields, because what is known of each country's numbers is the largest table of all packages. */
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { parsedText } from './bounds.ts';

function parsePhoneNumber(value: string): string | undefined {
  const parsed = parsePhoneNumberFromString(value);
  return parsed?.isPossible() ? parsed.number : undefined;
}

export const phoneNumber = parsedText(
  40,
  parsePhoneNumber,
  'expected a phone number with its country code, such as +49 30 901820',
).openapi({ type: 'string', maxLength: 40, description: 'E.164', example: '+4930901820' });
