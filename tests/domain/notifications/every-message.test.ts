import { describe, expect, test } from 'vitest';
import { categoryOf, type TemplateName } from '../../../domain/messages.ts';
import { MAXIMUM_SEGMENTS, segmentsOf } from '../../../domain/notifications/text-message.ts';
import { CASES, type Case, renderedCase, SENDER, TEXTS, wordsOnPage } from './rendering.ts';

const FSI = '\u2068';
const ARABIC_NAME = 'د. ليلى حداد';

const CHOICES = {
  preferencesUrl: 'https://portal.example/preferences',
  unsubscribeUrl: 'https://portal.example/unsubscribe/abc',
};

function named({ template, language, sample }: Case): string {
  return `${template}, ${language}, ${sample}`;
}

/** The cases of which something is wrong. */
function wrong(isWrong: (one: Case) => boolean): string[] {
  return CASES.filter(isWrong).map(named);
}

describe('every template in every language, with every sample', () => {
  test('there are five languages of every template', () => {
    expect(new Set(CASES.map(({ template }) => template)).size).toBeGreaterThan(38);
    expect(CASES.length).toBeGreaterThan(5 * 38);
  });

  test('no variable is missing, and no mark of a program is left', () => {
    const marks = /undefined|null\b|NaN|\$\{|\[object|\.\.(?!\.)| {2}|Invalid/;
    expect(
      wrong((one) => {
        const { subject, text, sms, push } = renderedCase(one);
        return [subject, text.replace('\n-- \n', '\n'), sms ?? '', push?.body ?? '', push?.title ?? ''].some((words) =>
          marks.test(words),
        );
      }),
    ).toEqual([]);
  });

  test('each paragraph is a whole sentence', () => {
    expect(
      wrong((one) => {
        const { text, links } = renderedCase(one);
        const [, ...paragraphs] = text.split('\n\n').slice(0, -1);
        const sentences = paragraphs.filter(
          (line) => !line.startsWith('- ') && !links.some((url) => line.includes(url)),
        );
        return sentences.some((line) => !/[.:؟]$/.test(line));
      }),
    ).toEqual([]);
  });

  test('texts are of their own language: none is left in English', () => {
    const texts = (language: keyof typeof TEXTS) => (template: TemplateName, sample: number) =>
      renderedCase({ template, language, sample }).subject;
    const english = texts('en');
    expect(
      wrong(
        ({ template, language, sample }) =>
          language !== 'en' &&
          // The clinic wrote these words.
          template !== 'clinic-message' &&
          texts(language)(template, sample) === english(template, sample),
      ),
    ).toEqual([]);
  });

  test('the text and the page say the same, and both have every link', () => {
    expect(
      wrong((one) => {
        const { subject, text, html, links } = renderedCase(one, CHOICES);
        const [portal, heading, ...page] = wordsOnPage(html);
        const told = text
          .split('\n')
          .map((line) => line.replace(/^- (?!$)/, '').trim())
          .filter((line) => line !== '' && line !== '--');
        const isLink = (url: string) => html.includes(`href="${url.replaceAll('&', '&amp;')}"`) && text.includes(url);
        // A link of the text names its address, which the page has behind its label.
        const same = told.every(
          (line, at) => line === page[at] || (/https?:/.test(line) && line.startsWith(page[at] ?? '\0')),
        );
        return !(
          portal === SENDER.name &&
          heading === subject &&
          told.length === page.length &&
          same &&
          [...links, ...Object.values(CHOICES)].every(isLink)
        );
      }),
    ).toEqual([]);
  });

  test('a template has the same links and codes in each language', () => {
    expect(
      wrong((one) => {
        const { links, codes } = renderedCase(one);
        const english = renderedCase({ ...one, language: 'en' });
        return links.join() !== english.links.join() || codes.join() !== english.codes.join();
      }),
    ).toEqual([]);
  });

  test('a text message has at most two segments, in the alphabet of 160 where the language is not Arabic', () => {
    expect(
      wrong((one) => {
        const { sms } = renderedCase(one);
        // A link with a token goes by mail alone.
        if (sms === null) return categoryOf(one.template) !== 'code';
        const { alphabet, segments } = segmentsOf(sms);
        return segments < 1 || segments > MAXIMUM_SEGMENTS || (one.language !== 'ar' && alphabet !== 'gsm-7');
      }),
    ).toEqual([]);
  });

  test('what carries a secret is told to one address alone: there is no push message of it', () => {
    expect(wrong((one) => (renderedCase(one).push === null) !== (categoryOf(one.template) === 'code'))).toEqual([]);
  });

  test('a doctor is named on a locked screen only if the clinic wants it', () => {
    const doctors = /Okafor|Park(?! &)/;
    const sender = { ...SENDER, namesDoctor: false };
    const brief = (one: Case, context: object = {}) => {
      const { subject, sms, push, html } = renderedCase(one, context);
      return [subject, sms ?? '', push?.body ?? '', /<div class="preview"[^>]*>([^<]*)</.exec(html)?.[1] ?? ''];
    };
    expect(
      wrong((one) =>
        brief(one, { sender }).some((words) =>
          doctors.test(words.replaceAll('Park & ', '').replaceAll('Park &amp; ', '')),
        ),
      ),
    ).toEqual([]);
    expect(
      brief({ template: 'appointment-reminder', language: 'en', sample: 0 })
        .slice(1)
        .every((words) => words.includes('Okafor')),
    ).toBe(true);
  });

  test('the page names its language and direction, and loads nothing', () => {
    expect(
      wrong((one) => {
        const { html } = renderedCase(one, CHOICES);
        const { direction } = TEXTS[one.language].words;
        const loads = /<(img|link|script|iframe|object|video|base)\b|url\(|@import|src=|background="/i;
        return !html.includes(`<html lang="${one.language}" dir="${direction}">`) || loads.test(html);
      }),
    ).toEqual([]);
  });

  test('a name in a script of the other direction does not turn the sentence around it', () => {
    const told = (template: TemplateName, language: 'en' | 'ar', doctorName: string) =>
      renderedCase({ template, language, sample: 0 }, { firstName: doctorName }).text.split('\n')[0];
    expect(told('welcome', 'en', ARABIC_NAME)).toBe(`Hello ${FSI}${ARABIC_NAME}\u2069,`);
    expect(told('welcome', 'en', 'Ada')).toBe('Hello Ada,');
    expect(told('welcome', 'ar', 'Ada')).toBe(`مرحبًا ${FSI}Ada\u2069،`);
    expect(told('welcome', 'ar', ARABIC_NAME)).toBe(`مرحبًا ${ARABIC_NAME}،`);
    const open = /(?:Okafor|Park|Silva|Lindenstra|Europe|Berlin)/g;
    expect(
      CASES.filter(({ language }) => language === 'ar')
        .filter((one) => {
          const { subject, text } = renderedCase(one, { sender: { ...SENDER, signature: [] } });
          const words = `${subject}\n${text}`;
          // Every Latin name is inside of an isolate.
          return [...words.matchAll(open)].some(
            ({ index }) => words.lastIndexOf(FSI, index) <= words.lastIndexOf('\u2069', index),
          );
        })
        .map(named),
    ).toEqual([]);
  });
});
