/**
 * A verification in steps: chains, then leaves and checkpoints, then the tiles above the leaves, then the copies of
 * checkpoints. A step holds one page in memory. The state between two steps is plain JSON, so any process can continue.
 */
import { equalBytes, fromHex, toHex } from '../shared/bytes.ts';
import { type ChainHead, continues, startOfChain } from './chain.ts';
import { nameFault } from './chain-fault.ts';
import { appendLeaves, type Frontier, frontierRoot } from './merkle.ts';
import { TILE_WIDTH, type Tile, tilePath, tileRoot } from './tiles.ts';
import type { LoggedLink, VerificationProblem } from './verdict.ts';

export type VerificationStage = 'chains' | 'leaves' | 'tiles' | 'checkpoints' | 'done';

export interface VerificationState {
  readonly stage: VerificationStage;
  /** The number of leaves and events when it began, for the progress. */
  readonly logSize: number;
  readonly events: number;
  /** The last event that was verified, and the hash of its chain there. */
  readonly chain: {
    readonly stream: string;
    readonly sequence: number;
    readonly hash: string;
    readonly isBroken: boolean;
  } | null;
  readonly leaf: {
    readonly next: number;
    /** Hashes of the complete subtrees so far. */
    readonly frontier: readonly string[];
    /** A leaf is missing: no root can be computed after it. */
    readonly isLost: boolean;
  };
  readonly tile: { readonly level: number; readonly index: number };
  readonly place: { readonly generation: number; readonly number: number; readonly size: number } | null;
  readonly checked: number;
  readonly proven: number;
  /** The first ones. */
  readonly problems: readonly VerificationProblem[];
}

export const MAX_PROBLEMS = 100;

export function beginVerification(logSize: number, events: number): VerificationState {
  return {
    stage: 'chains',
    logSize,
    events,
    chain: null,
    leaf: { next: 0, frontier: [], isLost: false },
    tile: { level: 1, index: 0 },
    place: null,
    checked: 0,
    proven: 0,
    problems: [],
  };
}

export function withProblems(state: VerificationState, found: readonly VerificationProblem[]): VerificationState {
  return { ...state, problems: [...state.problems, ...found].slice(0, MAX_PROBLEMS) };
}

export interface ChainPage {
  /** In the order of streams and sequences. */
  readonly links: readonly (LoggedLink & { readonly isStray: boolean })[];
  /** Where the chains of these streams end, in the same snapshot. */
  readonly heads: ReadonlyMap<string, ChainHead>;
  /** Streams between the first and the last of the page that have a head and no event. */
  readonly emptied: readonly { readonly stream: string; readonly sequence: number }[];
  readonly isLast: boolean;
}

export function verifyChains(
  state: VerificationState,
  { links, heads, emptied, isLast }: ChainPage,
): VerificationState {
  const problems: VerificationProblem[] = emptied.map(({ stream, sequence }) => ({
    ...of(stream, 1, null),
    kind: 'truncated',
    detail: `the stream has no events and was known to reach ${sequence}`,
  }));
  let chain = state.chain;
  const end = () => {
    if (chain !== null && !chain.isBroken) problems.push(...endProblems(chain, heads.get(chain.stream)));
  };
  for (const [at, link] of links.entries()) {
    const { stream, sequence, eventId, currentHash } = link;
    if (link.isStray) {
      problems.push({
        ...of(stream, sequence, eventId),
        kind: 'inserted',
        detail: 'it is neither in the log nor waiting to be sealed',
      });
    }
    if (chain?.stream !== stream) {
      end();
      chain = { ...hashed(startOfChain(stream)), stream, isBroken: false };
    }
    if (chain.isBroken) continue;
    const head = { sequence: chain.sequence, hash: fromHex(chain.hash) };
    if (continues(head, link)) {
      chain = { stream, sequence, hash: toHex(currentHash), isBroken: false };
      continue;
    }
    const before = links[at - 1];
    const rest = links.slice(at).filter((each) => each.stream === stream);
    const { kind, detail, ...where } = nameFault(head, before?.stream === stream ? before : undefined, [
      link,
      ...rest.slice(1),
    ]);
    problems.push({ kind, detail, ...of(stream, where.sequence, where.eventId) });
    chain = { ...chain, isBroken: true };
  }
  const last = links.at(-1);
  // In a broken stream the next page starts after the last link that was read, not after the last intact one.
  if (chain?.isBroken === true && last !== undefined) chain = { ...chain, sequence: last.sequence };
  if (isLast) end();
  const checked = state.checked + links.length;
  const moved = isLast ? ({ stage: 'leaves', chain: null } as const) : { chain };
  return withProblems({ ...state, ...moved, checked }, problems);
}

function hashed({ sequence, hash }: ChainHead) {
  return { sequence, hash: toHex(hash) };
}

function endProblems(
  { stream, sequence, hash }: { readonly stream: string; readonly sequence: number; readonly hash: string },
  known: ChainHead | undefined,
): VerificationProblem[] {
  if (known !== undefined && known.sequence === sequence && toHex(known.hash) === hash) return [];
  const reached = known?.sequence ?? 0;
  const place = of(stream, Math.min(sequence, reached) + 1, null);
  if (sequence < reached) {
    return [
      {
        ...place,
        kind: 'truncated',
        detail: `the stream ends with event ${sequence} and was known to reach ${reached}`,
      },
    ];
  }
  const kind = sequence > reached ? 'inserted' : 'edited';
  return [{ ...place, kind, detail: `the stream was known to end with event ${reached} and another hash` }];
}

function of(stream: string, sequence: number, eventId: string | null) {
  return { stream, sequence, eventId };
}

export interface LeafPage {
  /** From the next leaf on, in order; the hash is null where the event is gone. */
  readonly leaves: readonly {
    readonly index: number;
    readonly eventId: string | null;
    readonly hash: Uint8Array | null;
  }[];
  /** Of level 0, over these leaves. */
  readonly tiles: readonly Tile[];
  /** With sizes in the page, ascending; `fault` where the signature or the stored root is wrong. */
  readonly checkpoints: readonly { readonly size: number; readonly root: Uint8Array; readonly fault: string | null }[];
  readonly isLast: boolean;
}

export function verifyLeaves(state: VerificationState, page: LeafPage): VerificationState {
  const problems: VerificationProblem[] = [];
  const tiles = new Map(page.tiles.map((tile) => [tile.index, tile]));
  let { isLost } = state.leaf;
  let frontier: Frontier = { size: state.leaf.next, hashes: state.leaf.frontier.map((hash) => fromHex(hash)) };
  let proven = state.proven;
  let next = state.leaf.next;
  const checkpoints = page.checkpoints[Symbol.iterator]();
  let signed = checkpoints.next();
  const compare = () => {
    for (; signed.done !== true && signed.value.size <= next; signed = checkpoints.next()) {
      const { size, root, fault } = signed.value;
      if (fault !== null) problems.push(nowhere('forged_signature', fault));
      if (isLost) continue;
      if (equalBytes(frontierRoot(frontier), root)) proven = size;
      else problems.push(nowhere('root_mismatch', `the events do not give the root signed for ${size} leaves`));
    }
  };
  for (const { index, eventId, hash } of page.leaves) {
    if (index !== next || hash === null) {
      const which = hash === null ? index : next;
      if (!isLost) problems.push({ ...nowhere('deleted', `leaf ${which} is missing from the log`), eventId });
      isLost = true;
    }
    if (hash !== null && !isLost) {
      frontier = appendLeaves(frontier, [hash]);
      const tile = tiles.get(Math.floor(index / TILE_WIDTH));
      const stored = tile?.hashes.subarray((index % TILE_WIDTH) * 32, (index % TILE_WIDTH) * 32 + 32);
      if (stored === undefined || !equalBytes(stored, hash)) {
        problems.push({ ...nowhere('root_mismatch', `the tile of leaf ${index} does not hold its hash`), eventId });
      }
    }
    next = index + 1;
    compare();
  }
  compare();
  if (page.isLast && next < state.logSize) {
    problems.push(nowhere('truncated', `the log ends after ${next} leaves and stood at ${state.logSize}`));
  }
  const leaf = { next, frontier: frontier.hashes.map((hash) => toHex(hash)), isLost };
  return withProblems({ ...state, leaf, proven, stage: page.isLast ? 'tiles' : 'leaves' }, problems);
}

/** The next tile above level 0, with its width; undefined at the end of a level. */
export function tileAbove(
  state: VerificationState,
): { readonly level: number; readonly index: number; readonly width: number } | undefined {
  const { level, index } = state.tile;
  const full = Math.floor(state.logSize / TILE_WIDTH ** level);
  const width = Math.min(TILE_WIDTH, full - index * TILE_WIDTH);
  return width <= 0 ? undefined : { level, index, width };
}

/** @param below the full tiles that it must hold, by index */
export function verifyTile(
  state: VerificationState,
  stored: Tile | undefined,
  below: ReadonlyMap<number, Tile>,
): VerificationState {
  const expected = tileAbove(state);
  if (expected === undefined) {
    const { level, index } = state.tile;
    // The level is complete. If it had no tile, no level above has one.
    return index === 0 ? { ...state, stage: 'checkpoints' } : { ...state, tile: { level: level + 1, index: 0 } };
  }
  const holds = Array.from({ length: expected.width }, (_, at) => {
    const child = below.get(expected.index * TILE_WIDTH + at);
    const hash = stored?.hashes.subarray(at * 32, at * 32 + 32);
    return child?.width === TILE_WIDTH && hash !== undefined && equalBytes(tileRoot(child), hash);
  });
  const problems = holds.every((is) => is)
    ? []
    : [nowhere('root_mismatch', `${tilePath(expected)} does not hold the hashes below it`)];
  return withProblems({ ...state, tile: { level: expected.level, index: expected.index + 1 } }, problems);
}

export function nowhere(kind: VerificationProblem['kind'], detail: string): VerificationProblem {
  return { kind, stream: null, sequence: null, eventId: null, detail };
}

/** From 0 to 1. Chains and leaves are most of the work. */
export function progressOf({ stage, checked, events, leaf, logSize }: VerificationState): number {
  const done = (part: number, whole: number) => (whole === 0 ? 1 : Math.min(1, part / whole));
  const shares: Readonly<Record<VerificationStage, number>> = {
    chains: 0.6 * done(checked, events),
    leaves: 0.6 + 0.3 * done(leaf.next, logSize),
    tiles: 0.9,
    checkpoints: 0.95,
    done: 1,
  };
  return Math.round(shares[stage] * 1000) / 1000;
}
