/** Entity tags of versioned resources (R32). */
import { sha256 } from '@noble/hashes/sha2.js';
import type { Context as HonoContext } from 'hono';
import { toBase64Url, utf8 } from '../../domain/shared/bytes.ts';
import type { ExpectedVersion } from '../../domain/shared/version.ts';
import type { AppEnv } from './env.ts';
import { Problem } from './problems.ts';

export function etag(version: number): string {
  return `"v${version}"`;
}

/** Answers with a versioned resource, or with 304 if the client's copy is current. */
export function sendUnlessHeld<T extends object>(c: HonoContext<AppEnv>, version: number, resource: T) {
  sendVersion(c, version);
  const held = isUnchanged(c, etag(version));
  // The types only allow answers that the operation declares; `versioned` adds the 304.
  return held ? (c.body(null, 304) as never) : c.json(resource, 200);
}

/**
 * Answers with a file, or with 304 if the client's copy is the same. The ETag is a hash of the text, because a file of many
 * resources has no version.
 */
export function sendFileUnlessHeld(c: HonoContext<AppEnv>, text: string, headers: Readonly<Record<string, string>>) {
  const tag = `"${toBase64Url(sha256(utf8(text)).subarray(0, 16))}"`;
  c.header('ETag', tag);
  return isUnchanged(c, tag) ? (c.body(null, 304) as never) : c.body(text, 200, { ...headers });
}

/** Answers with a versioned resource after a change. */
export function sendChanged<T extends object>(c: HonoContext<AppEnv>, version: number, resource: T) {
  sendVersion(c, version);
  return c.json(resource, 200);
}

/** Sets the ETag of the answer. */
export function sendVersion(c: HonoContext<AppEnv>, version: number): void {
  const { operationId, versioned } = c.get('operation');
  if (versioned === undefined) throw new Error(`${operationId} sends an ETag but does not declare it`);
  c.header('ETag', etag(version));
}

/** Sets the Location of a new resource, if there is one. */
export function sendLocation(c: HonoContext<AppEnv>, location: string | undefined): void {
  if (location === undefined) return;
  const { operationId, located } = c.get('operation');
  if (located === undefined) throw new Error(`${operationId} sends a Location but does not declare it`);
  c.header('Location', location);
}

function isUnchanged(c: HonoContext<AppEnv>, current: string): boolean {
  const given = c.req.header('if-none-match');
  if (given === undefined) return false;
  return given.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === current);
}

/**
 * The versions in `If-Match`, as the operation declares `ifMatch`: if it is required, a change without it is refused;
 * if it is optional, a missing header means any version, as `*` does.
 */
export function expectedVersion(c: HonoContext<AppEnv>): ExpectedVersion {
  const { operationId, ifMatch } = c.get('operation');
  if (ifMatch === undefined) throw new Error(`${operationId} reads If-Match but does not declare it`);
  const given = c.req.header('if-match');
  if (given === undefined && ifMatch === 'required') throw new Problem({ code: 'precondition_required' });
  if (given === undefined || given.trim() === '*') return null;
  // Strong comparison: a weak tag, or one that the portal did not make, matches nothing (RFC 9110 section 8.8.3.2).
  return given.split(',').flatMap((tag) => {
    const version = /^"v(\d{1,9})"$/.exec(tag.trim())?.[1];
    return version === undefined ? [] : [Number(version)];
  });
}
