/** Entity tags of versioned resources (R32). */
import { sha256 } from '@noble/hashes/sha2.js';
import type { Context as HonoContext, MiddlewareHandler } from 'hono';
import { toBase64Url, utf8 } from '../../domain/shared/bytes.ts';
import type { ExpectedVersion } from '../../domain/shared/version.ts';
import type { AppEnv } from './env.ts';
import { Problem } from './problems.ts';

/** @param inherited what the resource shows of others, which its own version does not count */
export function etag(version: number, inherited: readonly number[] = []): string {
  return `"v${[version, ...inherited].join('.')}"`;
}

/** Stands for what a resource shows of others where none of it has a version: a number of at most nine digits. */
export function fingerprint(shown: object): number {
  const [a = 0, b = 0, c = 0] = sha256(utf8(JSON.stringify(shown)));
  return a * 65_536 + b * 256 + c;
}

/**
 * Answers 304 to the `GET` of a versioned resource if the client's copy is current (RFC 9110 section 13.1.2). The handler
 * only sends the resource with its ETag.
 */
export const unlessHeld: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  const current = c.res.headers.get('ETag');
  if (c.res.status !== 200 || current === null || !isCurrent(c, current)) return;
  c.res = new Response(null, { status: 304, headers: c.res.headers });
  for (const name of OF_A_BODY) c.res.headers.delete(name);
};

const OF_A_BODY = ['Content-Type', 'Content-Length', 'Content-Disposition'];

/** Answers with a file. The ETag is a hash of the content, because a file of many resources has no version. */
export function sendVersionedFile(
  c: HonoContext<AppEnv>,
  content: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>>,
) {
  const bytes = typeof content === 'string' ? utf8(content) : content;
  c.header('ETag', `"${toBase64Url(sha256(bytes).subarray(0, 16))}"`);
  return c.body(content, 200, { ...headers });
}

/** Answers with a versioned resource. */
export function sendVersioned<T extends object>(
  c: HonoContext<AppEnv>,
  version: number,
  resource: T,
  inherited: readonly number[] = [],
) {
  sendVersion(c, version, inherited);
  return c.json(resource, 200);
}

/** Sets the ETag of the answer. */
export function sendVersion(c: HonoContext<AppEnv>, version: number, inherited: readonly number[] = []): void {
  const { operationId, versioned } = c.get('operation');
  if (versioned === undefined) throw new Error(`${operationId} sends an ETag but does not declare it`);
  c.header('ETag', etag(version, inherited));
}

/** Sets the Location of a new resource, if there is one. */
export function sendLocation(c: HonoContext<AppEnv>, location: string | undefined): void {
  if (location === undefined) return;
  const { operationId, located } = c.get('operation');
  if (located === undefined) throw new Error(`${operationId} sends a Location but does not declare it`);
  c.header('Location', location);
}

/** Whether `If-None-Match` names the current entity tag. */
export function isCurrent(c: HonoContext<AppEnv>, current: string): boolean {
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
  // Strong comparison: a weak tag, or one that the portal did not make, matches nothing (RFC 9110 section 8.8.3.2). A change
  // does not touch what is inherited, so it may have changed meanwhile.
  return given.split(',').flatMap((tag) => {
    const version = /^"v(\d{1,9})(?:\.\d{1,9})*"$/.exec(tag.trim())?.[1];
    return version === undefined ? [] : [Number(version)];
  });
}
