/** Verifications of the audit log as jobs (R73): progress, verdict, restart, the daily one, and the alert. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import type { VerificationId } from '../../../domain/audit/ports.ts';
import type { VerificationStage } from '../../../domain/audit/verification.ts';
import { checkpointFile } from '../../../src/app/audit/checkpoint-files.ts';
import { sealAuditLog } from '../../../src/app/audit/seal.ts';
import {
  continueVerification,
  requestVerification,
  verifyDaily,
  verifyStep,
} from '../../../src/app/audit/verifications.ts';
import { verifySmallLog } from '../../../src/app/audit/verify.ts';
import { systemContext } from '../../../src/app/identity/first-admin.ts';
import { type Portal, startPortal } from '../../support/portal.ts';
import { type TestDatabase, testDatabase } from '../../support/test-database.ts';

let database: TestDatabase;
let portal: Portal;
let admin: string;
let person: { readonly id: string; readonly email: string };

beforeEach(async () => {
  database = await testDatabase();
  portal = await startPortal({ driver: database.driver });
  admin = await portal.signIn((await portal.person('admin', 'ada')).email);
  person = await portal.person('patient', 'maria');
  await portal.signIn(person.email);
  for (let n = 0; n < 3; n++) await seal();
});
afterEach(() => database.driver.close());

const get = (path: string) => portal.request('GET', path, { token: admin });
const asOwner = (script: string) => database.asOwner(script);

async function seal(): Promise<void> {
  await get('/api/v1/audit/me');
  await sealAuditLog(portal.deps);
}

const request = (headers: Record<string, string> = {}) =>
  portal.request('POST', '/api/v1/audit/verifications', { token: admin, headers });

/** Asks for one, lets the jobs run, and reads what came of it. */
async function verified() {
  const { body } = await request();
  await portal.platform.jobs.runDue();
  return (await get(`/api/v1/audit/verifications/${body.id}`)).body;
}

describe('a verification', () => {
  test('R73 is requested, runs in the background and stores its result', async () => {
    const asked = await request();
    expect(asked).toMatchObject({ status: 202, body: { status: 'running', progress: 0, problems: [] } });
    expect(asked.headers.get('location')).toBe(`/api/v1/audit/verifications/${asked.body.id}`);
    // While one runs there is no second one.
    expect((await request()).body.id).toBe(asked.body.id);
    await portal.platform.jobs.runDue();
    const { body } = await get(`/api/v1/audit/verifications/${asked.body.id}`);
    expect(body).toMatchObject({ status: 'sound', progress: 1, problems: [], scheduled: false });
    const [, size] = ((await portal.request('GET', '/audit/log/checkpoint')).body as string).split('\n');
    expect(body.proven).toBe(Number(size));
    expect(body.checked).toBeGreaterThan(body.proven);
    expect((await get('/api/v1/audit/events?type=audit.verified')).body.data).toHaveLength(1);
    portal.clock.advance(1);
    const again = await verified();
    const listed = (await get('/api/v1/audit/verifications?limit=1')).body;
    expect(listed.data).toMatchObject([{ id: again.id }]);
    const next = (await get(listed._links.next.href)).body;
    expect(next.data).toMatchObject([{ id: body.id }]);
    expect((await get('/api/v1/audit/verifications/01900000-0000-7000-8000-000000000000')).status).toBe(404);
  });

  test.each([
    [
      'edited event',
      { kind: 'edited', sequence: 2 },
      () => `UPDATE audit_events SET outcome = 'partial' WHERE stream = '${person.id}' AND sequence = 2`,
    ],
    [
      'deleted event',
      { kind: 'deleted' },
      () => `DELETE FROM audit_events WHERE stream = '${person.id}' AND sequence = 1`,
    ],
    [
      'cut-off stream',
      { kind: 'truncated' },
      () => `DELETE FROM audit_events e WHERE stream = '${person.id}' AND sequence =
        (SELECT max(sequence) FROM audit_events WHERE stream = e.stream)`,
    ],
    ['emptied stream', { kind: 'truncated' }, () => `DELETE FROM audit_events WHERE stream = '${person.id}'`],
    [
      'stray event',
      { kind: 'inserted' },
      () => `INSERT INTO audit_events SELECT stream, sequence + 1000, gen_random_uuid(), event_type, event_category, severity, action,
        outcome, actor_kind, actor_id, session_id, request_id, resource_type, resource_id, phi_accessed, data_exported,
        details, error, personal, salt, occurred_at, previous_hash, current_hash
        FROM audit_events WHERE stream = '${person.id}' AND sequence = 1`,
    ],
    [
      'damaged tile',
      { kind: 'root_mismatch' },
      () => `UPDATE audit_tiles SET hashes = overlay(hashes PLACING '\\x00'::bytea FROM 1) WHERE level = 0`,
    ],
    [
      'forged checkpoint',
      { kind: 'forged_signature' },
      () => `UPDATE audit_checkpoints SET note = replace(note, 'portal.example', 'portal.exemple') WHERE number = 1`,
    ],
    ['removed checkpoint', { kind: 'deleted' }, () => 'DELETE FROM audit_checkpoints WHERE number = 2'],
  ])('R73 names a fault: %s', async (_, problem, tamper) => {
    await asOwner(tamper());
    const verdict = await verified();
    expect(verdict.status).toBe('unsound');
    expect(verdict.problems[0]).toMatchObject(problem);
  });

  test('R73 of a log with tiles above the leaves’ is sound, and finds one that is missing', async () => {
    for (let n = 0; n < 256; n++) await get('/api/v1/audit/me?limit=1');
    await sealAuditLog(portal.deps);
    expect((await verified()).problems).toEqual([]);
    await asOwner('DELETE FROM audit_tiles WHERE level = 1');
    expect((await verified()).problems[0]).toMatchObject({
      kind: 'root_mismatch',
      detail: 'tile/1/000.p/1 does not hold the hashes below it',
    });
  });

  test('R73 continues after a restart from its stored state, even if events were appended meanwhile', async () => {
    const { body } = await request();
    const { deps } = portal;
    const id = body.id as VerificationId;
    const [begun] = await deps.database.load(deps.loads.audit.verification(id));
    if (begun === undefined) throw new Error('it was just made');
    const stages = new Set<VerificationStage>();
    let { state } = begun;
    while (state.stage !== 'done') {
      stages.add(state.stage);
      // What a restart keeps is JSON.
      state = JSON.parse(JSON.stringify(await verifyStep(deps, state)));
      await seal();
    }
    expect(state.problems).toEqual([]);
    expect([...stages]).toEqual(['chains', 'leaves', 'tiles', 'checkpoints']);

    // Two who continue the same one: the first commit wins.
    const context = () => systemContext(deps);
    await Promise.all([continueVerification(deps, context(), id), continueVerification(deps, context(), id)]);
    expect((await get('/api/v1/audit/events?type=audit.verified')).body.data).toHaveLength(1);
    expect((await get(`/api/v1/audit/verifications/${id}`)).body.status).toBe('sound');
  });

  test('R73 whose job was lost continues when it is requested again', async () => {
    const { body } = await request();
    await asOwner('DELETE FROM outbox');
    portal.clock.advance(3 * 3600);
    admin = await portal.signIn('ada@example.org');
    expect((await verified()).id).toBe(body.id);
    expect((await get(`/api/v1/audit/verifications/${body.id}`)).body.status).toBe('sound');
  });
});

describe('the daily verification', () => {
  test('R73 runs by itself once a day, and tells operators and administrators of a fault', async () => {
    const list = async () => (await get('/api/v1/audit/verifications')).body.data;
    await portal.platform.jobs.everyMinute();
    await portal.platform.jobs.everyMinute();
    await portal.platform.jobs.runDue();
    expect(await list()).toMatchObject([{ status: 'sound', scheduled: true }]);
    expect((await portal.mails('ada@example.org')).map(({ template }) => template)).not.toContain('audit-alert');

    portal.clock.advance(86_400);
    admin = await portal.signIn('ada@example.org');
    await portal.deps.files.delete(checkpointFile(1, 2));
    await portal.platform.jobs.everyMinute();
    await portal.platform.jobs.runDue();
    expect(await list()).toMatchObject([{ status: 'unsound', problems: [{ kind: 'deleted' }] }, { status: 'sound' }]);
    const failed = (await get('/api/v1/audit/events?type=audit.verification_failed&severity=critical')).body.data;
    expect(failed).toMatchObject([{ outcome: 'failure', details: { first: 'deleted' } }]);
    const [mail] = (await portal.mails('ada@example.org')).filter(({ template }) => template === 'audit-alert');
    expect(mail?.subject).toBe('A fault was found in the audit log');
    expect((await portal.mails(person.email)).map(({ template }) => template)).not.toContain('audit-alert');
  });

  test('R73 whose job was lost is queued once more, however many processes notice it, and the lost job does nothing', async () => {
    const queued = async () =>
      (
        await database.driver.run(
          [sql`SELECT state FROM outbox WHERE topic = 'audit.verify' ORDER BY created_at`],
          'snapshot',
        )
      )[0];
    await portal.platform.jobs.everyMinute();
    expect(await queued()).toEqual([{ state: 'pending' }]);
    portal.clock.advance(3_601);
    const { deps } = portal;
    await Promise.all([1, 2, 3].map(() => verifyDaily(deps, systemContext(deps))));
    portal.clock.advance(60);
    await portal.platform.jobs.everyMinute();
    expect(await queued()).toHaveLength(2);
    // The first one was only late: it comes with the other, and the verification is made once.
    await portal.platform.jobs.runDue();
    admin = await portal.signIn('ada@example.org');
    expect((await get('/api/v1/audit/verifications')).body.data).toMatchObject([{ status: 'sound' }]);
    expect((await get('/api/v1/audit/events?type=audit.verified')).body.data).toHaveLength(1);
  });

  test('R73 is started once a day by several processes, even if one has finished it before another looks', async () => {
    const { deps } = portal;
    const list = async () => (await deps.database.load(deps.loads.audit.verifications(null, 9)))[0];
    // Each has seen that none was made today.
    const begin = () => requestVerification(deps, systemContext(deps), () => ({ status: 202, body: null }), true);
    await Promise.all([begin(), begin()]);
    await portal.platform.jobs.runDue();
    await begin();
    expect(await list()).toMatchObject([{ status: 'sound' }]);
    portal.clock.advance(86_400);
    await begin();
    expect(await list()).toMatchObject([{ status: 'running' }, { status: 'sound' }]);
  });

  test('can be switched off', async () => {
    const quiet = await startPortal({ environment: { AUDIT_VERIFY_DAILY: '0' } });
    await quiet.platform.jobs.everyMinute();
    const [found] = await quiet.deps.database.load(quiet.deps.loads.audit.verifications(null, 1));
    expect(found).toEqual([]);
    await quiet.close();
  });
});

test('R73 within a request only a small log is verified', async () => {
  const { deps } = portal;
  expect(await verifySmallLog(deps, systemContext(deps), 3)).toEqual({ ok: false, error: { code: 'log_too_large' } });
  expect(await verifySmallLog(deps, systemContext(deps))).toMatchObject({ ok: true, value: { ok: true } });
});
