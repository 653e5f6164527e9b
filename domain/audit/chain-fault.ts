/** What happened to a broken chain: given the intact part and what follows it, names the first bad event (R43). */
import { equalBytes } from '../shared/bytes.ts';
import { type ChainHead, entryHash, type HashedLink, isSound } from './chain.ts';

export interface ChainFault {
  readonly kind: 'edited' | 'deleted' | 'inserted' | 'reordered' | 'truncated';
  readonly sequence: number;
  /** Null when the event is not there any more. */
  readonly eventId: string | null;
  /** How many events are missing; only with `deleted` and `truncated`. */
  readonly missing?: number;
  readonly detail: string;
}

/**
 * Assumes one change, the likeliest story for what is seen; several changes at once are still found, but may be given
 * another name.
 *
 * @param head the last good place
 * @param last the event there, if any
 * @param rest what follows, from the first link that does not continue the chain; more of it means a better judgement
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

/** Of two events with one sequence: whether the later one read is the one that was there first. */
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

/** The sequence, near where the chain broke, for which the link's hash would be right. */
function findHome(link: HashedLink, expected: number, reach: number): number | undefined {
  for (let sequence = expected; sequence <= expected + reach; sequence++) {
    if (equalBytes(hashWith(link, sequence, link.digest), link.currentHash)) return sequence;
  }
  return undefined;
}
