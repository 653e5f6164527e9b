/** Pages of lists: a cursor names the last entry seen, so that entries that come or go meanwhile disturb nothing. */
import type { Context as HonoContext } from 'hono';
import { toBase64Url, utf8 } from '../../domain/shared/bytes.ts';
import { type Id, isUuid } from '../../domain/shared/ids.ts';
import { type Instant, type LocalDate, MILLISECONDS_PER_DAY } from '../../domain/shared/time.ts';
import type { AppEnv } from './env.ts';
import { Problem } from './problems.ts';
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
    // Falls through: whatever is wrong with it, it is not one of ours.
  }
  throw foreignCursor();
}

function foreignCursor(): Problem {
  return new Problem({
    code: 'validation_failed',
    errors: [{ parameter: 'cursor', code: 'invalid', message: 'expected a cursor as given in page.nextCursor' }],
  });
}

/** The id in a cursor: a cursor that somebody made up is refused, whatever it holds. */
export function idInCursor<K extends string>(part: Cursor[number] | undefined): Id<K> {
  if (typeof part === 'string' && isUuid(part)) return part as Id<K>;
  throw foreignCursor();
}

export function instantInCursor(part: Cursor[number] | undefined): number {
  if (typeof part === 'number' && isNear(part)) return part;
  throw foreignCursor();
}

export function countInCursor(part: Cursor[number] | undefined): number {
  if (Number.isSafeInteger(part)) return part as number;
  throw foreignCursor();
}

interface Range {
  readonly from?: Instant | LocalDate | undefined;
  readonly to?: Instant | LocalDate | undefined;
}

/** Between a date and an instant the widest reading counts: the date may be that of any zone. */
function isOrdered(from: Instant | LocalDate, to: Instant | LocalDate): boolean {
  if (typeof from === 'string' && typeof to === 'string') return from <= to;
  const earliest = typeof from === 'string' ? Date.parse(from) - MILLISECONDS_PER_DAY : from;
  const latest = typeof to === 'string' ? Date.parse(to) + 2 * MILLISECONDS_PER_DAY : to;
  return earliest <= latest;
}

/** A range that ends before it begins is a slip, not a range with nothing in it. */
export function inOrder<Q extends Range>(query: Q): Q {
  const { from, to } = query;
  if (from === undefined || to === undefined || isOrdered(from, to)) return query;
  throw new Problem({
    code: 'validation_failed',
    errors: [{ parameter: 'to', code: 'end_before_start', message: 'must not be before from' }],
  });
}

/** The list with the links to itself and to what follows. */
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
 * A page out of what was found, which holds one more than `limit` when there is a next one.
 * @param keyOf what the cursor remembers of the last one shown
 */
export function paged<T, R>(
  c: HonoContext<AppEnv>,
  found: readonly T[],
  limit: number,
  present: (item: T) => R,
  keyOf: (item: T) => Cursor,
) {
  const shown = found.slice(0, limit);
  const last = found.length > limit ? shown.at(-1) : undefined;
  return page(c, shown.map(present), last === undefined ? null : keyOf(last));
}

/**
 * A page of a list that is short by nature, and read whole.
 * @param keyOf its place in the list, which no other has; the list is put into that order
 * @param order -1 for the greatest first
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
    // Of another list, or made up.
    if (other === undefined || typeof other !== typeof part) throw foreignCursor();
    if (part !== other) return part < other ? -1 : 1;
  }
  return 0;
}
