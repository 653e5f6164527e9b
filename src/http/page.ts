/**
 * Pagination: a cursor names the last entry of a page, so that entries added or removed in between do not shift the next page.
 */
import type { Context as HonoContext } from 'hono';
import { toBase64Url, utf8 } from '../../domain/shared/bytes.ts';
import { type Id, isId } from '../../domain/shared/ids.ts';
import { type Instant, type LocalDate, MILLISECONDS_PER_DAY } from '../../domain/shared/time.ts';
import type { AppEnv } from './env.ts';
import { parameterProblem } from './faults.ts';
import type { Problem } from './problems.ts';
import { isNear } from './schemas.ts';

export type Cursor = readonly (string | number)[];

export function decodeCursor(cursor: string | undefined): Cursor | undefined {
  if (cursor === undefined) return undefined;
  try {
    const bytes = Uint8Array.from(atob(cursor.replaceAll('-', '+').replaceAll('_', '/')), (character) =>
      character.charCodeAt(0),
    );
    const parts: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (Array.isArray(parts) && parts.every((part) => typeof part === 'string' || typeof part === 'number'))
      return parts;
  } catch {
    // Continues with the error below: a cursor that cannot be decoded was not made here.
  }
  throw invalidCursor();
}

function invalidCursor(): Problem {
  return parameterProblem('cursor', 'invalid', 'expected a cursor as given in page.nextCursor');
}

/** The id in a cursor. Refuses a cursor that was not made here. */
export function idInCursor<K extends string>(part: Cursor[number] | undefined): Id<K> {
  if (typeof part === 'string' && isId<K>(part)) return part;
  throw invalidCursor();
}

export function instantInCursor(part: Cursor[number] | undefined): number {
  if (typeof part === 'number' && isNear(part)) return part;
  throw invalidCursor();
}

export function countInCursor(part: Cursor[number] | undefined): number {
  if (Number.isSafeInteger(part)) return part as number;
  throw invalidCursor();
}

interface Range {
  readonly from?: Instant | LocalDate | undefined;
  readonly to?: Instant | LocalDate | undefined;
}

/**
 * Compares a date with an instant by the widest reading, because the date may be of any time zone.
 */
function isOrdered(from: Instant | LocalDate, to: Instant | LocalDate): boolean {
  if (typeof from === 'string' && typeof to === 'string') return from <= to;
  const earliest = typeof from === 'string' ? Date.parse(from) - MILLISECONDS_PER_DAY : from;
  const latest = typeof to === 'string' ? Date.parse(to) + 2 * MILLISECONDS_PER_DAY : to;
  return earliest <= latest;
}

/** @throws Problem when the range ends before it begins, which is a mistake and not an empty range */
export function inOrder<Q extends Range>(query: Q): Q {
  const { from, to } = query;
  if (from === undefined || to === undefined || isOrdered(from, to)) return query;
  throw parameterProblem('to', 'end_before_start', 'must not be before from');
}

/** The list with links to itself and to the next page. */
function page<T>(c: HonoContext<AppEnv>, data: T[], next: Cursor | null) {
  const url = new URL(c.req.url);
  const self = `${url.pathname}${url.search}`;
  const nextCursor = next === null ? null : toBase64Url(utf8(JSON.stringify(next)));
  if (nextCursor === null) return { data, page: { nextCursor }, _links: { self: { href: self } } };
  url.searchParams.set('cursor', nextCursor);
  const href = `${url.pathname}${url.search}`;
  c.header('Link', `<${href}>; rel="next"`);
  return { data, page: { nextCursor }, _links: { self: { href: self }, next: { href } } };
}

/**
 * A page of `found`, which holds one more entry than `limit` if there is a next page.
 * @param keyOf the part of the last entry that the cursor stores
 * @param further where the list goes on although the page is not full
 */
export function paged<T, R>(
  c: HonoContext<AppEnv>,
  found: readonly T[],
  limit: number,
  present: (item: T) => R,
  keyOf: (item: T) => Cursor,
  further: Cursor | null = null,
) {
  const shown = found.slice(0, limit);
  const last = found.length > limit ? shown.at(-1) : undefined;
  return page(c, shown.map(present), last === undefined ? further : keyOf(last));
}

/**
 * A page of a list that is always short and is loaded completely.
 * @param keyOf a unique sort key; the list is sorted by it
 * @param order -1 for descending order
 */
export function pagedWhole<T, R>(
  c: HonoContext<AppEnv>,
  all: readonly T[],
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
  present: (item: T) => R,
  keyOf: (item: T) => Cursor,
  order: 1 | -1 = 1,
) {
  const place = decodeCursor(cursor);
  const ordered = all.toSorted((a, b) => order * compare(keyOf(a), keyOf(b)));
  const rest = place === undefined ? ordered : ordered.filter((item) => order * compare(keyOf(item), place) > 0);
  return paged(c, rest, limit, present, keyOf);
}

function compare(a: Cursor, b: Cursor): number {
  for (const [i, part] of a.entries()) {
    const other = b[i];
    // The cursor belongs to another list, or was not made here.
    if (other === undefined || typeof other !== typeof part) throw invalidCursor();
    if (part !== other) return part < other ? -1 : 1;
  }
  return 0;
}
