/** The audit log over HTTP: R42, R43, R46 and who may see what. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPgliteDriver, type PgliteDriver } from '../../../adapters/postgres/driver/pglite.ts';
import { entryHash } from '../../../domain/audit/chain.ts';
import { openCheckpoint } from '../../../domain/audit/checkpoint.ts';
import { eventDigest } from '../../../domain/audit/event.ts';
import { verifyConsistency, verifyInclusion } from '../../../domain/audit/merkle.ts';
import { parseVerifierKey, type VerifierKey } from '../../../domain/audit/signed-note.ts';
import { verifyExport } from '../../../domain/audit/verify-export.ts';
import { fromHex, toHex } from '../../../domain/shared/bytes.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { checkpointFile } from '../../../src/app/audit/checkpoint-files.ts';
import { sealAuditLog } from '../../../src/app/audit/seal.ts';
import { verifyAuditLog } from '../../../src/app/audit/verify.ts';
import { commit } from '../../../src/app/command.ts';
import { systemContext } from '../../../src/app/identity/first-admin.ts';
import { type Portal, startPortal } from '../../support/portal.ts';

const bytes = (hex: readonly string[]) => hex.map((node) => fromHex(node));

describe('the audit log', () => {
  let portal: Portal;
  let driver: PgliteDriver;
  let admin: string;
  let patient: string;
  let patientId: string;

  const get = (path: string, token?: string) => portal.request('GET', path, { token });
  const asOwner = async (script: string) => {
    await driver.pglite.exec(`RESET ROLE; ${script}; SET ROLE patient_portal_app`);
  };
  const checkpoint = async () => {
    const { body } = await get('/api/v1/audit/checkpoint', patient);
    const keys = (body.keys as string[]).map(parseVerifierKey).filter((key) => key !== undefined);
    return { ...body, keys } as { size: number; rootHash: string; checkpoint: string; keys: VerifierKey[] };
  };
  const exported = async () => {
    const request = new Request('https://portal.example/api/v1/audit/export', {
      headers: { Authorization: `Bearer ${admin}` },
    });
    return (await (await portal.fetch(request)).text()).split('\n').filter((line) => line !== '');
  };

  beforeAll(async () => {
    const snapshot = new Blob([new Uint8Array(await readFile(process.env.TEST_PGLITE_SNAPSHOT ?? ''))]);
    driver = await createPgliteDriver({ snapshot, role: 'patient_portal_app' });
    portal = await startPortal({ driver });
    admin = await portal.signIn((await portal.person('admin', 'ada')).email);
    const person = await portal.person('patient', 'maria');
    patientId = person.id;
    patient = await portal.signIn(person.email);
  });
  afterAll(() => driver.close());

  test('before the first seal there is no checkpoint, and a proof says that the event still waits', async () => {
    expect((await get('/api/v1/audit/checkpoint', patient)).status).toBe(404);
    expect((await get('/audit/log/checkpoint')).status).toBe(404);
    const [event] = (await get('/api/v1/audit/me', patient)).body.data;
    const proof = await get(event._links.proof.href, patient);
    expect(proof).toMatchObject({ status: 200, body: { inclusion: null } });
  });

  test('the sealer takes what waits, once, in small batches as in one', async () => {
    const first = await sealAuditLog(portal.deps, { batch: 2 });
    expect(first).toBeGreaterThan(4);
    expect(await sealAuditLog(portal.deps)).toBe(0);
    expect((await checkpoint()).size).toBe(first);
  });

  test('a checkpoint is signed by the key that is served, public, and kept in file storage (R42)', async () => {
    const { size, rootHash, checkpoint: note, keys } = await checkpoint();
    const { rows } = await driver.pglite.query<{ number: number }>(
      'SELECT max(number)::int AS number FROM audit_checkpoints',
    );
    const opened = openCheckpoint(note, keys, 'portal.example/audit/log');
    expect(opened).toMatchObject({ ok: true, value: { size } });
    if (opened.ok) expect(toHex(opened.value.root)).toBe(rootHash);
    const shown = await portal.fetch(new Request('https://portal.example/audit/log/checkpoint'));
    expect(await shown.text()).toBe(note);
    expect(shown.headers.get('cache-control')).toContain('public');
    const kept = await portal.deps.files.get(checkpointFile(1, rows[0]?.number ?? 0));
    expect(await new Response(kept?.body as ReadableStream).text()).toBe(note);
  });

  test('an event of one’s own record is proven to be in the log (R42)', async () => {
    await sealAuditLog(portal.deps);
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
    const { data } = (await get('/api/v1/audit/events?type=login.succeeded', admin)).body;
    const { id } = data.find(({ stream }: { stream: string }) => stream !== patientId);
    const path = `/api/v1/audit/events/${id}/proof`;
    expect((await get(path, patient)).status).toBe(404);
    expect((await get(path, admin)).status).toBe(200);
    for (const closed of ['events', `events/${id}`, 'export', 'verify']) {
      expect((await get(`/api/v1/audit/${closed}`, patient)).status).toBe(403);
    }
  });

  test('two checkpoints are proven to be of one log that only grew', async () => {
    const before = await checkpoint();
    await get('/api/v1/audit/me', patient);
    await sealAuditLog(portal.deps);
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

  test('tiles are served to everybody, of every width so far, and kept for ever', async () => {
    const { size } = await checkpoint();
    const tile = async (path: string) => portal.fetch(new Request(`https://portal.example/audit/log/tile/${path}`));
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

  test('my record’s history is newest first, in words, page by page; looking at it is recorded', async () => {
    const first = (await get('/api/v1/audit/me?limit=2', patient)).body;
    expect(first.data).toHaveLength(2);
    expect(first.data[0]).toMatchObject({ who: 'you', what: 'The history of your record was seen by you.' });
    const second = (await get(first._links.next.href, patient)).body;
    expect(second.data[0].timestamp <= first.data[1].timestamp).toBe(true);
    expect(second.data.map(({ id }: { id: string }) => id)).not.toContain(first.data[1].id);
    const all = (await get('/api/v1/audit/me?limit=100', patient)).body.data;
    expect(all.at(-1)).toMatchObject({ who: 'the clinic', eventType: 'user.created' });
  });

  test('who looked at a profile is named to its owner', async () => {
    expect((await get(`/api/v1/users/${patientId}/profile`, admin)).status).toBe(200);
    const [newest] = (await get('/api/v1/audit/me', patient)).body.data;
    expect(newest).toMatchObject({
      who: 'ada Example',
      what: 'Your profile was seen by ada Example.',
      phiAccessed: true,
    });
  });

  test('administrators filter, with who, whence and what; the search is recorded in the person’s record', async () => {
    const path = `/api/v1/audit/events?user=${patientId}&category=auth&severity=low&type=login.succeeded`;
    const { data } = (await get(path, admin)).body;
    expect(data).toHaveLength(1);
    expect(data[0]).toMatchObject({
      stream: patientId,
      eventType: 'login.succeeded',
      ip: '203.0.113.7',
      outcome: 'success',
    });
    const [newest] = (await get('/api/v1/audit/me', patient)).body.data;
    expect(newest.eventType).toBe('audit.searched');
    const one = await get(`/api/v1/audit/events/${data[0].id}`, admin);
    expect(one.body).toMatchObject({ id: data[0].id, requestId: expect.any(String), leafIndex: expect.any(Number) });
    const later = await get('/api/v1/audit/events?from=2031-01-01T00:00:00Z', admin);
    expect(later.body.data).toEqual([]);
    expect((await get('/api/v1/audit/events?severity=terrible', admin)).status).toBe(422);
    expect((await get('/api/v1/audit/events?cursor=WzFd', admin)).status).toBe(422);
  });

  test('pages of a search neither repeat nor leave out', async () => {
    const ids: string[] = [];
    const to = new Date(portal.clock.now() + 1).toISOString();
    portal.clock.advance(5);
    let path: string | undefined = `/api/v1/audit/events?limit=7&to=${to}`;
    while (path !== undefined) {
      const { data, _links }: { data: { id: string }[]; _links: Record<string, { href: string }> } = (
        await get(path, admin)
      ).body;
      ids.push(...data.map(({ id }) => id));
      path = _links.next?.href;
    }
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(14);
  });

  test('what was sealed and what was not is exported, recorded, and verified offline', async () => {
    await sealAuditLog(portal.deps);
    await get('/api/v1/audit/me', patient);
    const { checkpoint: note, keys, size } = await checkpoint();
    const lines = await exported();
    expect(verifyExport(lines, [note], keys)).toMatchObject({ ok: true, proven: size, problems: [] });
    const recorded = (await get('/api/v1/audit/events?type=audit.exported', admin)).body.data;
    expect(recorded).toMatchObject([{ severity: 'critical', dataExported: true, details: { format: 'ndjson' } }]);
    expect(verifyExport(lines.toSpliced(3, 1), [note], keys).ok).toBe(false);
    const { body } = await get('/api/v1/audit/export?format=csv', admin);
    const rows = (body as string).trimEnd().split('\r\n');
    expect(rows[0]).toContain('leafIndex,stream,sequence,id');
    expect(rows.length).toBeGreaterThanOrEqual(lines.length);
  });

  test('the whole log verifies, and the verification is recorded', async () => {
    const { body } = await get('/api/v1/audit/verify', admin);
    expect(body).toMatchObject({ ok: true, problems: [] });
    expect(body.proven).toBe((await checkpoint()).size);
    const recorded = (await get('/api/v1/audit/events?type=audit.verified', admin)).body.data;
    expect(recorded).toMatchObject([{ stream: 'system', outcome: 'success', details: { problems: 0 } }]);
  });

  test('what a slow request commits during the walk is no fault, and is judged by the next one', async () => {
    const { database } = portal.deps;
    const slow = { ...systemContext(portal.deps), now: portal.clock.now() - 5_000 };
    const event = { type: 'audit.verified', stream: patientId as UserId, outcome: 'success' } as const;
    let loads = 0;
    const load: typeof database.load = async (...wanted) => {
      // Between the heads and the first page, and once the walk is over.
      if (++loads === 2 || loads === 4) {
        await commit(portal.deps, slow, decided({ value: undefined, changes: [], audit: [event, event] }));
        if (loads === 2) await sealAuditLog(portal.deps);
      }
      return database.load(...wanted);
    };
    const busy = { ...portal.deps, database: { ...database, load } };
    const verdict = await verifyAuditLog(busy, systemContext(portal.deps));
    expect(loads).toBeGreaterThan(4);
    expect(verdict).toMatchObject({ ok: true, problems: [] });
    expect((await get('/api/v1/audit/events?type=audit.verification_failed', admin)).body.data).toEqual([]);
    const next = (await get('/api/v1/audit/verify', admin)).body;
    expect(next).toMatchObject({ ok: true });
    expect(next.checked).toBeGreaterThanOrEqual(verdict.checked + 4);
  });

  test('an event beyond the end of its chain, queued past the portal, is named (R43)', async () => {
    await asOwner(`CREATE TABLE spare AS SELECT * FROM audit_events WHERE stream = '${patientId}' AND sequence = 1;
      UPDATE spare SET sequence = 100001, id = '01900000-0000-7000-8000-0000000000fe';
      INSERT INTO audit_events SELECT * FROM spare;
      INSERT INTO audit_unsealed (stream, sequence) VALUES ('${patientId}', 100001); DROP TABLE spare`);
    const { body } = await get('/api/v1/audit/verify', admin);
    await asOwner(
      `DELETE FROM audit_unsealed WHERE sequence = 100001; DELETE FROM audit_events WHERE sequence = 100001`,
    );
    expect(body.problems).toMatchObject([{ kind: 'inserted', stream: patientId, sequence: 100001 }]);
  });

  test.each([
    ['edited', (id: string) => `UPDATE audit_events SET outcome = 'partial' WHERE id = '${id}'`],
    ['deleted', (id: string) => `DELETE FROM audit_events WHERE id = '${id}'`],
  ])('an event that was %s in the database is named (R43)', async (kind, tamper) => {
    const { data } = (await get(`/api/v1/audit/events?user=${patientId}&type=login.succeeded`, admin)).body;
    const victim = data[0];
    await driver.pglite.exec(
      'RESET ROLE; CREATE TABLE spare AS SELECT * FROM audit_events; SET ROLE patient_portal_app',
    );
    await asOwner(tamper(victim.id));
    const { body } = await get('/api/v1/audit/verify', admin);
    expect(body.ok).toBe(false);
    expect(body.problems[0]).toMatchObject({ kind, stream: patientId, sequence: victim.sequence });
    await asOwner(`DELETE FROM audit_events WHERE id = '${victim.id}';
      INSERT INTO audit_events SELECT * FROM spare WHERE id = '${victim.id}'; DROP TABLE spare`);
    expect((await get('/api/v1/audit/verify', admin)).body.ok).toBe(true);
  });

  test('a stray event, a tile and a checkpoint that were forged are named (R43)', async () => {
    await sealAuditLog(portal.deps);
    const wrong = async (tamper: string, repair: string) => {
      await asOwner(tamper);
      const { body } = await get('/api/v1/audit/verify', admin);
      await asOwner(repair);
      return body.problems[0];
    };
    const stray = await wrong(
      `INSERT INTO audit_events SELECT stream, sequence + 100000, '01900000-0000-7000-8000-0000000000ff', event_type,
         event_category, severity, action, outcome, actor_kind, actor_id, session_id, request_id, resource_type,
         resource_id, phi_accessed, data_exported, details, error, personal, salt, occurred_at, previous_hash, current_hash
       FROM audit_events WHERE stream = '${patientId}' AND sequence = 1`,
      `DELETE FROM audit_events WHERE sequence > 100000`,
    );
    expect(stray).toMatchObject({ kind: 'inserted', stream: patientId, sequence: 100001 });
    const tile = await wrong(
      `CREATE TABLE spare AS SELECT * FROM audit_tiles; UPDATE audit_tiles SET hashes = overlay(hashes PLACING '\\x00'::bytea FROM 1) WHERE level = 0 AND index = 0`,
      `UPDATE audit_tiles t SET hashes = s.hashes FROM spare s WHERE s.level = t.level AND s.index = t.index; DROP TABLE spare`,
    );
    expect(tile.kind).toBe('root_mismatch');
    // Enough leaves for a tile above theirs: each reading is one.
    for (let n = 0; n < 256; n++) await get('/api/v1/audit/events?limit=1', admin);
    await sealAuditLog(portal.deps);
    const above = await wrong(
      `CREATE TABLE spare AS SELECT * FROM audit_tiles WHERE level = 1; DELETE FROM audit_tiles WHERE level = 1`,
      `INSERT INTO audit_tiles SELECT * FROM spare; DROP TABLE spare`,
    );
    expect(above).toMatchObject({ kind: 'root_mismatch', detail: 'tile/1/000.p/1 does not hold the hashes below it' });
    const note = await wrong(
      `CREATE TABLE spare AS SELECT * FROM audit_checkpoints; UPDATE audit_checkpoints SET note = replace(note, 'portal.example', 'portal.exemple')`,
      `UPDATE audit_checkpoints c SET note = s.note FROM spare s WHERE s.size = c.size; DROP TABLE spare`,
    );
    expect(note.kind).toBe('forged_signature');
  });

  test('a truncated tail is found against a checkpoint kept elsewhere, even with the heads rewritten (R43)', async () => {
    await sealAuditLog(portal.deps);
    const { checkpoint: note, keys } = await checkpoint();
    const lines = await exported();
    const cut = lines.filter((line) => (JSON.parse(line).leafIndex ?? Infinity) < 5);
    expect(verifyExport(cut, [note], keys).problems).toContainEqual(expect.objectContaining({ kind: 'truncated' }));
  });

  test('the application can neither rewrite the log nor put anything into it but through the sealer (R45)', async () => {
    const refused = async (statement: string) => {
      try {
        await driver.pglite.exec(statement);
        return 'done';
      } catch (error) {
        return (error as { code?: string }).code;
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
