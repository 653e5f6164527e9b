/** A log that was restored from a backup: sealing stops until its own database is back or a new origin is begun (R72). */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseVerifierKey } from '../../../domain/audit/signed-note.ts';
import { verifyExport } from '../../../domain/audit/verify-export.ts';
import { type RestorableLog, startRestorableLog } from './restorable-log.ts';

let log: RestorableLog;
beforeEach(async () => {
  log = await startRestorableLog();
});
afterEach(() => log.close());

describe('a log that was restored from a backup', () => {
  test('R72 is not sealed until its own database is back, and reports it', async () => {
    await log.backUp('copy');
    await log.seal();
    const newest = await log.published();
    await log.backUp('newer');
    await log.restore('copy');
    expect(await log.seal()).toBe(0);
    expect(await log.seal()).toBe(0);
    expect((await log.readiness()).audit_log).toBe('down');
    expect(await log.status()).toMatchObject({ sealing: 'stopped', stopped: { source: 'file_storage' } });
    const { body } = await log.get('/api/v1/audit/events?type=audit.sealing_stopped');
    expect(body.data).toHaveLength(1);
    expect((await log.verified()).problems).toContainEqual(expect.objectContaining({ kind: 'truncated' }));

    await log.restore('newer');
    expect(await log.seal()).toBeGreaterThan(0);
    expect(await log.published()).not.toBe(newest);
    expect(await log.status()).toMatchObject({ sealing: 'running', stopped: null });
    expect((await log.readiness()).audit_log).toBe('up');
    expect((await log.verified()).problems).toEqual([]);
  });

  test('R72 goes on under a new origin, which records the last checkpoint of the former one; both verify', async () => {
    const early = await log.published();
    const formerKey = ((await log.portal.request('GET', '/audit/log/key')).body as string).trimEnd();
    await log.backUp('copy');
    for (let n = 0; n < 5; n++) await log.seal();
    const lost = await log.published();
    await log.restore('copy');
    expect(await log.seal()).toBe(0);

    const begun = await log.portal.request('POST', '/api/v1/audit/origins', { token: log.admin });
    expect(begun).toMatchObject({
      status: 201,
      body: {
        origin: 'portal.example/audit/log/2',
        formerOrigin: 'portal.example/audit/log',
        formerSize: Number(lost.split('\n')[1]),
      },
    });
    expect((await log.published()).split('\n')[0]).toBe('portal.example/audit/log/2');
    const { body } = await log.get('/api/v1/audit/events?type=audit.origin_began');
    expect(body.data[0]).toMatchObject({
      leafIndex: expect.any(Number),
      details: { formerSize: begun.body.formerSize, formerOrigin: 'portal.example/audit/log' },
    });
    expect(await log.seal()).toBeGreaterThan(0);
    expect((await log.verified()).problems).toEqual([]);
    expect((await log.readiness()).audit_log).toBe('up');

    const [key = ''] = ((await log.portal.request('GET', '/audit/log/key')).body as string).split('\n');
    const keys = [key, formerKey].map(parseVerifierKey).filter((known) => known !== undefined);
    const lines = (await log.exported()).split('\n');
    expect(verifyExport(lines, [early, await log.published()], keys)).toMatchObject({ ok: true });
    expect(verifyExport(lines, [lost], keys)).toMatchObject({ ok: false });
  });

  test('R72 whose lost checkpoints are unknown to the portal is not sealed either, until a new origin is begun', async () => {
    await log.asOwner(
      `SELECT audit_sealing_stopped('restore', note, now()) FROM audit_checkpoints ORDER BY size DESC LIMIT 1`,
    );
    const newest = await log.published();
    expect([await log.seal(), await log.seal()]).toEqual([0, 0]);
    expect(await log.published()).toBe(newest);
    expect((await log.readiness()).audit_log).toBe('down');
    expect(await log.status()).toMatchObject({ stopped: { source: 'restore', checkpoint: newest } });
    expect((await log.verified()).problems).toEqual([]);

    const { body } = await log.portal.request('POST', '/api/v1/audit/origins', { token: log.admin });
    // No number that an origin may have had after the backup.
    expect(Number(body.origin.split('/').at(-1))).toBe(Math.floor(log.portal.clock.now() / 60_000));
    expect(await log.seal()).toBeGreaterThan(0);
    expect((await log.readiness()).audit_log).toBe('up');
    expect((await log.verified()).problems).toEqual([]);
  });

  test('R72 gets no new origin while sealing runs, nor for callers without the permission', async () => {
    const refused = await log.portal.request('POST', '/api/v1/audit/origins', { token: log.admin });
    expect(refused).toMatchObject({ status: 409, body: { code: 'origin_not_needed' } });
    const patient = await log.portal.signIn((await log.portal.person('patient', 'maria')).email);
    expect((await log.portal.request('POST', '/api/v1/audit/origins', { token: patient })).status).toBe(403);
  });
});
