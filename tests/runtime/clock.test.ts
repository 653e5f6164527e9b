import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshDatabase } from '../support/postgres.ts';
import { databaseUrl, needsPostgres } from '../tools/services.ts';
import { type PortalProcess, startProcess } from './deno-process.ts';

const ADMIN = { email: 'admin@clinic.example', password: 'seven green lanterns 41' };
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SHIFTED = fileURLToPath(new URL('../chaos/start-shifted.ts', import.meta.url));
const SHIFT_MS = 5 * 60_000;

describe.skipIf(databaseUrl === undefined)(`processes whose clocks differ by 5 minutes${needsPostgres}`, () => {
  let folder: string;
  let database: { readonly url: string; drop(): Promise<void> };
  const portals: PortalProcess[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(`${tmpdir()}/portal-clock-`);
    database = await freshDatabase();
    const settings = {
      DATABASE_URL: database.url,
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      MFA_REQUIRED_ROLES: '',
    };
    portals.push(await startProcess({ ...settings, DATA_DIR: `${folder}/right` }));
    for (const [name, shift] of [
      ['ahead', SHIFT_MS],
      ['behind', -SHIFT_MS],
    ] as const) {
      await mkdir(`${folder}/${name}`);
      await cp(`${folder}/right/secrets.json`, `${folder}/${name}/secrets.json`);
      const environment = { DATA_DIR: `${folder}/${name}`, PORTAL_ROOT: ROOT, CLOCK_SHIFT_MS: String(shift) };
      portals.push(await startProcess({ ...settings, ...environment }, { launcher: [SHIFTED] }));
    }
  }, 120_000);
  afterAll(async () => {
    for (const portal of portals) await portal.kill();
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  test('R85: a session of one is accepted by the others, and each process with a wrong clock reports it', async () => {
    const statuses: number[] = [];
    for (const { url } of portals) {
      const login = await fetch(`${url}/api/v1/auth/login`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(ADMIN),
      });
      const { accessToken } = (await login.json()) as { accessToken: string };
      for (const other of portals) {
        const headers = { Authorization: `Bearer ${accessToken}` };
        statuses.push((await fetch(`${other.url}/api/v1/users/me`, { headers })).status);
      }
    }
    expect(statuses).toEqual(portals.flatMap(() => portals.map(() => 200)));
    const told = portals.map(({ output }) => output().includes('"event":"clock_differs"'));
    expect(told).toEqual([false, true, true]);
    const warnings = await Promise.all(
      portals.map(async ({ url }) => ((await (await fetch(`${url}/ready`)).json()) as { warnings?: unknown }).warnings),
    );
    expect(warnings.map((found) => /\d+\.\d s (ahead|behind)/.exec(JSON.stringify(found) ?? '')?.[0])).toEqual([
      undefined,
      expect.stringMatching(/^(299|300)\.\d s ahead/),
      expect.stringMatching(/^(299|300)\.\d s behind/),
    ]);
  });
});
