/** Renders messages for tests: every language is loaded. */
import { ARABIC } from '../../../domain/arabic.ts';
import { ENGLISH } from '../../../domain/english.ts';
import { FRENCH } from '../../../domain/french.ts';
import { GERMAN } from '../../../domain/german.ts';
import { MESSAGE_SAMPLES } from '../../../domain/message-samples.ts';
import { type LanguageTexts, type MessageVariables, render, type TemplateName } from '../../../domain/messages.ts';
import type { Rendered } from '../../../domain/notifications/layout.ts';
import type { RenderContext, Sender } from '../../../domain/shared/messages.ts';
import { LANGUAGES, type Language, languageOf } from '../../../domain/shared/wording/language.ts';
import { SPANISH } from '../../../domain/spanish.ts';

export const TEXTS: Readonly<Record<Language, LanguageTexts>> = {
  en: ENGLISH,
  de: GERMAN,
  es: SPANISH,
  fr: FRENCH,
  ar: ARABIC,
};

export const SENDER: Sender = {
  name: 'Park & Partners',
  signature: ['Park & Partners', 'Lindenstraße 12, 10969 Berlin', '+493012345678'],
  colours: null,
  timezone: 'Europe/Berlin',
  namesDoctor: true,
};

export const CONTEXT: RenderContext = {
  language: 'en',
  firstName: 'Ada',
  publicUrl: 'https://portal.example',
  sender: SENDER,
};

/** In the language of the context. */
export function rendered<T extends TemplateName>(
  template: T,
  variables: MessageVariables[T],
  context: Partial<RenderContext> = {},
): Rendered {
  const whole = { ...CONTEXT, ...context };
  const found = render(template, variables, whole, TEXTS[languageOf(whole.language)]);
  if (found === undefined) throw new Error(`no text for ${template}`);
  return found;
}

export interface Case {
  readonly template: TemplateName;
  readonly language: Language;
  /** Which of the template's samples. */
  readonly sample: number;
}

/** Every template × language × sample. */
export const CASES: readonly Case[] = (Object.keys(MESSAGE_SAMPLES) as TemplateName[]).flatMap((template) =>
  LANGUAGES.flatMap((language) => MESSAGE_SAMPLES[template].map((_, sample) => ({ template, language, sample }))),
);

export function renderedCase({ template, language, sample }: Case, context: Partial<RenderContext> = {}): Rendered {
  const variables = MESSAGE_SAMPLES[template][sample] as MessageVariables[TemplateName];
  return rendered(template, variables as never, { ...context, language });
}

/** What a reader of the page sees, a paragraph or row in each line; without the line beside the subject. */
export function wordsOnPage(html: string): string[] {
  return html
    .replace(/<!--[\s\S]*?-->|<(head|style|title)[\s\S]*?<\/\1>|<div class="preview"[\s\S]*?<\/div>/g, '')
    .replace(/<\/(p|li|h1|td|tr|div)>|<br>/g, '\n')
    .replace(/<[^>]+>/g, '')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
