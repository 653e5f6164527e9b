/** The log's side of verification: that the leaves are all there and in order, and give the roots that were signed. */
import { equalBytes } from '../shared/bytes.ts';
import type { TreeHead } from './checkpoint.ts';
import type { Sha256 } from './event.ts';
import { appendLeaves, EMPTY_FRONTIER, frontierRoot } from './merkle.ts';
import type { LoggedLink, PlacedProblem } from './verdict.ts';

/** What the chains told already, so that one fault is not named twice. */
export interface ToldByChains {
  readonly kinds: ReadonlySet<string>;
  /** How many events they miss. */
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
 * @param takenUnder the size that the leaves were read at: they must reach it, and need not reach what was signed later.
 *   Default: they must reach every checkpoint
 */
export function createLeafOrder(
  checkpoints: readonly TreeHead[],
  leafAt: ((index: number) => Uint8Array | undefined) | undefined,
  sha256?: Sha256,
  takenUnder?: number,
): LeafOrder {
  const heads = [...checkpoints].sort((a, b) => a.size - b.size);
  let frontier = EMPTY_FRONTIER;
  let nextLeaf = 0;
  let nextHead = 0;
  let proven = 0;
  let missing = 0;
  let outOfOrder: { kind: 'deleted' | 'inserted' | 'reordered'; from: number; to: number; place: Place } | undefined;
  let suspect: Place | undefined;
  let mismatch: { readonly place: Place; readonly detail: string; readonly isLocated: boolean } | undefined;
  checkRoots();

  /** Compares with every checkpoint of the size reached. */
  function checkRoots(): void {
    for (let head = heads[nextHead]; head?.size === nextLeaf; head = heads[++nextHead]) {
      if (outOfOrder !== undefined || mismatch !== undefined) continue;
      if (equalBytes(frontierRoot(frontier), head.root)) {
        proven = head.size;
        suspect = undefined;
      } else {
        const where = `the root signed for ${head.size} leaves; ${proven} leaves before it are proven`;
        mismatch = { place: suspect ?? NOWHERE, detail: where, isLocated: suspect !== undefined };
      }
    }
  }

  function isMissing(leafIndex: number): boolean {
    return outOfOrder !== undefined && leafIndex >= outOfOrder.from && leafIndex < outOfOrder.to;
  }

  return {
    push({ eventId, stream, sequence, currentHash }, leafIndex, position) {
      const place = { stream, sequence, eventId, position };
      if (leafIndex === nextLeaf) {
        frontier = appendLeaves(frontier, [currentHash], sha256);
        const logged = leafAt?.(leafIndex);
        if (suspect === undefined && logged !== undefined && !equalBytes(logged, currentHash)) suspect = place;
      } else if (leafIndex > nextLeaf) {
        missing += leafIndex - nextLeaf;
        outOfOrder ??= { kind: 'deleted', from: nextLeaf, to: leafIndex, place };
      } else if (isMissing(leafIndex) && outOfOrder !== undefined) {
        missing--;
        outOfOrder.kind = 'reordered';
      } else {
        outOfOrder ??= { kind: 'inserted', from: leafIndex, to: leafIndex, place };
      }
      if (leafIndex < nextLeaf) return;
      nextLeaf = leafIndex + 1;
      checkRoots();
    },

    finish(told) {
      const problems: PlacedProblem[] = [];
      const isTold =
        outOfOrder !== undefined &&
        (outOfOrder.kind === 'deleted' ? missing <= told.missing : told.kinds.has(outOfOrder.kind));
      if (outOfOrder !== undefined && !isTold) problems.push(describe(outOfOrder));
      if (mismatch !== undefined && told.kinds.size === 0 && outOfOrder === undefined) {
        const kind = mismatch.isLocated ? 'edited' : 'root_mismatch';
        const lead = mismatch.isLocated ? 'it differs from its leaf in the log, and so from' : 'the events do not give';
        problems.push({ ...mismatch.place, kind, detail: `${lead} ${mismatch.detail}` });
      }
      const newest = heads.at(-1)?.size ?? 0;
      const signed = takenUnder ?? newest;
      if (nextLeaf < signed) {
        const detail = `the log ends after ${nextLeaf} leaves and was signed with ${signed}`;
        problems.push({ ...NOWHERE, kind: 'truncated', detail });
      }
      return { proven, unproven: Math.max(0, newest - Math.max(signed, nextLeaf)), problems };
    },
  };
}

function describe({
  kind,
  from,
  to,
  place,
}: {
  kind: 'deleted' | 'inserted' | 'reordered';
  from: number;
  to: number;
  place: Place;
}): PlacedProblem {
  if (kind !== 'deleted') return { ...place, kind, detail: `leaf ${from} is not in its place in the log` };
  const which = to - from === 1 ? `leaf ${from} is` : `leaves ${from} to ${to - 1} are`;
  return { ...NOWHERE, position: place.position, kind, detail: `${which} missing from the log` };
}
