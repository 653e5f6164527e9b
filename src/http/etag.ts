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
  sendVersion(c, version);
  const held = isUnchanged(c, version);
  // To the types every answer is one of those that the operation declares, which `versioned` adds 304 to.
  return held ? (c.body(null, 304) as never) : c.json(resource, 200);
}

/** Answers with a versioned resource as a change has left it. */
export function sendChanged<T extends object>(c: HonoContext<AppEnv>, version: number, resource: T) {
  sendVersion(c, version);
  return c.json(resource, 200);
}

/** Says which version the answer shows. */
export function sendVersion(c: HonoContext<AppEnv>, version: number): void {
  const { operationId, versioned } = c.get('operation');
  if (versioned === undefined) throw new Error(`${operationId} answers with an ETag and does not declare it`);
  c.header('ETag', etag(version));
}

/** Says where the new resource is, where there is one. */
export function sendLocation(c: HonoContext<AppEnv>, location: string | undefined): void {
  if (location === undefined) return;
  const { operationId, located } = c.get('operation');
  if (located === undefined) throw new Error(`${operationId} answers with a Location and does not declare it`);
  c.header('Location', location);
}

function isUnchanged(c: HonoContext<AppEnv>, version: number): boolean {
  const given = c.req.header('if-none-match');
  if (given === undefined) return false;
  return given.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag(version));
}

/**
 * The versions that the client has seen, as its operation declares `ifMatch`: where it is required a change cannot do
 * without; where it is optional, a client that says nothing takes whatever is there, as with `*`.
 */
export function expectedVersion(c: HonoContext<AppEnv>): ExpectedVersion {
  const { operationId, ifMatch } = c.get('operation');
  if (ifMatch === undefined) throw new Error(`${operationId} reads If-Match and does not declare it`);
  const given = c.req.header('if-match');
  if (given === undefined && ifMatch === 'required') throw new Problem({ code: 'precondition_required' });
  if (given === undefined || given.trim() === '*') return null;
  // Compared strongly: what is weak, or no tag of ours, matches nothing (RFC 9110 section 8.8.3.2).
  return given.split(',').flatMap((tag) => {
    const version = /^"v(\d{1,9})"$/.exec(tag.trim())?.[1];
    return version === undefined ? [] : [Number(version)];
  });
}
