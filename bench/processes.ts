/**
 * Servers in processes of their own, and their CPU time, which other programs on the machine do not disturb as they do
 * time on the wall. Linux only.
 */
import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import type { Ready } from './request-server.ts';

const SERVER = fileURLToPath(new URL('request-server.ts', import.meta.url));
const CONFIG = fileURLToPath(new URL('../deno.json', import.meta.url));

export interface Served extends Ready {
  readonly pid: number;
  /** The name of its connections to PostgreSQL. */
  readonly application: string;
  stop(): void;
}

/** Starts `request-server.ts` with the arguments, under Deno as in production, or under Node. */
export async function serve(application: string, isNode: boolean, ...args: string[]): Promise<Served> {
  const command = isNode ? [process.execPath] : ['deno', 'run', '--quiet', '-A', `--config=${CONFIG}`];
  const [program = '', ...before] = command;
  const child = spawn(program, [...before, SERVER, ...args], { stdio: ['pipe', 'ignore', 'pipe'] });
  for await (const line of createInterface(child.stderr)) {
    if (!line.startsWith('{"port"')) console.error(line);
    else {
      child.stderr.pipe(process.stderr);
      return { ...(JSON.parse(line) as Ready), application, pid: child.pid ?? 0, stop: () => child.stdin.end() };
    }
  }
  throw new Error('the server did not start');
}

/** @returns CPU time of all threads since the start of the process, in milliseconds; 0 if it has ended */
export async function cpuOf(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const times = await Promise.all(
    threads.map(async (thread) => {
      const text = await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').catch(() => '0');
      return Number(text.split(' ')[0]) / 1e6;
    }),
  );
  return times.reduce((sum, each) => sum + each, 0);
}

/** @returns the processes of the PostgreSQL server, on this machine, that serve connections of one application */
export async function backendsOf(client: pg.Client, application: string): Promise<readonly number[]> {
  const { rows } = await client.query(
    'SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1',
    [application],
  );
  return rows.map(({ pid }) => pid as number);
}

/** @returns the processes that serve all other connections to the database of the client */
export async function allBackends(client: pg.Client): Promise<readonly number[]> {
  const { rows } = await client.query(
    'SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  );
  return rows.map(({ pid }) => pid as number);
}

/** CPU time in milliseconds: of the process that serves it, and of PostgreSQL. */
export interface Cost {
  readonly server: number;
  readonly database: number;
}

/** @returns the CPU time since their start */
export async function costOf({ pid, application }: Served, observer: pg.Client): Promise<Cost> {
  const times = await Promise.all((await backendsOf(observer, application)).map(cpuOf));
  return { server: await cpuOf(pid), database: times.reduce((sum, each) => sum + each, 0) };
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
