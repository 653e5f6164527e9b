/** Where the web application is served, and where it is not. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LINK_PATHS } from '../../../domain/shared/link-targets.ts';
import type { Platform } from '../../../src/http/platform.ts';
import { isPage, RESERVED } from '../../../src/http/web-files.ts';
import { OPEN_PAGES, OWN_PAGES } from '../../../web/src/app/pages.ts';
import { OPERATIONS } from '../../support/operations.ts';
import { type Portal, startPortal } from '../../support/portal.ts';

const FILES: Readonly<Record<string, string>> = {
  'shell.html': '<!doctype html><title>Portal</title>',
  'assets/index-abc123.js': 'export {};',
  'robots.txt': 'User-agent: *',
};

let portal: Portal;
beforeAll(async () => {
  portal = await startPortal();
  const web: Platform['web'] = async (name) =>
    FILES[name] === undefined ? undefined : new Response(FILES[name], { headers: { 'Content-Type': 'text/html' } });
  (portal.platform as { web: Platform['web'] }).web = web;
});
afterAll(() => portal.close());

const ask = (path: string, accept = 'text/html,*/*;q=0.8', method = 'GET') =>
  portal.fetch(new Request(`https://portal.example${path}`, { method, headers: { Accept: accept } }));

test('browsers get the shell at the start and at every page, with a policy that lets nothing else in', async () => {
  for (const path of [
    '/',
    '/login',
    '/appointments',
    '/appointments/01900000-0000-7000-8000-0000000000b4',
    '/no/such/page',
  ]) {
    const answer = await ask(path);
    expect([path, answer.status, await answer.text()]).toEqual([path, 200, FILES['shell.html']]);
    expect(answer.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self';/,
    );
    expect(answer.headers.get('content-security-policy')).not.toContain('unsafe');
    expect(answer.headers.get('cache-control')).toBe('no-cache');
    expect(answer.headers.get('vary')).toContain('Accept');
  }
});

test('programs get JSON there', async () => {
  expect((await (await ask('/', 'application/json')).json())._links.api.href).toBe('/api/v1');
  expect((await ask('/login', 'application/json')).status).toBe(404);
  expect((await ask('/login', '*/*')).status).toBe(404);
  expect((await ask('/login', undefined, 'POST')).status).toBe(404);
});

test('a file is kept for a year, and a missing one is not answered with the shell', async () => {
  const present = await ask('/assets/index-abc123.js', '*/*');
  expect([present.status, present.headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable']);
  for (const path of [
    '/assets/index-gone.js',
    '/assets/',
    '/assets/..%2fshell.html',
    '/shell.html',
    '/index.html',
    '/app.js',
  ]) {
    const missing = await ask(path);
    expect([path, missing.status]).toEqual([path, 404]);
    expect(missing.headers.get('content-type')).toBe('application/problem+json');
    expect(missing.headers.get('cache-control')).toBe('no-store');
  }
});

test('no page is where an operation is, and every path that messages link to is a page', () => {
  const firsts = new Set(OPERATIONS.map(({ path }) => path.split('/')[1] ?? '').filter((first) => first !== ''));
  expect([...firsts].filter((first) => isPage(`/${first}`)).sort()).toEqual([]);
  expect(RESERVED.filter((name) => isPage(`/${name}/x`))).toEqual([]);
  const pages = [...Object.keys(OPEN_PAGES), ...Object.keys(OWN_PAGES)].map((path) => path.replace('$id', '{id}'));
  expect(LINK_PATHS.filter((path) => !pages.includes(path))).toEqual([]);
});
