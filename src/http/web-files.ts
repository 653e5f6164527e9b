/**
 * The web application: its files, and its shell at the paths of its pages. A missing file is a 404 and never the shell, which a
 * browser would keep in the place of a script after a deployment.
 */
import type { Context as HonoContext } from 'hono';
import type { AppEnv } from './env.ts';
import { prefersHtml } from './pages.ts';

/** The first parts of paths that are not pages: of the API, of pages without scripts, and of files. */
export const RESERVED = [
  ...[
    'api',
    'graphql',
    'openapi.json',
    'reference',
    'problems',
    'schemas',
    'health',
    'ready',
    'metrics',
    'audit',
    'dev',
  ],
  ...['confirm', 'unsubscribe', 'shared', '.well-known', 'assets'],
];

/** The name of the shell among the files. */
export const SHELL = 'shell.html';

/** Their names do not change with their content. */
const NAMED = ['icon.svg', 'manifest.webmanifest', 'robots.txt'];

/** Everything from our own origin, no inline script or style, and no script made of text (Trusted Types). */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** A year, because the name of each file contains a hash of its content. */
export const OF_HASHED_FILES = 'public, max-age=31536000, immutable';

/** @returns `undefined` if neither a file nor a page is there */
export async function webFile(c: HonoContext<AppEnv>): Promise<Response | undefined> {
  const { web } = c.env.platform;
  if (web === null || (c.req.method !== 'GET' && c.req.method !== 'HEAD')) return undefined;
  const name = c.req.path.slice(1);
  if (NAMED.includes(name)) return fileOf(c, name, 'public, max-age=3600');
  if (/^assets\/[\w.-]+$/.test(name)) return fileOf(c, name, OF_HASHED_FILES);
  return isPage(c.req.path) && prefersHtml(c) ? shell(c) : undefined;
}

export function isPage(path: string): boolean {
  const [, first = ''] = path.split('/');
  return !RESERVED.includes(first) && !path.includes('.');
}

/** The page without its data, which asks the API for it. */
export async function shell(c: HonoContext<AppEnv>): Promise<Response | undefined> {
  const answer = await fileOf(c, SHELL, 'no-cache');
  answer?.headers.set('Content-Security-Policy', POLICY);
  return answer;
}

async function fileOf(c: HonoContext<AppEnv>, name: string, caching: string): Promise<Response | undefined> {
  const file = await c.env.platform.web?.(name);
  if (file === undefined) return undefined;
  c.header('Cache-Control', caching);
  return c.newResponse(file.body, 200, {
    'Content-Type': file.headers.get('Content-Type') ?? 'application/octet-stream',
  });
}
