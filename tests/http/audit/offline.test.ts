/** The documented way to verify the log offline: export, checkpoint, `audit:verify` (R71). And what everybody may fetch. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { parseVerifierKey } from '../../../domain/audit/signed-note.ts';
import { verifyExport } from '../../../domain/audit/verify-export.ts';
import { beginNewOrigin } from '../../../src/app/audit/new-origin.ts';
import { sealAuditLog } from '../../../src/app/audit/seal.ts';
import { systemContext } from '../../../src/app/identity/first-admin.ts';
import { type Portal, startPortal } from '../../support/portal.ts';

const VERIFIER = fileURLToPath(new URL('../../../tools/audit-verify.ts', import.meta.url));

let portal: Portal;
let admin: string;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audit-offline-'));
  portal = await startPortal();
  admin = await portal.signIn((await portal.person('admin', 'ada')).email);
  await sealAuditLog(portal.deps);
});
afterAll(async () => {
  await portal.close();
  await rm(folder, { recursive: true, force: true });
});

async function text(path: string, token?: string): Promise<string> {
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  return (await portal.fetch(new Request(`https://portal.example${path}`, { headers }))).text();
}

/** Something happens, and the sealer comes along. */
async function seal(): Promise<void> {
  await portal.request('GET', '/api/v1/audit/me', { token: admin });
  expect(await sealAuditLog(portal.deps)).toBeGreaterThan(0);
}

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

function verify(args: readonly string[]): Promise<{ code: number; out: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [VERIFIER, ...args], (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out: out + err }),
    );
  });
}

const exportLog = () => text('/api/v1/audit/export', admin);
const checkpoint = () => text('/audit/log/checkpoint');
const firstKey = async () => (await text('/audit/log/key')).split('\n')[0] ?? '';
const nothing = async () => {};

describe('the documented commands', () => {
  test.each([
    ['nothing is sealed in between', nothing, nothing, 0],
    ['events are sealed between export and checkpoint', seal, nothing, 1],
    ['events are sealed between checkpoint and verification', nothing, seal, 0],
    ['events are sealed between each pair', seal, seal, 1],
  ])('R71 find an intact log sound when %s', async (_, afterExport, afterCheckpoint, isLater) => {
    await seal();
    const keys = await file('keys', await text('/audit/log/key'));
    const log = await file('export.ndjson', await exportLog());
    await afterExport();
    const note = await file('checkpoint', await checkpoint());
    await afterCheckpoint();
    const { code, out } = await verify([log, '--checkpoint', note, '--keys', keys]);
    expect(out).toMatch(/^OK: \d+ events read/);
    expect(out.includes('Unproven:')).toBe(isLater === 1);
    expect(code).toBe(0);
  });

  test('R71 find a truncated tail, even if events were sealed in between', async () => {
    await seal();
    const lines = (await exportLog()).split('\n').filter((line) => line !== '');
    await seal();
    const note = await file('checkpoint', await checkpoint());
    const sealed = lines.filter((line) => JSON.parse(line).leafIndex !== null);
    const cut = await file('export.ndjson', `${sealed.slice(0, -2).join('\n')}\n`);
    const { code, out } = await verify([cut, '--checkpoint', note, '--key', await firstKey()]);
    expect(out).toMatch(/TRUNCATED/);
    expect(code).toBe(1);
  });

  test('R71 find a log that is smaller than a checkpoint that was kept', async () => {
    const early = await exportLog();
    await seal();
    const held = await file('held', await checkpoint());
    const log = await file('export.ndjson', early);
    const { code, out } = await verify([log, '--held', held, '--key', await firstKey()]);
    expect(out).toMatch(/^TRUNCATED/);
    expect(code).toBe(1);
  });

  test('R71 refuse an export whose own checkpoint is forged or is of other events', async () => {
    await seal();
    const keys = [parseVerifierKey(await firstKey())].filter((key) => key !== undefined);
    const [header = '', ...events] = (await exportLog()).split('\n');
    const forged = header.replace('portal.example/audit/log\\n', 'portal.example/audit/log\\n1');
    expect(verifyExport([forged, ...events], [], keys).problems[0]?.kind).toBe('forged_signature');
    await seal();
    const [later = ''] = (await exportLog()).split('\n');
    expect(verifyExport([later, ...events], [], keys).problems).toContainEqual(
      expect.objectContaining({ kind: 'truncated' }),
    );
    expect(verifyExport([header, header, ...events], [], keys).problems[0]?.kind).toBe('malformed');
  });

  test('R71 without a key, an export that is shorter than its checkpoint is still found', async () => {
    await seal();
    const lines = (await exportLog()).split('\n').filter((line) => line !== '');
    expect(verifyExport(lines, [], [])).toMatchObject({ ok: true, proven: 0 });
    const cut = lines.filter((line) => (JSON.parse(line).leafIndex ?? 0) < 5);
    expect(verifyExport(cut, [], []).problems).toContainEqual(expect.objectContaining({ kind: 'truncated' }));
  });
});

describe('the public log', () => {
  test('R72 publishes its key to everybody, and any page may read it without credentials', async () => {
    for (const path of ['/audit/log/key', '/audit/log/checkpoint', '/audit/log/tile/0/000.p/1']) {
      const headers = { Origin: 'https://monitor.example' };
      const response = await portal.fetch(new Request(`https://portal.example${path}`, { headers }));
      expect([path, response.status]).toEqual([path, 200]);
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    }
    const { body } = await portal.request('GET', '/api/v1/audit/checkpoint', { token: admin });
    expect((await text('/audit/log/key')).trimEnd().split('\n')).toEqual(body.keys);
  });

  test('its key is served before the first seal', async () => {
    const fresh = await startPortal();
    const response = await fresh.fetch(new Request('https://portal.example/audit/log/key'));
    const key = parseVerifierKey((await response.text()).trimEnd());
    expect(key?.name).toBe('portal.example/audit/log');
    await fresh.close();
  });

  test('other paths allow no page of another origin', async () => {
    const headers = { Origin: 'https://monitor.example' };
    const response = await portal.fetch(new Request('https://portal.example/api/v1', { headers }));
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });
});

test('R72 after a new origin, a checkpoint that was held of the former one is found sound with the keys of both', async () => {
  await seal();
  const held = await file('held', await checkpoint());
  await portal.driver.run(
    [sql`SELECT audit_sealing_stopped('restore', note, now()) FROM audit_checkpoints ORDER BY size DESC LIMIT 1`],
    'write',
  );
  expect((await beginNewOrigin(portal.deps, systemContext(portal.deps))).ok).toBe(true);
  await seal();
  const keys = await file('keys', await text('/audit/log/key'));
  const log = await file('export.ndjson', await exportLog());
  const note = await file('checkpoint', await checkpoint());
  const verified = await verify([log, '--checkpoint', note, '--held', held, '--keys', keys]);
  expect(verified).toMatchObject({ code: 0, out: expect.stringMatching(/^OK: /) });
  // The current key alone says nothing of the former origin.
  const alone = await verify([log, '--checkpoint', note, '--held', held, '--key', await firstKey()]);
  expect(alone.code).toBe(1);
  const empty = await verify([log, '--checkpoint', note, '--keys', await file('none', '\n')]);
  expect(empty).toMatchObject({ code: 2, out: expect.stringContaining('holds no verifier key') });
});
