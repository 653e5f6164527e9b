/** The languages of messages: each is loaded with the first message in it, so that a start evaluates none, unless all are wanted at once. */
import type { LanguageTexts } from '../../../domain/messages.ts';
import { LANGUAGES, type Language, languageOf } from '../../../domain/shared/wording/language.ts';

const LOADERS: Readonly<Record<Language, () => Promise<LanguageTexts>>> = {
  en: async () => (await import('../../../domain/english.ts')).ENGLISH,
  de: async () => (await import('../../../domain/german.ts')).GERMAN,
  es: async () => (await import('../../../domain/spanish.ts')).SPANISH,
  fr: async () => (await import('../../../domain/french.ts')).FRENCH,
  ar: async () => (await import('../../../domain/arabic.ts')).ARABIC,
};

/** @param tag BCP 47, of the reader; English where the portal does not write the reader's language */
export function textsIn(tag: string): Promise<LanguageTexts> {
  return LOADERS[languageOf(tag)]();
}

/** Examples of every message, for previews. */
export async function samples() {
  return (await import('../../../domain/message-samples.ts')).MESSAGE_SAMPLES;
}

/** Loads all of them: where files may change under a process that runs, none is read later. */
export async function loadTexts(): Promise<void> {
  await Promise.all([...LANGUAGES.map((language) => LOADERS[language]()), samples()]);
}
