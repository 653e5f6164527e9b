/** The web application in a browser: every page once with axe, and what people do with it. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OPEN_PAGES, OWN_PAGES } from '../../web/src/app/pages.ts';
import { type Clinic, type Person, startClinic } from '../http/scheduling/clinic.ts';
import { launchChromium, needsChromium } from '../support/chromium.ts';
import { PASSWORD } from '../support/portal.ts';
import { BASE, faultsOn, openWindow, withWeb } from '../support/web-portal.ts';

const PHONE = { viewport: { width: 320, height: 720 } };

describe.skipIf(needsChromium !== '')(`the web application in a browser${needsChromium}`, () => {
  let browser: Browser;
  let clinic: Clinic;
  let appointmentId: string;
  beforeAll(async () => {
    [browser, clinic] = await Promise.all([launchChromium(), startClinic()]);
    await withWeb(clinic.portal);
    appointmentId = (await clinic.book(clinic.maria.token, '10:00')).body.id;
    await clinic.runJobs();
  }, 240_000);
  afterAll(async () => {
    await browser.close();
    await clinic.portal.close();
  });

  async function signIn(page: Page, { email }: Pick<Person, 'email'>): Promise<void> {
    await page.goto(`${BASE}/login`);
    await page.fill('input[name=email]', email);
    await page.fill('input[name=password]', PASSWORD);
    await page.press('input[name=password]', 'Enter');
    await page.waitForURL(`${BASE}/`);
  }

  /** A page is there once its title has the focus and nothing is loading any more. */
  async function shown(page: Page): Promise<void> {
    await page.waitForFunction(
      () => document.activeElement?.tagName === 'H1' || document.querySelector('h1 ~ *') !== null,
    );
    await page.waitForFunction(() => document.querySelector('[role=status][aria-label]') === null);
  }

  test('every page fits into 320 pixels and has no fault that axe finds', async () => {
    const { page, context, faults } = await openWindow(browser, clinic.portal, PHONE);
    const found: string[] = [];
    for (const path of Object.keys(OPEN_PAGES)) {
      await page.goto(`${BASE}${path}`);
      await shown(page);
      found.push(...(await faultsOn(page)));
    }
    await signIn(page, clinic.maria);
    for (const path of Object.keys(OWN_PAGES)) {
      await page.goto(`${BASE}${path.replace('$id', appointmentId)}`);
      await shown(page);
      found.push(...(await faultsOn(page)));
    }
    expect(found).toEqual([]);
    expect(faults.filter((fault) => !fault.includes('axe'))).toEqual([]);
    await context.close();
  }, 240_000);

  test('a patient registers, confirms the address by the mailed link, signs in and out', async () => {
    const { page, context, faults } = await openWindow(browser, clinic.portal, PHONE);
    const email = 'new-here@example.org';
    await page.goto(`${BASE}/register`);
    for (const [name, value] of Object.entries({
      firstName: 'Nia',
      lastName: 'Lund',
      dateOfBirth: '1991-02-28',
      email,
      password: PASSWORD,
    })) {
      await page.fill(`input[name=${name}]`, value);
    }
    await page.click('button[type=submit]');
    await page.waitForFunction((text) => document.body.innerText.includes(text), email);
    const [mail] = await clinic.portal.mails(email);
    const link = mail?.links.find((each) => each.includes('/verify-email')) ?? '';
    await page.goto(link);
    // The token is not left in the address, which stays in the history.
    await page.waitForURL(`${BASE}/verify-email`);
    await page.click('button[type=submit]');
    await page.click('a[href="/login"]');
    await page.fill('input[name=email]', email);
    await page.fill('input[name=password]', 'not the password at all');
    await page.press('input[name=password]', 'Enter');
    await page.waitForSelector('[role=alert]');
    expect(await page.inputValue('input[name=email]')).toBe(email);
    await page.fill('input[name=password]', PASSWORD);
    await page.press('input[name=password]', 'Enter');
    await page.waitForURL(`${BASE}/`);
    await page.waitForFunction(() => document.querySelector('h1')?.textContent?.includes('Nia'));
    await page.goto(`${BASE}/me`);
    await page.getByRole('main').getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(`${BASE}/login?left=1`);
    await page.goto(`${BASE}/appointments`);
    await page.waitForURL(/\/login\?next=/);
    expect(faults).toEqual([]);
    await context.close();
  }, 120_000);

  test('an appointment is cancelled by the keyboard alone, after asking once', async () => {
    const { page, context, faults } = await openWindow(browser, clinic.portal);
    const booked = (await clinic.book(clinic.paul.token, '11:00')).body;
    await signIn(page, clinic.paul);
    await page.goto(`${BASE}/appointments/${booked.id}`);
    const cancel = page.getByRole('button', { name: 'Cancel this appointment' });
    await cancel.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await cancel.evaluate((button) => document.activeElement === button)).toBe(true);
    await cancel.press('Enter');
    await page.getByRole('button', { name: 'Yes, cancel it' }).press('Enter');
    await page.getByText('The appointment is cancelled.').waitFor();
    expect((await clinic.get(`/appointments/${booked.id}`, clinic.paul.token)).body.status).toBe('cancelled');
    expect(faults).toEqual([]);
    await context.close();
  }, 120_000);

  test('a session that was ended elsewhere leads to signing in, and nothing of the person stays', async () => {
    const { page, context } = await openWindow(browser, clinic.portal);
    await signIn(page, clinic.maria);
    await page.goto(`${BASE}/appointments`);
    await page.getByRole('link', { name: 'Details' }).first().waitFor();
    await clinic.portal.request('POST', '/api/v1/auth/logout-all', {
      token: await clinic.portal.signIn(clinic.maria.email),
    });
    await page.getByRole('link', { name: 'Messages' }).click();
    await page.waitForURL(/\/login/);
    expect(await page.evaluate(() => document.body.innerText)).not.toContain('doctor');
    await context.close();
  }, 120_000);
});
