import { expect, test } from 'vitest';
import { jsonLines } from '../../src/log-sink.ts';

const LINE = { time: '2026-03-02T12:00:00.000Z', level: 'info', event: 'request', route: '/übersicht' } as const;

/** An output that takes a few bytes at a time. */
function slowOutput() {
  const taken: number[] = [];
  const write = (bytes: Uint8Array) => {
    const some = bytes.subarray(0, 7);
    taken.push(...some);
    return some.length;
  };
  return { write, text: () => new TextDecoder().decode(Uint8Array.from(taken)) };
}

test('a line is written as a whole, also by an output that takes a part of it; errors go to theirs', () => {
  const [output, errors] = [slowOutput(), slowOutput()];
  const sink = jsonLines(output.write, errors.write);
  sink(LINE);
  sink(LINE);
  sink({ ...LINE, level: 'error' });
  expect(output.text()).toBe(`${JSON.stringify(LINE)}\n`.repeat(2));
  expect(errors.text()).toBe(`${JSON.stringify({ ...LINE, level: 'error' })}\n`);
});

test('nothing is thrown when whoever reads the log has gone', () => {
  const gone = () => {
    throw new Error('broken pipe');
  };
  expect(() => jsonLines(gone, gone)(LINE)).not.toThrow();
});
