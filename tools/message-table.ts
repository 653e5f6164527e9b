/** The table of text messages in `docs/notifications.md`: what each says in English, and how many segments it has in each language. */
import { MESSAGE_SAMPLES } from '../domain/message-samples.ts';
import { categoryOf, type LanguageTexts, render, TEMPLATE_NAMES, type TemplateName } from '../domain/messages.ts';
import { segmentsOf } from '../domain/notifications/text-message.ts';
import type { RenderContext } from '../domain/shared/messages.ts';
import { LANGUAGES } from '../domain/shared/wording/language.ts';
import { textsIn } from '../src/app/notifications/languages.ts';

const CONTEXT: Omit<RenderContext, 'language'> = {
  firstName: 'Ada',
  publicUrl: 'https://portal.example',
  sender: { name: 'Park & Partners', signature: [], colours: null, timezone: 'Europe/Berlin', namesDoctor: true },
};

export async function messageTable(): Promise<string> {
  const all = await Promise.all(LANGUAGES.map(async (language) => ({ language, texts: await textsIn(language) })));
  const smsOf = (template: TemplateName, language: string, texts: LanguageTexts) =>
    render(template, MESSAGE_SAMPLES[template][0], { ...CONTEXT, language }, texts)?.sms ?? null;
  const rows = TEMPLATE_NAMES.map((template) => {
    const told = all.map(({ language, texts }) => smsOf(template, language, texts));
    const segments = told.map((sms) => (sms === null ? '' : String(segmentsOf(sms).segments)));
    return `| \`${template}\` | ${categoryOf(template)} | ${segments.join(' | ')} | ${told[0] ?? 'by mail alone'} |`;
  });
  return [
    `| template | category | ${LANGUAGES.join(' | ')} | in English |`,
    `|---|---|${'---|'.repeat(LANGUAGES.length)}---|`,
    ...rows,
  ].join('\n');
}
