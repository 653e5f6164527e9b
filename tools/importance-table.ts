/** What is refused first under overload, as docs/operations.md lists it: made of the declarations of the operations. */
import { IMPORTANCES, type Importance } from '../src/app/door.ts';
import { importanceOf } from '../src/http/importance.ts';
import type { Operation } from '../src/http/operation.ts';

const BEGIN = '<!-- importance: generated from src/http/importance.ts by `npm run docs` -->';
const END = '<!-- importance end -->';

const REFUSED: Readonly<Record<Importance, string>> = {
  deferrable: 'first, at level 1',
  ordinary: 'at level 2',
  under_way: 'last, at level 3',
  vital: 'never',
};

function importanceTable(operations: readonly Operation[]): string {
  const rows = IMPORTANCES.map((importance) => {
    const ids = operations
      .filter((operation) => importanceOf(operation) === importance)
      .map(({ operationId }) => `\`${operationId}\``);
    return `| \`${importance}\` | ${REFUSED[importance]} | ${ids.join(', ')} |`;
  });
  return ['| importance | refused | operations |', '|---|---|---|', ...rows].join('\n');
}

/** @param document docs/operations.md @returns the same, with the operations as they are declared now */
export function withImportanceTable(document: string, operations: readonly Operation[]): string {
  const [before = '', rest] = document.split(BEGIN);
  const [, after] = rest?.split(END) ?? [];
  if (after === undefined) throw new Error('docs/operations.md has no place for the table of importance');
  return `${before}${BEGIN}\n${importanceTable(operations)}\n${END}${after}`;
}
