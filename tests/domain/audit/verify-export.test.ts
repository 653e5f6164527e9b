import { describe, expect, it } from 'vitest';
import type { LoggedEvent, Verdict } from '../../../domain/audit/verdict.ts';
import { exportHeader, exportLine, verifyExport } from '../../../domain/audit/verify-export.ts';
import { at, edited, rehashed, sampleLog, signedAt, testSigner } from './sample-log.ts';

const signer = testSigner();
const SIZE = 1000;
const log = sampleLog(SIZE);
const checkpoint = signedAt(log, SIZE);

const verify = (events: readonly LoggedEvent[], notes: readonly string[] = [checkpoint]): Verdict =>
  verifyExport(events.map(exportLine), notes, [signer]);

describe('an intact export', () => {
  it('is sound, and proven up to the signed size', () => {
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

describe('the first line, with the checkpoint of the export', () => {
  const lines = [exportHeader(checkpoint), ...log.map(exportLine)];

  it('is checked by its signature, or without keys by its size alone', () => {
    expect(verifyExport(lines, [], [signer])).toMatchObject({ ok: true, checked: SIZE, proven: SIZE });
    expect(verifyExport(lines, [], [])).toMatchObject({ ok: true, checked: SIZE, proven: 0 });
    expect(verifyExport(lines, [], [testSigner(signer.name, 1)]).problems).toMatchObject([
      { kind: 'forged_signature', detail: 'the checkpoint of the export is not signed by a trusted key' },
    ]);
  });

  it('gives the size that the export must reach', () => {
    for (const keys of [[signer], []])
      expect(verifyExport(lines.slice(0, -1), [], keys).problems).toMatchObject([
        { kind: 'truncated', detail: 'the log ends after 999 leaves and was signed with 1000' },
      ]);
    expect(verifyExport([exportHeader('nonsense'), ...lines.slice(1)], [], []).ok).toBe(true);
  });
});

describe('faults that only the checkpoint reveals', () => {
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

  it('a whole stream that was chained again after a change', () => {
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

  it('two faults in two streams, both reported in the order of the log', () => {
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
