/** Every change of one row of an export is found and located (R43). */
import { describe, expect, it } from 'vitest';
import { exportLine, verifyExport } from '../../../domain/audit/verify-export.ts';
import { sampled } from '../../support/size.ts';
import {
  at,
  edited,
  rehashed,
  type SampleEvent,
  sampleContent,
  sampleLog,
  signedAt,
  testSigner,
} from './sample-log.ts';

const signer = testSigner();
const log = sampleLog(1000);
const checkpoint = signedAt(log, 1000);
/** Enough of the places to meet every stream, both ends and the middle; the small log below takes every single one. */
const PLACES = [
  0, 1, 2, 3, 8, 9, 62, 63, 64, 255, 256, 499, 500, 777, 990, 991, 992, 993, 994, 995, 996, 997, 998, 999,
];

/** Most events of a tampered log are those of the log: each is written once. */
const written = new WeakMap<SampleEvent, string>();
function lineOf(event: SampleEvent): string {
  const line = written.get(event) ?? exportLine(event);
  written.set(event, line);
  return line;
}

const nextInStream = (events: readonly SampleEvent[], place: number) =>
  events.findIndex((event, i) => i > place && event.stream === at(events, place).stream);

/** What was done to one row, and what must be said first: which event (null where it is gone), and what happened. */
interface Tampering {
  readonly name: string;
  readonly apply: (events: readonly SampleEvent[], place: number) => SampleEvent[] | undefined;
  readonly kinds: readonly string[];
  /** Which event must be named; default the one at the place. */
  readonly names?: (events: readonly SampleEvent[], place: number) => SampleEvent | null;
}

const TAMPERINGS: readonly Tampering[] = [
  {
    name: 'an edited content',
    apply: (events, i) => events.with(i, edited(at(events, i))),
    kinds: ['edited'],
  },
  {
    name: 'an edited stored hash',
    apply: (events, i) => events.with(i, { ...at(events, i), currentHash: new Uint8Array(32) }),
    kinds: ['edited'],
  },
  {
    name: 'an edited previous hash',
    apply: (events, i) => events.with(i, { ...at(events, i), previousHash: new Uint8Array(32) }),
    kinds: ['edited'],
  },
  {
    name: 'an edited sequence',
    apply: (events, i) => events.with(i, { ...at(events, i), sequence: at(events, i).sequence + 500 }),
    kinds: ['edited'],
  },
  {
    name: 'an edited content, hashed again, in the middle of its stream',
    apply: (events, i) => (nextInStream(events, i) < 0 ? undefined : events.with(i, rehashed(edited(at(events, i))))),
    kinds: ['edited'],
  },
  {
    name: 'a deleted event in the middle of its stream',
    apply: (events, i) => (nextInStream(events, i) < 0 ? undefined : events.toSpliced(i, 1)),
    kinds: ['deleted'],
    names: () => null,
  },
  {
    name: 'an event moved to another stream',
    apply: (events, i) => events.with(i, { ...at(events, i), stream: 'somebody-else' }),
    kinds: ['edited'],
  },
  {
    name: 'an inserted copy',
    apply: (events, i) => events.toSpliced(i + 1, 0, at(events, i)),
    kinds: ['inserted'],
  },
  {
    name: 'an inserted event with a fitting place and hash',
    apply: (events, i) => {
      const before = at(events, i);
      const forged = { ...before, content: sampleContent(5000), leafIndex: null };
      return events.toSpliced(i, 0, rehashed(forged));
    },
    kinds: ['inserted'],
    names: (_, __) => ({ content: sampleContent(5000) }) as SampleEvent,
  },
  {
    name: 'contents changed places with the next event of the stream',
    apply: (events, i) => {
      const j = nextInStream(events, i);
      if (j < 0) return undefined;
      const [a, b] = [at(events, i), at(events, j)];
      return events.with(i, { ...a, content: b.content }).with(j, { ...b, content: a.content });
    },
    kinds: ['reordered'],
    names: (events, i) => at(events, nextInStream(events, i)),
  },
  {
    name: 'sequences changed with the next event of the stream',
    apply: (events, i) => {
      const j = nextInStream(events, i);
      if (j < 0) return undefined;
      const [a, b] = [at(events, i), at(events, j)];
      return events.with(i, { ...b, sequence: a.sequence }).with(j, { ...a, sequence: b.sequence });
    },
    kinds: ['reordered'],
    names: (events, i) => at(events, nextInStream(events, i)),
  },
  {
    name: 'lines changed places with the next event of the stream',
    apply: (events, i) => {
      const j = nextInStream(events, i);
      return j < 0 ? undefined : events.with(i, at(events, j)).with(j, at(events, i));
    },
    kinds: ['reordered'],
    names: (events, i) => at(events, nextInStream(events, i)),
  },
  {
    name: 'the line moved to the very end',
    apply: (events, i) => (i === events.length - 1 ? undefined : [...events.toSpliced(i, 1), at(events, i)]),
    kinds: ['reordered', 'deleted'],
    names: () => null,
  },
];

function check(tampering: Tampering, events: readonly SampleEvent[], note: string, place: number): boolean {
  const tampered = tampering.apply(events, place);
  if (tampered === undefined) return false;
  const verdict = verifyExport(tampered.map(lineOf), [note], [signer]);
  const [first] = verdict.problems;
  const named = tampering.names?.(events, place);
  const context = { place, first, all: verdict.problems };
  expect({ ...context, ok: verdict.ok }).toMatchObject({ ok: false });
  expect(tampering.kinds, JSON.stringify(context)).toContain(first?.kind);
  if (named !== null) {
    const expected = (named ?? at(events, place)).content.id;
    expect(first?.eventId, JSON.stringify(context)).toBe(expected);
  }
  return true;
}

describe('every single change of a row is found and located (R43)', () => {
  const small = sampleLog(60, 5);
  const smallCheckpoint = signedAt(small, 60);

  describe.each(TAMPERINGS)('$name', (tampering) => {
    it('anywhere in a log of 60', () => {
      const places = sampled([...small.keys()]);
      const tried = places.filter((place) => check(tampering, small, smallCheckpoint, place));
      expect(tried.length).toBeGreaterThan(places.length * 0.7);
    });

    it('in a log of 1,000', () => {
      for (const place of sampled(PLACES)) check(tampering, log, checkpoint, place);
    });
  });
});
