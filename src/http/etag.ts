/** Entity tags of versioned resources (R32). */
import type { Context as HonoContext } from 'hono';
import type { ExpectedVersion } from '../../domain/shared/version.ts';
import type { AppEnv } from './env.ts';
import { Problem } from './problems.ts';

export function etag(version: number): string {
  return `"v${version}"`;
}

/** Answers with a versioned resource, or with nothing to a client whose copy is still good. */
export function sendUnlessHeld<T extends object>(c: HonoContext<AppEnv>, version: number, resource: T) {
  c.header('ETag', etag(version));
  return isUnchanged(c, version) ? c.body(null, 304) : c.json(resource, 200);
}

/** Answers with a versioned resource as a change has left it. */
export function sendChanged<T extends object>(c: HonoContext<AppEnv>, version: number, resource: T) {
  c.header('ETag', etag(version));
  return c.json(resource, 200);
}

function isUnchanged(c: HonoContext<AppEnv>, version: number): boolean {
  const given = c.req.header('if-none-match');
  if (given === undefined) return false;
  return given.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag(version));
}

/** The versions the client has seen. A change of a versioned resource cannot do without. */
export function requireMatch(c: HonoContext<AppEnv>): ExpectedVersion {
  if (c.req.header('if-match') === undefined) throw new Problem({ code: 'precondition_required' });
  return optionalMatch(c);
}

/** The same where an operation can do without: a client that says nothing takes whatever is there, as with `*`. */
export function optionalMatch(c: HonoContext<AppEnv>): ExpectedVersion {
  const given = c.req.header('if-match');
  if (given === undefined || given.trim() === '*') return null;
  // Compared strongly: what is weak, or no tag of ours, matches nothing (RFC 9110 section 8.8.3.2).
  return given.split(',').flatMap((tag) => {
    const version = /^"v(\d{1,9})"$/.exec(tag.trim())?.[1];
    return version === undefined ? [] : [Number(version)];
  });
}
