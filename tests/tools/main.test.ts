import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { serve } from '../../tools/cloud/http.ts';
import { databaseUrl, needsPostgres, needsRedis, redisUrl, required } from './services.ts';

const main = fileURLToPath(new URL('../../tools/cloud/main.ts', import.meta.url));
const freePorts = ['--neon-port=0', '--upstash-port=0', '--qstash-port=0', '--sendgrid-port=0', '--push-port=0'];
const unavailable = databaseUrl === undefined || redisUrl === undefined;

describe.skipIf(unavailable)(`the local cloud as a program${needsPostgres}${needsRedis}`, () => {
  let program: ChildProcess | undefined;
  afterEach(() => program?.kill('SIGKILL'));

  function run(...options: string[]) {
    const services = [`--database-url=${required(databaseUrl)}`, `--redis-url=${required(redisUrl)}`];
    const child = spawn(process.execPath, [main, ...freePorts, ...services, ...options]);
    program = child;
    const output = { out: '', err: '' };
    child.stdout.on('data', (data) => {
      output.out += data;
    });
    child.stderr.on('data', (data) => {
      output.err += data;
    });
    return { child, output, exit: once(child, 'exit') };
  }

  test.each(['SIGINT', 'SIGTERM'] as const)('it prints where everything is and stops cleanly on %s', async (signal) => {
    const { child, output, exit } = run();
    await expect.poll(() => output.out, { timeout: 10_000 }).toContain('Local cloud is running');
    for (const service of ['Neon', 'Upstash', 'QStash', 'SendGrid', 'Push']) {
      expect(output.out).toMatch(new RegExp(`${service} +http://127\\.0\\.0\\.1:\\d+`));
    }
    child.kill(signal);
    expect(await exit).toEqual([0, null]);
    expect(output.err).toBe('');
  });

  test.each([
    [
      'an unreachable PostgreSQL',
      '--database-url=postgres://u:secret@127.0.0.1:1/db',
      'PostgreSQL does not answer at postgres://u@127.0.0.1:1/db',
    ],
    [
      'an unreachable Redis',
      '--redis-url=redis://127.0.0.1:1',
      'Redis does not answer at redis://127.0.0.1:1: connect ECONNREFUSED',
    ],
    ['a wrong port', '--neon-port=x', '--neon-port is not a number'],
    ['an unknown option', '--colour=blue', "Unknown option '--colour'"],
  ])('%s is explained in one line', async (_, option, message) => {
    const { output, exit } = run(option);
    expect(await exit).toEqual([1, null]);
    expect(output.err).toContain(`Local cloud did not start. `);
    expect(output.err).toContain(message);
    expect(output.err).not.toContain('    at ');
    expect(output.err).not.toContain('secret');
  });

  test('a taken port is explained in one line', async () => {
    const other = await serve('Other', async () => ({ status: 200 }));
    const port = new URL(other.url).port;
    const { output, exit } = run(`--qstash-port=${port}`);
    expect(await exit).toEqual([1, null]);
    expect(output.err).toContain(`QStash: port ${port} is in use`);
    expect(output.err).not.toContain('    at ');
    await other.close();
  });
});
