import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entryHash } from '../../../domain/audit/chain.ts';
import { eventDigest } from '../../../domain/audit/event.ts';
import { createLogVerifier, linkOf } from '../../../domain/audit/log-verifier.ts';
import { formatVerifierKey, parseVerifierKey } from '../../../domain/audit/signed-note.ts';
import type { LoggedEvent, Verdict } from '../../../domain/audit/verdict.ts';
import { exportLine, verifyExport } from '../../../domain/audit/verify-export.ts';
import { sized } from '../../support/size.ts';
import { headsOf, rootAt, type SampleEvent, sampleContent, sampleLog, signedAt, testSigner } from './sample-log.ts';

const signer = testSigner();
const SIZE = 1000;
const log = sampleLog(SIZE);
const checkpoint = signedAt(log, SIZE);
/** Enough of the places to meet every stream, both ends and the middle; the small log below takes every single one. */
const PLACES = [
  0, 1, 2, 3, 8, 9, 62, 63, 64, 255, 256, 499, 500, 777, 990, 991, 992, 993, 994, 995, 996, 997, 998, 999,
];

const verify = (events: readonly LoggedEvent[], notes: readonly string[] = [checkpoint]): Verdict =>
  verifyExport(events.map(exportLine), notes, [signer]);

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new Error(`nothing at ${index}`);
  return item;
}

const rehashed = (event: SampleEvent): SampleEvent => ({
  ...event,
  currentHash: entryHash(event.previousHash, event.sequence, eventDigest(event.content)),
});
const edited = (event: SampleEvent): SampleEvent => ({ ...event, content: { ...event.content, outcome: 'failure' } });
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
  const verdict = verify(tampered, [note]);
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

describe('an export that nobody touched', () => {
  it('is verified, and proven as far as it was signed', () => {
    expect(verify(log)).toEqual({ ok: true, checked: SIZE, proven: SIZE, unproven: 0, problems: [] });
    expect(verify(log, [])).toEqual({ ok: true, checked: SIZE, proven: 0, unproven: 0, problems: [] });
    expect(verify(log, [signedAt(log, 900), signedAt(log, 1), signedAt(log, 0)])).toMatchObject({
      ok: true,
      proven: 900,
    });
    expect(verify([], [])).toEqual({ ok: true, checked: 0, proven: 0, unproven: 0, problems: [] });
    expect(verify([], [signedAt(log, 0)])).toMatchObject({ ok: true });
  });

  it('may end with events that are not sealed yet', () => {
    const unsealed = log.map((event, i) => (i < 950 ? event : { ...event, leafIndex: null }));
    expect(verify(unsealed, [signedAt(log, 950)])).toEqual({
      ok: true,
      checked: SIZE,
      proven: 950,
      unproven: 0,
      problems: [],
    });
  });

  it('may hold empty lines', () => {
    expect(verifyExport(['', ...log.map(exportLine), ''], [checkpoint], [signer]).ok).toBe(true);
  });
});

describe('every single change of a row is found and located (R43)', () => {
  const small = sampleLog(60, 5);
  const smallCheckpoint = signedAt(small, 60);

  describe.each(TAMPERINGS)('$name', (tampering) => {
    it('anywhere in a log of 60', () => {
      let tried = 0;
      for (let place = 0; place < small.length; place++) if (check(tampering, small, smallCheckpoint, place)) tried++;
      expect(tried).toBeGreaterThan(50);
    });

    it('in a log of 1,000', () => {
      const step = Math.round(PLACES.length / sized(PLACES.length));
      for (const [n, place] of PLACES.entries()) if (n % step === 0) check(tampering, log, checkpoint, place);
    });
  });
});

describe('what the chains alone cannot see is found against the checkpoint', () => {
  const lastOfStream = log.findLastIndex((event) => event.stream !== log.at(-1)?.stream);

  it('a truncated tail, with the first missing leaf', () => {
    for (const keep of [0, 1, 500, 999]) {
      expect(verify(log.slice(0, keep)).problems.at(0)).toMatchObject({
        kind: 'truncated',
        detail: `the log ends after ${keep} leaves and was signed with 1000`,
      });
    }
  });

  it('the last event of a stream, deleted', () => {
    expect(verify(log.toSpliced(lastOfStream, 1)).problems).toEqual([
      {
        kind: 'deleted',
        stream: null,
        sequence: null,
        eventId: null,
        detail: `leaf ${lastOfStream} is missing from the log`,
      },
    ]);
  });

  it('the last event of a stream, changed and hashed again', () => {
    const tampered = log.with(lastOfStream, rehashed(edited(at(log, lastOfStream))));
    const verdict = verify(tampered, [signedAt(log, 900), checkpoint]);
    expect(verdict).toMatchObject({ ok: false, proven: 900, problems: [{ kind: 'root_mismatch' }] });
    expect(verdict.problems[0]?.detail).toBe(
      'the events do not give the root signed for 1000 leaves; 900 leaves before it are proven',
    );
  });

  it('a whole stream that was chained anew', () => {
    const { stream } = at(log, 0);
    let previousHash = at(log, 0).previousHash;
    const forged = log.map((event, i) => {
      if (event.stream !== stream) return event;
      const next = rehashed({ ...(i === 0 ? edited(event) : event), previousHash });
      previousHash = next.currentHash;
      return next;
    });
    expect(verify(forged, []).ok).toBe(true);
    expect(verify(forged).problems).toMatchObject([{ kind: 'root_mismatch' }]);
  });

  it('leaves of two streams that changed places', () => {
    const i = log.findIndex((event, n) => event.stream !== at(log, n + 1).stream);
    const [a, b] = [at(log, i), at(log, i + 1)];
    const tampered = log.with(i, { ...b, leafIndex: i }).with(i + 1, { ...a, leafIndex: i + 1 });
    expect(verify(tampered).problems).toMatchObject([{ kind: 'root_mismatch' }]);
    expect(verify(log.with(i, b).with(i + 1, a)).problems).toMatchObject([
      { kind: 'reordered', eventId: b.content.id },
    ]);
  });

  it('two faults in two streams, the first one first, and none hides the other', () => {
    const other = log.findIndex((event, i) => i > 500 && event.stream !== at(log, 100).stream);
    const verdict = verify(log.with(100, edited(at(log, 100))).with(other, edited(at(log, other))));
    expect(verdict.problems.map(({ eventId }) => eventId)).toEqual([
      at(log, 100).content.id,
      at(log, other).content.id,
    ]);
    const deletedTwice = log.toSpliced(lastOfStream, 1).toSpliced(100, 1);
    expect(verify(deletedTwice).problems).toMatchObject([
      { kind: 'deleted', detail: 'leaf 100 is missing from the log' },
      { kind: 'deleted', stream: at(log, 100).stream, sequence: at(log, 100).sequence },
    ]);
    const alsoTruncated = verify(log.slice(0, 950).toSpliced(100, 1));
    expect(alsoTruncated.problems.map(({ kind }) => kind)).toEqual(['deleted', 'truncated']);
  });
});

describe('the log verifier with more knowledge', () => {
  const run = (events: readonly LoggedEvent[], options: Partial<Parameters<typeof createLogVerifier>[0]>): Verdict => {
    const verifier = createLogVerifier({ checkpoints: [], ...options });
    for (const event of events) verifier.push(linkOf(event));
    return verifier.finish();
  };
  const heads = headsOf(log);
  const last = at(log, SIZE - 1);

  it('finds a stream cut short, extended or changed at its end, when it knows the heads', () => {
    expect(run(log, { heads })).toMatchObject({ ok: true });
    expect(run(log.slice(0, -1), { heads }).problems).toMatchObject([
      { kind: 'truncated', stream: last.stream, sequence: last.sequence, eventId: null },
    ]);
    expect(run(log.with(SIZE - 1, rehashed(edited(last))), { heads }).problems).toMatchObject([
      { kind: 'edited', stream: last.stream, eventId: last.content.id },
    ]);
    expect(run(log, { heads: headsOf(log.slice(0, -1)) }).problems).toMatchObject([
      { kind: 'inserted', stream: last.stream, eventId: last.content.id },
    ]);
  });

  it('finds a whole stream missing', () => {
    const without = log.filter(({ stream }) => stream !== last.stream).map((event) => ({ ...event, leafIndex: null }));
    expect(run(without, { heads }).problems).toMatchObject([{ kind: 'truncated', stream: last.stream, sequence: 1 }]);
  });

  it('names the event that a wrong root is due to, when it has the leaves of the tiles', () => {
    const place = log.findLastIndex((event) => event.stream !== last.stream);
    const tampered = log.with(place, rehashed(edited(at(log, place))));
    const checkpoints = [{ size: SIZE, root: rootAt(log, SIZE) }];
    const verdict = run(tampered, { checkpoints, leafAt: (index) => log[index]?.currentHash });
    expect(verdict.problems).toMatchObject([{ kind: 'edited', eventId: at(log, place).content.id }]);
  });

  it('does not believe the tiles against a root that is right', () => {
    const checkpoints = [{ size: SIZE, root: rootAt(log, SIZE) }];
    expect(run(log, { checkpoints, leafAt: () => new Uint8Array(32) })).toMatchObject({ ok: true, proven: SIZE });
  });

  it('judges rows that are damaged beyond hashing', () => {
    const content = { id: 'x', broken: '\ud800' };
    for (const damaged of [
      { ...at(log, 5), content },
      { ...at(log, 5), previousHash: new Uint8Array(40) },
      { ...at(log, 5), currentHash: new Uint8Array(0) },
      { ...at(log, 5), sequence: -1 },
    ]) {
      expect(run(log.with(5, damaged as SampleEvent), {}).problems).toHaveLength(1);
    }
  });

  it('keeps its feet when everything is broken', () => {
    const verdict = run(
      Array.from({ length: 5000 }, (_, i) => ({
        ...edited(at(log, i % SIZE)),
        stream: `s${i % 300}`,
        leafIndex: null,
      })),
      {},
    );
    expect(verdict.checked).toBe(5000);
    expect(verdict.problems).toHaveLength(100);
    const one = run(
      Array.from({ length: 5000 }, (_, i) => ({ ...edited(at(log, i % SIZE)), stream: 's' })),
      {},
    );
    expect(one.ok).toBe(false);
  });
});

describe('bad input gets a verdict, never a crash', () => {
  const lines = log.slice(0, 20).map(exportLine);
  const line = at(lines, 5);

  it.each<[string, string]>([
    ['no JSON', 'not json'],
    ['half a line', line.slice(0, 80)],
    ['null', 'null'],
    ['a list', '[]'],
    ['an empty object', '{}'],
    ['spaces that are not canonical', line.replace(',', ', ')],
    ['a name twice', line.replace('"outcome":"success"', '"outcome":"failure","outcome":"success"')],
    ['a content twice', line.replace('{"content"', '{"content":{"id":"x"},"content"')],
    ['a hash in capitals', line.replace(/"currentHash":"[0-9a-f]+"/, (text) => text.toUpperCase())],
    ['a short hash', line.replace(/"previousHash":"../, '"previousHash":"')],
    ['a sequence that is no number', line.replace(/"sequence":\d+/, '"sequence":"1"')],
    ['a huge sequence', line.replace(/"sequence":\d+/, '"sequence":1e300')],
    ['a fraction as leaf', line.replace(/"leafIndex":\d+/, '"leafIndex":1.5')],
    ['a number out of range in the content', line.replace('"success"', '1e999')],
    ['a lone surrogate', line.replace('"success"', '"\\ud800"')],
    ['deep nesting', line.replace('"success"', '['.repeat(20_000) + ']'.repeat(20_000))],
    ['a NUL', `${line}\0`],
  ])('%s', (_, bad) => {
    const verdict = verifyExport(lines.with(5, bad), [], [signer]);
    expect(verdict.ok).toBe(false);
    expect(verdict.problems).toContainEqual({
      kind: 'malformed',
      stream: null,
      sequence: null,
      eventId: null,
      detail: 'line 6 is not an event',
    });
  });

  it('does not drown in malformed lines', () => {
    const verdict = verifyExport(
      Array.from({ length: 10_000 }, () => '{'),
      [],
      [],
    );
    expect(verdict).toMatchObject({ ok: false, checked: 0 });
    expect(verdict.problems).toHaveLength(100);
  });

  it('says of each checkpoint what is wrong with it', () => {
    const foreign = testSigner(signer.name, 1);
    const text = (note: string) => verifyExport(log.map(exportLine), [note], [signer]).problems;
    const forged = { kind: 'forged_signature', detail: 'checkpoint 1 is not signed by a trusted key' };
    expect(text(signedAt(log, SIZE, foreign))).toMatchObject([forged]);
    expect(text(checkpoint.replace('1000', '1001'))).toMatchObject([forged]);
    expect(text('nonsense')).toMatchObject([{ kind: 'malformed', detail: 'checkpoint 1 is not a signed checkpoint' }]);
    const elsewhere = testSigner('other.example/log', 1);
    expect(verifyExport([], [signedAt(log, SIZE, elsewhere)], [elsewhere]).problems).toMatchObject([
      { kind: 'forged_signature', detail: 'checkpoint 1 is of another log' },
    ]);
    expect(verifyExport(log.map(exportLine), [checkpoint], []).problems).toMatchObject([forged]);
  });

  it('reads keys as auditors are given them', () => {
    const key = parseVerifierKey(formatVerifierKey(signer));
    expect(verifyExport(log.map(exportLine), [checkpoint], key ? [key] : []).ok).toBe(true);
  });

  it('takes any text at all', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), fc.array(fc.string({ unit: 'binary' })), (some, notes) => {
        expect(verifyExport(some, notes, [signer]).checked).toBe(0);
      }),
    );
  });

  it('finds any one altered character of an export', () => {
    const text = lines.join('\n');
    const note = signedAt(log, 20);
    fc.assert(
      fc.property(fc.nat({ max: text.length - 1 }), fc.constantFrom(...'0a"}{,:x 9'), (place, character) => {
        fc.pre(text[place] !== character);
        const altered = text.slice(0, place) + character + text.slice(place + 1);
        expect(verifyExport(altered.split('\n'), [note], [signer]).ok).toBe(false);
      }),
      { numRuns: sized(400) },
    );
  });
});
