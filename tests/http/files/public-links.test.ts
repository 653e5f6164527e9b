/** Links that open a file without a sign-in, and the page that they lead to. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Sql, sql } from '../../../adapters/postgres/driver/sql.ts';
import { Unavailable } from '../../../domain/shared/ports.ts';
import { LANGUAGES } from '../../../domain/shared/wording/language.ts';
import { LIMITS } from '../../../src/app/limits.ts';
import { type Documents, startDocuments, TEXT } from './documents.ts';

let documents: Documents;
let maria: string;
let id: string;
beforeAll(async () => {
  documents = await startDocuments({ RATE_LIMIT_FACTOR: '1' });
});
beforeEach(async () => {
  maria = await documents.clinic.portal.signIn(documents.clinic.maria.email);
  id = await documents.add(maria);
});
afterAll(() => documents.close());

const PASSCODE = 'spring 2026';
const write = (statement: Sql) => documents.clinic.portal.driver.run([statement], 'write');
const allow = (isAllowed: boolean) => write(sql`UPDATE clinic_settings SET public_file_links = ${isAllowed}::boolean`);
const make = async (more: object = {}) => {
  await allow(true);
  return documents.clinic.post(`/files/${id}/share`, maria, { publicLink: true, ...more });
};
const get = (url: string, headers: Record<string, string> = {}) => documents.fetch(url, undefined, { headers });
const enter = (url: string, passcode?: string) =>
  documents.fetch(url, undefined, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: passcode === undefined ? '' : new URLSearchParams({ passcode }).toString(),
  });
/** Of the page of a link that was entered. */
const addressIn = async (entered: Response) =>
  `https://portal.example${/href="(\/api\/[^"]+)"/.exec(await entered.text())?.[1]?.replaceAll('&amp;', '&')}`;
/** Without what differs in each page. */
const looks = async (response: Response) =>
  [response.status, (await response.text()).replaceAll(/nonce="[^"]+"|\/shared\/[\w-]+/g, '')] as const;

describe('a link to a file', () => {
  test('is made where the clinic allows it, shown once, told by mail and stored as a hash', async () => {
    const { clinic } = documents;
    expect((await clinic.get('/clinic/settings', clinic.admin.token)).body.publicFileLinks).toBe(false);
    const refused = await clinic.post(`/files/${id}/share`, maria, { publicLink: true });
    expect([refused.status, refused.body.code]).toEqual([409, 'file_public_links_off']);
    const headers = { 'Idempotency-Key': 'once' };
    await allow(true);
    const made = await clinic.post(`/files/${id}/share`, maria, { publicLink: true, passcode: PASSCODE }, headers);
    expect([made.status, made.body]).toMatchObject([201, { receiver: null, hasPasscode: true, state: 'live' }]);
    expect(made.body.url).toMatch(/^https:\/\/portal\.example\/shared\/[\w-]{43}$/);
    const again = await clinic.post(`/files/${id}/share`, maria, { publicLink: true, passcode: PASSCODE }, headers);
    expect([again.body.id, again.body.url]).toEqual([made.body.id, null]);
    expect((await clinic.get(`/files/${id}/shares`, maria)).body.data[0]).toMatchObject({ receiver: null, url: null });
    const [stored] = await documents.rows(
      sql`SELECT to_jsonb(s) AS row FROM file_shares s WHERE s.id = ${made.body.id}::uuid`,
    );
    const kept = JSON.stringify(stored?.row);
    expect([kept.includes(made.body.url.split('/').at(-1)), kept.includes(PASSCODE)]).toEqual([false, false]);
    await clinic.runJobs();
    const mails = (await clinic.portal.mails(clinic.maria.email)).filter(
      ({ template }) => template === 'credential-made',
    );
    expect(mails.map(({ subject }) => subject)).toContain('A link to a file was created for your account');
  });

  test('opens the file with a button, or with the passcode, for five minutes and with ranges', async () => {
    const { clinic } = documents;
    const { body } = await make();
    const entered = await enter(body.url);
    expect([entered.status, entered.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(await entered.clone().text()).toContain('<a class="button" href="/api/');
    const address = await addressIn(entered);
    expect(await (await get(address)).text()).toBe(TEXT);
    const part = await get(address, { Range: 'bytes=3-7' });
    expect([part.status, await part.text()]).toEqual([206, TEXT.slice(3, 8)]);
    clinic.portal.clock.advance(300);
    expect((await get(address)).status).toBe(403);
    const { body: closed } = await make({ passcode: PASSCODE });
    expect((await enter(closed.url)).status).toBe(404);
    expect(await (await get(await addressIn(await enter(closed.url, ` ${PASSCODE} `)))).text()).toBe(TEXT);
    const { data } = (await clinic.get(`/files/${id}/accesses`, maria)).body;
    expect(data[0]).toMatchObject({ who: 'somebody who was not signed in', purpose: 'share', shareId: closed.id });
    const shares = (await clinic.get(`/files/${id}/shares`, maria)).body.data;
    expect(shares.map(({ openings }: { openings: number }) => openings)).toEqual([1, 2]);
  });

  test('asks for a receiver or a link, and gives a passcode to links alone', async () => {
    const { clinic } = documents;
    await allow(true);
    const share = async (more: object) => (await clinic.post(`/files/${id}/share`, maria, more)).status;
    expect(await share({})).toBe(422);
    expect(await share({ userId: clinic.otherDoctor.id, publicLink: true })).toBe(422);
    expect(await share({ userId: clinic.otherDoctor.id, passcode: PASSCODE })).toBe(422);
    expect(await share({ publicLink: true, passcode: 'short' })).toBe(422);
    expect(await share({ publicLink: false })).toBe(422);
  });
});

describe('what a link tells', () => {
  test('the page is the same for every link, in five languages, and getting it changes nothing', async () => {
    const { body } = await make({ passcode: PASSCODE });
    const unknown = body.url.replace(/.{4}$/, 'AAAA');
    for (const language of LANGUAGES) {
      const headers = { 'Accept-Language': language };
      const [page, other] = [await get(body.url, headers), await get(unknown, headers)];
      expect(page.headers.get('x-robots-tag')).toContain('noindex');
      expect(page.headers.get('cache-control')).toBe('no-store');
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(page.headers.get('referrer-policy')).toBe('no-referrer');
      expect(page.headers.get('content-language')).toBe(language);
      expect(page.headers.get('vary')).toContain('Accept-Language');
      const shown = await looks(page);
      expect(shown).toEqual(await looks(other));
      expect(shown[0]).toBe(200);
      expect(shown[1]).toContain(`<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}">`);
      expect(shown[1]).not.toMatch(/values\.txt|maria|lab_result/i);
    }
    const [share] = await documents.rows(sql`SELECT openings, failures FROM file_shares WHERE id = ${body.id}::uuid`);
    expect(share).toEqual({ openings: 0, failures: 0 });
  });

  test('unknown, expired, revoked, locked, switched off, gone, and a wrong passcode are one answer', async () => {
    const { clinic } = documents;
    const reasons: Record<string, (shareId: string) => Promise<unknown>> = {
      expired: (shareId) => write(sql`UPDATE file_shares SET expires_at = created_at WHERE id = ${shareId}::uuid`),
      revoked: (shareId) => clinic.delete(`/files/${id}/shares/${shareId}`, maria),
      'not clean': () => write(sql`UPDATE files SET state = 'infected' WHERE id = ${id}::uuid`),
      deleted: () => write(sql`UPDATE files SET state = 'clean', deleted_at = now() WHERE id = ${id}::uuid`),
      'switched off': () => write(sql`UPDATE clinic_settings SET public_file_links = false`),
    };
    const { body } = await make({ passcode: PASSCODE });
    const wrong = await looks(await enter(body.url, 'autumn 2026'));
    expect(wrong[0]).toBe(404);
    expect(await looks(await enter(body.url.replace(/.{4}$/, 'AAAA'), PASSCODE))).toEqual(wrong);
    expect(await looks(await enter(body.url))).toEqual(wrong);
    for (const [reason, end] of Object.entries(reasons)) {
      await write(sql`UPDATE files SET state = 'clean', deleted_at = NULL WHERE id = ${id}::uuid`);
      const { body: made } = await make({ passcode: PASSCODE });
      const entered = await enter(made.url, PASSCODE);
      expect([reason, entered.status]).toEqual([reason, 200]);
      const address = await addressIn(entered);
      await end(made.id);
      expect([reason, await looks(await enter(made.url, PASSCODE))]).toEqual([reason, wrong]);
      expect([reason, (await get(address)).status]).toEqual([reason, 403]);
      // The limit of mailed links, by address, begins anew.
      clinic.portal.clock.advance(1000);
      maria = await clinic.portal.signIn(clinic.maria.email);
    }
  });

  test('is locked after five wrong passcodes, also for the right one, and the person sees them', async () => {
    const { clinic } = documents;
    const { body } = await make({ passcode: PASSCODE });
    for (let n = 0; n < 5; n++) expect((await enter(body.url, `wrong ${n} 000`)).status).toBe(404);
    expect((await enter(body.url, PASSCODE)).status).toBe(404);
    clinic.portal.clock.advance(899);
    expect((await enter(body.url, PASSCODE)).status).toBe(404);
    clinic.portal.clock.advance(1);
    expect((await enter(body.url, PASSCODE)).status).toBe(200);
    maria = await clinic.portal.signIn(clinic.maria.email);
    const { data } = (await clinic.get(`/files/${id}/accesses`, maria)).body;
    const refused = data.filter(({ eventType }: { eventType: string }) => eventType === 'file.passcode_refused');
    expect(refused).toHaveLength(5);
    // The person is not kept out by it.
    expect((await documents.fetch(`/files/${id}/download`, maria)).status).toBe(200);
  });

  test('a token of one link opens no other file, and none that is altered', async () => {
    const { body } = await make();
    const other = await documents.add(maria);
    const address = await addressIn(await enter(body.url));
    for (const altered of [address.replace(id, other), `${address}x`, address.replace('public.', 'Public.')]) {
      expect((await get(altered)).status).not.toBe(200);
    }
  });
});

describe('the limit of passcodes, by address', () => {
  const { limit } = LIMITS.link_passcode;
  beforeEach(async () => {
    // The window slides: what was counted in the one before counts in part.
    documents.clinic.portal.clock.advance(2 * LIMITS.mailed_link.windowSeconds);
    maria = await documents.clinic.portal.signIn(documents.clinic.maria.email);
  });
  const statuses = async (times: number, url: string, passcode?: string) => {
    const seen = new Set<number>();
    for (let n = 0; n < times; n++) seen.add((await enter(url, passcode)).status);
    return [...seen];
  };

  test('keeps guesses away, and neither links without a passcode nor what else costs a hash', async () => {
    const { body: closed } = await make({ passcode: PASSCODE });
    const { body: open } = await make();
    expect(await statuses(limit, closed.url, 'autumn 2026')).toEqual([404]);
    expect(await statuses(1, closed.url, 'autumn 2026')).toEqual([429]);
    expect(await statuses(1, open.url)).toEqual([200]);
    const asked = new Set<number>();
    // As many as would exceed the limit if the guesses had counted there too.
    for (let n = 0; n <= LIMITS.costly_address.limit - limit; n++) {
      const proof = { token: 'x', newPassword: 'chosen by whoever owns the mailbox' };
      const headers = { 'Content-Type': 'application/json' };
      asked.add(
        (
          await documents.fetch('/auth/reset-password', undefined, {
            method: 'POST',
            headers,
            body: JSON.stringify(proof),
          })
        ).status,
      );
    }
    expect([...asked]).toEqual([400]);
  });

  test('counts neither a right passcode nor one that could not be compared', async () => {
    const { clinic } = documents;
    const { body } = await make({ passcode: PASSCODE });
    expect(await statuses(3, body.url, PASSCODE)).toEqual([200]);
    const full = vi.spyOn(clinic.portal.deps.passwords, 'verify').mockRejectedValue(new Unavailable('hashing'));
    expect(await statuses(3, body.url, 'autumn 2026')).toEqual([503]);
    full.mockRestore();
    expect(await statuses(limit, body.url, 'autumn 2026')).toEqual([404]);
    expect(await statuses(1, body.url, 'autumn 2026')).toEqual([429]);
  });
});
