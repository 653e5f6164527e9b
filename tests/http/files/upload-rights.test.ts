/** An upload ends with the right of who has begun it. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { type Documents, startDocuments, TEXT } from './documents.ts';
import { bodyOf, type Resuming, resuming } from './resuming.ts';

let documents: Documents;
let maria: string;
let paul: string;
let proxy: string;
let client: Resuming;
beforeAll(async () => {
  documents = await startDocuments();
});
beforeEach(async () => {
  const { clinic } = documents;
  await clinic.portal.driver.run([sql`DELETE FROM files`, sql`DELETE FROM proxies`], 'write');
  maria = await clinic.portal.signIn(clinic.maria.email);
  paul = await clinic.portal.signIn(clinic.paul.email);
  const asked = await clinic.post('/proxies', paul, { email: clinic.maria.email, ground: 'carer' });
  proxy = asked.body.id;
  expect((await clinic.post(`/proxies/${proxy}/accept`, maria)).status).toBe(200);
  client = resuming(documents.fetch, maria);
});
afterAll(() => documents.close());

const begin = () => client.begin(TEXT.length, { patientId: documents.clinic.paul.id });
type Upload = { readonly id: string; readonly uploadUrl: string };
const put = ({ uploadUrl }: Upload, body: BodyInit = TEXT) =>
  documents.fetch(uploadUrl, undefined, { method: 'PUT', body, duplex: 'half' } as RequestInit);
const complete = ({ id }: Upload) => documents.fetch(`/files/${id}/complete`, maria, { method: 'POST' });
const revoke = async () => expect((await documents.clinic.delete(`/proxies/${proxy}`, paul)).status).toBe(204);
const isRefused = async (response: Response) =>
  expect([response.status, await response.json()]).toMatchObject([404, { code: 'file_not_found' }]);
const restrict = (kind: string) =>
  documents.clinic.portal.driver.run(
    [
      sql`INSERT INTO processing_limits (id, user_id, kind, ground, set_at, set_by)
          SELECT gen_random_uuid(), u.id, ${kind}, 'accuracy_contested', now(), u.id FROM users u WHERE u.id = ${documents.clinic.paul.id}::uuid`,
    ],
    'write',
  );
const filesOfPaul = async () => (await documents.clinic.get('/files/my', paul)).body.data;

describe('of a proxy who is revoked', () => {
  test('before the bytes are sent: no step is left, and the rest is swept', async () => {
    const upload = await begin();
    await revoke();
    await isRefused(await put(upload));
    await isRefused(await client.append(upload.id, TEXT, 0, '?1'));
    await isRefused(await complete(upload));
    expect((await client.head(upload.id)).status).toBe(404);
    await isRefused(await client.cancel(upload.id));
    expect(await filesOfPaul()).toEqual([]);
    documents.clinic.portal.clock.advance(3600 + 600);
    await documents.clinic.portal.platform.jobs.everyMinute();
    expect(await documents.rows(sql`SELECT id FROM files`)).toEqual([]);
  });

  test('before the upload is completed', async () => {
    const upload = await begin();
    expect((await put(upload)).status).toBe(204);
    await revoke();
    await isRefused(await complete(upload));
    expect(await filesOfPaul()).toEqual([]);
  });

  test('between two appends', async () => {
    const { id } = await begin();
    await client.append(id, TEXT.slice(0, 5), 0, '?0');
    await revoke();
    await isRefused(await client.append(id, TEXT.slice(5), 5, '?1'));
    expect(await filesOfPaul()).toEqual([]);
  });

  test('while the last bytes are sent', async () => {
    const [sent, appended] = [await begin(), await begin()];
    await isRefused(await put(sent, bodyOf([TEXT], revoke())));
    await isRefused(await client.append(appended.id, TEXT, 0, '?1'));
    expect(await filesOfPaul()).toEqual([]);
  });

  test('an upload that was completed before stays, and its answer is not repeated', async () => {
    const upload = await begin();
    await put(upload);
    expect((await complete(upload)).status).toBe(200);
    await revoke();
    await isRefused(await complete(upload));
    expect((await client.head(upload.id)).status).toBe(404);
    expect(await filesOfPaul()).toHaveLength(1);
  });
});

test('a restriction that begins ends the uploads of others', async () => {
  const upload = await begin();
  await put(upload);
  await restrict('restriction');
  await isRefused(await put(upload));
  await isRefused(await complete(upload));
  await documents.clinic.portal.driver.run([sql`DELETE FROM processing_limits`], 'write');
  expect((await complete(upload)).status).toBe(200);
});

test('the clinic goes on with its own upload, unless the role of who has begun it changes', async () => {
  const { clinic } = documents;
  const staff = await clinic.portal.signIn(clinic.staff.email);
  const theirs = resuming(documents.fetch, staff);
  const upload = await theirs.begin(TEXT.length, { patientId: clinic.paul.id });
  expect((await put(upload)).status).toBe(204);
  expect((await theirs.head(upload.id)).status).toBe(200);
  const role = (name: string) =>
    clinic.portal.driver.run([sql`UPDATE users SET role = ${name} WHERE id = ${clinic.staff.id}::uuid`], 'write');
  await role('patient');
  await isRefused(await put(upload));
  await role('staff');
  const done = await documents.fetch(`/files/${upload.id}/complete`, staff, { method: 'POST' });
  expect(done.status).toBe(200);
});
