/** The pages behind the links of mails, as a browser shows them: read, pressed, and looked at by axe. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LANGUAGES, type Language } from '../../domain/shared/wording/language.ts';
import { type Clinic, startClinic, WEDNESDAY } from '../http/scheduling/clinic.ts';
import { launchChromium, needsChromium } from '../support/chromium.ts';
import { uploadText } from '../support/upload.ts';

const AXE = fileURLToPath(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url));
const WIDTHS = [320, 600];
/** Axe costs most of the time. The other languages differ from these in words alone. */
const INSPECTED: ReadonlySet<string> = new Set(['en', 'ar']);
const SCHEMES = ['light', 'dark'] as const;

interface Links {
  readonly confirm: string;
  readonly unsubscribe: string;
}

describe.skipIf(needsChromium !== '')(`the pages of mailed links in a browser${needsChromium}`, () => {
  let browser: Browser;
  let clinic: Clinic;
  let axe: string;
  beforeAll(async () => {
    axe = await readFile(AXE, 'utf8');
    browser = await launchChromium();
    clinic = await startClinic();
    await clinic.put(
      '/clinic/settings',
      clinic.admin.token,
      { name: 'Park & Partners', timezone: 'UTC', publicFileLinks: true },
      1,
    );
  });
  afterAll(async () => {
    await browser.close();
    await clinic.portal.close();
  });

  /** The links in the confirmation that a new patient of that language gets. */
  async function linksIn(language: Language, startTime: string): Promise<Links> {
    const patient = await clinic.person('patient', `reader-${language}`);
    const profile = await clinic.get(`/users/${patient.id}/profile`, patient.token);
    const changed = await clinic.put(`/users/${patient.id}/profile`, patient.token, { language }, profile.body.version);
    expect(changed.status).toBe(200);
    await clinic.book(patient.token, startTime, { appointmentDate: WEDNESDAY });
    await clinic.runJobs();
    const mails = await clinic.portal.mails(patient.email);
    const text = mails.find(({ template }) => template === 'appointment-confirmation')?.text ?? '';
    const link = (kind: string) => new RegExp(`https://portal\\.example/${kind}/[\\w-]+`).exec(text)?.[0] ?? 'none';
    return { confirm: link('confirm'), unsubscribe: link('unsubscribe') };
  }

  /** A link to a file, with a passcode. */
  async function sharedFile(): Promise<string> {
    const file = await uploadText(clinic.portal, clinic.maria.token);
    await clinic.runJobs();
    const link = { publicLink: true, passcode: 'spring 2026' };
    const made = await clinic.post(`/files/${file}/share`, clinic.maria.token, link);
    return made.body.url;
  }

  /** A window to whose requests the portal answers, headers included. */
  async function open(width: number, locale: Language): Promise<BrowserContext> {
    // Axe is added by the test; the policy of the pages forbids scripts.
    const window = await browser.newContext({ locale, viewport: { width, height: 800 }, bypassCSP: true });
    await window.route('**/*', async (route) => {
      const asked = route.request();
      const body = asked.postData();
      const init = { method: asked.method(), headers: asked.headers(), ...(body === null ? {} : { body }) };
      const answer = await clinic.portal.fetch(new Request(asked.url(), init));
      await route.fulfill({
        status: answer.status,
        headers: Object.fromEntries(answer.headers),
        body: Buffer.from(await answer.arrayBuffer()),
      });
    });
    return window;
  }

  async function faultsOf(page: Page, width: number, language: Language): Promise<string[]> {
    const needed = await page.evaluate(() => document.documentElement.scrollWidth);
    const faults = needed > width ? [`${needed} wide`] : [];
    if (INSPECTED.has(language)) await page.evaluate(axe);
    for (const colorScheme of INSPECTED.has(language) ? SCHEMES : []) {
      await page.emulateMedia({ colorScheme });
      const found = await page.evaluate(async () => {
        type Axe = { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
        const { violations } = await (Reflect.get(globalThis, 'axe') as Axe).run();
        return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
      });
      faults.push(...found.map((fault) => `${colorScheme}: ${fault}`));
    }
    return faults.map((fault) => `${page.url()} ${fault}`);
  }

  test.each(LANGUAGES.map((language, n) => ({ language, startTime: `${10 + n}:00` })))(
    'in $language they fit, work without scripts and have no fault that axe finds',
    async ({ language, startTime }) => {
      const { confirm, unsubscribe } = await linksIn(language, startTime);
      const faults: string[] = [];
      for (const width of WIDTHS) {
        const window = await open(width, language);
        const page = await window.newPage();
        // At the second width the links have been used.
        for (const link of [confirm, unsubscribe, `${confirm.slice(0, -4)}AAAA`, `${unsubscribe.slice(0, -4)}AAAA`]) {
          await page.goto(link);
          expect(await page.getAttribute('html', 'dir')).toBe(language === 'ar' ? 'rtl' : 'ltr');
          faults.push(...(await faultsOf(page, width, language)));
          const button = page.locator('button');
          if ((await button.count()) === 0) continue;
          const before = await page.title();
          await Promise.all([page.waitForEvent('load'), button.press('Enter')]);
          expect(await page.title()).not.toBe(before);
          faults.push(...(await faultsOf(page, width, language)));
        }
        await window.close();
      }
      expect(faults).toEqual([]);
    },
    120_000,
  );

  test.each(LANGUAGES)('in %s the page of a shared file does, also when it opens nothing', async (language) => {
    const shared = await sharedFile();
    const faults: string[] = [];
    for (const width of WIDTHS) {
      const window = await open(width, language);
      const page = await window.newPage();
      await page.goto(shared);
      expect(await page.getAttribute('html', 'dir')).toBe(language === 'ar' ? 'rtl' : 'ltr');
      faults.push(...(await faultsOf(page, width, language)));
      await page.locator('input').fill('autumn 2026');
      await Promise.all([page.waitForEvent('load'), page.locator('button').press('Enter')]);
      expect(await page.locator('[role=alert]').count()).toBe(1);
      faults.push(...(await faultsOf(page, width, language)));
      await page.locator('input').fill('spring 2026');
      await Promise.all([page.waitForEvent('load'), page.locator('button').press('Enter')]);
      expect(await page.locator('a').count()).toBe(1);
      faults.push(...(await faultsOf(page, width, language)));
      await window.close();
    }
    expect(faults).toEqual([]);
  });
});
