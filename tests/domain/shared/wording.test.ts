import { describe, expect, test } from 'vitest';
import { addDays, dateOfDay, dayNumber, parseLocalDate } from '../../../domain/shared/time.ts';
import { AR, counted as countedInArabic } from '../../../domain/shared/wording/ar.ts';
import { counted as countedInGerman, DE } from '../../../domain/shared/wording/de.ts';
import { counted as countedInEnglish, EN } from '../../../domain/shared/wording/en.ts';
import { counted as countedInSpanish, ES } from '../../../domain/shared/wording/es.ts';
import { cleaned, isolated, manyLines, oneLine } from '../../../domain/shared/wording/foreign-text.ts';
import { counted as countedInFrench, FR } from '../../../domain/shared/wording/fr.ts';
import { conventionsOf, languageOf } from '../../../domain/shared/wording/language.ts';

const FORMS = { zero: 'zero', one: 'one', two: 'two', few: 'few', many: 'many', other: 'other' };
const COUNTED = [
  ['en', countedInEnglish],
  ['de', countedInGerman],
  ['es', countedInSpanish],
  ['fr', countedInFrench],
  ['ar', countedInArabic],
] as const;

/** Every day of a leap year. */
const DAYS = Array.from({ length: 366 }, (_, at) => dateOfDay(dayNumber(parseLocalDate('2028-01-01') as never) + at));

describe('the words that messages share', () => {
  test.each(COUNTED)('the plural forms of %s are those of CLDR', (language, counted) => {
    const rules = new Intl.PluralRules(language);
    const numbers = Array.from({ length: 1000 }, (_, count) => count);
    expect(numbers.filter((count) => counted(count, FORMS) !== rules.select(count))).toEqual([]);
  });

  test.each([EN, DE, ES, FR, AR])('the weekdays and months of $language are those of CLDR', (words) => {
    const locale = words.language === 'ar' ? 'ar-EG-u-nu-latn' : words.language;
    const format = new Intl.DateTimeFormat(locale, {
      weekday: 'long',
      day: 'numeric',
      month: 'long',
      year: 'numeric',
      timeZone: 'UTC',
    });
    const different = DAYS.filter((date) => {
      const parts = new Map(format.formatToParts(Date.parse(date)).map(({ type, value }) => [type, value]));
      const told = words.day(date, { language: words.language });
      return !['weekday', 'month', 'year'].every((part) => told.includes(parts.get(part as 'month') ?? '?'));
    });
    expect(different).toEqual([]);
    expect(addDays(DAYS[0] as never, 365)).toBe(DAYS[365]);
  });

  test.each([
    ['en-US', true],
    ['en-GB', false],
    ['en-AU', true],
    ['en-IE', false],
    ['de-DE', false],
    ['de-CH', false],
    ['es-ES', false],
    ['es-MX', true],
    ['es-AR', true],
    ['fr-FR', false],
    ['fr-CA', false],
    ['ar-EG', true],
    ['ar-SA', true],
    ['ar-MA', false],
    ['ar-DZ', true],
  ])('%s has the clock of CLDR', (tag, hour12) => {
    expect(conventionsOf(tag).hour12).toBe(hour12);
    const cycle = new Intl.DateTimeFormat(tag, { hour: 'numeric' }).resolvedOptions().hourCycle;
    expect(cycle?.startsWith('h1')).toBe(hour12);
  });

  test.each([
    ['de', 'de'],
    ['DE-at', 'de'],
    ['ar-Arab-EG', 'ar'],
    ['zh-Hant', 'en'],
    ['', 'en'],
    ['english', 'en'],
    ['x-de', 'en'],
    ['es_MX', 'es'],
  ])('%s is read as %s', (tag, language) => {
    expect(languageOf(tag)).toBe(language);
  });

  test('a region is not taken from an extension', () => {
    expect(conventionsOf('en-u-rg-uszzzz').monthFirst).toBe(false);
    expect(conventionsOf('en-Latn-US').monthFirst).toBe(true);
    expect(conventionsOf('en-x-us').monthFirst).toBe(false);
  });

  test('dates and times of another form are shown as they are', () => {
    const facts = { date: 'soon', startTime: 'noon', timezone: 'Europe/Berlin' };
    expect(EN.when(facts, { language: 'en-US' })).toBe('soon at noon (Berlin time)');
    expect(EN.time('00:05', { language: 'en-US' })).toBe('12:05 AM');
    expect(EN.time('12:00', { language: 'en-US' })).toBe('12:00 PM');
    expect(ES.dayAndTime({ date: '2026-03-03', startTime: '01:00' }, { language: 'es' })).toMatch(/a la 01:00$/);
    expect(EN.moment(0, 'Nowhere/Town', { language: 'en' })).toBe('Thursday 1 January 1970 at 00:00 (UTC)');
  });

  test('foreign text is cleaned', () => {
    expect(oneLine(' a\r\nb\u202Ec\u0000d ')).toBe('a bc d');
    expect(manyLines('a\r\nb\n\n\n\nc\u2066')).toBe('a\nb\n\nc');
    expect(
      cleaned({ name: 'a\nb', body: 'a\nb', list: [{ name: '\u202Ea' }], at: 3, none: null }, new Set(['body'])),
    ).toEqual({
      name: 'a b',
      body: 'a\nb',
      list: [{ name: 'a' }],
      at: 3,
      none: null,
    });
    expect(isolated('+4930123', 'rtl')).toBe('\u2068+4930123\u2069');
    expect(isolated('+4930123', 'ltr')).toBe('+4930123');
    expect(isolated('10:30', 'rtl')).toBe('10:30');
  });
});
