/** Which operators of the domain `tools/mutants.ts` changes. */
import { createHash } from 'node:crypto';

/** Replacements of operators, with the surrounding blanks that the formatter writes. */
const OPERATORS: Readonly<Record<string, string>> = {
  ' < ': ' <= ',
  ' <= ': ' < ',
  ' > ': ' >= ',
  ' >= ': ' > ',
  ' === ': ' !== ',
  ' !== ': ' === ',
  ' && ': ' || ',
  ' || ': ' && ',
  ' + ': ' - ',
  ' - ': ' + ',
  ' * ': ' / ',
  '!is': 'is',
  ' ?? ': ' && ',
  'return true;': 'return false;',
  'return false;': 'return true;',
};

export interface Mutant {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly from: string;
  readonly to: string;
  readonly text: string;
}

/** Lines without decisions: comments, imports, types and texts for people. */
const NO_CODE = /^\s*(\/\/|\/?\*|import |export type |type |interface |\| |readonly |['"`])|=>.*Promise<|`.*\$\{/;

export function mutantsIn(path: string, text: string): Mutant[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    if (NO_CODE.test(line)) return [];
    return Object.entries(OPERATORS).flatMap(([from, to]) => {
      const sites: Mutant[] = [];
      for (let at = line.indexOf(from); at >= 0; at = line.indexOf(from, at + 1)) {
        const quotes = line.slice(0, at).split("'").length - 1;
        const mutated = line.slice(0, at) + to + line.slice(at + from.length);
        if (quotes % 2 === 1) continue;
        sites.push({
          path,
          line: index + 1,
          from: line.trim(),
          to: mutated.trim(),
          text: [...lines.slice(0, index), mutated, ...lines.slice(index + 1)].join('\n'),
        });
      }
      return sites;
    });
  });
}

/**
 * The mutants whose hashes with the seed are the smallest. The hash covers the path and the line, not where either
 * stands, so a commit changes the choice only as far as it changes the lines: samples of two commits are comparable.
 */
export function choose(mutants: readonly Mutant[], seed: number, count: number): Mutant[] {
  const met = new Map<string, number>();
  const ranked = mutants.map((mutant) => {
    const change = [mutant.path, mutant.from, mutant.to].join('\n');
    // The same line may occur several times in a file.
    const nth = met.get(change) ?? 0;
    met.set(change, nth + 1);
    return { mutant, rank: createHash('sha256').update(`${seed}\n${change}\n${nth}`).digest('hex') };
  });
  return ranked
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, count)
    .map(({ mutant }) => mutant);
}
