import { describe, expect, test } from 'vitest';
import { choose, mutantsIn } from '../../tools/mutants-choice.ts';

const LINES = Array.from({ length: 40 }, (_, number) => `if (count${number} < limit${number}) refuse();`);
const changes = (path: string, lines: readonly string[], seed: number, count = 10) =>
  choose(mutantsIn(path, lines.join('\n')), seed, count).map(({ to }) => to);

describe('the choice of mutants', () => {
  test('has as many different ones as asked for', () => {
    expect(new Set(changes('domain/a.ts', LINES, 1))).toHaveLength(10);
    expect(changes('domain/a.ts', LINES, 1, 100)).toHaveLength(40);
  });

  test('stays the same when lines without operators are added, or all lines change their order', () => {
    const chosen = changes('domain/a.ts', LINES, 1);
    expect(changes('domain/a.ts', ['refuse();', '', ...LINES], 1)).toEqual(chosen);
    expect(changes('domain/a.ts', LINES.toReversed(), 1)).toEqual(chosen);
  });

  test('changes by one at most when a line with an operator is added', () => {
    const chosen = changes('domain/a.ts', LINES, 1);
    const after = changes('domain/a.ts', ['if (age > limit) refuse();', ...LINES], 1);
    expect(after.filter((change) => !chosen.includes(change)).length).toBeLessThanOrEqual(1);
    expect(chosen.filter((change) => !after.includes(change)).length).toBeLessThanOrEqual(1);
  });

  test('depends on the seed and on the path', () => {
    const chosen = changes('domain/a.ts', LINES, 1);
    expect(changes('domain/a.ts', LINES, 2)).not.toEqual(chosen);
    expect(changes('domain/b.ts', LINES, 1)).not.toEqual(chosen);
  });

  test('has each occurrence of a repeated line once', () => {
    const repeated = mutantsIn('domain/a.ts', ['if (a < b) return;', 'more();', 'if (a < b) return;'].join('\n'));
    expect(
      choose(repeated, 1, 2)
        .map(({ line }) => line)
        .sort(),
    ).toEqual([1, 3]);
  });
});
