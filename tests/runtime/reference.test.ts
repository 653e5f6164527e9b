import { rm } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium, needsChromium } from '../support/chromium.ts';
import { type PortalProcess, startProcess } from './deno-process.ts';
import { preparedFolder } from './prepared-folder.ts';

describe.skipIf(needsChromium !== '')(`the reference in a browser${needsChromium}`, () => {
  let dataDir: string;
  let portal: PortalProcess;
  let browser: Browser;
  beforeAll(async () => {
    dataDir = await preparedFolder('portal-reference-');
    portal = await startProcess({ DATA_DIR: dataDir, DEMO: '0' });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    await portal.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  test('renders the operations from our own origin, without violating the Content-Security-Policy', async () => {
    const page = await browser.newPage();
    const complaints: string[] = [];
    const foreign: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(portal.url) && !/^(data|blob):/.test(request.url())) foreign.push(request.url());
    });
    await page.goto(`${portal.url}/reference`);
    await page.getByText('Appointments').first().waitFor({ timeout: 30_000 });
    expect(await page.title()).toBe('Patient Portal API');
    expect(complaints).toEqual([]);
    expect(foreign).toEqual([]);
    if (process.env.REFERENCE_SCREENSHOT !== undefined)
      await page.screenshot({ path: process.env.REFERENCE_SCREENSHOT });
  });
});
