import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { CONNECT_TIMEOUT_MS, LOCK_TIMEOUT_MS, STATEMENT_TIMEOUT_MS } from '../../adapters/postgres/driver/driver.ts';
import { BODY_TIMEOUT_MS } from '../../src/http/middleware/request.ts';
import { SENDING_LEASE_SECONDS } from '../../src/jobs/acceptances.ts';
import { LISTENER } from '../../src/serve/limits.ts';
import { SETTINGS } from '../../src/settings.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, min: 60_000, KiB: 1_024 };

/** By the name in the last column, the first number in the second, in milliseconds or bytes where it has a unit. */
function told(operations: string): Map<string, number> {
  const rows = operations.matchAll(/^\| [^|]+ \| ([\d.]+)(?: (s|min|KiB)\b)?[^|]*\| `([A-Za-z_.]+)`[^|]*\|$/gm);
  return new Map([...rows].map(([, number, unit = '', name = '']) => [name, Number(number) * (UNITS[unit] ?? 1)]));
}

test('the table of limits says what the code does, and leaves out nothing of the listener', async () => {
  const stated = told(await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8'));
  const actual: Readonly<Record<string, number>> = {
    ...Object.fromEntries(Object.entries(LISTENER).map(([name, value]) => [`LISTENER.${name}`, value])),
    BODY_TIMEOUT_MS,
    STATEMENT_TIMEOUT_MS,
    LOCK_TIMEOUT_MS,
    CONNECT_TIMEOUT_MS,
    REQUEST_TIMEOUT_MS: Number(SETTINGS.REQUEST_TIMEOUT_MS.default),
    MAX_CONNECTIONS: Number(SETTINGS.MAX_CONNECTIONS.default),
    SENDING_LEASE_SECONDS: SENDING_LEASE_SECONDS * 1_000,
  };
  expect(Object.fromEntries(Object.keys(actual).map((name) => [name, stated.get(name)]))).toEqual(actual);
});
