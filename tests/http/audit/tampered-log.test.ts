/** Exports and verifications of the audit log, as it is and after changes in the database (R43). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseVerifierKey, type VerifierKey } from '../../../domain/audit/signed-note.ts';
import { verifyExport } from '../../../domain/audit/verify-export.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { sealAuditLog } from '../../../src/app/audit/seal.ts';
import { verifyAuditLog } from '../../../src/app/audit/verify.ts';
import { commit } from '../../../src/app/command.ts';
import { systemContext } from '../../../src/app/identity/first-admin.ts';
import { type AuditedPortal, startAuditedPortal } from './audited-portal.ts';

const PLATFORM_STREAM = /^system\/\d+$/;

let log: AuditedPortal;
let patient: string;
let patientId: string;

const get = (path: string, token?: string) => log.portal.request('GET', path, { token });
const checkpoint = async () => {
  const { body } = await get('/api/v1/audit/checkpoint', patient);
  const keys = (body.keys as string[]).map(parseVerifierKey).filter((key) => key !== undefined);
  return { ...body, keys } as { size: number; rootHash: string; checkpoint: string; keys: VerifierKey[] };
};
const exportedLines = async () => (await log.exported()).split('\n').filter((line) => line !== '');

beforeAll(async () => {
  log = await startAuditedPortal();
  const person = await log.portal.person('patient', 'maria');
  patientId = person.id;
  patient = await log.portal.signIn(person.email);
});
afterAll(() => log.close());

describe('the verification of the log', () => {
  test('the export holds sealed and unsealed events, is recorded, and verifies offline', async () => {
    await sealAuditLog(log.portal.deps);
    await get('/api/v1/audit/me', patient);
    const { checkpoint: note, keys, size } = await checkpoint();
    const lines = await exportedLines();
    expect(verifyExport(lines, [note], keys)).toMatchObject({ ok: true, proven: size, problems: [] });
    const recorded = (await get('/api/v1/audit/events?type=audit.exported', log.admin)).body.data;
    expect(recorded).toMatchObject([{ severity: 'critical', dataExported: true, details: { format: 'ndjson' } }]);
    expect(verifyExport(lines.toSpliced(3, 1), [note], keys).ok).toBe(false);
    const { body } = await get('/api/v1/audit/export?format=csv', log.admin);
    const rows = (body as string).trimEnd().split('\r\n');
    expect(rows[0]).toContain('leafIndex,stream,sequence,id');
    expect(rows.length).toBeGreaterThanOrEqual(lines.length);
  });

  test('the whole log verifies, and the verification is recorded', async () => {
    const { body } = await get('/api/v1/audit/verify', log.admin);
    expect(body).toMatchObject({ ok: true, problems: [] });
    expect(body.proven).toBe((await checkpoint()).size);
    const recorded = (await get('/api/v1/audit/events?type=audit.verified', log.admin)).body.data;
    expect(recorded).toMatchObject([
      { stream: expect.stringMatching(PLATFORM_STREAM), outcome: 'success', details: { problems: 0 } },
    ]);
  });

  test('events that a slow request commits during the walk are no fault, and are verified by the next walk', async () => {
    const { database } = log.portal.deps;
    const slow = { ...systemContext(log.portal.deps), now: log.portal.clock.now() - 5_000 };
    const event = { type: 'audit.verified', stream: patientId as UserId, outcome: 'success' } as const;
    let loads = 0;
    const load: typeof database.load = async (...wanted) => {
      // Between the heads and the first page, and once the walk is over.
      if (++loads === 2 || loads === 4) {
        await commit(log.portal.deps, slow, decided({ value: undefined, changes: [], audit: [event, event] }));
        if (loads === 2) await sealAuditLog(log.portal.deps);
      }
      return database.load(...wanted);
    };
    const busy = { ...log.portal.deps, database: { ...database, load } };
    const verdict = await verifyAuditLog(busy, systemContext(log.portal.deps));
    expect(loads).toBeGreaterThan(4);
    expect(verdict).toMatchObject({ ok: true, problems: [] });
    expect((await get('/api/v1/audit/events?type=audit.verification_failed', log.admin)).body.data).toEqual([]);
    const next = (await get('/api/v1/audit/verify', log.admin)).body;
    expect(next).toMatchObject({ ok: true });
    expect(next.checked).toBeGreaterThanOrEqual(verdict.checked + 4);
  });

  test('an event that was inserted beyond the end of its chain is named (R43)', async () => {
    await log.asOwner(`CREATE TABLE spare AS SELECT * FROM audit_events WHERE stream = '${patientId}' AND sequence = 1;
      UPDATE spare SET sequence = 100001, id = '01900000-0000-7000-8000-0000000000fe';
      INSERT INTO audit_events SELECT * FROM spare;
      INSERT INTO audit_unsealed (stream, sequence) VALUES ('${patientId}', 100001); DROP TABLE spare`);
    const { body } = await get('/api/v1/audit/verify', log.admin);
    await log.asOwner(
      `DELETE FROM audit_unsealed WHERE sequence = 100001; DELETE FROM audit_events WHERE sequence = 100001`,
    );
    expect(body.problems).toMatchObject([{ kind: 'inserted', stream: patientId, sequence: 100001 }]);
  });

  test.each([
    ['edited', (id: string) => `UPDATE audit_events SET outcome = 'partial' WHERE id = '${id}'`],
    ['deleted', (id: string) => `DELETE FROM audit_events WHERE id = '${id}'`],
  ])('an event that was %s in the database is named (R43)', async (kind, tamper) => {
    const { data } = (await get(`/api/v1/audit/events?user=${patientId}&type=login.succeeded`, log.admin)).body;
    const victim = data[0];
    await log.asOwner('CREATE TABLE spare AS SELECT * FROM audit_events');
    await log.asOwner(tamper(victim.id));
    const { body } = await get('/api/v1/audit/verify', log.admin);
    expect(body.ok).toBe(false);
    expect(body.problems[0]).toMatchObject({ kind, stream: patientId, sequence: victim.sequence });
    await log.asOwner(`DELETE FROM audit_events WHERE id = '${victim.id}';
      INSERT INTO audit_events SELECT * FROM spare WHERE id = '${victim.id}'; DROP TABLE spare`);
    expect((await get('/api/v1/audit/verify', log.admin)).body.ok).toBe(true);
  });

  test('a stray event, a tile and a checkpoint that were forged are named (R43)', async () => {
    await sealAuditLog(log.portal.deps);
    const wrong = async (tamper: string, repair: string) => {
      await log.asOwner(tamper);
      const { body } = await get('/api/v1/audit/verify', log.admin);
      await log.asOwner(repair);
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
    for (let n = 0; n < 256; n++) await get('/api/v1/audit/events?limit=1', log.admin);
    await sealAuditLog(log.portal.deps);
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
    await sealAuditLog(log.portal.deps);
    const { checkpoint: note, keys } = await checkpoint();
    const lines = await exportedLines();
    const cut = lines.filter((line) => (JSON.parse(line).leafIndex ?? Infinity) < 5);
    expect(verifyExport(cut, [note], keys).problems).toContainEqual(expect.objectContaining({ kind: 'truncated' }));
  });
});
