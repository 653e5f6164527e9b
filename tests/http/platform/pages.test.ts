import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { passwordFaults } from '../../../domain/identity/password-policy.ts';
import { LINK_PATHS, LINK_TARGETS } from '../../../domain/shared/link-targets.ts';
import { createApp } from '../../../src/http/app.ts';
import { LINK_REQUESTS } from '../../../src/http/link-pages.ts';
import { PROBLEMS } from '../../../src/http/problems.ts';
import { type Portal, startPortal } from '../../support/portal.ts';

let portal: Portal;
beforeAll(async () => {
  portal = await startPortal();
});
afterAll(() => portal.close());

const BROWSER = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8', Host: 'localhost' };
const OPERATIONS = (await createApp().operations()).map(({ key }) => key);
const PROGRAM = { Accept: '*/*', Host: 'localhost' };

describe('pages for people', () => {
  test.each(['/', '/dev/mailbox', '/problems', '/problems/slot_unavailable'])(
    '%s is HTML for browsers and JSON for programs, loads nothing and runs nothing',
    async (path) => {
      const page = await portal.request('GET', path, { headers: BROWSER });
      expect(page.status).toBe(200);
      expect(page.headers.get('content-type')).toContain('text/html');
      expect(page.headers.get('vary')).toContain('Accept');
      const [, nonce] = /<style nonce="([\w-]+)">/.exec(page.body) ?? [];
      expect(page.headers.get('content-security-policy')).toContain(`default-src 'none'; style-src 'nonce-${nonce}'`);
      expect(page.body).toMatch(
        /<html lang="en" dir="ltr">[\s\S]*name="viewport"[\s\S]*<title>[\s\S]*<main>[\s\S]*<h1>/,
      );
      expect(page.body).not.toMatch(/<script|(?:src|href)="https?:| style="| on\w+="/);
      const answer = await portal.request('GET', path, { headers: PROGRAM });
      expect(answer.headers.get('content-type')).toContain('application/json');
      expect(answer.headers.get('vary')).toContain('Accept');
    },
  );

  test('every link of the start page leads somewhere, and to the mailbox only where there is one', async () => {
    const { body } = await portal.request('GET', '/', { headers: BROWSER });
    const links = [...String(body).matchAll(/<a href="([^"]+)"/g)].map(([, href]) => href ?? '');
    expect(links).toContain('/dev/mailbox');
    for (const link of links) {
      expect((await portal.request('GET', link, { headers: { Host: 'localhost' } })).status, link).toBe(200);
    }
    const { mailbox } = portal.platform;
    Object.assign(portal.platform, { mailbox: null });
    expect((await portal.request('GET', '/', { headers: BROWSER })).body).not.toContain('mailbox');
    Object.assign(portal.platform, { mailbox });
  });

  test('the page of a problem says why, what to do, and shows one; the index leads to each', async () => {
    const { body } = await portal.request('GET', '/problems/slot_unavailable', { headers: BROWSER });
    for (const part of ['Why it happens', 'What to do', 'too_soon', '&quot;alternatives&quot;', 'bookAppointment']) {
      expect(body, part).toContain(part);
    }
    const index = await portal.request('GET', '/problems', { headers: BROWSER });
    const codes = [...String(index.body).matchAll(/<a href="\/problems\/([^"]+)"/g)].map(([, code]) => code ?? '');
    expect(codes.toSorted()).toEqual(Object.keys(PROBLEMS).toSorted());
    const { data } = (await portal.request('GET', '/problems', { headers: PROGRAM })).body;
    expect(data.map(({ code }: { code: string }) => code)).toEqual(codes);
  });

  test('the mailbox shows messages as text, and who is asked for as it was typed, with nothing taken for HTML', async () => {
    const email = 'maria@example.org';
    await portal.request('POST', '/api/v1/auth/register', {
      body: {
        email,
        password: 'a quiet river at dawn',
        firstName: 'A<b>&',
        lastName: 'Silva',
        dateOfBirth: '1988-02-29',
      },
    });
    const [mail] = await portal.mails(email);
    const page = await portal.request('GET', `/dev/mailbox?to=${email}`, { headers: BROWSER });
    expect(page.body).toContain(`<code>${mail?.codes[0]}</code>`);
    expect(page.body).toContain(`value="${email}"`);
    expect(page.body).not.toContain('<b>&');
    const typed = await portal.request('GET', '/dev/mailbox?to=%22%3E%3Cscript%3E', { headers: BROWSER });
    expect(typed.body).toContain('No message to &quot;&gt;&lt;script&gt;.');
    const all = await portal.request('GET', '/dev/mailbox?to=', { headers: BROWSER });
    expect(all.body).toContain('1 message<');
  });

  test.each(LINK_PATHS)(
    '%s, to which mails link, is a page for browsers until the application serves it',
    async (page) => {
      const path = page.replace('{id}', '01890a5d-ac96-774b-bcce-b302099a8058');
      const reply = await portal.request('GET', path, { headers: BROWSER });
      expect(reply.status).toBe(200);
      const { headers, body } = reply;
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('vary')).toContain('Accept');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(body).not.toMatch(/<script|(?:src|href)="https?:| style="| on\w+="/);
      const { method = 'GET', href } = LINK_REQUESTS[page];
      expect(body).toContain(href);
      expect(OPERATIONS).toContain(`${method} ${href.replace('/ID', '/{id}')}`);
      const program = await portal.request('GET', path, { headers: PROGRAM });
      expect([program.status, program.body.code]).toEqual([404, 'route_not_found']);
      expect((await portal.request('POST', path, { headers: BROWSER })).status).toBe(404);
      const { mailbox } = portal.platform;
      Object.assign(portal.platform, { mailbox: null });
      const production = (await portal.request('GET', path, { headers: BROWSER })).body;
      Object.assign(portal.platform, { mailbox });
      expect(production).toContain('Please call the clinic.');
      expect(production).not.toMatch(/curl|mailbox/);
    },
  );

  test('the request on the page of a mailed link does what the link is for', async () => {
    const email = 'linked@example.org';
    const person = { email, firstName: 'Lina', lastName: 'Silva', dateOfBirth: '1988-02-29' };
    await portal.request('POST', '/api/v1/auth/register', { body: { ...person, password: 'a quiet river at dawn' } });
    const [mail] = await portal.mails(email);
    const link = new URL(/https?:\S+/.exec(mail?.text ?? '')?.[0] ?? '');
    const { body: page } = await portal.request('GET', link.pathname, { headers: BROWSER });
    const sent = /-d &#39;(\{.*\})&#39;/.exec(page)?.[1]?.replaceAll('&quot;', '"') ?? '';
    const body = JSON.parse(sent.replace('TOKEN', link.hash.slice('#token='.length)));
    expect(await portal.request('POST', `/api/v1/auth${link.pathname}`, { body })).toMatchObject({ status: 204 });
  });

  test('README names every page that mails link to', async () => {
    const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
    expect(LINK_PATHS.filter((path) => !readme.includes(`| \`${path}\` | ${LINK_TARGETS[path].about} |`))).toEqual([]);
  });

  test('every example of a password in the document is one that is accepted', async () => {
    const { body } = await portal.request('GET', '/openapi.json');
    const examples = [...JSON.stringify(body).matchAll(/"format":"password","example":"([^"]+)"/g)];
    expect(examples.length).toBeGreaterThan(2);
    const person = { email: 'maria@example.org', firstName: 'Maria', lastName: 'Silva', minimumLength: 12 };
    expect(examples.flatMap(([, example]) => passwordFaults(example ?? '', person))).toEqual([]);
  });
});
