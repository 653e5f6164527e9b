/** The rate limits, as docs/operations.md lists them: made of their declarations. */
import { type CountedBy, LIMITS } from '../src/app/limits.ts';

const BEGIN = '<!-- rate limits: generated from src/app/limits.ts by `npm run docs` -->';
const END = '<!-- rate limits end -->';

const COUNTED_BY: Readonly<Record<CountedBy, string>> = {
  address: 'address',
  key: 'API key',
  clinic: 'the clinic',
  person: 'person',
  email: 'account',
  mailbox: 'mailbox',
  browsers: 'account',
};

function lasting(seconds: number): string {
  if (seconds % 86_400 === 0) return seconds === 86_400 ? 'a day' : `${seconds / 86_400} days`;
  if (seconds % 3_600 === 0) return seconds === 3_600 ? 'an hour' : `${seconds / 3_600} hours`;
  return seconds === 60 ? 'a minute' : `${seconds / 60} minutes`;
}

function limitsTable(): string {
  const rows = Object.values(LIMITS).map(
    ({ name, limit, windowSeconds, by, about }) =>
      `| \`${name}\` | ${limit.toLocaleString('en')} in ${lasting(windowSeconds)} | ${COUNTED_BY[by]} | ${about} |`,
  );
  return ['| limit | uses | counted by | what it counts |', '|---|---|---|---|', ...rows].join('\n');
}

/** @param document docs/operations.md @returns the same, with the limits as they are declared now */
export function withLimitsTable(document: string): string {
  const [before = '', rest] = document.split(BEGIN);
  const [, after] = rest?.split(END) ?? [];
  if (after === undefined) throw new Error('docs/operations.md has no place for the table of rate limits');
  return `${before}${BEGIN}\n${limitsTable()}\n${END}${after}`;
}
