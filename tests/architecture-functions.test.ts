import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

/** Longest function of the tests, in lines. Biome's rule would count `describe` as well. */
const MAXIMUM_FUNCTION_LINES = 50;

/** The file and line of each function that is too long. As formatted, a function ends at the indentation at which it begins. */
function longFunctions(path: string, text: string): string[] {
  const lines = text.split('\n');
  return lines.flatMap((line, from) => {
    if (!/(=> \{|\bfunction\b.*\{|^\S*\)(: [^={]*)? \{)$/.test(line)) return [];
    const indentation = /^ */.exec(line)?.[0] ?? '';
    const inner = lines.slice(from + 1);
    inner.splice(inner.findIndex((each) => each.startsWith(`${indentation}}`)));
    const isSuite = inner.some((each) => /^\s*(describe|test|it)\b.*\(/.test(each));
    return inner.length + 2 > MAXIMUM_FUNCTION_LINES && !isSuite ? [`${path}:${from + 1}`] : [];
  });
}

test(`no function of the tests is longer than ${MAXIMUM_FUNCTION_LINES} lines`, async () => {
  const names = (await readdir(import.meta.dirname, { recursive: true })).filter((name) => name.endsWith('.ts'));
  const read = async (name: string) =>
    longFunctions(`tests/${name}`, await readFile(`${import.meta.dirname}/${name}`, 'utf8'));
  expect((await Promise.all(names.map(read))).flat()).toEqual([]);
});
