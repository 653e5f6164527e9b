/** Describing, deleting, restoring and purging files, legal holds, and the quarantine. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import type { Deps } from '../../../src/app/context.ts';
import { scanFile } from '../../../src/app/files/scan.ts';
import { systemContext } from '../../../src/app/identity/first-admin.ts';
import { applyRetention } from '../../../src/app/privacy/retention.ts';
import { MALWARE } from '../../support/held-files.ts';
import { type Documents, startDocuments } from './documents.ts';

let documents: Documents;
let maria: string;
beforeAll(async () => {
  documents = await startDocuments();
  maria = documents.clinic.maria.token;
});
afterAll(() => documents.close());

const objects = async (id: string) => {
  const parts = await documents.rows(sql`SELECT number, attempt FROM file_parts WHERE file_id = ${id}::uuid`);
  return parts.map(({ number, attempt }) => `files/${id}/${number}-${attempt}`);
};
const isStored = async (key: string) => (await documents.clinic.portal.deps.files.get(key)) !== undefined;
const sweep = () => documents.clinic.portal.platform.jobs.everyMinute();
/** The sessions of persons would end on the way: the rows are made older instead. */
const madeOlder = (id: string, days: number) =>
  documents.clinic.portal.driver.run(
    [sql`UPDATE files SET deleted_at = deleted_at - make_interval(days => ${days}::int) WHERE id = ${id}::uuid`],
    'write',
  );
const retain = () => {
  const { deps } = documents.clinic.portal;
  return applyRetention(deps, systemContext(deps));
};

describe('the description', () => {
  test('is changed by the version that was read; null clears it', async () => {
    const { clinic } = documents;
    const id = await documents.add(maria, { fields: { fileType: 'other', description: 'Scan', tags: 'a' } });
    expect((await clinic.put(`/files/${id}`, maria, { tags: [] })).body.code).toBe('precondition_required');
    const changed = await clinic.put(`/files/${id}`, maria, { fileType: 'imaging', tags: ['b', 'B', 'c'] }, 3);
    expect([changed.status, changed.body]).toMatchObject([
      200,
      { fileType: 'imaging', description: 'Scan', tags: ['b', 'c'] },
    ]);
    const stale = await clinic.put(`/files/${id}`, maria, { description: null }, 3);
    expect([stale.status, stale.body.version]).toEqual([412, 4]);
    const cleared = await clinic.put(`/files/${id}`, maria, { description: null }, 4);
    expect([cleared.body.description, cleared.body.tags]).toEqual([null, ['b', 'c']]);
    expect((await documents.fetch(`/files/${id}/download`, maria)).status).toBe(200);
    expect((await clinic.get('/files/my?tag=c', maria)).body.data).toHaveLength(1);
    expect((await clinic.get('/files/my?tag=a', maria)).body.data).toHaveLength(0);
  });
});

describe('deleting', () => {
  test('hides a file, until it is restored', async () => {
    const { clinic } = documents;
    const id = await documents.add(maria);
    expect((await clinic.delete(`/files/${id}`, maria, { 'If-Match': '"v9"' })).status).toBe(412);
    expect((await clinic.delete(`/files/${id}`, maria)).status).toBe(204);
    expect((await documents.fetch(`/files/${id}/download`, maria)).status).toBe(404);
    expect((await clinic.delete(`/files/${id}`, maria)).body.code).toBe('file_not_found');
    const found = (await clinic.get(`/files/${id}`, maria)).body;
    expect([found.deletedAt, Object.keys(found._links)]).toEqual([
      '2026-03-02T12:00:00Z',
      ['self', 'restore', 'shares', 'accesses'],
    ]);
    const restored = await clinic.post(`/files/${id}/restore`, maria);
    expect([restored.status, restored.body.deletedAt]).toEqual([200, null]);
    expect((await documents.fetch(`/files/${id}/download`, maria)).status).toBe(200);
    expect((await clinic.post(`/files/${id}/restore`, maria)).status).toBe(200);
  });

  test('is final after 30 days: the row goes, then the bytes', async () => {
    const { clinic } = documents;
    const id = await documents.add(maria);
    const [key = ''] = await objects(id);
    await clinic.delete(`/files/${id}`, maria);
    await madeOlder(id, 29);
    await retain();
    expect((await clinic.post(`/files/${id}/restore`, maria)).status).toBe(200);
    await clinic.delete(`/files/${id}`, maria);
    await madeOlder(id, 31);
    await retain();
    expect((await clinic.post(`/files/${id}/restore`, maria)).body.code).toBe('file_not_found');
    expect(await isStored(key)).toBe(true);
    await sweep();
    expect(await isStored(key)).toBe(false);
    // An upload of that hour may still have stored an object: the folder is emptied once more.
    await clinic.portal.deps.files.put(`files/${id}/9-0000000000000000`, new Uint8Array(1), 'x');
    await clinic.portal.driver.run([sql`UPDATE file_purges SET settled_at = settled_at - interval '1 day'`], 'write');
    await sweep();
    expect(await isStored(`files/${id}/9-0000000000000000`)).toBe(false);
    expect(await documents.rows(sql`SELECT * FROM file_purges`)).toEqual([]);
  });

  test('a document of the clinic under a legal hold stays', async () => {
    const { clinic } = documents;
    const fields = { fileType: 'lab_result', patientId: clinic.maria.id };
    const [held, deleted] = [
      await documents.add(clinic.staff.token, { fields }),
      await documents.add(clinic.staff.token, { fields }),
    ];
    expect((await clinic.delete(`/files/${deleted}`, clinic.staff.token)).status).toBe(204);
    const hold = await clinic.put(`/clinical-records/${clinic.maria.id}/hold`, clinic.admin.token, {
      reason: 'a claim',
    });
    expect(hold.status).toBe(200);
    const refused = await clinic.delete(`/files/${held}`, clinic.staff.token);
    expect([refused.status, refused.body.code]).toEqual([409, 'file_under_hold']);
    await madeOlder(deleted, 40);
    await retain();
    expect((await clinic.post(`/files/${deleted}/restore`, clinic.staff.token)).status).toBe(200);
    expect((await clinic.delete(`/clinical-records/${clinic.maria.id}/hold`, clinic.admin.token)).status).toBe(204);
    expect((await clinic.delete(`/files/${held}`, clinic.staff.token)).status).toBe(204);
  });
});

describe('the quarantine', () => {
  test('administrators see what nobody can open, and have it scanned again', async () => {
    const { clinic } = documents;
    const id = await documents.add(maria, { bytes: MALWARE });
    clinic.portal.clock.advance(1);
    const waiting = (await documents.upload(maria)).body.id;
    const admin = clinic.admin.token;
    const listed = (await clinic.get('/admin/files/quarantine', admin)).body.data;
    expect(listed.map((each: { id: string; state: string }) => [each.id, each.state])).toEqual([
      [id, 'infected'],
      [waiting, 'scanning'],
    ]);
    expect((await clinic.get('/admin/files/quarantine', clinic.staff.token)).status).toBe(403);
    const [seen] = await documents.rows(
      sql`SELECT actor_id FROM audit_events WHERE stream = ${clinic.maria.id} AND event_type = 'file.listed' ORDER BY sequence DESC LIMIT 1`,
    );
    expect(seen?.actor_id).toBe(clinic.admin.id);
    expect((await clinic.post(`/admin/files/${waiting}/rescan`, admin)).body.code).toBe('file_scan_pending');
    const again = await clinic.post(`/admin/files/${id}/rescan`, admin);
    expect([again.status, again.body.state]).toEqual([202, 'scanning']);
    await clinic.runJobs();
    expect((await clinic.get(`/files/${id}`, maria)).body.state).toBe('infected');
    expect((await clinic.get(`/files/${waiting}`, maria)).body.state).toBe('clean');
    const clean = await clinic.post(`/admin/files/${waiting}/rescan`, admin);
    expect(clean.body.state).toBe('scanning');
    expect((await documents.fetch(`/files/${waiting}/download`, maria)).status).toBe(409);
  });

  /** Does something while the next scan goes on, whose verdict is that it cannot judge the file. */
  const duringScan = (work: () => Promise<unknown>) => {
    const deps = documents.clinic.portal.deps as { scanner: Deps['scanner'] };
    const { scanner } = deps;
    deps.scanner = {
      name: 'clamd',
      async scan() {
        deps.scanner = scanner;
        await work();
        return { verdict: 'unscannable', reason: 'of the scan before' };
      },
    };
  };
  const scan = (id: string) => {
    const { deps } = documents.clinic.portal;
    return scanFile(deps, systemContext(deps), id, { attempts: 1, begin: async () => true });
  };
  const stateOf = async (id: string) => (await documents.clinic.get(`/files/${id}`, maria)).body.state;

  test('the verdict of a scan that took too long does not count for the scan that was begun since', async () => {
    const { clinic } = documents;
    const { id } = (await documents.upload(maria)).body;
    duringScan(async () => {
      // The lease of the first scan has ended: another process scans the file.
      expect(await scan(id)).toEqual({ kind: 'done' });
      expect((await clinic.post(`/admin/files/${id}/rescan`, clinic.admin.token)).status).toBe(202);
    });
    expect(await scan(id)).toMatchObject({ kind: 'retry' });
    expect(await stateOf(id)).toBe('scanning');
    await clinic.runJobs();
    expect(await stateOf(id)).toBe('clean');
  });

  test('a file that is described while it is scanned is scanned once more', async () => {
    const { clinic } = documents;
    const { id, version } = (await documents.upload(maria)).body;
    let described = 0;
    duringScan(async () => {
      described = (await clinic.put(`/files/${id}`, maria, { description: 'Lab' }, version)).status;
    });
    await clinic.runJobs();
    expect([described, await stateOf(id)]).toEqual([200, 'clean']);
  });

  test('while the scanner is away files wait, and /ready says so', async () => {
    const { clinic } = documents;
    const { deps, platform } = clinic.portal;
    const { createJobs } = await import('../../../src/jobs/jobs.ts');
    const { createOutbox } = await import('../../../adapters/postgres/commit/outbox.ts');
    const { Unavailable } = await import('../../../domain/shared/ports.ts');
    const scan = async () => {
      throw new Unavailable('clamd');
    };
    const away = createJobs({ ...deps, scanner: { name: 'clamd', scan } }, createOutbox(clinic.portal.driver), null);
    await clinic.runJobs();
    const { id } = (await documents.upload(maria)).body;
    for (let n = 0; n < 25; n++) {
      await away.runDue();
      clinic.portal.clock.advance(600);
    }
    expect((await documents.rows(sql`SELECT state FROM files WHERE id = ${id}::uuid`))[0]?.state).toBe('scanning');
    expect(deps.scannerHealth.awaySince).not.toBeNull();
    expect(platform.warnings().map(({ code }) => code)).toContain('file_scanner_away');
    await clinic.runJobs();
    expect((await documents.rows(sql`SELECT state FROM files WHERE id = ${id}::uuid`))[0]?.state).toBe('clean');
    expect(deps.scannerHealth.awaySince).toBeNull();
  });
});
