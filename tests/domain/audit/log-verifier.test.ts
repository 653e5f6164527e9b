import { describe, expect, it } from 'vitest';
import { createLogVerifier, linkOf } from '../../../domain/audit/log-verifier.ts';
import type { LoggedEvent, Verdict } from '../../../domain/audit/verdict.ts';
import { at, edited, headsOf, rehashed, rootAt, type SampleEvent, sampleLog } from './sample-log.ts';

const SIZE = 1000;
const log = sampleLog(SIZE);

describe('the log verifier with heads and tiles', () => {
  const run = (events: readonly LoggedEvent[], options: Partial<Parameters<typeof createLogVerifier>[0]>): Verdict => {
    const verifier = createLogVerifier({ checkpoints: [], ...options });
    for (const event of events) verifier.push(linkOf(event));
    return verifier.finish();
  };
  const heads = headsOf(log);
  const last = at(log, SIZE - 1);

  it('finds a stream that was cut, extended or changed at its end, when the heads are given', () => {
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

  it('names missing leaves that the missing end of a stream does not explain', () => {
    const unsealed = (event: SampleEvent) => ({ ...event, leafIndex: null });
    const cut = log.slice(0, -1);
    const checkpoints = [{ size: SIZE - 1, root: rootAt(log, SIZE - 1) }];
    const { problems } = run(cut.with(10, unsealed(at(log, 10))).with(11, unsealed(at(log, 11))), {
      heads,
      checkpoints,
    });
    expect(problems.map(({ kind, stream }) => [kind, stream])).toContainEqual(['deleted', null]);
    expect(problems.map(({ kind, stream }) => [kind, stream])).toContainEqual(['truncated', last.stream]);
  });

  it('finds a whole stream missing', () => {
    const without = log.filter(({ stream }) => stream !== last.stream).map((event) => ({ ...event, leafIndex: null }));
    expect(run(without, { heads }).problems).toMatchObject([{ kind: 'truncated', stream: last.stream, sequence: 1 }]);
  });

  it('names the event that causes a wrong root, when the leaves of the tiles are given', () => {
    const place = log.findLastIndex((event) => event.stream !== last.stream);
    const tampered = log.with(place, rehashed(edited(at(log, place))));
    const checkpoints = [{ size: SIZE, root: rootAt(log, SIZE) }];
    const verdict = run(tampered, { checkpoints, leafAt: (index) => log[index]?.currentHash });
    expect(verdict.problems).toMatchObject([{ kind: 'edited', eventId: at(log, place).content.id }]);
  });

  it('ignores wrong tiles when the root is right', () => {
    const checkpoints = [{ size: SIZE, root: rootAt(log, SIZE) }];
    expect(run(log, { checkpoints, leafAt: () => new Uint8Array(32) })).toMatchObject({ ok: true, proven: SIZE });
  });

  it('reports rows that cannot be hashed', () => {
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

  it('looks for a missing event among the 1024 that follow the break', () => {
    const one = sampleLog(1200, 1).map((event) => ({ ...event, leafIndex: null }));
    // Event 6 is taken out: event 7 is the first that follows the break.
    const kinds = (place: number) => {
      const moved = one.toSpliced(5, 1).toSpliced(5 + place - 1, 0, at(one, 5));
      return run(moved, {}).problems.map(({ kind }) => kind);
    };
    expect(kinds(1024)).toEqual(['reordered']);
    expect(kinds(1025)).toEqual(['deleted']);
  });

  it('reports at most 100 faults when every event is broken', () => {
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
