/** Verifies the leaves of the log: none is missing or out of order, and they give the signed roots. */
import { equalBytes } from '../shared/bytes.ts';
import type { TreeHead } from './checkpoint.ts';
import type { Sha256 } from './event.ts';
import { appendLeaves, EMPTY_FRONTIER, frontierRoot } from './merkle.ts';
import type { LoggedLink, PlacedProblem } from './verdict.ts';

/** What the verification of the chains has found, so that a fault is not reported twice. */
export interface ToldByChains {
  readonly kinds: ReadonlySet<string>;
  /** How many events are missing from the chains. */
  readonly missing: number;
}

export interface LeafOrder {
  push(link: LoggedLink, leafIndex: number, position: number): void;
  finish(told: ToldByChains): {
    readonly proven: number;
    readonly unproven: number;
    readonly problems: readonly PlacedProblem[];
  };
}

type Place = Pick<PlacedProblem, 'stream' | 'sequence' | 'eventId' | 'position'>;
const NOWHERE: Place = { stream: null, sequence: null, eventId: null, position: Infinity };

/**
 * @param takenUnder the size of the log when the leaves were read: they must reach it, but no size that was signed later.
 *   Default: they must reach every checkpoint
 */
export function createLeafOrder(
  checkpoints: readonly TreeHead[],
  leafAt: ((index: number) => Uint8Array | undefined) | undefined,
  sha256?: Sha256,
  takenUnder?: number,
): LeafOrder {
  const newest = checkpoints.reduce((largest, { size }) => Math.max(largest, size), 0);
  const signed = takenUnder ?? newest;
  const gaps = createGaps();
  const roots = createRootCheck(checkpoints, leafAt, sha256);
  let nextLeaf = 0;
  roots.compare(nextLeaf, true);
  return {
    push(link, leafIndex, position) {
      const place = { stream: link.stream, sequence: link.sequence, eventId: link.eventId, position };
      if (leafIndex === nextLeaf) roots.append(link.currentHash, leafIndex, place);
      else gaps.note(leafIndex, nextLeaf, place);
      if (leafIndex < nextLeaf) return;
      nextLeaf = leafIndex + 1;
      roots.compare(nextLeaf, gaps.problem() === undefined);
    },

    finish(told) {
      const problems: PlacedProblem[] = [];
      const gap = gaps.problem();
      if (gap !== undefined && !gaps.isTold(told)) problems.push(gap);
      const mismatch = roots.mismatch();
      if (mismatch !== undefined && told.kinds.size === 0 && gap === undefined) problems.push(mismatch);
      if (nextLeaf < signed) {
        const detail = `the log ends after ${nextLeaf} leaves and was signed with ${signed}`;
        problems.push({ ...NOWHERE, kind: 'truncated', detail });
      }
      const unproven = Math.max(0, newest - Math.max(signed, nextLeaf));
      return { proven: roots.proven(), unproven, problems };
    },
  };
}

/** Leaves that are not in their places. The first of them names the problem; the others only count. */
function createGaps() {
  let missing = 0;
  let first: Disorder | undefined;
  return {
    note(leafIndex: number, expected: number, place: Place): void {
      if (leafIndex > expected) {
        missing += leafIndex - expected;
        first ??= { kind: 'deleted', from: expected, to: leafIndex, place };
      } else if (first !== undefined && leafIndex >= first.from && leafIndex < first.to) {
        missing--;
        first = { ...first, kind: 'reordered' };
      } else {
        first ??= { kind: 'inserted', from: leafIndex, to: leafIndex, place };
      }
    },
    problem: () => (first === undefined ? undefined : describe(first)),
    isTold: (told: ToldByChains) =>
      first !== undefined && (first.kind === 'deleted' ? missing <= told.missing : told.kinds.has(first.kind)),
  };
}

/** Compares the root of the leaves so far with every checkpoint of their number. */
function createRootCheck(
  checkpoints: readonly TreeHead[],
  leafAt: ((index: number) => Uint8Array | undefined) | undefined,
  sha256: Sha256 | undefined,
) {
  const heads = [...checkpoints].sort((a, b) => a.size - b.size);
  let frontier = EMPTY_FRONTIER;
  let nextHead = 0;
  let proven = 0;
  /** The first leaf since the last good root that differs from the log's tile. */
  let suspect: Place | undefined;
  let mismatch: PlacedProblem | undefined;
  return {
    append(hash: Uint8Array, leafIndex: number, place: Place): void {
      frontier = appendLeaves(frontier, [hash], sha256);
      const logged = leafAt?.(leafIndex);
      if (suspect === undefined && logged !== undefined && !equalBytes(logged, hash)) suspect = place;
    },
    /** @param isWhole whether no leaf before was missing or out of place: no root can be computed otherwise */
    compare(size: number, isWhole: boolean): void {
      for (let head = heads[nextHead]; head?.size === size; head = heads[++nextHead]) {
        if (!isWhole || mismatch !== undefined) continue;
        if (equalBytes(frontierRoot(frontier), head.root)) {
          proven = head.size;
          suspect = undefined;
        } else {
          mismatch = wrongRoot(
            suspect,
            `the root signed for ${head.size} leaves; ${proven} leaves before it are proven`,
          );
        }
      }
    },
    mismatch: () => mismatch,
    proven: () => proven,
  };
}

function wrongRoot(suspect: Place | undefined, root: string): PlacedProblem {
  return suspect === undefined
    ? { ...NOWHERE, kind: 'root_mismatch', detail: `the events do not give ${root}` }
    : { ...suspect, kind: 'edited', detail: `it differs from its leaf in the log, and so from ${root}` };
}

interface Disorder {
  readonly kind: 'deleted' | 'inserted' | 'reordered';
  /** Leaves, `to` excluded. */
  readonly from: number;
  readonly to: number;
  readonly place: Place;
}

function describe({ kind, from, to, place }: Disorder): PlacedProblem {
  if (kind !== 'deleted') return { ...place, kind, detail: `leaf ${from} is not in its place in the log` };
  const which = to - from === 1 ? `leaf ${from} is` : `leaves ${from} to ${to - 1} are`;
  return { ...NOWHERE, position: place.position, kind, detail: `${which} missing from the log` };
}
