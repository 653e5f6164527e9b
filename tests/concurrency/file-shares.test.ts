/** Shares that are made, opened, renewed and ended at the same time. */
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { MAXIMUM_SHARES } from '../../domain/files/share.ts';
import { uploadText } from '../support/upload.ts';
import { atOnce, onServer, type SignedIn } from './on-server.ts';

onServer('file shares', {}, (server) => {
  let maria: SignedIn;
  let doctor: SignedIn;
  let id: string;
  beforeAll(async () => {
    [maria, doctor] = [await server.signedIn('patient', 'maria'), await server.signedIn('doctor', 'dora')];
  });
  beforeEach(async () => {
    id = await uploadText(server.portal, maria.token);
    while ((await server.portal.platform.jobs.runDue()) > 0);
  });
  const request = (method: string, path: string, token = maria.token, body?: object) =>
    server.portal.request(method, `/api/v1/files/${id}${path}`, { token, body });
  const share = (userId = doctor.id) => request('POST', '/share', maria.token, { userId });
  const download = async (token = doctor.token) => (await request('GET', '/download', token)).status;
  const shares = () => server.rows(sql`SELECT * FROM file_shares WHERE file_id = ${id}::uuid ORDER BY id`);
  const events = async () =>
    (
      await server.rows(sql`SELECT event_type FROM audit_events WHERE resource_id = ${id}
        AND event_type IN ('file.downloaded', 'file.shared', 'file.share_revoked', 'file.deleted') ORDER BY sequence`)
    ).map(({ event_type }) => event_type);

  test('many requests for the same person make one share, which all but one renew', async () => {
    const made = await atOnce(4, () => share());
    expect(new Set(made.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1);
    expect(await shares()).toMatchObject([{ version: 4, revoked_at: null }]);
    const told = await server.rows(
      sql`SELECT 1 FROM notifications WHERE template = 'file-shared' AND user_id = ${doctor.id}::uuid`,
    );
    expect(told).toHaveLength(1);
  });

  test('an opening and the end of the share at the same moment: what is opened is recorded before the end', async () => {
    for (let n = 0; n < 8; n++) {
      const { body } = await share();
      const [first, ended, second] = await Promise.all([
        download(),
        request('DELETE', `/shares/${body.id}`),
        download(),
      ]);
      expect(ended.status).toBe(204);
      expect(await download()).toBe(404);
      const seen = (await events()).slice((await events()).lastIndexOf('file.shared') + 1);
      const opened = [first, second].filter((status) => status === 200).length;
      expect(seen).toEqual([...Array(opened).fill('file.downloaded'), 'file.share_revoked']);
      const [row] = (await shares()).slice(-1);
      expect(row).toMatchObject({ openings: opened });
    }
  });

  test('a share and the deletion of the file at the same moment: it was shared before, or is not', async () => {
    for (let n = 0; n < 6; n++) {
      const [made, deleted] = await Promise.all([share(), request('DELETE', '')]);
      expect(deleted.status).toBe(204);
      const seen = (await events()).slice(-2);
      if (made.status === 201) expect(seen).toEqual(['file.shared', 'file.deleted']);
      else expect([made.body.code, seen.at(-1)]).toEqual(['file_not_found', 'file.deleted']);
      expect(await download()).toBe(404);
      await request('POST', '/restore');
      await server.driver.run([sql`DELETE FROM file_shares WHERE file_id = ${id}::uuid`], 'write');
    }
  });

  test('a share and the closing of the receiver’s account at the same moment leave no share that goes on', async () => {
    for (let n = 0; n < 4; n++) {
      const leaving = await server.signedIn('doctor', `leaving-${n}`);
      const admin = await server.signedIn('admin', `keeper-${n}`);
      const role = { token: admin.token, body: { role: 'staff' }, headers: {} };
      const [made, changed] = await Promise.all([
        share(leaving.id),
        server.portal.request('PUT', `/api/v1/users/${leaving.id}/role`, role),
      ]);
      expect(changed.status).toBe(200);
      expect([201, 422]).toContain(made.status);
      expect(await download(await server.portal.signIn(leaving.email))).not.toBe(500);
    }
    const live = await server.rows(sql`SELECT 1 FROM file_shares s JOIN users u ON u.id = s.receiver_id
      WHERE s.file_id = ${id}::uuid AND s.revoked_at IS NULL AND u.role <> 'doctor'`);
    expect(live).toEqual([]);
  });

  test('of more shares than a file may have, at once, no more are made', async () => {
    const now = new Date(server.portal.clock.now()).toISOString();
    const receivers = await atOnce(4, (n) => server.signedIn('doctor', `receiver-${n}`));
    await server.driver.run(
      [
        sql`INSERT INTO file_shares (id, file_id, origin, shared_by, receiver_id, secret_hash, created_at, expires_at, version)
            SELECT gen_random_uuid(), ${id}::uuid, 'own', ${maria.id}::uuid, NULL, sha256(n::text::bytea), ${now},
              ${now}::timestamptz + interval '1 day', 1 FROM generate_series(1, ${MAXIMUM_SHARES - 2}::int) n`,
      ],
      'write',
    );
    const made = await Promise.all(receivers.map(({ id: receiver }) => share(receiver)));
    expect(made.filter(({ status }) => status === 201)).toHaveLength(2);
    expect(made.filter(({ body }) => body.code === 'too_many_file_shares')).toHaveLength(2);
  });

  test('of many guesses at once no more than five are answered, and the right one is none of the rest', async () => {
    await server.driver.run([sql`UPDATE clinic_settings SET public_file_links = true`], 'write');
    const made = await request('POST', '/share', maria.token, { publicLink: true, passcode: 'spring 2026' } as never);
    const guess = (passcode: string) =>
      server.portal.fetch(
        new Request(made.body.url, {
          method: 'POST',
          headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams({ passcode }).toString(),
        }),
      );
    await atOnce(10, (n) => guess(`wrong ${n} 000`));
    const [share] = (await shares()).slice(-1);
    expect(share?.failures).toBeLessThanOrEqual(5);
    for (let n = 0; n < 5; n++) await guess(`again ${n} 000`);
    expect((await shares()).slice(-1)).toMatchObject([{ failures: 5 }]);
    expect((await guess('spring 2026')).status).toBe(404);
    const refused = await server.rows(
      sql`SELECT 1 FROM audit_events WHERE resource_id = ${id} AND event_type = 'file.passcode_refused'`,
    );
    expect(refused).toHaveLength(5);
  });

  test('one that has expired is renewed, however many others have ended since it was made', async () => {
    const receiver = await server.signedIn('doctor', 'renewed');
    const now = new Date(server.portal.clock.now()).toISOString();
    const ended = (count: number, receiverId: string | null) =>
      sql`INSERT INTO file_shares (id, file_id, origin, shared_by, receiver_id, secret_hash, created_at, expires_at, version)
          SELECT gen_random_uuid(), ${id}::uuid, 'own', ${maria.id}::uuid, ${receiverId}::uuid,
            CASE WHEN ${receiverId}::uuid IS NULL THEN sha256(('ended' || n)::bytea) END,
            ${now}::timestamptz - interval '2 days', ${now}::timestamptz - interval '1 day', 1
          FROM generate_series(1, ${count}::int) n`;
    await server.driver.run([ended(MAXIMUM_SHARES, null), ended(1, receiver.id)], 'write');
    expect((await share(receiver.id)).status).toBe(201);
  });
});
