/** Checks that the page for operators matches the code. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { CONNECT_TIMEOUT_MS, LOCK_TIMEOUT_MS, STATEMENT_TIMEOUT_MS } from '../../adapters/postgres/driver/driver.ts';
import { SENDING_LEASE_SECONDS } from '../../src/jobs/acceptances.ts';
import { LISTENER } from '../../src/serve/limits.ts';
import { SETTINGS } from '../../src/settings.ts';

const page = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
/** The limit in the table row whose third cell begins with its setting. */
const limitOf = (where: string) =>
  page
    .split('\n')
    .map((line) => line.split('|'))
    .find((cells) => cells[3]?.trim().startsWith(`\`${where}\``))?.[2]
    ?.trim();

test('R81: documented limits and time-outs match the code', () => {
  const seconds = (milliseconds: number) => `${milliseconds / 1000} s`;
  const expected: Readonly<Record<string, string>> = {
    'LISTENER.headMilliseconds': seconds(LISTENER.headMilliseconds),
    'LISTENER.requestMilliseconds': seconds(LISTENER.requestMilliseconds),
    'LISTENER.idleMilliseconds': seconds(LISTENER.idleMilliseconds),
    'LISTENER.writeMilliseconds': seconds(LISTENER.writeMilliseconds),
    'LISTENER.finishMilliseconds': seconds(LISTENER.finishMilliseconds),
    'LISTENER.closeMilliseconds': seconds(LISTENER.closeMilliseconds),
    'LISTENER.connectionsPerAddress': String(LISTENER.connectionsPerAddress),
    REQUEST_TIMEOUT_MS: seconds(Number(SETTINGS.REQUEST_TIMEOUT_MS.default)),
    MAX_CONNECTIONS: SETTINGS.MAX_CONNECTIONS.default,
    STATEMENT_TIMEOUT_MS: seconds(STATEMENT_TIMEOUT_MS),
    LOCK_TIMEOUT_MS: seconds(LOCK_TIMEOUT_MS),
    CONNECT_TIMEOUT_MS: seconds(CONNECT_TIMEOUT_MS),
    SENDING_LEASE_SECONDS: `${SENDING_LEASE_SECONDS / 60} min`,
  };
  for (const [where, limit] of Object.entries(expected)) expect(limitOf(where)?.startsWith(limit), where).toBe(true);
});

test('R84: each reason of a database fault is explained', async () => {
  const table = await readFile(new URL('../../adapters/postgres/driver/fault.ts', import.meta.url), 'utf8');
  const reasons = [...table.matchAll(/condition\('(\w+)'/g)].map(([, reason]) => reason);
  expect(reasons.length).toBeGreaterThan(10);
  for (const reason of reasons) expect(page, reason).toContain(`\`${reason}\``);
});
