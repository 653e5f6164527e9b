import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LANGUAGES } from '../../domain/shared/wording/language.ts';
import { CASES, renderedCase, SENDER } from '../domain/notifications/rendering.ts';
import { launchChromium, needsChromium } from '../support/chromium.ts';

const AXE = fileURLToPath(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url));

const CHOICES = {
  preferencesUrl: 'https://portal.example/preferences',
  unsubscribeUrl: `https://portal.example/unsubscribe/${'x'.repeat(80)}`,
};
const CHOSEN = { ...SENDER, colours: { primary: '#7a0044', onPrimary: '#ffffff' } };
/** A mail is shown inside of the page of a mail program, which has the landmarks. */
const OF_WHOLE_PAGES = ['landmark-one-main', 'region'];

/**
 * Axe costs most of the time, so it sees each template once in each theme and direction. The other languages differ from these
 * in words alone.
 */
const INSPECTED: ReadonlySet<string> = new Set(['en', 'ar']);

const WIDTHS = [320, 600];

describe.skipIf(needsChromium !== '')(`mails in a browser${needsChromium}`, () => {
  let browser: Browser;
  let axe: string;
  beforeAll(async () => {
    axe = await readFile(AXE, 'utf8');
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  const faultsOf = (page: Page): Promise<string[]> =>
    page.evaluate(async (rules) => {
      type Axe = { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      const { violations } = await (Reflect.get(globalThis, 'axe') as Axe).run({
        rules: Object.fromEntries(rules.map((id) => [id, { enabled: false }])),
      });
      return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
    }, OF_WHOLE_PAGES);

  test.each(LANGUAGES.flatMap((language) => WIDTHS.map((width) => ({ language, width }))))(
    'every template in $language fits into $width pixels, loads nothing and has no fault that axe finds',
    async ({ language, width }) => {
      const page = await browser.newPage({ viewport: { width, height: 800 } });
      const requests: string[] = [];
      page.on('request', (request) => requests.push(request.url()));
      const faults: string[] = [];
      for (const one of CASES.filter((each) => each.language === language)) {
        const sender = one.template.length % 2 === 0 ? SENDER : CHOSEN;
        await page.setContent(renderedCase(one, { ...CHOICES, sender }).html);
        const needed = await page.evaluate(() => document.documentElement.scrollWidth);
        if (needed > width) faults.push(`${one.template} ${one.sample} is ${needed} wide`);
        if (width === 600 || one.sample > 0 || !INSPECTED.has(language)) continue;
        await page.evaluate(axe);
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          faults.push(...(await faultsOf(page)).map((fault) => `${one.template}, ${colorScheme}: ${fault}`));
        }
      }
      await page.close();
      expect(faults).toEqual([]);
      expect(requests.filter((url) => !url.startsWith('about:'))).toEqual([]);
    },
    600_000,
  );
});
