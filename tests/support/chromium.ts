/** The browser of the tests that look at pages. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PATH = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** What the title of a suite says when it is skipped; empty where there is a browser. */
export const needsChromium = existsSync(PATH) ? '' : ` (skipped: there is no ${PATH}; CHROMIUM_PATH names another)`;

export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: PATH,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
