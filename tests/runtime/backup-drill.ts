/** The commands `backup`, `restore` and `admin` as processes, and requests to the portals of a backup drill. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { openCheckpoint } from '../../domain/audit/checkpoint.ts';
import { parseVerifierKey, type VerifierKey } from '../../domain/audit/signed-note.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const ADMIN = { email: 'admin@clinic.example', password: 'seven green lanterns 41' };

type Command = (arguments_: string[], environment?: Record<string, string>) => Promise<{ ok: boolean; text: string }>;

function command(name: 'backup' | 'restore' | 'admin'): Command {
  return async (arguments_, environment = {}) => {
    const deno = ['run', '--quiet', '--no-prompt', `--config=${ROOT}deno.json`, '-A', `${ROOT}tools/${name}.ts`];
    const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...environment };
    try {
      const { stdout } = await promisify(execFile)(`${ROOT}node_modules/.bin/deno`, [...deno, ...arguments_], { env });
      return { ok: true, text: stdout };
    } catch (error) {
      return { ok: false, text: (error as { stderr: string }).stderr };
    }
  };
}
export const backup = command('backup');
export const restore = command('restore');
export const admin = command('admin');

export async function json(url: string, token?: string): Promise<unknown> {
  const headers: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  return (await fetch(url, { headers })).json();
}

export async function signIn(url: string): Promise<string> {
  const response = await fetch(`${url}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(ADMIN),
  });
  const { accessToken } = (await response.json()) as { accessToken: string };
  return accessToken;
}

export async function beginOrigin(url: string, token: string) {
  const response = await fetch(`${url}/api/v1/audit/origins`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}` },
  });
  expect(response.status).toBe(201);
  return (await response.json()) as { origin: string; formerOrigin: string; commonSize: number };
}

/** The dependency `audit_log` in the answer of `/ready`. */
export async function readyLog(url: string): Promise<unknown> {
  const { dependencies } = (await json(`${url}/ready`)) as { dependencies: { name: string }[] };
  return dependencies.find(({ name }) => name === 'audit_log');
}

/** The newest checkpoint that covers more than `size` leaves, verified with the keys. */
export async function checkpointBeyond(url: string, size: number, keys: readonly VerifierKey[]) {
  for (;;) {
    const response = await fetch(`${url}/audit/log/checkpoint`);
    const opened = response.ok ? openCheckpoint(await response.text(), keys) : undefined;
    if (opened !== undefined && !opened.ok) throw new Error(opened.error.code);
    if (opened?.ok && opened.value.size > size) return opened.value;
    await new Promise((wake) => setTimeout(wake, 100));
  }
}

export async function logKeys(url: string): Promise<VerifierKey[]> {
  const lines = (await (await fetch(`${url}/audit/log/key`)).text()).trim().split('\n');
  return lines.map((line) => parseVerifierKey(line) as VerifierKey);
}
