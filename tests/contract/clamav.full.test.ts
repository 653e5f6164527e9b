import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clamdScanner } from '../../adapters/clamav/instream.ts';
import type { FileScanner } from '../../domain/files/ports.ts';
import { type Clamd, clamdReason, EICAR, hasClamd, startClamd } from '../support/clamd.ts';
import { pattern } from './file-storage.contract.ts';

const MAXIMUM_BYTES = 2_000_000;

describe.skipIf(!hasClamd)(`R53 a real clamd${clamdReason}`, () => {
  let clamd: Clamd;
  let scanner: FileScanner;
  beforeAll(async () => {
    clamd = await startClamd(MAXIMUM_BYTES);
    scanner = clamdScanner({ host: '127.0.0.1', port: clamd.port, maximumBytes: MAXIMUM_BYTES });
  });
  afterAll(() => clamd?.close());

  const scan = (bytes: Uint8Array, size = 60_000) =>
    scanner.scan(
      (async function* () {
        for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
      })(),
      bytes.length,
    );

  test('finds the test virus, also deep in a file and across two chunks', async () => {
    const infected = { verdict: 'infected', finding: 'Eicar-Test-Signature.UNOFFICIAL' };
    expect(await scan(EICAR)).toEqual(infected);
    const deep = Buffer.concat([pattern(100_000), EICAR, pattern(100_000)]);
    expect(await scan(deep, 100_020)).toEqual(infected);
  });

  test('calls other bytes clean, one after another', async () => {
    for (const size of [0, 1, 1_000_000]) expect(await scan(pattern(size)), `${size}`).toEqual({ verdict: 'clean' });
  });

  test('takes what is at its limit, and is not asked about more', async () => {
    expect(await scan(pattern(MAXIMUM_BYTES))).toEqual({ verdict: 'clean' });
    expect(await scan(pattern(MAXIMUM_BYTES + 1))).toEqual({ verdict: 'unscannable', reason: 'too_large_for_scanner' });
  });
});
