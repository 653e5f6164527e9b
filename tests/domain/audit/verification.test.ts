/** The verification that a job runs page by page, against the same log read in one page. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChainHead } from '../../../domain/audit/chain.ts';
import { linkOf } from '../../../domain/audit/log-verifier.ts';
import { tileRoot } from '../../../domain/audit/tiles.ts';
import type { LoggedEvent } from '../../../domain/audit/verdict.ts';
import {
  beginVerification,
  MAX_PROBLEMS,
  progressOf,
  tileAbove,
  type VerificationState,
  verifyChains,
  verifyLeaves,
  verifyTile,
} from '../../../domain/audit/verification.ts';
import { at, edited, headsOf, rehashed, rootAt, sampleLog } from './sample-log.ts';

const SIZE = 300;
const log = sampleLog(SIZE);
const heads = headsOf(log);
const last = at(log, SIZE - 1);

function byStream(events: readonly LoggedEvent[]): LoggedEvent[] {
  return [...events].sort((a, b) => (a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : a.sequence - b.sequence));
}

function chains(
  events: readonly LoggedEvent[],
  known: ReadonlyMap<string, ChainHead> = heads,
  pageSize = 1000,
): VerificationState {
  let state = beginVerification(SIZE, events.length);
  const links = byStream(events).map((event) => ({ ...linkOf(event), isStray: false }));
  for (let from = 0; from < Math.max(1, links.length); from += pageSize) {
    const page = links.slice(from, from + pageSize);
    state = verifyChains(state, {
      links: page,
      heads: known,
      emptied: [],
      isLast: from + pageSize >= links.length,
    });
  }
  return state;
}

const found = ({ problems }: VerificationState) => problems.map(({ detail: _, ...problem }) => problem);

describe('chains, page by page', () => {
  test('of an intact log have no problem, for pages of any size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: SIZE + 1 }), (pageSize) => {
        const state = chains(log, heads, pageSize);
        expect(state.problems).toEqual([]);
        expect(state).toMatchObject({ stage: 'leaves', checked: SIZE });
      }),
      { seed: 12, numRuns: 30 },
    );
  });

  test('a stream that ends too early, with another hash, or too late is named', () => {
    const { stream, sequence } = last;
    expect(found(chains(log.slice(0, -1)))).toEqual([{ kind: 'truncated', stream, sequence, eventId: null }]);
    expect(found(chains(log.with(SIZE - 1, rehashed(edited(last)))))).toEqual([
      { kind: 'edited', stream, sequence: sequence + 1, eventId: null },
    ]);
    expect(found(chains(log, headsOf(log.slice(0, -1))))).toEqual([
      { kind: 'inserted', stream, sequence, eventId: null },
    ]);
  });

  test('an event that was hashed again after a change is named by the next one', () => {
    const changed = at(log, 10);
    const { stream, sequence, content } = changed;
    const expected = [{ kind: 'edited', stream, sequence, eventId: content.id }];
    expect(found(chains(log.with(10, rehashed(edited(changed)))))).toEqual(expected);
  });

  test('a broken stream is named once, and the streams after it are still verified', () => {
    const tampered = log.with(10, edited(at(log, 10))).with(11, edited(at(log, 11)));
    for (const pageSize of [1, 7, 1000]) {
      const kinds = chains(tampered, heads, pageSize).problems.map(({ kind, stream }) => `${kind} ${stream}`);
      expect(new Set(kinds).size).toBe(kinds.length);
      expect(kinds).toContain(`edited ${at(log, 10).stream}`);
    }
  });

  test('after a break the next page begins after the last event that was read, even if none follows', () => {
    const { stream } = at(log, 10);
    const links = byStream(log.with(10, edited(at(log, 10)))).filter((event) => event.stream === stream);
    const page = { links: links.map((event) => ({ ...linkOf(event), isStray: false })), heads, emptied: [] };
    const broken = verifyChains(beginVerification(SIZE, SIZE), { ...page, isLast: false });
    expect(broken.chain).toMatchObject({ stream, sequence: links.length, isBroken: true });
    const ended = verifyChains(broken, { ...page, links: [], isLast: true });
    expect(ended).toMatchObject({ stage: 'leaves', problems: [{ kind: 'edited', stream }] });
  });

  test('an emptied stream and a stray event are problems of their own', () => {
    const state = verifyChains(beginVerification(SIZE, 1), {
      links: [{ ...linkOf(at(log, 0)), isStray: true }],
      heads: headsOf(log.slice(0, 1)),
      emptied: [{ stream: 'person-9', sequence: 4 }],
      isLast: true,
    });
    expect(found(state)).toEqual([
      { kind: 'truncated', stream: 'person-9', sequence: 1, eventId: null },
      { kind: 'inserted', stream: at(log, 0).stream, sequence: 1, eventId: at(log, 0).content.id },
    ]);
  });

  test(`only the first ${MAX_PROBLEMS} problems are kept`, () => {
    const emptied = Array.from({ length: MAX_PROBLEMS + 1 }, (_, n) => ({ stream: `person-${n}`, sequence: 1 }));
    const page = { links: [], heads: new Map(), emptied, isLast: true };
    expect(verifyChains(beginVerification(0, 0), page).problems).toHaveLength(MAX_PROBLEMS);
  });
});

describe('leaves', () => {
  const tileOf = (events: readonly LoggedEvent[]) => {
    const hashes = new Uint8Array(events.length * 32);
    for (const [place, { currentHash }] of events.entries()) hashes.set(currentHash, place * 32);
    return { level: 0, width: events.length, hashes };
  };
  const tiles = [
    { ...tileOf(log.slice(0, 256)), index: 0 },
    { ...tileOf(log.slice(256)), index: 1 },
  ];
  const leavesOf = (events: readonly LoggedEvent[]) =>
    events.map((event, index) => ({ index, eventId: `event ${index}`, hash: event.currentHash }));
  const started: VerificationState = { ...beginVerification(SIZE, SIZE), stage: 'leaves' };
  const signed = [100, SIZE].map((size) => ({ size, root: rootAt(log, size), fault: null }));
  const page = { leaves: leavesOf(log), tiles, checkpoints: signed, isLast: true };

  test('are proven up to the last checkpoint whose root they give', () => {
    expect(verifyLeaves(started, page)).toMatchObject({ proven: SIZE, problems: [], stage: 'tiles' });
    const forged = { size: SIZE, root: rootAt(log, 99), fault: null };
    const state = verifyLeaves(started, { ...page, checkpoints: [signed[0] ?? forged, forged] });
    expect(state).toMatchObject({ proven: 100, problems: [{ kind: 'root_mismatch' }] });
  });

  test('that are missing are named once, and nothing after them is proven', () => {
    const leaves = leavesOf(log).map((leaf) =>
      leaf.index === 150 || leaf.index === 200 ? { ...leaf, hash: null } : leaf,
    );
    const state = verifyLeaves(started, { ...page, leaves });
    expect(state.problems.map(({ kind, eventId }) => [kind, eventId])).toEqual([['deleted', 'event 150']]);
    expect(state.proven).toBe(100);
  });

  test('a log that ends before its size, a wrong tile and a forged signature are problems', () => {
    const short = verifyLeaves(started, { ...page, leaves: leavesOf(log.slice(0, -1)), checkpoints: [] });
    expect(short.problems).toMatchObject([{ kind: 'truncated' }]);
    const wrong = tiles.with(1, { ...tiles[1], index: 1, ...tileOf(log.slice(0, SIZE - 256)) });
    expect(verifyLeaves(started, { ...page, tiles: wrong }).problems[0]).toMatchObject({
      kind: 'root_mismatch',
      eventId: 'event 256',
    });
    const fault = 'the signature is wrong';
    expect(
      verifyLeaves(started, { ...page, checkpoints: [{ ...(signed[0] as (typeof signed)[0]), fault }] }),
    ).toMatchObject({
      problems: [{ kind: 'forged_signature', detail: fault }],
    });
  });

  test('a tile above holds the root of each full tile below it, in order', () => {
    const wide = sampleLog(512);
    const below = new Map(
      [0, 1].map((index) => [index, { ...tileOf(wide.slice(index * 256, index * 256 + 256)), index }]),
    );
    const state: VerificationState = { ...started, stage: 'tiles', logSize: 512 };
    const [left, right] = [...below.values()].map(tileRoot);
    const above = (...roots: (Uint8Array | undefined)[]) => ({
      level: 1,
      index: 0,
      width: 2,
      hashes: Uint8Array.from(roots.flatMap((root) => [...(root ?? [])])),
    });
    expect(verifyTile(state, above(left, right), below)).toMatchObject({ problems: [], tile: { level: 1, index: 1 } });
    for (const wrong of [above(right, left), above(left, left), undefined]) {
      expect(verifyTile(state, wrong, below).problems).toMatchObject([{ kind: 'root_mismatch' }]);
    }
  });

  test('the second tile of a level holds the 257th tile below it', () => {
    const below = { ...tileOf(sampleLog(256)), index: 256 };
    const state: VerificationState = {
      ...started,
      stage: 'tiles',
      logSize: 256 * 257,
      tile: { level: 1, index: 1 },
    };
    const stored = { level: 1, index: 1, width: 1, hashes: tileRoot(below) };
    expect(verifyTile(state, stored, new Map([[256, below]])).problems).toEqual([]);
    expect(verifyTile(state, stored, new Map([[1, below]])).problems).toMatchObject([{ kind: 'root_mismatch' }]);
  });

  test('after the tiles of a level come those of the next, and after a level without tiles the checkpoints', () => {
    const state: VerificationState = { ...started, stage: 'tiles', tile: { level: 1, index: 1 } };
    const next = verifyTile(state, undefined, new Map());
    expect(next).toMatchObject({ stage: 'tiles', tile: { level: 2, index: 0 } });
    expect(verifyTile(next, undefined, new Map())).toMatchObject({ stage: 'checkpoints', problems: [] });
  });

  test('tiles above them are counted by level, and the progress grows to 1', () => {
    const state: VerificationState = { ...started, stage: 'tiles' };
    expect(tileAbove(state)).toEqual({ level: 1, index: 0, width: 1 });
    expect(tileAbove({ ...state, tile: { level: 1, index: 1 } })).toBeUndefined();
    expect(tileAbove({ ...state, tile: { level: 2, index: 0 } })).toBeUndefined();
    const stages = ['chains', 'leaves', 'tiles', 'checkpoints', 'done'] as const;
    const progress = stages.map((stage) => progressOf({ ...started, stage }));
    expect(progress).toEqual([0, 0.6, 0.9, 0.95, 1]);
  });
});
