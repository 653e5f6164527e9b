/**
 * The fields of answers, as clients may rely on them. Tests hold every answer against them; a text in an answer that says
 * neither its form nor its length is refused by `tests/http/every-route/document.test.ts`.
 */
import { z } from '@hono/zod-openapi';
import { isUuid } from '../../domain/shared/ids.ts';
import { parseInstant, parseLocalDate } from '../../domain/shared/time.ts';
import { pathTo } from './links.ts';

export const SAMPLE_ID = '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f';
/** Stands where a text cannot be opened and cannot be null. */
const DAMAGED = '\uFFFD';

export const shownId = z.string().refine(isUuid).openapi({ format: 'uuid', example: SAMPLE_ID });

/** RFC 3339, in UTC. */
export const shownInstant = z
  .string()
  .refine((text) => text.endsWith('Z') && parseInstant(text) !== undefined)
  .openapi({ format: 'date-time', example: '2026-12-15T08:30:00Z' });

export const shownDate = z
  .string()
  .refine((text) => parseLocalDate(text) !== undefined)
  .openapi({ format: 'date', example: '2026-12-15' });

export const shownTime = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
  .openapi({ example: '09:30' });

/** Where a range ends. */
export const shownRangeEnd = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/)
  .openapi({ example: '17:00' });

export const shownZone = z.string().max(64).openapi({ description: 'IANA time zone', example: 'Europe/Berlin' });

export const shownLanguage = z.string().max(35).openapi({ description: 'BCP 47 language tag', example: 'en' });

export const shownEmail = z
  .string()
  .max(254)
  .refine((text) => text === DAMAGED || z.email({ pattern: z.regexes.unicodeEmail }).safeParse(text).success)
  .openapi({ format: 'email', example: 'ada@example.org' });

export const shownPhone = z
  .string()
  .regex(/^\+[1-9]\d{1,14}$/)
  .openapi({ description: 'E.164', example: '+4930901820' });

/** A path of the portal, or a URL with its origin. */
export const shownReference = z
  .string()
  .refine((text) => URL.canParse(text.replaceAll(/[{}]/g, ''), 'https://portal.example'))
  .openapi({ format: 'uri-reference', example: pathTo('getMe') });

export const shownUrl = z
  .string()
  .refine((text) => URL.canParse(text))
  .openapi({ format: 'uri', example: `https://portal.example${pathTo('listCalendarFeeds')}` });

/** @param maximum length in UTF-16 code units, as it is enforced where the text is entered */
export function shownText(maximum: number, example: string) {
  return z.string().max(maximum).openapi({ example });
}

export function shownName(example: string) {
  return shownText(100, example);
}

/** First and last name. */
export function shownFullName(example: string) {
  return shownText(201, example);
}

/** A name for programs, such as that of a type of appointment. */
export function shownCode(example: string) {
  return z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/)
    .openapi({ example });
}

/** A secret or an opaque text of visible ASCII characters. */
export function shownToken(example: string) {
  return z
    .string()
    .regex(/^[!-~]{1,4096}$/)
    .openapi({ example });
}

/** SHA-256, hexadecimal. */
export function shownHash(description: string) {
  return z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .openapi({
      description: `${description}; SHA-256, hexadecimal`,
      example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    });
}

export const shownNote = z.string().max(65_536).openapi({
  description: 'Signed note (C2SP tlog-checkpoint)',
  example: 'portal.example/audit\n42\nqxKbn9Q1…\n\n— portal.example/audit …',
});

export const shownAddress = z.string().max(45).openapi({ description: 'IPv4 or IPv6', example: '203.0.113.7' });

/** A fault in the audit log. */
export const shownFault = z
  .object({
    kind: shownCode('edited'),
    stream: shownText(64, SAMPLE_ID).nullable().openapi({ description: 'The person concerned, or `system`' }),
    sequence: z.int().nullable(),
    eventId: shownId.nullable(),
    detail: shownText(1000, 'event 12 was changed after it was written'),
  })
  .openapi('AuditFault');
