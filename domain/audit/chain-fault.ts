/** Classifies the fault of a broken chain: from the intact part and what follows it, names the first bad event (R43). */
import { equalBytes } from '../shared/bytes.ts';
import { type ChainHead, entryHash, type HashedLink, isSound } from './chain.ts';

export interface ChainFault {
  readonly kind: 'edited' | 'deleted' | 'inserted' | 'reordered' | 'truncated';
  readonly sequence: number;
  /** Null when the event is missing. */
  readonly eventId: string | null;
  /** How many events are missing; only with `deleted` and `truncated`. */
  readonly missing?: number;
  readonly detail: string;
}

/**
 * Assumes a single change and names the likeliest one. Several changes at once are still found, but may be classified
 * differently.
 *
 * @param head the end of the intact part
 * @param last the event there, if any
 * @param rest the links that follow, from the first one that does not continue the chain; the more, the better the result
 */
export function nameFault(
  head: ChainHead,
  last: HashedLink | undefined,
  rest: readonly [HashedLink, ...HashedLink[]],
): ChainFault {
  const [bad, next] = rest;
  const expected = head.sequence + 1;
  const others = rest.slice(1);

  const home = isSound(bad) ? undefined : findHome(bad, expected, rest.length);
  if (home !== undefined) {
    return others.some((link) => link.sequence === home)
      ? fault('reordered', bad, `it was chained as event ${home} and stands in the place of event ${expected}`)
      : fault('edited', bad, `its sequence was ${home} when it was chained`);
  }
  if (bad.sequence < expected) {
    const rival = last !== undefined && last.sequence === bad.sequence ? last : undefined;
    return fault(
      'inserted',
      rival !== undefined && isOriginal(bad, rival, next) ? rival : bad,
      `there is another event ${bad.sequence} in this stream`,
    );
  }
  if (bad.sequence > expected) {
    if (others.some((link) => link.sequence === expected)) {
      return fault('reordered', bad, `it stands before event ${expected}`);
    }
    const moved = others.find((link) => equalBytes(link.previousHash, head.hash));
    if (moved !== undefined) return fault('edited', moved, `its sequence was ${expected} when it was chained`);
    const missing = bad.sequence - expected;
    const which = missing === 1 ? `event ${expected} is` : `events ${expected} to ${bad.sequence - 1} are`;
    return { kind: 'deleted', sequence: expected, eventId: null, missing, detail: `${which} missing` };
  }
  if (others.some((link) => link.sequence === expected && equalBytes(link.previousHash, head.hash))) {
    return fault('inserted', bad, `the event that was chained as ${expected} follows it`);
  }
  if (isSound(bad)) {
    const isConfirmed = next === undefined || isLink(bad, next);
    return last !== undefined && isConfirmed
      ? fault('edited', last, 'it was hashed again after a change: the next event is chained to what it was before')
      : fault('edited', bad, 'it was hashed again after a change: it is not chained to the event before it');
  }
  const swapped = others.find((link) => equalBytes(hashWith(bad, bad.sequence, link.digest), bad.currentHash));
  return swapped !== undefined
    ? fault('reordered', bad, `it has changed places with event ${swapped.sequence}`)
    : fault('edited', bad, 'its hash does not match its content');
}

function fault(kind: ChainFault['kind'], { sequence, eventId }: HashedLink, detail: string): ChainFault {
  return { kind, sequence, eventId, detail };
}

/** Whether, of two events with the same sequence, `link` is the original and `rival` was inserted. */
function isOriginal(link: HashedLink, rival: HashedLink, next: HashedLink | undefined): boolean {
  if (next !== undefined && isLink(link, next) !== isLink(rival, next)) return isLink(link, next);
  return link.leafIndex !== null && rival.leafIndex === null;
}

function isLink(from: HashedLink, to: HashedLink): boolean {
  return equalBytes(from.currentHash, to.previousHash);
}

function hashWith(link: HashedLink, sequence: number, digest: Uint8Array): Uint8Array {
  return entryHash(link.previousHash, sequence, digest);
}

/** The sequence, among those after the break, with which the link's hash is correct. */
function findHome(link: HashedLink, expected: number, reach: number): number | undefined {
  for (let sequence = expected; sequence <= expected + reach; sequence++) {
    if (equalBytes(hashWith(link, sequence, link.digest), link.currentHash)) return sequence;
  }
  return undefined;
}
