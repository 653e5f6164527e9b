/** What becomes of files in copies of one's data, erasure, merging and the clinic's retention (R55, R76, R79). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { systemContext } from '../../../src/app/identity/first-admin.ts';
import { eraseUser } from '../../../src/app/privacy/erase.ts';
import { applyRetention } from '../../../src/app/privacy/retention.ts';
import { unzip } from '../../support/unzip.ts';
import { type Documents, startDocuments, TEXT } from './documents.ts';

let documents: Documents;
beforeAll(async () => {
  documents = await startDocuments();
});
afterAll(() => documents.close());

const clinicFields = (patientId: string) => ({ fileType: 'lab_result', patientId });
const system = () => systemContext(documents.clinic.portal.deps);
const objectOf = async (id: string) => {
  const [part] = await documents.rows(sql`SELECT attempt FROM file_parts WHERE file_id = ${id}::uuid`);
  const key = `files/${id}/1-${part?.attempt}`;
  return { key, get: async () => documents.clinic.portal.deps.files.get(key) };
};
const sweep = () => documents.clinic.portal.platform.jobs.everyMinute();

describe('the copy of one’s data', () => {
  test('holds what is noted of each file, and the bytes of those that can be opened', async () => {
    const { clinic } = documents;
    const { id: ownerId, email } = await clinic.person('patient', 'copied');
    const token = await clinic.portal.signIn(email);
    const fields = { fileType: 'lab_result', description: 'Spring', tags: 'blood' };
    const own = await documents.add(token, { name: 'Größe.txt', fields });
    const theirs = await documents.add(clinic.staff.token, { fields: clinicFields(ownerId) });
    const waiting = (await documents.upload(token)).body.id;
    await clinic.portal.driver.run([sql`UPDATE files SET state = 'unscannable' WHERE id = ${waiting}::uuid`], 'write');
    const { id } = (await clinic.post('/privacy/exports', token)).body;
    await clinic.runJobs();
    const archive = await documents.fetch(`/privacy/exports/${id}/download`, token);
    const entries = unzip(Buffer.from(await archive.arrayBuffer()));
    const names = [...entries.keys()].filter((name) => name.startsWith('files/'));
    expect(names.sort()).toEqual([`files/${own}/Größe.txt`, `files/${theirs}/values.txt`].sort());
    expect(new TextDecoder().decode(entries.get(`files/${own}/Größe.txt`))).toBe(TEXT);
    const document = new TextDecoder().decode(entries.get('personal-data.json'));
    const { files } = JSON.parse(document);
    expect(files).toHaveLength(3);
    expect(files.find((file: { id: string }) => file.id === own)).toMatchObject({
      details: { name: 'Größe.txt', description: 'Spring', tags: ['blood'] },
      origin: 'own',
      fileType: 'lab_result',
    });
    expect(files.find((file: { id: string }) => file.id === theirs).clinicalDetails.name).toBe('values.txt');
    const [row] = await documents.rows(sql`SELECT file_key FROM files WHERE id = ${own}::uuid`);
    expect(document).not.toContain(Buffer.from(row?.file_key as Uint8Array).toString('hex'));
    expect(Object.keys(files[0])).not.toContain('fileKey');
  });
});

describe('erasing a person', () => {
  test('deletes their own files with their bytes, and keeps the documents of the clinic for administrators', async () => {
    const { clinic } = documents;
    const { deps } = clinic.portal;
    const person = await clinic.person('patient', 'erased');
    const own = await documents.add(person.token);
    const theirs = await documents.add(clinic.staff.token, { fields: clinicFields(person.id) });
    const open = (
      await clinic.post('/files', person.token, { filename: 'a.txt', mimeType: '', sizeBytes: 5, fileType: 'other' })
    ).body.id;
    const [ownObject, theirObject] = [await objectOf(own), await objectOf(theirs)];
    expect((await eraseUser(deps, system(), person.id as never)).ok).toBe(true);
    const left = await documents.rows(sql`SELECT id FROM files WHERE id = ANY(${[own, theirs, open]}::uuid[])`);
    expect(left).toEqual([{ id: theirs }]);
    await sweep();
    expect(await ownObject.get()).toBeUndefined();
    expect(await theirObject.get()).toBeDefined();
    const admin = await clinic.portal.signIn(clinic.admin.email);
    const read = await documents.fetch(`/files/${theirs}/download`, admin);
    expect([read.status, await read.text()]).toEqual([200, TEXT]);
    const listed = await clinic.get(`/files/user/${person.id}`, admin);
    expect(listed.body.data.map(({ id }: { id: string }) => id)).toEqual([theirs]);
    for (const token of [clinic.staff.token, clinic.doctor.token]) {
      expect((await clinic.get(`/files/${theirs}`, token)).body.code).toBe('file_not_found');
      expect((await clinic.get(`/files/user/${person.id}`, token)).body.code).toBe('not_found');
    }
    // The clinic's retention counts from the last document, and ends with its bytes.
    const age = (years: number) =>
      clinic.portal.driver.run(
        [
          sql`UPDATE clinical_keys SET created_at = created_at - interval '20 years' WHERE patient_id = ${person.id}::uuid`,
          sql`UPDATE files SET created_at = created_at - make_interval(years => ${years}::int) WHERE id = ${theirs}::uuid`,
        ],
        'write',
      );
    await age(9);
    await applyRetention(deps, system());
    expect((await documents.fetch(`/files/${theirs}/download`, admin)).status).toBe(200);
    await age(2);
    await applyRetention(deps, system());
    expect((await documents.fetch(`/files/${theirs}/download`, admin)).status).toBe(404);
    await sweep();
    expect(await theirObject.get()).toBeUndefined();
  });
});

describe('shares', () => {
  test('are in the copies of the person and of the receiver, and are deleted when either is erased', async () => {
    const { clinic } = documents;
    const { deps } = clinic.portal;
    const [person, first, second] = [
      await clinic.person('patient', 'sharing'),
      await clinic.person('doctor', 'first'),
      await clinic.person('doctor', 'second'),
    ];
    const file = await documents.add(person.token);
    const share = async (userId: string) =>
      (await clinic.post(`/files/${file}/share`, person.token, { userId })).body.id;
    const [toFirst, toSecond] = [await share(first.id), await share(second.id)];
    const chapterOf = async (token: string) => {
      const { id } = (await clinic.post('/privacy/exports', token)).body;
      await clinic.runJobs();
      const archive = await documents.fetch(`/privacy/exports/${id}/download`, token);
      const entries = unzip(Buffer.from(await archive.arrayBuffer()));
      return JSON.parse(new TextDecoder().decode(entries.get('personal-data.json'))).fileShares;
    };
    const ids = (shares: { id: string }[]) => shares.map(({ id }) => id).sort();
    expect(ids(await chapterOf(person.token))).toEqual([toFirst, toSecond].sort());
    const [received] = await chapterOf(first.token);
    expect(received).toMatchObject({ id: toFirst, fileId: file, receiverId: first.id });
    expect(Object.keys(received)).not.toContain('secretHash');
    const left = async () =>
      ids((await documents.rows(sql`SELECT id FROM file_shares WHERE file_id = ${file}::uuid`)) as { id: string }[]);
    expect((await eraseUser(deps, system(), first.id as never)).ok).toBe(true);
    expect(await left()).toEqual([toSecond]);
    expect((await eraseUser(deps, system(), person.id as never)).ok).toBe(true);
    expect(await left()).toEqual([]);
  });
});

describe('merging two records', () => {
  test('moves what was shared with either, once, and shares of the files with them', async () => {
    const { clinic } = documents;
    const [kept, other] = [await clinic.person('patient', 'keeps'), await clinic.person('patient', 'merges')];
    const owner = await clinic.person('patient', 'owner');
    for (const { id } of [kept, other]) {
      const proxy = { personId: id, ground: 'authorised', proof: 'Signed form seen' };
      expect((await clinic.post(`/patients/${owner.id}/proxies`, clinic.staff.token, proxy)).status).toBe(201);
    }
    const [both, one] = [await documents.add(owner.token), await documents.add(owner.token)];
    const own = await documents.add(other.token);
    const share = (file: string, token: string, userId: string) =>
      clinic.post(`/files/${file}/share`, token, { userId });
    await share(both, owner.token, kept.id);
    await share(both, owner.token, other.id);
    await share(one, owner.token, other.id);
    await share(own, other.token, clinic.otherDoctor.id);
    const admin = await clinic.portal.signIn(clinic.admin.email);
    const merge = { aliasId: other.id, aliasVersion: 1, endAliasAccount: true };
    const merged = await clinic.post(`/patients/${kept.id}/merge`, admin, merge, { 'If-Match': '*' });
    expect(merged.status, JSON.stringify(merged.body)).toBe(201);
    const token = await clinic.portal.signIn(kept.email);
    const shown = async () =>
      (await clinic.get('/files/shared-with-me', token)).body.data.map(({ file }: { file: { id: string } }) => file.id);
    expect((await shown()).sort()).toEqual([both, one].sort());
  });

  test('moves the files with their keys and what they take, and back', async () => {
    const { clinic } = documents;
    const [kept, other] = [await clinic.person('patient', 'kept'), await clinic.person('patient', 'merged')];
    const own = await documents.add(other.token);
    const theirs = await documents.add(clinic.staff.token, { fields: clinicFields(other.id) });
    const admin = await clinic.portal.signIn(clinic.admin.email);
    const merge = { aliasId: other.id, aliasVersion: 1, endAliasAccount: true };
    const merged = await clinic.post(`/patients/${kept.id}/merge`, admin, merge, { 'If-Match': '*' });
    expect(merged.status, JSON.stringify(merged.body)).toBe(201);
    const keptToken = await clinic.portal.signIn(kept.email);
    for (const id of [own, theirs]) {
      const read = await documents.fetch(`/files/${id}/download`, keptToken);
      expect([read.status, await read.text()]).toEqual([200, TEXT]);
    }
    const taken = async (id: string) =>
      (await documents.rows(sql`SELECT used_bytes, files FROM file_usage WHERE patient_id = ${id}::uuid`))[0];
    expect([await taken(kept.id), await taken(other.id)]).toEqual([
      { used_bytes: TEXT.length, files: 1 },
      { used_bytes: 0, files: 0 },
    ]);
    const undone = await clinic.post(`/patients/${kept.id}/unmerge`, admin, { mergeId: merged.body.id });
    expect(undone.status, JSON.stringify(undone.body)).toBe(200);
    expect((await documents.fetch(`/files/${own}/download`, keptToken)).status).toBe(404);
    const back = await documents.fetch(`/files/${theirs}/download`, admin);
    expect([back.status, await back.text()]).toEqual([200, TEXT]);
    expect(await taken(other.id)).toEqual({ used_bytes: TEXT.length, files: 1 });
  });
});
