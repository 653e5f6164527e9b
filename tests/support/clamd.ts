/** A real clamd, with a database that holds the signature of the EICAR test file alone. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './embedded-postgres.ts';

/** Debian keeps it where the paths of other users than root do not lead. */
const COMMAND = ['clamd', '/usr/sbin/clamd'].find((command) => spawnSync(command, ['--version']).status === 0);

export const hasClamd = COMMAND !== undefined;
/** For the name of a test. */
export const clamdReason = hasClamd ? '' : ' (skipped: clamd is not installed)';

/** Cut in two, so that this file is not taken for the test virus. */
export const EICAR = Buffer.from(`X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR${'-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'}`);

export interface Clamd {
  readonly port: number;
  /** It takes connections and answers nothing. */
  hang(): void;
  resume(): void;
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** @param maximumBytes its `StreamMaxLength` */
export async function startClamd(maximumBytes: number): Promise<Clamd> {
  const folder = await mkdtemp(join(tmpdir(), 'clamd-'));
  await chmod(folder, 0o755);
  const port = await freePort();
  await writeFile(join(folder, 'test.ndb'), `Eicar-Test-Signature:0:*:${EICAR.toString('hex')}\n`);
  const settings = [
    ...[`DatabaseDirectory ${folder}`, `TCPSocket ${port}`, 'TCPAddr 127.0.0.1', 'Foreground yes', 'User root'],
    `StreamMaxLength ${maximumBytes}`,
  ];
  await writeFile(join(folder, 'clamd.conf'), `${settings.join('\n')}\n`);
  let child: ChildProcess;
  const start = async () => {
    child = spawn(COMMAND ?? '', ['-c', join(folder, 'clamd.conf')], { stdio: 'ignore' });
    await listening(port, child);
  };
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  };
  await start();
  return {
    port,
    hang: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    stop,
    start,
    async close() {
      await stop();
      await rm(folder, { recursive: true });
    },
  };
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
