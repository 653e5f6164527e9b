/** Sharing files with persons: who may, what a receiver may do, and what ends it (R26, R28, R54). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Sql, sql } from '../../../adapters/postgres/driver/sql.ts';
import { type Documents, startDocuments, TEXT } from './documents.ts';

let documents: Documents;
let maria: string;
let doctor: string;
let id: string;
beforeAll(async () => {
  documents = await startDocuments();
});
beforeEach(async () => {
  const { portal, maria: patient, otherDoctor } = documents.clinic;
  [maria, doctor] = [await portal.signIn(patient.email), await portal.signIn(otherDoctor.email)];
  id = await documents.add(maria);
});
afterAll(() => documents.close());

const share = (userId: string, more: object = {}, token = maria, file = id) =>
  documents.clinic.post(`/files/${file}/share`, token, { userId, ...more });
const withDoctor = (more: object = {}) => share(documents.clinic.otherDoctor.id, more);
const list = async (token = maria, file = id) => (await documents.clinic.get(`/files/${file}/shares`, token)).body.data;
const received = async (token: string) => (await documents.clinic.get('/files/shared-with-me', token)).body.data;
const end = (shareId: string, token = maria, file = id) =>
  documents.clinic.delete(`/files/${file}/shares/${shareId}`, token);
const download = async (token: string, file = id, headers: Record<string, string> = {}) =>
  (await documents.fetch(`/files/${file}/download`, token, { headers })).status;
const write = (statement: Sql) => documents.clinic.portal.driver.run([statement], 'write');
const ofClinic = () =>
  documents.add(documents.clinic.staff.token, {
    fields: { fileType: 'lab_result', patientId: documents.clinic.maria.id },
  });

describe('a share', () => {
  test('opens the file for a doctor who does not know the person, and nothing but this file', async () => {
    const { clinic } = documents;
    const other = await documents.add(maria);
    expect(await download(doctor)).toBe(404);
    const made = await withDoctor();
    expect([made.status, made.body]).toMatchObject([
      201,
      { fileId: id, origin: 'own', state: 'live', openings: 0, receiver: { id: clinic.otherDoctor.id } },
    ]);
    expect(Date.parse(made.body.expiresAt) - clinic.portal.clock.now()).toBe(30 * 86_400_000);
    expect(await (await documents.fetch(`/files/${id}/download`, doctor)).text()).toBe(TEXT);
    expect(await download(doctor, other)).toBe(404);
    expect((await clinic.get(`/files/user/${clinic.maria.id}`, doctor)).status).toBe(404);
  });

  test('lets its receiver read, and not change, delete, restore or share it', async () => {
    const { clinic } = documents;
    const theirs = await ofClinic();
    for (const file of [id, theirs]) {
      await share(clinic.otherDoctor.id, {}, maria, file);
      const shown = await clinic.get(`/files/${file}`, doctor);
      expect([shown.status, Object.keys(shown.body._links).sort()]).toEqual([
        200,
        ['download', 'downloadLink', 'self'],
      ]);
      const refused = [
        await clinic.put(`/files/${file}`, doctor, { tags: ['x'] }, 3),
        await clinic.delete(`/files/${file}`, doctor),
        await clinic.post(`/files/${file}/restore`, doctor),
        await share(clinic.doctor.id, {}, doctor, file),
        await clinic.get(`/files/${file}/shares`, doctor),
      ];
      expect(refused.map(({ body }) => body.code)).toEqual(Array(5).fill('file_not_found'));
    }
  });

  test('is listed with when it was opened, and its receiver finds it', async () => {
    const { clinic } = documents;
    const made = await withDoctor();
    const [found] = await received(doctor);
    expect(found).toMatchObject({
      id: made.body.id,
      sharedBy: { id: clinic.maria.id, name: 'maria Example' },
      file: { id, filename: 'values.txt', _links: { download: { href: `/api/v1/files/${id}/download` } } },
    });
    expect((await received(maria)).map(({ file }: { file: { id: string } }) => file.id)).not.toContain(id);
    expect((await list())[0]).toMatchObject({
      openedAt: null,
      openings: 0,
      receiver: { name: 'other-doctor Example' },
    });
    clinic.portal.clock.advance(60);
    await download(doctor);
    await download(doctor, id, { Range: 'bytes=0-1' });
    const now = new Date(clinic.portal.clock.now()).toISOString();
    expect((await list())[0]).toMatchObject({ openings: 2 });
    expect(Date.parse((await list())[0].openedAt)).toBe(Date.parse(now));
    expect((await clinic.get(`/files/${id}`, maria)).body._links).toMatchObject({
      share: { href: `/api/v1/files/${id}/share`, method: 'POST' },
      shares: { href: `/api/v1/files/${id}/shares` },
      accesses: { href: `/api/v1/files/${id}/accesses` },
    });
  });

  test('is recorded with each opening, and the person sees who opened the file by it', async () => {
    const { clinic } = documents;
    const { body: made } = await withDoctor();
    await download(doctor);
    await download(maria);
    const { body } = await clinic.get(`/files/${id}/accesses`, maria);
    const shown = body.data.map(({ who, eventType, purpose, shareId }: Record<string, string>) => [
      who,
      eventType,
      purpose,
      shareId,
    ]);
    expect(shown.slice(0, 3)).toEqual([
      ['you', 'file.downloaded', 'own', null],
      ['other-doctor Example', 'file.downloaded', 'share', made.id],
      ['you', 'file.shared', null, made.id],
    ]);
    expect((await clinic.get(`/files/${id}/accesses`, clinic.paul.token)).body.code).toBe('file_not_found');
    const page = await clinic.get(`/files/${id}/accesses?limit=1`, maria);
    const next = await clinic.get(`/files/${id}/accesses?limit=1&cursor=${page.body.page.nextCursor}`, maria);
    expect(next.body.data[0].id).toBe(body.data[1].id);
  });

  test('is told to its receiver by mail, without the file and without the person', async () => {
    const { clinic } = documents;
    await withDoctor();
    await withDoctor();
    await clinic.runJobs();
    const mails = (await clinic.portal.mails(clinic.otherDoctor.email)).filter(
      ({ template }) => template === 'file-shared',
    );
    const ofThisFile = await documents.rows(
      sql`SELECT 1 FROM file_shares WHERE file_id = ${id}::uuid AND receiver_id = ${clinic.otherDoctor.id}::uuid`,
    );
    expect(ofThisFile).toHaveLength(1);
    const { text = '' } = mails[0] ?? {};
    expect(text).toContain('https://portal.example/documents');
    expect(text).not.toMatch(/values\.txt|maria/i);
  });
});

describe('what ends a share', () => {
  test('ending it, at once: also for links that were made before, and for the next range', async () => {
    const { clinic } = documents;
    const { body: made } = await withDoctor();
    const link = await clinic.post(`/files/${id}/download-link`, doctor);
    const byLink = async () =>
      (await documents.fetch(link.body.url, undefined, { headers: { Range: 'bytes=0-1' } })).status;
    expect(await byLink()).toBe(206);
    expect((await list())[0].openings).toBe(1);
    expect((await end(made.id)).status).toBe(204);
    expect([await byLink(), await download(doctor, id, { Range: 'bytes=2-3' })]).toEqual([404, 404]);
    expect((await received(doctor)).map(({ id: each }: { id: string }) => each)).not.toContain(made.id);
    expect((await list())[0]).toMatchObject({ id: made.id, state: 'revoked' });
    expect((await end(made.id)).status).toBe(204);
    const again = await withDoctor();
    expect(again.body.id).not.toBe(made.id);
    expect(await download(doctor)).toBe(200);
  });

  test('its end, at the instant; sharing again renews it', async () => {
    const { clinic } = documents;
    const expiresAt = new Date(clinic.portal.clock.now() + 60_000).toISOString();
    const { body: made } = await withDoctor({ expiresAt });
    clinic.portal.clock.advance(59);
    expect(await download(doctor)).toBe(200);
    clinic.portal.clock.advance(1);
    expect(await download(doctor)).toBe(404);
    expect((await list())[0]).toMatchObject({ state: 'expired' });
    const renewed = await withDoctor();
    expect([renewed.body.id, renewed.body.state]).toEqual([made.id, 'live']);
    expect(await download(doctor)).toBe(200);
    const late = await withDoctor({ expiresAt: new Date(clinic.portal.clock.now() + 366 * 86_400_000).toISOString() });
    const past = await withDoctor({ expiresAt: new Date(clinic.portal.clock.now()).toISOString() });
    for (const refused of [late, past]) {
      expect([refused.status, refused.body.code]).toEqual([422, 'file_share_end_invalid']);
      expect(Date.parse(refused.body.latest)).toBe(clinic.portal.clock.now() + 365 * 86_400_000);
    }
  });

  test('a deleted file, one that is not clean, and a restriction of the person', async () => {
    const { clinic } = documents;
    await withDoctor();
    await write(sql`UPDATE files SET state = 'infected' WHERE id = ${id}::uuid`);
    expect([await download(doctor), (await clinic.get(`/files/${id}`, doctor)).status]).toEqual([404, 404]);
    await write(sql`UPDATE files SET state = 'clean' WHERE id = ${id}::uuid`);
    await clinic.delete(`/files/${id}`, maria);
    expect(await download(doctor)).toBe(404);
    await clinic.post(`/files/${id}/restore`, maria);
    expect(await download(doctor)).toBe(200);
    const limit = { kind: 'restriction', ground: 'accuracy_contested' };
    const limited = await clinic.post(`/users/${clinic.maria.id}/processing-limits`, clinic.admin.token, limit);
    expect(limited.status).toBe(201);
    expect(await download(doctor)).toBe(404);
    expect((await withDoctor()).body.code).toBe('processing_restricted');
    await clinic.delete(`/users/${clinic.maria.id}/processing-limits/${limited.body.id}`, clinic.admin.token);
    // The restriction has ended the share, and lifting it does not bring it back.
    expect([await download(doctor), (await list())[0].state]).toEqual([404, 'revoked']);
  });

  test('nothing of it is left of an account that is closed, of the person or of the receiver', async () => {
    const { clinic } = documents;
    const leaving = await clinic.person('patient', 'leaving');
    const file = await documents.add(leaving.token);
    const resigning = await clinic.person('doctor', 'resigning');
    await share(clinic.otherDoctor.id, {}, leaving.token, file);
    expect((await withDoctor()).status).toBe(201);
    expect((await share(resigning.id)).status).toBe(201);
    expect((await clinic.delete(`/users/${leaving.id}`, leaving.token)).status).toBe(204);
    expect(await download(doctor, file)).toBe(404);
    const put = await clinic.portal.request('PUT', `/api/v1/users/${resigning.id}/role`, {
      token: clinic.admin.token,
      body: { role: 'staff' },
    });
    expect(put.status, JSON.stringify(put.body)).toBe(200);
    const shares = await list();
    expect(shares.find(({ receiver }: { receiver: { id: string } }) => receiver.id === resigning.id).state).toBe(
      'revoked',
    );
    await clinic.runJobs();
    expect(await documents.rows(sql`SELECT 1 FROM file_shares WHERE file_id = ${file}::uuid`)).toEqual([]);
  });
});

describe('who shares', () => {
  test('the clinic shares its documents with the person and their doctors, and ends its own shares alone', async () => {
    const { clinic } = documents;
    const theirs = await ofClinic();
    const { token } = clinic.staff;
    expect((await share(clinic.maria.id, {}, token, id)).body.code).toBe('file_not_yours');
    expect((await share(clinic.otherDoctor.id, {}, token, theirs)).body.code).toBe('file_share_receiver_unfit');
    expect((await share('0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f', {}, token, theirs)).body.code).toBe(
      'file_share_receiver_unfit',
    );
    const made = await share(clinic.maria.id, {}, token, theirs);
    expect([made.status, made.body.origin]).toEqual([201, 'clinic']);
    expect((await received(maria)).map(({ file }: { file: { id: string } }) => file.id)).toContain(theirs);
    await download(maria, theirs);
    expect((await list(token, theirs))[0]).toMatchObject({ openings: 1, sharedBy: { name: 'staff Example' } });
    const own = await share(clinic.otherDoctor.id, {}, maria, theirs);
    expect((await list(token, theirs)).map(({ id: each }: { id: string }) => each)).toEqual([made.body.id]);
    expect((await end(own.body.id, token, theirs)).body.code).toBe('file_share_not_found');
    expect((await end(made.body.id, maria, theirs)).status).toBe(204);
    expect((await end(made.body.id, maria, id)).body.code).toBe('file_share_not_found');
  });

  test('who acts for the person shares, receives, and loses it with the relation', async () => {
    const { clinic } = documents;
    expect((await share(clinic.paul.id)).body.code).toBe('file_share_receiver_unfit');
    const proxy = { personId: clinic.paul.id, ground: 'authorised', proof: 'Signed form seen' };
    expect((await clinic.post(`/patients/${clinic.maria.id}/proxies`, clinic.staff.token, proxy)).status).toBe(201);
    expect((await share(clinic.paul.id)).status).toBe(201);
    expect((await share(clinic.otherDoctor.id, {}, clinic.paul.token)).status).toBe(201);
    expect(await received(clinic.paul.token)).toHaveLength(1);
    await write(sql`UPDATE proxies SET revoked_at = now(), revoked_by = ${clinic.staff.id}::uuid`);
    expect([await download(clinic.paul.token), await received(clinic.paul.token)]).toEqual([404, []]);
  });
});
