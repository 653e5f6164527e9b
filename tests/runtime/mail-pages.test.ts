import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LANGUAGES } from '../../domain/shared/wording/language.ts';
import { CASES, renderedCase, SENDER } from '../domain/notifications/rendering.ts';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const AXE = fileURLToPath(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url));
const missing = [CHROMIUM, AXE].filter((path) => !existsSync(path));
const skipped = missing.length === 0 ? '' : ` (skipped: there is no ${missing.join(' and no ')})`;

const CHOICES = {
  preferencesUrl: 'https://portal.example/preferences',
  unsubscribeUrl: `https://portal.example/unsubscribe/${'x'.repeat(80)}`,
};
const CHOSEN = { ...SENDER, colours: { primary: '#7a0044', onPrimary: '#ffffff' } };
/** A mail is shown inside of the page of a mail program, which has the landmarks. */
const OF_WHOLE_PAGES = ['landmark-one-main', 'region'];

const LOOKS = (['light', 'dark'] as const).flatMap((theme) => [320, 600].map((width) => ({ theme, width })));

describe.skipIf(missing.length > 0)(`mails in a browser${skipped}`, () => {
  let browser: Browser;
  let axe: string;
  beforeAll(async () => {
    axe = await readFile(AXE, 'utf8');
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
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

  test.each(LANGUAGES.flatMap((language) => LOOKS.map((look) => ({ language, ...look }))))(
    'every template in $language, $theme, fits into $width pixels and loads nothing, and axe finds no fault',
    async ({ language, theme, width }) => {
      const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme: theme });
      const requests: string[] = [];
      page.on('request', (request) => requests.push(request.url()));
      const faults: string[] = [];
      for (const one of CASES.filter((each) => each.language === language)) {
        const sender = one.template.length % 2 === 0 ? SENDER : CHOSEN;
        await page.setContent(renderedCase(one, { ...CHOICES, sender }).html);
        const needed = await page.evaluate(() => document.documentElement.scrollWidth);
        if (needed > width) faults.push(`${one.template} ${one.sample} is ${needed} wide`);
        // Axe costs most of the time: each template once in each theme.
        if (width === 600 || one.sample > 0) continue;
        await page.evaluate(axe);
        faults.push(...(await faultsOf(page)).map((fault) => `${one.template}: ${fault}`));
      }
      await page.close();
      expect(faults).toEqual([]);
      expect(requests.filter((url) => !url.startsWith('about:'))).toEqual([]);
    },
    600_000,
  );
});
