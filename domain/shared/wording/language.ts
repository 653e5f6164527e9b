/** The languages of messages, and the conventions of their readers. */

export const LANGUAGES = ['en', 'de', 'es', 'fr', 'ar'] as const;
export type Language = (typeof LANGUAGES)[number];

export type Direction = 'ltr' | 'rtl';

/** How a reader writes times and dates, apart from the words. */
export interface Conventions {
  /** Whether clocks count to 12. */
  readonly hour12: boolean;
  /** `March 3` and not `3 March`. Only English has both. */
  readonly monthFirst: boolean;
}

/** Regions whose readers use clocks of 12 hours in one of the languages (CLDR 48, `timeData`). */
const HOUR_12: Readonly<Record<Language, ReadonlySet<string> | 'unless'>> = {
  en: new Set(['US', 'CA', 'AU', 'NZ', 'PH', 'IN', 'PK', 'BD', 'SG', 'MY', 'HK', 'JM', 'GH', 'EG']),
  de: new Set(),
  es: new Set([
    ...['US', 'PR', 'MX', 'GT', 'HN', 'SV', 'NI', 'CR', 'PA', 'CU', 'DO'],
    ...['CO', 'VE', 'EC', 'PE', 'BO', 'PY', 'UY', 'AR', 'CL', 'PH'],
  ]),
  fr: new Set(),
  ar: 'unless',
};
const ARABIC_24 = new Set(['MA', 'IL', 'KM']);
const MONTH_FIRST = new Set(['US', 'PH']);

/** @param tag BCP 47 (`de-AT`). English for a language that the portal does not write */
export function languageOf(tag: string): Language {
  return writtenLanguage(tag) ?? 'en';
}

/** @param tag BCP 47. @returns undefined for a language that the portal does not write */
export function writtenLanguage(tag: string): Language | undefined {
  const primary = subtags(tag)[0];
  return LANGUAGES.find((language) => language === primary);
}

/** @param tag BCP 47; a tag without a region has the conventions of most of the language's readers, English those of international English */
export function conventionsOf(tag: string): Conventions {
  const language = languageOf(tag);
  // The region is the first subtag of two letters after the language (RFC 5646 section 2.1).
  const region = subtags(tag)
    .slice(1)
    .find((subtag) => /^[a-z]{2}$/.test(subtag))
    ?.toUpperCase();
  const regions = HOUR_12[language];
  return {
    hour12: regions === 'unless' ? !ARABIC_24.has(region ?? '') : regions.has(region ?? ''),
    monthFirst: language === 'en' && MONTH_FIRST.has(region ?? ''),
  };
}

/** In lower case, up to the first extension or private subtag. */
function subtags(tag: string): string[] {
  const all = tag.toLowerCase().split(/[-_]/);
  const end = all.findIndex((subtag, at) => at > 0 && subtag.length === 1);
  return end === -1 ? all : all.slice(0, end);
}
