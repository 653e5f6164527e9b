/** Files that are uploaded, completed, deleted and opened at the same time. */
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { uploadText } from '../support/upload.ts';
import { atOnce, onServer, type SignedIn } from './on-server.ts';

const MEGABYTE = 1_000_000;
const ENVIRONMENT = { FILE_QUOTA_MB: '10', FILE_MAX_MB: '1', UPLOADS_AT_ONCE: '100' };

onServer('files', { environment: ENVIRONMENT }, (server) => {
  let maria: SignedIn;
  beforeAll(async () => {
    maria = await server.signedIn('patient', 'maria');
  });
  beforeEach(async () => {
    await server.driver.run([sql`DELETE FROM files`], 'write');
  });
  const request = (method: string, path: string, body?: object, headers = {}) =>
    server.portal.request(method, `/api/v1/files${path}`, { token: maria.token, body, headers });
  const begin = (sizeBytes: number) =>
    request('POST', '', { filename: 'a.txt', mimeType: 'text/plain', sizeBytes, fileType: 'other' });
  const usage = async () =>
    (
      await server.rows(
        sql`SELECT reserved_bytes, used_bytes, files FROM file_usage WHERE patient_id = ${maria.id}::uuid`,
      )
    )[0];
  const counted = async () =>
    (
      await server.rows(sql`SELECT coalesce(sum(size_bytes) FILTER (WHERE completed_at IS NULL), 0)::bigint AS reserved_bytes,
        coalesce(sum(size_bytes) FILTER (WHERE completed_at IS NOT NULL), 0)::bigint AS used_bytes, count(*)::int AS files FROM files`)
    )[0];

  test('of many uploads that begin at once, as many fit as the quota has room for', async () => {
    const begun = await atOnce(40, () => begin(MEGABYTE));
    expect(begun.filter(({ status }) => status === 201)).toHaveLength(10);
    const refused = begun.filter(({ status }) => status !== 201);
    expect(new Set(refused.map(({ body }) => body.code))).toEqual(new Set(['file_quota_exceeded']));
    expect(await usage()).toEqual({ reserved_bytes: 10 * MEGABYTE, used_bytes: 0, files: 10 });
    expect(await server.rows(sql`SELECT sum(bytes)::bigint AS bytes FROM clinic_file_usage`)).toEqual([
      { bytes: 10 * MEGABYTE },
    ]);
  });

  test('forms that arrive at once are all stored, or refused, and counted once', async () => {
    await atOnce(9, () => uploadText(server.portal, maria.token));
    expect(await usage()).toEqual(await counted());
    expect(await counted()).toMatchObject({ reserved_bytes: 0, files: 9 });
  });

  test('of two requests that complete an upload one does, and one scan is queued', async () => {
    const { body } = await begin(5);
    const sent = await server.portal.fetch(new Request(body.uploadUrl, { method: 'PUT', body: 'abcd\n' }));
    expect(sent.status).toBe(204);
    const completed = await atOnce(6, () => request('POST', `/${body.id}/complete`));
    const statuses = completed.map(({ status, body: answer }) => (status === 200 ? 200 : answer.code));
    expect(statuses.sort()).toEqual([200, ...Array(5).fill('file_upload_over')]);
    const jobs = await server.rows(
      sql`SELECT 1 FROM outbox WHERE topic = 'file.scan' AND payload ->> 'fileId' = ${body.id}`,
    );
    expect(jobs).toHaveLength(1);
  });

  test('a part that is replaced while the upload is completed is completed as it was read, or sent again', async () => {
    const { body } = await begin(5);
    const put = (text: string) => server.portal.fetch(new Request(body.uploadUrl, { method: 'PUT', body: text }));
    await put('abcd\n');
    const [completed] = await Promise.all([request('POST', `/${body.id}/complete`), put('efgh\n'), put('ijkl\n')]);
    const [file] = await server.rows(sql`SELECT state FROM files WHERE id = ${body.id}::uuid`);
    if (completed.status !== 200) {
      expect([completed.body.code, file?.state]).toEqual(['file_upload_over', 'uploading']);
      return;
    }
    while ((await server.portal.platform.jobs.runDue()) > 0);
    const read = await server.portal.request('GET', `/api/v1/files/${body.id}/download`, { token: maria.token });
    const { createHash } = await import('node:crypto');
    expect(createHash('sha256').update(read.body).digest('hex')).toBe(completed.body.sha256);
  });

  test('of requests that append at one offset at once one counts, and all that ask find an offset that holds', async () => {
    for (let n = 0; n < 5; n++) {
      const { body } = await begin(8);
      const address = `/api/v1/files/${body.id}/upload`;
      const append = (text: string, offset: number) =>
        server.portal.fetch(
          new Request(`https://portal.example${address}`, {
            method: 'PATCH',
            headers: {
              Authorization: `Bearer ${maria.token}`,
              'Content-Type': 'application/partial-upload',
              'Content-Length': `${text.length}`,
              'Upload-Offset': `${offset}`,
              'Upload-Complete': '?0',
            },
            body: text,
          }),
        );
      const sent = ['a\n', 'bb\n', 'ccc\n', 'dddd\n'];
      const appended = await Promise.all(sent.map((text) => append(text, 0)));
      const taken = sent.filter((_, index) => appended[index]?.status === 204);
      expect(taken).toHaveLength(1);
      const refused = appended.filter(({ status }) => status !== 204);
      const codes = await Promise.all(refused.map(async (each) => ((await each.json()) as { code: string }).code));
      expect(codes.filter((code) => !/^file_(append_superseded|offset_mismatch)$/.test(code))).toEqual([]);
      const { body: state } = await server.portal.request('GET', address, { token: maria.token });
      expect(state.offset).toBe(taken[0]?.length);
      expect(
        await server.rows(sql`SELECT first_part, last_part FROM file_attempts a JOIN file_parts p USING (file_id, attempt)
        WHERE file_id = ${body.id}::uuid`),
      ).toEqual([{ first_part: 1, last_part: 1 }]);
    }
  });

  test('a download and a deletion at the same moment: what is opened is recorded before the deletion', async () => {
    for (let n = 0; n < 8; n++) {
      const id = await uploadText(server.portal, maria.token);
      while ((await server.portal.platform.jobs.runDue()) > 0);
      const [opened, deleted] = await Promise.all([
        server.portal.request('GET', `/api/v1/files/${id}/download`, { token: maria.token }),
        request('DELETE', `/${id}`),
      ]);
      expect(deleted.status).toBe(204);
      const events = await server.rows(
        sql`SELECT event_type FROM audit_events WHERE resource_id = ${id} AND event_type IN ('file.downloaded', 'file.deleted') ORDER BY sequence`,
      );
      const types = events.map(({ event_type }) => event_type);
      expect([200, 404]).toContain(opened.status);
      expect(types).toEqual(opened.status === 200 ? ['file.downloaded', 'file.deleted'] : ['file.deleted']);
    }
  });

  test('a link that is opened while its session ends is recorded before the session ends, or opens nothing', async () => {
    const id = await uploadText(server.portal, maria.token);
    while ((await server.portal.platform.jobs.runDue()) > 0);
    for (let n = 0; n < 8; n++) {
      const token = await server.portal.signIn(maria.email);
      const { body } = await server.portal.request('POST', `/api/v1/files/${id}/download-link`, { token });
      const open = () => server.portal.fetch(new Request(body.url));
      const [opened, ended, again] = await Promise.all([
        open(),
        server.portal.request('POST', '/api/v1/auth/logout', { token }),
        open(),
      ]);
      expect([204, 200]).toContain(ended.status);
      for (const { status } of [opened, again]) expect([200, 403]).toContain(status);
      expect((await open()).status).toBe(403);
      const late = await server.rows(sql`SELECT 1 FROM audit_events e JOIN audit_events o ON o.stream = e.stream
        AND o.session_id = e.session_id AND o.event_type = 'logout' AND o.sequence < e.sequence
        WHERE e.resource_id = ${id} AND e.event_type = 'file.downloaded'`);
      expect(late).toEqual([]);
    }
  });
});
