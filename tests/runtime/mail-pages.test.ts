import { Buffer } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LANGUAGES } from '../../domain/shared/wording/language.ts';
import { CASES, renderedCase, SENDER } from '../domain/notifications/rendering.ts';
import { launchChromium, needsChromium } from '../support/chromium.ts';
import { TRANSPARENT } from '../support/pictures.ts';

const AXE = fileURLToPath(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url));

const CHOICES = {
  preferencesUrl: 'https://portal.example/preferences',
  unsubscribeUrl: `https://portal.example/unsubscribe/${'x'.repeat(80)}`,
};
/** Dark on transparent, where it shows whether something light is behind it. */
const LOGO = {
  src: `data:image/png;base64,${Buffer.from(TRANSPARENT).toString('base64')}`,
  size: { width: 240, height: 64 },
};
const WITH_LOGO = { ...SENDER, logo: LOGO };
const CHOSEN = { ...WITH_LOGO, colours: { primary: '#7a0044', onPrimary: '#ffffff' } };
/** A mail is shown inside of the page of a mail program, which has the landmarks. */
const OF_WHOLE_PAGES = ['landmark-one-main', 'region'];

/**
 * Axe costs most of the time, so it sees each template once in each theme and direction. The other languages differ from these
 * in words alone.
 */
const INSPECTED: ReadonlySet<string> = new Set(['en', 'ar']);

const WIDTHS = [320, 600];

/** In the browser: it was decoded, has its size, and is on a light plate. */
function isLogoShown(): boolean {
  const image = document.querySelector('img');
  const { width, height } = image?.getBoundingClientRect() ?? { width: 0, height: 0 };
  const plate = image?.closest('td');
  const behind = plate == null ? '' : getComputedStyle(plate).backgroundColor;
  return image?.naturalWidth !== 0 && width === 240 && height === 64 && behind === 'rgb(255, 255, 255)';
}

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
        const sender = one.template.length % 2 === 0 ? WITH_LOGO : CHOSEN;
        await page.setContent(renderedCase(one, { ...CHOICES, sender }).html);
        const needed = await page.evaluate(() => document.documentElement.scrollWidth);
        if (needed > width) faults.push(`${one.template} ${one.sample} is ${needed} wide`);
        if (!(await page.evaluate(isLogoShown))) faults.push(`${one.template} ${one.sample} shows no logo`);
        if (width === 600 || one.sample > 0 || !INSPECTED.has(language)) continue;
        await page.evaluate(axe);
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          faults.push(...(await faultsOf(page)).map((fault) => `${one.template}, ${colorScheme}: ${fault}`));
        }
      }
      await page.close();
      expect(faults).toEqual([]);
      expect(requests.filter((url) => !/^(about|data):/.test(url))).toEqual([]);
    },
    600_000,
  );
});
