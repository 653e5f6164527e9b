/** What the bytes of an erased person's files are to whoever has everything that is left. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Row } from '../../../adapters/postgres/driver/driver.ts';
import { DATA_KEY_COLUMNS, readDataKey, sql } from '../../../adapters/postgres/driver/sql.ts';
import { readPart } from '../../../adapters/postgres/files/rows.ts';
import { sealedRow } from '../../../adapters/postgres/sealed/sealed-row.ts';
import { type FileId, type FilePart, objectKey, partPlace } from '../../../domain/files/file.ts';
import { fromHex } from '../../../domain/shared/bytes.ts';
import { systemContext } from '../../../src/app/identity/first-admin.ts';
import { eraseUser } from '../../../src/app/privacy/erase.ts';
import { type Documents, startDocuments, TEXT } from './documents.ts';

let documents: Documents;
beforeAll(async () => {
  documents = await startDocuments();
});
afterAll(() => documents.close());

/** A dump of the database and a copy of the bucket, as far as they are about one file. */
interface Copy {
  readonly row: Row;
  readonly part: FilePart;
  readonly object: Uint8Array;
}

async function copyOf(id: string): Promise<Copy> {
  const [row] = await documents.rows(sql`SELECT * FROM files WHERE id = ${id}::uuid`);
  const parts = await documents.rows(
    sql`SELECT number, attempt, header, size_bytes FROM file_parts WHERE file_id = ${id}::uuid`,
  );
  const [part] = parts.map((found) => readPart(found as Row));
  if (part === undefined) throw new Error('the file has no part');
  const key = objectKey(id as FileId, part);
  const stored = await documents.clinic.portal.deps.files.get(key);
  const object = new Uint8Array(await new Response(stored?.body as ReadableStream).arrayBuffer());
  return { row: row as Row, part, object };
}

/** Tries every data key that the database still has, opened by the current keys of the ring. */
async function readWithWhatIsLeft(id: string, { row, part, object }: Copy): Promise<string[]> {
  const { cipher, fileCipher } = documents.clinic.portal.deps;
  const keys = await documents.rows(sql`SELECT ${DATA_KEY_COLUMNS} FROM data_keys k`);
  const read: string[] = [];
  for (const found of keys) {
    for (const column of ['file_key', 'clinical_file_key'] as const) {
      const fileKey = sealedRow(cipher, readDataKey(found as Row), 'files', id).optional(column, row[column]);
      if (fileKey === null) continue;
      const range = { offset: 0, length: part.sizeBytes };
      const { offset, length } = fileCipher.sealedRange(part, range);
      const sealed = (async function* () {
        yield object.subarray(offset, offset + length);
      })();
      let text = '';
      for await (const chunk of fileCipher.openRange(fromHex(fileKey), partPlace(id as FileId, 1), part, range, sealed))
        text += new TextDecoder().decode(chunk);
      read.push(text);
    }
  }
  return read;
}

test('R55: a dump and the bucket of before the erasure, with all keys of today, do not open a person’s own file', async () => {
  const { clinic } = documents;
  const { deps } = clinic.portal;
  const person = await clinic.person('patient', 'erased');
  const own = await documents.add(person.token);
  const clinical = await documents.add(clinic.staff.token, { fields: { fileType: 'other', patientId: person.id } });
  const [ownCopy, clinicalCopy] = [await copyOf(own), await copyOf(clinical)];
  expect(await readWithWhatIsLeft(own, ownCopy)).toEqual([TEXT]);
  expect((await eraseUser(deps, systemContext(deps), person.id as never)).ok).toBe(true);
  expect(await readWithWhatIsLeft(own, ownCopy)).toEqual([]);
  // Not because nothing can be read: what the clinic has to keep still can.
  expect(await readWithWhatIsLeft(clinical, clinicalCopy)).toEqual([TEXT]);
});
