/** Who finds and opens files, and how they are sent (R26, R28, R52, R53). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { MALWARE } from '../../support/held-files.ts';
import { type Documents, PDF, startDocuments, TEXT } from './documents.ts';

let documents: Documents;
let maria: string;
let text: string;
let pdf: string;
beforeAll(async () => {
  documents = await startDocuments();
  maria = documents.clinic.maria.token;
  text = await documents.add(maria, { name: 'Größe & "Wert".txt' });
  pdf = await documents.add(maria, { bytes: PDF, type: 'application/pdf', name: 'a.pdf' });
});
afterAll(() => documents.close());

const download = (id: string, headers: Record<string, string> = {}, token = maria, method = 'GET') =>
  documents.fetch(`/files/${id}/download`, token, { method, headers });
const events = async (id: string) =>
  documents.rows(
    sql`SELECT event_type, stream, actor_id, details FROM audit_events WHERE resource_id = ${id} AND event_type LIKE 'file.%' ORDER BY sequence`,
  );

describe('a download', () => {
  test('sends the bytes, their name and a policy that lets nothing run', async () => {
    const response = await download(text);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'content-length': String(TEXT.length),
      'content-disposition': `attachment; filename="Gr__e & _Wert_.txt"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%26%20%22Wert%22.txt`,
      'cache-control': 'private, no-store',
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
    });
    expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/);
    expect(await response.text()).toBe(TEXT);
    const shown = await download(pdf);
    expect(shown.headers.get('content-disposition')).toMatch(/^inline; filename="a.pdf"/);
    expect(await shown.text()).toBe(PDF);
  });

  test('sends one range, and all for several or for an old copy', async () => {
    const part = await download(text, { Range: 'bytes=3-7' });
    expect([part.status, part.headers.get('content-range'), part.headers.get('content-length')]).toEqual([
      206,
      `bytes 3-7/${TEXT.length}`,
      '5',
    ]);
    expect(await part.text()).toBe(TEXT.slice(3, 8));
    const etag = part.headers.get('etag') ?? '';
    const last = await download(text, { Range: 'bytes=-4', 'If-Range': etag });
    expect([last.status, await last.text()]).toEqual([206, TEXT.slice(-4)]);
    expect((await download(text, { Range: 'bytes=0-1', 'If-Range': '"other"' })).status).toBe(200);
    expect((await download(text, { Range: 'bytes=0-1,3-4' })).status).toBe(200);
    const beyond = await download(text, { Range: `bytes=${TEXT.length}-` });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${TEXT.length}`]);
    expect(await beyond.json()).toMatchObject({ code: 'file_range_not_satisfiable' });
  });

  test('is not repeated to who has it, and HEAD opens nothing', async () => {
    const before = (await events(text)).filter(({ event_type }) => event_type === 'file.downloaded').length;
    const etag = (await download(text, {}, maria, 'HEAD')).headers.get('etag') ?? '';
    const head = await download(text, {}, maria, 'HEAD');
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([
      200,
      String(TEXT.length),
      '',
    ]);
    const held = await download(text, { 'If-None-Match': etag });
    expect([held.status, await held.text()]).toEqual([304, '']);
    const after = (await events(text)).filter(({ event_type }) => event_type === 'file.downloaded').length;
    expect(after).toBe(before);
  });

  test('is recorded with its purpose, and the person sees who opened the file', async () => {
    const { clinic } = documents;
    const id = await documents.add(maria);
    await download(id);
    await download(id, { Range: 'bytes=0-3' }, clinic.staff.token);
    const opened = (await events(id)).filter(({ event_type }) => event_type === 'file.downloaded');
    expect(opened).toMatchObject([
      { stream: clinic.maria.id, actor_id: clinic.maria.id, details: { purpose: 'own' } },
      { stream: clinic.maria.id, actor_id: clinic.staff.id, details: { purpose: 'clinic', firstByte: 0, lastByte: 3 } },
    ]);
    const { body } = await clinic.get('/audit/me?limit=5', maria);
    expect(JSON.stringify(body.data)).toContain('One of your files was opened by staff Example');
  });
});

describe('who may see a file', () => {
  test('a proxy may, for as long as they act for the patient', async () => {
    const { clinic } = documents;
    const id = await documents.add(maria);
    expect((await download(id, {}, clinic.paul.token)).status).toBe(404);
    const proxy = { personId: clinic.paul.id, ground: 'authorised', proof: 'Signed form seen' };
    const made = await clinic.post(`/patients/${clinic.maria.id}/proxies`, clinic.staff.token, proxy);
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    expect((await download(id, {}, clinic.paul.token)).status).toBe(200);
    const added = await documents.upload(clinic.paul.token, {
      fields: { fileType: 'other', patientId: clinic.maria.id },
    });
    expect([added.status, added.body.origin, added.body.uploadedBy]).toEqual([201, 'own', clinic.paul.id]);
    expect(await events(id)).toMatchObject([{}, {}, { details: { purpose: 'proxy', onBehalfOf: clinic.maria.id } }]);
    await clinic.portal.driver.run(
      [sql`UPDATE proxies SET revoked_at = now(), revoked_by = ${clinic.staff.id}::uuid`],
      'write',
    );
    expect((await download(id, {}, clinic.paul.token)).status).toBe(404);
  });

  test('a doctor of the patient may, a stranger gets the answer for a file that does not exist', async () => {
    const { clinic } = documents;
    const id = await documents.add(maria);
    const nobody = '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f';
    await clinic.book(maria, '09:00');
    expect((await clinic.get(`/files/${id}`, clinic.doctor.token)).status).toBe(200);
    expect((await download(id, {}, clinic.doctor.token)).status).toBe(200);
    for (const token of [clinic.otherDoctor.token, clinic.paul.token]) {
      for (const path of ['', '/download']) {
        const [refused, absent] = await Promise.all(
          [id, nobody].map(async (each) => (await clinic.get(`/files/${each}${path}`, token)).body),
        );
        expect(refused.code).toBe('file_not_found');
        expect({ ...refused, requestId: '' }).toEqual({ ...absent, requestId: '' });
      }
      expect((await clinic.delete(`/files/${id}`, token)).body.code).toBe('file_not_found');
      expect((await clinic.put(`/files/${id}`, token, { tags: [] }, 3)).body.code).toBe('file_not_found');
    }
    expect((await documents.fetch(`/files/${id}/download`, undefined)).status).toBe(401);
  });

  test('the clinic may not change what a person has added, nor the person what the clinic has', async () => {
    const { clinic } = documents;
    const own = await documents.add(maria);
    const theirs = await documents.add(clinic.staff.token, {
      fields: { fileType: 'lab_result', patientId: clinic.maria.id },
    });
    expect((await download(theirs)).status).toBe(200);
    const refused = [
      await clinic.put(`/files/${own}`, clinic.staff.token, { tags: ['x'] }, 3),
      await clinic.delete(`/files/${own}`, clinic.staff.token),
      await clinic.put(`/files/${theirs}`, maria, { tags: ['x'] }, 3),
      await clinic.delete(`/files/${theirs}`, maria),
    ];
    expect(refused.map(({ status, body }) => [status, body.code])).toEqual(Array(4).fill([403, 'file_not_yours']));
    const { body } = await clinic.get(`/files/${theirs}`, maria);
    expect([body._links.delete, body._links.update, body._links.download.href]).toEqual([
      undefined,
      undefined,
      `/api/v1/files/${theirs}/download`,
    ]);
  });
});

describe('what is not clean', () => {
  test('a file that is scanned, infected or not scannable is opened by nobody', async () => {
    const { clinic } = documents;
    await clinic.book(maria, '10:00');
    const { body } = await documents.upload(maria, { bytes: `x ${MALWARE}` });
    const persons = [maria, clinic.doctor.token, clinic.staff.token, clinic.admin.token];
    const answers = async () =>
      Promise.all(
        persons.flatMap((token) =>
          ['GET', 'HEAD'].map(async (method) => {
            const response = await download(body.id, {}, token, method);
            return response.status;
          }),
        ),
      );
    expect(await answers()).toEqual(Array(8).fill(409));
    await clinic.runJobs();
    const state = (await clinic.get(`/files/${body.id}`, maria)).body;
    expect([state.state, state.finding, state._links.download]).toEqual(['infected', 'Portal.Test', undefined]);
    // Told to the person and to administrators.
    expect(await answers()).toEqual([409, 409, 404, 404, 404, 404, 409, 409]);
    expect((await clinic.get(`/files/${body.id}`, clinic.staff.token)).status).toBe(404);
    const listed = (await clinic.get(`/files/user/${clinic.maria.id}`, clinic.staff.token)).body.data;
    expect(listed.some(({ id }: { id: string }) => id === body.id)).toBe(false);
    for (const mail of await clinic.portal.mails()) expect(mail.text).not.toContain('values.txt');
    const told = (await clinic.portal.mails()).filter(({ template }) => template === 'file-infected');
    expect(told.map(({ to }) => to).sort()).toEqual([clinic.admin.email, clinic.maria.email]);
    await clinic.portal.driver.run([sql`UPDATE files SET state = 'unscannable' WHERE id = ${body.id}::uuid`], 'write');
    expect(await answers()).toEqual(Array(8).fill(409));
  });
});

describe('lists', () => {
  test('are filtered by type, tag and time, and read to their end', async () => {
    const { clinic } = documents;
    const { token, id: paulId } = clinic.paul;
    const ids: string[] = [];
    for (const [fileType, tags] of [
      ['imaging', 'Knee'],
      ['imaging', 'hip'],
      ['insurance', 'knee,card'],
    ] as const) {
      clinic.portal.clock.advance(60);
      ids.push(await documents.add(token, { fields: { fileType, tags } }));
    }
    const list = async (query: string) => (await clinic.get(`/files/my?${query}`, token)).body;
    const idsOf = async (query: string) => (await list(query)).data.map(({ id }: { id: string }) => id);
    const [first, second, third] = ids;
    expect(await idsOf('')).toEqual([third, second, first]);
    expect(await idsOf('fileType=imaging')).toEqual([second, first]);
    expect(await idsOf('tag=KNEE')).toEqual([third, first]);
    const { createdAt } = (await clinic.get(`/files/${second}`, token)).body;
    expect(await idsOf(`from=${createdAt}`)).toEqual([third, second]);
    expect(await idsOf(`to=${createdAt}`)).toEqual([first]);
    const page = await list('limit=2');
    expect(page.data.map(({ id }: { id: string }) => id)).toEqual([third, second]);
    expect(await idsOf(`limit=2&cursor=${page.page.nextCursor}`)).toEqual([first]);
    await clinic.delete(`/files/${third}`, token);
    expect(await idsOf('')).toEqual([second, first]);
    expect(await idsOf('deleted=true')).toEqual([third]);
    expect((await clinic.get(`/files/user/${paulId}`, maria)).body.code).toBe('not_found');
    expect((await clinic.get(`/files/user/${paulId}`, clinic.staff.token)).body.data).toHaveLength(2);
  });
});
