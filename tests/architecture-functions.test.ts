import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

/** Longest function of the tests, in lines. Biome's rule would count `describe` as well. */
const MAXIMUM_FUNCTION_LINES = 50;

/** Files of tests with longer functions. Remove a file here once it has none. */
const LONG_FUNCTIONS: readonly string[] = [
  'tests/chaos/load.ts',
  'tests/chaos/services.ts',
  'tests/chaos/world.ts',
  'tests/http/identity/round-trips.test.ts',
  'tests/http/identity/secrets.test.ts',
  'tests/http/privacy/merging.test.ts',
  'tests/http/privacy/privacy.test.ts',
  'tests/runtime/backup.test.ts',
  'tests/runtime/crash.test.ts',
  'tests/runtime/erased-keys.test.ts',
  'tests/runtime/journey.ts',
  'tests/runtime/planted-person.ts',
];

/** The path of the file once for each function that is too long. As formatted, a function ends at the indentation at which it begins. */
function longFunctions(path: string, text: string): string[] {
  const lines = text.split('\n');
  return lines.flatMap((line, from) => {
    if (!/(=> \{|\bfunction\b.*\{|^\S*\)(: [^={]*)? \{)$/.test(line)) return [];
    const indentation = /^ */.exec(line)?.[0] ?? '';
    const inner = lines.slice(from + 1);
    inner.splice(inner.findIndex((each) => each.startsWith(`${indentation}}`)));
    const isSuite = inner.some((each) => /^\s*(describe|test|it)\b.*\(/.test(each));
    return inner.length + 2 > MAXIMUM_FUNCTION_LINES && !isSuite ? [path] : [];
  });
}

test(`no function of the tests is longer than ${MAXIMUM_FUNCTION_LINES} lines, but those that are listed`, async () => {
  const names = (await readdir(import.meta.dirname, { recursive: true })).filter((name) => name.endsWith('.ts'));
  const read = async (name: string) =>
    longFunctions(`tests/${name}`, await readFile(`${import.meta.dirname}/${name}`, 'utf8'));
  const long = (await Promise.all(names.map(read))).flat();
  expect(long.filter((path) => !LONG_FUNCTIONS.includes(path))).toEqual([]);
  const short = LONG_FUNCTIONS.filter((path) => !long.includes(path));
  expect(short, 'remove these from LONG_FUNCTIONS').toEqual([]);
});
