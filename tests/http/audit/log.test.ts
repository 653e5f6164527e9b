/** The log of sealed events: checkpoints, proofs, tiles, and what the application may do to it (R42, R45). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { raw, sql } from '../../../adapters/postgres/driver/sql.ts';
import { entryHash } from '../../../domain/audit/chain.ts';
import { openCheckpoint } from '../../../domain/audit/checkpoint.ts';
import { eventDigest } from '../../../domain/audit/event.ts';
import { verifyConsistency, verifyInclusion } from '../../../domain/audit/merkle.ts';
import { parseVerifierKey, type VerifierKey } from '../../../domain/audit/signed-note.ts';
import { fromHex, toHex } from '../../../domain/shared/bytes.ts';
import { checkpointFile } from '../../../src/app/audit/checkpoint-files.ts';
import { sealAuditLog } from '../../../src/app/audit/seal.ts';
import { type AuditedPortal, startAuditedPortal } from './audited-portal.ts';

let log: AuditedPortal;
let patient: string;
let patientId: string;

const get = (path: string, token?: string) => log.portal.request('GET', path, { token });
const checkpoint = async () => {
  const { body } = await get('/api/v1/audit/checkpoint', patient);
  const keys = (body.keys as string[]).map(parseVerifierKey).filter((key) => key !== undefined);
  return { ...body, keys } as { size: number; rootHash: string; checkpoint: string; keys: VerifierKey[] };
};
const bytes = (hex: readonly string[]) => hex.map((node) => fromHex(node));

beforeAll(async () => {
  log = await startAuditedPortal();
  const person = await log.portal.person('patient', 'maria');
  patientId = person.id;
  patient = await log.portal.signIn(person.email);
});
afterAll(() => log.close());

describe('the log of sealed events', () => {
  test('before the first seal there is no checkpoint, and the proof of an event has no inclusion', async () => {
    expect((await get('/api/v1/audit/checkpoint', patient)).status).toBe(404);
    expect((await get('/audit/log/checkpoint')).status).toBe(404);
    const [event] = (await get('/api/v1/audit/me', patient)).body.data;
    const proof = await get(event._links.proof.href, patient);
    expect(proof).toMatchObject({ status: 200, body: { inclusion: null } });
  });

  test('the sealer seals each queued event once, in any size of batch', async () => {
    const first = await sealAuditLog(log.portal.deps, { batch: 2 });
    expect(first).toBeGreaterThan(4);
    expect(await sealAuditLog(log.portal.deps)).toBe(0);
    expect((await checkpoint()).size).toBe(first);
  });

  test('a checkpoint is signed by the key that is served, public, and kept in file storage (R42)', async () => {
    const { size, rootHash, checkpoint: note, keys } = await checkpoint();
    const [rows = []] = await log.driver.run(
      [sql`SELECT max(number)::int AS number FROM audit_checkpoints`],
      'snapshot',
    );
    const opened = openCheckpoint(note, keys, 'portal.example/audit/log');
    expect(opened).toMatchObject({ ok: true, value: { size } });
    if (opened.ok) expect(toHex(opened.value.root)).toBe(rootHash);
    const shown = await log.portal.fetch(new Request('https://portal.example/audit/log/checkpoint'));
    expect(await shown.text()).toBe(note);
    expect(shown.headers.get('cache-control')).toContain('public');
    const kept = await log.portal.deps.files.get(checkpointFile(1, Number(rows[0]?.number)));
    expect(await new Response(kept?.body as ReadableStream).text()).toBe(note);
  });

  test('an event of one’s own record is proven to be in the log (R42)', async () => {
    await sealAuditLog(log.portal.deps);
    const { data } = (await get('/api/v1/audit/me', patient)).body;
    for (const { _links } of data) {
      const { event, inclusion } = (await get(_links.proof.href, patient)).body;
      const leaf = entryHash(fromHex(event.previousHash), event.sequence, eventDigest(event.content));
      expect(toHex(leaf)).toBe(event.currentHash);
      const { leafIndex, size, rootHash, proof } = inclusion;
      const claim = { leafHash: leaf, index: leafIndex, size, root: fromHex(rootHash), proof: bytes(proof) };
      expect(verifyInclusion(claim)).toBe(true);
      expect(verifyInclusion({ ...claim, index: leafIndex === 0 ? 1 : leafIndex - 1 })).toBe(false);
    }
  });

  test('nobody gets the proof of an event of somebody else’s record, except an administrator', async () => {
    const { data } = (await get('/api/v1/audit/events?type=login.succeeded', log.admin)).body;
    const { id } = data.find(({ stream }: { stream: string }) => stream !== patientId);
    const path = `/api/v1/audit/events/${id}/proof`;
    expect((await get(path, patient)).status).toBe(404);
    expect((await get(path, log.admin)).status).toBe(200);
    for (const closed of ['events', `events/${id}`, 'export', 'verify']) {
      expect((await get(`/api/v1/audit/${closed}`, patient)).status).toBe(403);
    }
  });

  test('a consistency proof shows that the later checkpoint extends the earlier one', async () => {
    const before = await checkpoint();
    await get('/api/v1/audit/me', patient);
    await sealAuditLog(log.portal.deps);
    const after = await checkpoint();
    expect(after.size).toBeGreaterThan(before.size);
    const path = (from: number, to: number) => `/api/v1/audit/consistency?from=${from}&to=${to}`;
    const { body } = await get(path(before.size, after.size), patient);
    const claim = {
      oldSize: before.size,
      newSize: after.size,
      oldRoot: fromHex(before.rootHash),
      newRoot: fromHex(after.rootHash),
      proof: bytes(body.proof),
    };
    expect(verifyConsistency(claim)).toBe(true);
    expect(verifyConsistency({ ...claim, oldRoot: claim.newRoot })).toBe(false);
    expect((await get(path(after.size, before.size), patient)).status).toBe(422);
    expect((await get(path(1, after.size + 1), patient)).status).toBe(422);
  });

  test('tiles of every width up to the current one are public and immutable', async () => {
    const { size } = await checkpoint();
    const tile = async (path: string) => log.portal.fetch(new Request(`https://portal.example/audit/log/tile/${path}`));
    const edge = await tile(`0/000.p/${size}`);
    expect(edge.headers.get('cache-control')).toContain('immutable');
    const hashes = new Uint8Array(await edge.arrayBuffer());
    expect(hashes).toHaveLength(size * 32);
    const narrower = new Uint8Array(await (await tile('0/000.p/3')).arrayBuffer());
    expect(toHex(narrower)).toBe(toHex(hashes.subarray(0, 96)));
    for (const absent of [
      `0/000.p/${size + 1}`,
      '0/000',
      '0/001',
      '1/000.p/1',
      '0/0',
      '99/000',
      'data/000',
      '0/x001/000',
    ]) {
      expect((await tile(absent)).status, absent).toBe(404);
    }
  });

  test('the application’s database role can neither change the log nor insert into it directly (R45)', async () => {
    const refused = async (statement: string) => {
      try {
        await log.driver.run([raw(statement)], 'write');
        return 'done';
      } catch (error) {
        return (error as { sqlState?: string }).sqlState;
      }
    };
    for (const table of [
      'audit_events',
      'audit_streams',
      'audit_leaves',
      'audit_tiles',
      'audit_log',
      'audit_checkpoints',
      'audit_unsealed',
    ]) {
      expect(await refused(`DELETE FROM ${table}`), table).toBe('42501');
      expect(await refused(`TRUNCATE ${table}`), table).toBe('42501');
      expect(await refused(`INSERT INTO ${table} OVERRIDING SYSTEM VALUE SELECT * FROM ${table}`), table).toBe('42501');
    }
    expect(await refused(`UPDATE audit_tiles SET width = 1`)).toBe('42501');
    expect(await refused(`UPDATE audit_checkpoints SET note = ''`)).toBe('42501');
  });
});
