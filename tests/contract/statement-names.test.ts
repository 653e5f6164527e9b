/** Which statements a connection prepares. */
import { expect, test } from 'vitest';
import { createStatementNames } from '../../adapters/postgres/driver/statement-names.ts';

test('a statement is prepared from its third run on, under one name', () => {
  const nameOf = createStatementNames(10);
  expect([1, 2, 3, 4].map(() => nameOf('SELECT 1').name)).toEqual([undefined, undefined, 'p1', 'p1']);
  expect([1, 2, 3].map(() => nameOf('SELECT 2').name)).toEqual([undefined, undefined, 'p2']);
  expect(nameOf('SELECT 1').name).toBe('p1');
});

test('no more statements are prepared than the limit says, and none with the limit 0', () => {
  const nameOf = createStatementNames(2);
  const none = createStatementNames(0);
  for (let n = 0; n < 5; n++) for (let run = 0; run < 4; run++) nameOf(`SELECT ${n}`);
  expect([0, 1, 2, 3, 4].map((n) => nameOf(`SELECT ${n}`).name)).toEqual(['p1', 'p2', undefined, undefined, undefined]);
  expect([1, 2, 3, 4].map(() => none('SELECT 1').name)).toEqual([undefined, undefined, undefined, undefined]);
});

test('texts that come and go take a bounded memory and give no names', () => {
  const nameOf = createStatementNames(10);
  for (let n = 0; n < 10_000; n++) expect(nameOf(`SELECT ${n}`).name).toBeUndefined();
  for (let run = 0; run < 2; run++) nameOf('SELECT again');
  expect(nameOf('SELECT again').name).toBe('p1');
});
