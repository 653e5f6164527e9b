/** The fields that several operations share, as zod schemas with their OpenAPI descriptions. */
import { z } from '@hono/zod-openapi';
import { isId } from '../../domain/shared/ids.ts';
import { type LabelFault, labelFault } from '../../domain/shared/label.ts';
import {
  type Instant,
  type LocalDate,
  parseInstant,
  parseLocalDate,
  parseLocalTime,
  parseRangeEnd,
} from '../../domain/shared/time.ts';
import { parseZone } from '../../domain/shared/zone.ts';
import { parsedText, rawText, wholeNumber } from './bounds.ts';
import { linkTo } from './links.ts';
import { isSoundText } from './middleware/request.ts';
import { shownCode, shownReference, shownToken } from './shown.ts';
import { ofKind } from './targets.ts';

export function idSchema<K extends string>(description: string) {
  return rawText(36)
    .refine(isId<K>, { error: 'expected a UUID in lower case' })
    .openapi({ type: 'string', format: 'uuid', description, example: '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f' });
}

/** The id of the resource that a path leads to. @param kind in the singular, as refusals are recorded with it */
export function targetId<K extends string>(kind: K, description: string) {
  return ofKind(kind, idSchema<K>(description));
}

/** As {@link targetId}, of a person. */
export function personId(kind: 'user' | 'patient' | 'doctor', description: string) {
  return ofKind(kind, idSchema<'user'>(description));
}

/** Control characters, except tabs and line endings, which are allowed in text of several lines. */
const CONTROLS = /(?![\t\n\r])\p{Cc}/u;
/** Control characters and Unicode line breaks. */
const LINE_BREAKS = /[\p{Cc}\p{Zl}\p{Zp}]/u;
/** Overrides and isolates of text direction, which can make text look like something else. */
const BIDIRECTIONAL = /[\u202A-\u202E\u2066-\u2069]/;

/** Text of several lines: trimmed, in NFC, without other control characters. */
export function text(maximum: number, minimum = 0) {
  return trimmed(maximum, minimum).refine((value) => isSoundText(value) && !CONTROLS.test(value), {
    error: 'must not contain control characters',
  });
}

/** Text of one line, such as a name, for places where a second line could be mistaken for something else. */
export function line(maximum: number, minimum = 0) {
  return trimmed(maximum, minimum).refine((value) => isSoundText(value) && !LINE_BREAKS.test(value), {
    error: 'must be one line, without control characters',
  });
}

const LABEL_FAULTS: Readonly<Record<LabelFault, string>> = {
  not_one_line: 'must be one line, without control characters',
  invisible: 'must not contain invisible characters',
  empty: 'must have a letter or a digit',
  address: 'must be a name, not an address: leave out @, ://, and put a space after a dot',
};

/** A name of a person or of something of theirs that is repeated in mails (R68). */
export function label(maximum: number) {
  return trimmed(maximum, 1).superRefine((value, context) => {
    const fault = value === '' ? undefined : labelFault(value);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: LABEL_FAULTS[fault] });
  });
}

export function personName() {
  return label(100);
}

/** Some keyboards and systems send text decomposed, which takes up to four times as many units. */
const DECOMPOSED = 4;
/** More combining marks on one letter than any script has; ordering them takes quadratic time (UAX #15, section 13). */
const STACKED_MARKS = /\p{M}{31}/u;

function trimmed(maximum: number, minimum: number) {
  return rawText(maximum * DECOMPOSED)
    .refine((value) => !STACKED_MARKS.test(value), { error: 'must not have more than 30 marks on one letter' })
    .transform((value) => value.normalize('NFC').trim())
    .pipe(
      z
        .string()
        .min(minimum, { error: minimum === 1 ? 'must not be empty' : `expected at least ${minimum} characters` })
        .max(maximum, { error: `expected ${maximum} characters at most` })
        .refine((value) => !BIDIRECTIONAL.test(value), {
          error: 'must not contain characters that override the direction of text',
        }),
    )
    .openapi({ maxLength: maximum });
}

export const localDate = parsedText(10, parseLocalDate, 'expected a date that exists, as YYYY-MM-DD').openapi({
  type: 'string',
  format: 'date',
  example: '2026-12-15',
});

/** Earliest date of any input: far before any appointment, and all calendars agree from there on. */
const FIRST_DATE = '1900-01-01';
const LAST_DATE = '2999-12-31';
const OUT_OF_RANGE = { error: `expected ${FIRST_DATE} to ${LAST_DATE}` };

export const calendarDate = localDate
  .refine((date) => date >= FIRST_DATE && date <= LAST_DATE, OUT_OF_RANGE)
  .openapi({ type: 'string', format: 'date', example: '2026-12-15' });

export function isNear(moment: number): boolean {
  return moment >= Date.parse(FIRST_DATE) && moment <= Date.parse(LAST_DATE);
}

/** An instant in RFC 3339 format. */
export const instant = parsedText(40, parseInstant, 'expected an instant, such as 2026-12-15T08:30:00Z')
  .refine(isNear, OUT_OF_RANGE)
  .openapi({ type: 'string', format: 'date-time', example: '2026-12-15T08:30:00Z' });

function parseInstantOrDate(value: string): Instant | LocalDate | undefined {
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(value);
  const instant = parseInstant(isDate ? `${value}T00:00:00Z` : value);
  return instant !== undefined && isDate ? (value as LocalDate) : instant;
}

/** An instant, or a date, which stays a date because its start depends on the time zone of what it is compared with. */
export const instantOrDate = parsedText(40, parseInstantOrDate, 'expected an instant (2026-12-15T08:30:00Z) or a date')
  .refine((value) => isNear(typeof value === 'string' ? Date.parse(value) : value), OUT_OF_RANGE)
  .openapi({ type: 'string', maxLength: 40, example: '2026-12-15' });

export const localTime = parsedText(8, parseLocalTime, 'expected a wall-clock time, as HH:MM').openapi({
  type: 'string',
  pattern: '^([01]\\d|2[0-3]):[0-5]\\d$',
  example: '09:30',
});

export const rangeEnd = parsedText(8, parseRangeEnd, 'expected a wall-clock time, as HH:MM, or 24:00').openapi({
  type: 'string',
  pattern: '^(([01]\\d|2[0-3]):[0-5]\\d|24:00)$',
  example: '17:00',
});

export const zone = parsedText(64, parseZone, 'expected an IANA time zone, such as Europe/Berlin').openapi({
  type: 'string',
  maxLength: 64,
  description: 'IANA time zone',
  example: 'Europe/Berlin',
});

function parseLanguage(value: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(value)[0];
  } catch {
    return undefined;
  }
}

export const language = parsedText(35, parseLanguage, 'expected a BCP 47 language tag, such as en or pt-BR').openapi({
  type: 'string',
  maxLength: 35,
  description: 'BCP 47 language tag',
  example: 'en',
});

const LOCAL_PART = /^[^\s@"(),:;<>[\\\]]+$/u;
/**
 * Characters that NFKC keeps although people or other systems read them as a dot (Unicode UTS 39 confusables; the
 * ideographic full stop separates labels in IDNA), and invisible characters.
 */
const LOOKS_LIKE_ANOTHER =
  /[\u0589\u06D4\u0701\u0702\u3002\uA4F8\uA60E\u{10A50}\u{1D16D}\p{Cc}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}]/u;

/** A label of a host name: letters, digits and inner hyphens, 63 at most (RFC 1035 section 2.3.1, RFC 1123 section 2.1). */
const HOST_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/**
 * Hyphens as third and fourth character mark an encoding, and `xn--` is the only one in use (RFC 5890 section 2.3.1).
 */
const RESERVED_LABEL = /^(?!xn).{2}--/;
/** Longest local part and longest address in octets (RFC 5321 section 4.5.3.1, erratum 1690 of RFC 3696). */
const LOCAL_OCTETS = 64;
const ADDRESS_OCTETS = 254;

const octets = (text: string) => new TextEncoder().encode(text).length;

/**
 * The domain of an address in ASCII (IDNA), without the trailing dot of the root: the name with a dot is the same (RFC
 * 1034 section 3.1), and one mailbox must not have two accounts.
 */
function normalizeMailDomain(text: string): string | undefined {
  const domain = text.replace(/\.$/, '');
  // The URL parser would decode a percent sign.
  if (!/^[^\s/?#\\:@%[\]]+\.[^\s/?#\\:@%[\]]+$/u.test(domain) || !URL.canParse(`http://${domain}`)) return undefined;
  const { hostname } = new URL(`http://${domain}`);
  if (/^\d+(\.\d+){3}$/.test(hostname)) return undefined;
  const isHostName = hostname.split('.').every((label) => HOST_LABEL.test(label) && !RESERVED_LABEL.test(label));
  return isHostName ? hostname : undefined;
}

/**
 * Normalises an address, so that each has one account: NFC and lower case, the domain in ASCII (IDNA). Refuses
 * addresses that other systems would read as another address (R70): those that change under NFKC, such as a full-width
 * at sign, or contain look-alikes.
 *
 * @returns `undefined` if the text is not a valid address
 */
export function normalizeEmail(address: string): string | undefined {
  const text = address.normalize('NFC').trim().toLowerCase();
  if (text !== text.normalize('NFKC') || LOOKS_LIKE_ANOTHER.test(text)) return undefined;
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at);
  if (at < 1 || octets(local) > LOCAL_OCTETS || !LOCAL_PART.test(local) || /^\.|\.$|\.\./.test(local)) return undefined;
  const domain = normalizeMailDomain(text.slice(at + 1));
  const email = `${local}@${domain}`;
  return domain === undefined || octets(email) > ADDRESS_OCTETS ? undefined : email;
}

export const email = parsedText(
  320,
  (value) => (isSoundText(value) ? normalizeEmail(value) : undefined),
  'expected an e-mail address, in ordinary letters and signs',
).openapi({ type: 'string', format: 'email', example: 'ada@example.org' });

/** Any text; the password policy decides whether it is acceptable. 512 units hold its 128 characters in any form. */
export const password = rawText(512)
  .min(1, { error: 'must not be empty' })
  .openapi({ format: 'password', example: 'a quiet river at dawn' });

export const dateOfBirth = localDate
  .refine((date) => date >= '1875-01-01' && date <= new Date().toISOString().slice(0, 10), {
    error: 'expected a date from 1875 to today',
  })
  .openapi({ type: 'string', format: 'date', example: '1990-04-23' });

/** A token as it was mailed or returned. */
export const opaqueToken = rawText(512)
  .min(1)
  .regex(/^[\x21-\x7e]+$/, { error: 'expected the token as it was given' });

/** A code as it was typed; it is validated when it is checked. */
export const mfaCode = rawText(32).min(1).openapi({ example: '492039' });

export const pageQuery = z.object({
  limit: wholeNumber(1, 100).default(20).openapi({ type: 'integer', minimum: 1, maximum: 100, default: 20 }),
  cursor: rawText(512).optional().openapi({ description: 'As given in page.nextCursor' }),
});

export const link = z.object({
  href: shownReference,
  method: z
    .string()
    .regex(/^(GET|POST|PUT|PATCH|DELETE)$/)
    .optional()
    .openapi({ description: 'Left out: GET', example: 'GET' }),
  templated: z.boolean().optional().openapi({ description: 'Whether href is a URI template (RFC 6570)' }),
});
export const links = z.record(z.string(), link).openapi('Links', { example: { self: linkTo('getMe') } });

export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    data: z.array(item),
    page: z.object({ nextCursor: shownToken('WyIwMTk5ZjNjMiJd').nullable() }),
    _links: links,
  });
}

/** The names of fields that are stored but cannot be opened. */
export const damagedSchema = z
  .array(shownCode('reason'))
  .optional()
  .openapi({
    description:
      'Fields that are stored but damaged; left out if there are none. Such a field is null, or `\uFFFD` (U+FFFD) where it ' +
      'cannot be null. It was reported as `record.damaged`',
    example: ['reason'],
  });
