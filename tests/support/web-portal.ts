/** The web application in a browser, in front of the portal of a test. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, BrowserContextOptions, Page, Route } from 'playwright-core';
import { webFilesIn } from '../../src/compose/web-files.ts';
import type { Platform } from '../../src/http/platform.ts';
import { buildWeb } from '../../tools/web.ts';
import type { Portal } from './portal.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const BASE = 'https://portal.example';

/** Builds the application, unless it is there, and lets the portal serve it. */
export async function withWeb({ platform }: Portal): Promise<void> {
  await buildWeb();
  (platform as { web: Platform['web'] }).web = await webFilesIn(`${ROOT}.web/`);
}

/** A window whose requests the portal answers, at the portal's time. What breaks the policy of the page is in `faults`. */
export async function openWindow(
  browser: Browser,
  portal: Portal,
  options: BrowserContextOptions = {},
): Promise<{ readonly context: BrowserContext; readonly page: Page; readonly faults: string[] }> {
  const context = await browser.newContext({ reducedMotion: 'reduce', locale: 'en-GB', timezoneId: 'UTC', ...options });
  const faults: string[] = [];
  await context.clock.install({ time: portal.clock.now() });
  await context.route(`${BASE}/**`, (route) => answer(route, portal));
  await context.exposeFunction('noteViolation', (fault: string) => faults.push(fault));
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
      (Reflect.get(globalThis, 'noteViolation') as (fault: string) => void)(`${effectiveDirective} ${blockedURI}`),
    );
  });
  const page = await context.newPage();
  page.on('pageerror', ({ message }) => faults.push(message));
  return { context, page, faults };
}

async function answer(route: Route, portal: Portal): Promise<void> {
  const asked = route.request();
  const body = asked.postDataBuffer();
  const request = new Request(asked.url(), {
    method: asked.method(),
    headers: await asked.allHeaders(),
    ...(body !== null && { body: new Uint8Array(body) }),
  });
  const response = await portal.fetch(request);
  const cookies = response.headers.getSetCookie();
  const headers = Object.fromEntries([...response.headers].filter(([name]) => name !== 'set-cookie'));
  if (cookies.length > 0) headers['set-cookie'] = cookies.join('\n');
  await route.fulfill({ status: response.status, headers, body: Buffer.from(await response.arrayBuffer()) });
}

let axe: string | undefined;

/** What axe finds on the page, and whether it is wider than its window. */
export async function faultsOn(page: Page): Promise<string[]> {
  axe ??= await readFile(`${ROOT}node_modules/axe-core/axe.min.js`, 'utf8');
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    type Axe = { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    const { violations } = await (Reflect.get(globalThis, 'axe') as Axe).run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  });
  const isTooWide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  return [...found, ...(isTooWide ? ['it is wider than the window'] : [])].map((fault) => `${page.url()} ${fault}`);
}
