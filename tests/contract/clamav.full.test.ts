/** A real clamd, with a database that holds the signature of the EICAR test file alone. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clamdScanner } from '../../adapters/clamav/instream.ts';
import type { FileScanner } from '../../domain/files/ports.ts';
import { pattern } from './file-storage.contract.ts';

/** Debian keeps it where the paths of other users than root do not lead. */
const COMMAND = ['clamd', '/usr/sbin/clamd'].find((command) => spawnSync(command, ['--version']).status === 0);
const reason = COMMAND === undefined ? ' (skipped: clamd is not installed)' : '';

/** Cut in two, so that this file is not taken for the test virus. */
const EICAR = Buffer.from(`X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR${'-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'}`);
const MAXIMUM_BYTES = 2_000_000;

describe.skipIf(COMMAND === undefined)(`R53 a real clamd${reason}`, () => {
  let folder: string;
  let clamd: ChildProcess;
  let scanner: FileScanner;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'clamd-'));
    await chmod(folder, 0o755);
    const port = await freePort();
    await writeFile(join(folder, 'test.ndb'), `Eicar-Test-Signature:0:*:${EICAR.toString('hex')}\n`);
    const settings = [
      ...[`DatabaseDirectory ${folder}`, `TCPSocket ${port}`, 'TCPAddr 127.0.0.1', 'Foreground yes', 'User root'],
      `StreamMaxLength ${MAXIMUM_BYTES}`,
    ];
    await writeFile(join(folder, 'clamd.conf'), `${settings.join('\n')}\n`);
    clamd = spawn(COMMAND ?? '', ['-c', join(folder, 'clamd.conf')], { stdio: 'ignore' });
    await listening(port, clamd);
    scanner = clamdScanner({ host: '127.0.0.1', port, maximumBytes: MAXIMUM_BYTES });
  });
  afterAll(async () => {
    const ended = new Promise((resolve) => clamd.once('exit', resolve));
    clamd.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true });
  });

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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`clamd ended with ${child.exitCode}`);
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      }).on('error', () => resolve(false));
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
