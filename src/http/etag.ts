/** Entity tags of versioned resources (R32). */
import type { Context as HonoContext } from 'hono';
import type { AppEnv } from './env.ts';
import { Problem } from './problems.ts';

export function etag(version: number): string {
  return `"v${version}"`;
}

/** Whether the client's copy is still good; the route then answers 304 without a body. */
export function isUnchanged(c: HonoContext<AppEnv>, version: number): boolean {
  const given = c.req.header('if-none-match');
  if (given === undefined) return false;
  return given.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag(version));
}

/** The version the client has seen. A change of a versioned resource cannot do without. */
export function requireMatch(c: HonoContext<AppEnv>): number {
  const given = c.req.header('if-match');
  if (given === undefined) throw new Problem({ code: 'precondition_required' });
  const version = /^"v(\d{1,9})"$/.exec(given.trim())?.[1];
  if (version === undefined) throw new Problem({ code: 'precondition_failed' });
  return Number(version);
}
