/** Uploading files as a form (R52). */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { type Documents, formOf, PDF, type SentFile, startDocuments, TEXT } from './documents.ts';

let documents: Documents;
let maria: string;
beforeAll(async () => {
  documents = await startDocuments({ FILE_MAX_MB: '1', FILE_QUOTA_MB: '3', UPLOADS_AT_ONCE: '5' });
  maria = documents.clinic.maria.token;
});
afterAll(() => documents.close());
beforeEach(async () => {
  await documents.clinic.portal.driver.run([sql`DELETE FROM files`, sql`DELETE FROM file_purges`], 'write');
});

const upload = (file?: SentFile, token = maria) => documents.upload(token, file);
const usage = () => documents.rows(sql`SELECT reserved_bytes, used_bytes, files FROM file_usage`);
const left = async () => (await documents.rows(sql`SELECT count(*) AS files FROM files`))[0]?.files;

describe('uploading a file', () => {
  test('it is received, and waits for its scan with what the form says', async () => {
    const { status, headers, body } = await upload({
      fields: { fileType: 'lab_result', description: 'Blood count', tags: 'blood, 2026,Blood' },
    });
    expect([status, headers.get('location'), headers.get('etag')]).toEqual([201, `/api/v1/files/${body.id}`, '"v2"']);
    expect(body).toMatchObject({
      patientId: documents.clinic.maria.id,
      origin: 'own',
      fileType: 'lab_result',
      state: 'scanning',
      filename: 'values.txt',
      description: 'Blood count',
      tags: ['blood', '2026'],
      mimeType: 'text/plain',
      sizeBytes: TEXT.length,
      sha256: createHash('sha256').update(TEXT).digest('hex'),
      finding: null,
      scannedAt: null,
      deletedAt: null,
    });
    expect(body._links.download).toBeUndefined();
    expect(await usage()).toEqual([{ reserved_bytes: 0, used_bytes: TEXT.length, files: 1 }]);
  });

  test('fields of browsers that stand after the file count', async () => {
    const { status, body } = await upload({ fields: {}, fieldsAfter: { fileType: 'imaging', tags: 'knee' } });
    expect([status, body.fileType, body.tags]).toEqual([201, 'imaging', ['knee']]);
    const late = await upload({ fieldsAfter: { patientId: documents.clinic.maria.id } });
    expect([late.status, late.body.errors]).toMatchObject([422, [{ pointer: '/patientId', code: 'misplaced' }]]);
    expect(await left()).toBe(1);
  });

  const WRONG: readonly (readonly [string, SentFile, number, object])[] = [
    ['an unknown type', { fields: { fileType: 'letter' } }, 422, { errors: [{ pointer: '/fileType' }] }],
    ['no type', { fields: {} }, 422, { errors: [{ pointer: '/fileType', code: 'required' }] }],
    ['an unknown field', { fields: { fileType: 'other', note: 'x' } }, 422, { errors: [{ pointer: '/note' }] }],
    ['a path as name', { name: '../../etc/passwd.txt' }, 422, { errors: [{ pointer: '/file' }] }],
    ['a name that shows another ending', { name: 'a\u202Efdp.txt' }, 422, { errors: [{ pointer: '/file' }] }],
    [
      'a program',
      { bytes: 'MZ\u0000\u0001', type: 'application/pdf', name: 'a.pdf' },
      422,
      { code: 'file_type_unsupported' },
    ],
    [
      'HTML',
      { bytes: '<html><script>x</script>', type: 'text/html', name: 'a.html' },
      422,
      { code: 'file_type_unsupported' },
    ],
    ['no bytes', { bytes: '' }, 422, { code: 'file_type_unsupported' }],
    [
      'a text that claims to be a PDF',
      { type: 'application/pdf', name: 'a.pdf' },
      422,
      { code: 'file_type_mismatch', detected: 'text/plain', declaredBy: 'media_type' },
    ],
    [
      'a PDF that is cut off',
      { bytes: '%PDF-1.7\n1 0 obj', type: 'application/pdf', name: 'a.pdf' },
      422,
      { code: 'file_content_refused', fault: 'damaged' },
    ],
    [
      'other bytes than declared',
      { fields: { fileType: 'other', sha256: '0'.repeat(64) } },
      422,
      { code: 'file_hash_mismatch' },
    ],
    ['too many bytes', { bytes: 'a'.repeat(1_000_001) }, 413, { code: 'file_too_large', limit: 1_000_000 }],
    ['far too many bytes', { bytes: 'a'.repeat(1_200_000) }, 413, { code: 'payload_too_large' }],
    [
      'an appointment of nobody',
      { fields: { fileType: 'other', appointmentId: '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f' } },
      422,
      { code: 'file_appointment_unknown' },
    ],
  ];
  test.each(WRONG)('%s is refused, and nothing is left', async (_, file, status, problem) => {
    const refused = await upload(file);
    expect(refused.body).toMatchObject(problem);
    expect(refused.status).toBe(status);
    expect(await left()).toBe(0);
    expect(await usage()).toEqual([{ reserved_bytes: 0, used_bytes: 0, files: 0 }]);
  });

  test('a body that is no form, or is cut off, is refused', async () => {
    const send = (body: string, type: string) =>
      documents.fetch('/files/upload', maria, { method: 'POST', body, headers: { 'Content-Type': type } });
    expect((await send('{}', 'application/json')).status).toBe(415);
    expect(await (await send('x', 'multipart/form-data')).json()).toMatchObject({ code: 'malformed_form' });
    const cut =
      '--b\r\nContent-Disposition: form-data; name="fileType"\r\n\r\nother\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nabc';
    expect(await (await send(cut, 'multipart/form-data; boundary=b')).json()).toMatchObject({ code: 'malformed_form' });
    const none = '--b\r\nContent-Disposition: form-data; name="fileType"\r\n\r\nother\r\n--b--\r\n';
    expect(await (await send(none, 'multipart/form-data; boundary=b')).json()).toMatchObject({
      errors: [{ pointer: '/file', code: 'required' }],
    });
    expect(await left()).toBe(0);
  });

  test('the quota counts what is reserved, and deleted files', async () => {
    const bytes = 'a'.repeat(990_000);
    for (let n = 0; n < 3; n++) expect((await upload({ bytes })).status).toBe(201);
    const over = await upload({ bytes });
    expect([over.status, over.body.code, over.body.limit]).toEqual([409, 'file_quota_exceeded', 3_000_000]);
    const quota = await documents.clinic.get('/files/quota', maria);
    expect(quota.body).toMatchObject({ usedBytes: 2_970_000, reservedBytes: 0, limitBytes: 3_000_000, files: 3 });
    const [{ id } = {}] = await documents.rows(sql`SELECT id FROM files LIMIT 1`);
    expect((await documents.clinic.delete(`/files/${id}`, maria)).status).toBe(204);
    expect((await upload({ bytes })).status).toBe(409);
  });

  test('one person has half of the places; who finds none is told to come back', async () => {
    let send: (() => void) | undefined;
    const held = new Promise<void>((resolve) => {
      send = resolve;
    });
    const { clinic } = documents;
    const paul = await clinic.portal.signIn(clinic.paul.email);
    const staff = await clinic.portal.signIn(clinic.staff.email);
    const slowly = async (token: string, file: SentFile = {}) => {
      const whole = new Response(formOf(file));
      const bytes = new Uint8Array(await whole.arrayBuffer());
      const body = new ReadableStream({
        async start(controller) {
          controller.enqueue(bytes.subarray(0, bytes.length - 60));
          await held;
          controller.enqueue(bytes.subarray(bytes.length - 60));
          controller.close();
        },
      });
      const headers = { 'Content-Type': whole.headers.get('content-type') ?? '' };
      return documents.fetch('/files/upload', token, { method: 'POST', body, headers, duplex: 'half' } as RequestInit);
    };
    const ofMaria = { fields: { fileType: 'lab_result', patientId: clinic.maria.id } };
    const busy = [503, 'unavailable', '5'];
    const slow = [slowly(maria), slowly(maria)];
    await expect.poll(left).toBe(2);
    const third = await upload();
    expect([third.status, third.body.code, third.headers.get('retry-after')]).toEqual(busy);
    slow.push(slowly(paul), slowly(paul), slowly(staff, ofMaria));
    await expect.poll(left).toBe(5);
    const sixth = await upload(ofMaria, staff);
    expect([sixth.status, sixth.body.code, sixth.headers.get('retry-after')]).toEqual(busy);
    send?.();
    expect((await Promise.all(slow)).map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
    expect((await upload()).status).toBe(201);
  });

  test('a request that is repeated with its key stores nothing; with another file it is refused', async () => {
    const headers = { 'Idempotency-Key': 'once' };
    const first = await upload({ headers });
    const again = await upload({ headers });
    expect([again.status, again.body]).toEqual([201, first.body]);
    const other = await upload({ headers, bytes: PDF, type: 'application/pdf', name: 'a.pdf' });
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
    expect(await left()).toBe(1);
  });

  test('what is stored is neither the bytes nor the name', async () => {
    const name = 'psychiatry-report.txt';
    const { body } = await upload({ name, fields: { fileType: 'other', tags: 'schizophrenia' } });
    const [row] = await documents.rows(sql`SELECT to_jsonb(f) AS row FROM files f WHERE id = ${body.id}::uuid`);
    expect(JSON.stringify(row)).not.toMatch(/psychiatry|schizo/);
    const [part] = await documents.rows(sql`SELECT * FROM file_parts WHERE file_id = ${body.id}::uuid`);
    const stored = await documents.clinic.portal.deps.files.get(`files/${body.id}/1-${part?.attempt}`);
    const bytes = Buffer.from(await new Response(stored?.body as ReadableStream).arrayBuffer());
    expect(bytes.length).toBe(40 + TEXT.length + 16);
    expect(bytes.includes(Buffer.from('Haemoglobin'))).toBe(false);
  });
});

describe('whom a file is about', () => {
  test('the clinic names the patient; a doctor only own patients', async () => {
    const { clinic } = documents;
    const fields = { fileType: 'lab_result', patientId: clinic.maria.id };
    const unnamed = await upload({}, clinic.staff.token);
    expect([unnamed.status, unnamed.body.errors]).toMatchObject([422, [{ pointer: '/patientId', code: 'required' }]]);
    const added = await upload({ fields }, clinic.staff.token);
    expect([added.status, added.body]).toMatchObject([201, { origin: 'clinic', patientId: clinic.maria.id }]);
    expect((await upload({ fields }, clinic.otherDoctor.token)).body.code).toBe('not_found');
    await clinic.book(maria, '09:00');
    expect((await upload({ fields }, clinic.doctor.token)).status).toBe(201);
    const stranger = await upload({ fields }, clinic.paul.token);
    expect([stranger.status, stranger.body.code]).toEqual([404, 'not_found']);
    const doctors = await upload({ fields: { ...fields, patientId: clinic.doctor.id } }, clinic.staff.token);
    expect(doctors.status).toBe(404);
  });

  test('documents of the clinic do not count against the person', async () => {
    const { clinic } = documents;
    const fields = { fileType: 'lab_result', patientId: clinic.maria.id };
    expect((await upload({ fields, bytes: 'a'.repeat(900_000) }, clinic.staff.token)).status).toBe(201);
    expect((await clinic.get('/files/quota', maria)).body.usedBytes).toBe(0);
    expect(await documents.rows(sql`SELECT sum(bytes)::int AS bytes FROM clinic_file_usage`)).toEqual([
      { bytes: 900_000 },
    ]);
  });

  test('an appointment of the person can be named', async () => {
    const { clinic } = documents;
    const visit = (await clinic.book(maria, '15:00')).body.id;
    const linked = await upload({ fields: { fileType: 'other', appointmentId: visit } });
    expect([linked.status, linked.body.appointmentId]).toEqual([201, visit]);
    const others = await upload({ fields: { fileType: 'other', appointmentId: visit } }, clinic.paul.token);
    expect(others.body.code).toBe('file_appointment_unknown');
  });
});
