/** Uploads that are resumed (draft-ietf-httpbis-resumable-upload-12). */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { PART_BYTES } from '../../../domain/files/file.ts';
import { createRunningAppends, type RunningAppends } from '../../../src/app/files/running-appends.ts';
import { sized } from '../../support/size.ts';
import { type Documents, startDocuments, TEXT } from './documents.ts';
import { bodyOf, endsAsUncut, numberedText, type Resuming, resuming } from './resuming.ts';

let documents: Documents;
let maria: string;
let client: Resuming;
beforeAll(async () => {
  documents = await startDocuments({ FILE_MAX_MB: '60', UPLOADS_AT_ONCE: '4' });
});
beforeEach(async () => {
  const { portal, maria: person } = documents.clinic;
  await portal.driver.run([sql`DELETE FROM files`], 'write');
  maria = await portal.signIn(person.email);
  client = resuming(documents.fetch, maria);
});
afterAll(() => documents.close());

const hashOf = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;
const rows = (id: string) =>
  documents.rows(sql`SELECT 'file' AS what, id::text AS name FROM files WHERE id = ${id}::uuid AND state = 'uploading'
    UNION ALL SELECT 'attempt', first_part || '-' || last_part FROM file_attempts WHERE file_id = ${id}::uuid
    UNION ALL SELECT 'part', number || ' of ' || size_bytes FROM file_parts WHERE file_id = ${id}::uuid ORDER BY 1, 2`);
const told = ({ headers }: Response) =>
  ['upload-offset', 'upload-complete', 'upload-length', 'upload-limit'].map((name) => headers.get(name));

describe('an upload that is resumed', () => {
  test('tells how far it is, takes the rest in pieces of any size, and answers as the completion does', async () => {
    const begun = await client.begin(TEXT.length, { sha256: hashOf(TEXT) });
    expect(begun._links).toMatchObject({
      upload: { href: `/api/v1/files/${begun.id}/upload` },
      append: { method: 'PATCH' },
      cancel: { method: 'DELETE' },
    });
    const limit = `max-size=${TEXT.length}, max-append-size=50000000, max-age=3600`;
    const head = await client.head(begun.id);
    expect([head.status, head.headers.get('cache-control'), ...told(head)]).toEqual([
      200,
      'no-store',
      '0',
      '?0',
      `${TEXT.length}`,
      limit,
    ]);
    expect(await head.text()).toBe('');
    const first = await client.append(begun.id, TEXT.slice(0, 5), 0, '?0');
    expect([first.status, ...told(first)]).toEqual([204, '5', '?0', `${TEXT.length}`, limit]);
    const none = await client.append(begun.id, '', 5, '?0', { 'Upload-Length': `${TEXT.length}` });
    expect([none.status, told(none)[0]]).toEqual([204, '5']);
    expect((await client.append(begun.id, bodyOf([TEXT.slice(5, 9)]), 5, '?0')).status).toBe(204);
    const shown = await documents.clinic.get(`/files/${begun.id}/upload`, maria);
    expect(shown.body).toMatchObject({ offset: 9, sizeBytes: TEXT.length, isComplete: false });
    expect(await rows(begun.id)).toEqual([
      { what: 'attempt', name: '1-1' },
      { what: 'file', name: begun.id },
      { what: 'part', name: '1 of 9' },
    ]);
    const last = await client.append(begun.id, TEXT.slice(9), 9, '?1');
    expect([last.status, ...told(last).slice(0, 2), await last.json()]).toMatchObject([
      200,
      `${TEXT.length}`,
      '?1',
      { state: 'scanning', sha256: hashOf(TEXT) },
    ]);
    const after = await client.head(begun.id);
    expect(told(after).slice(0, 3)).toEqual([`${TEXT.length}`, '?1', `${TEXT.length}`]);
    await documents.clinic.runJobs();
    expect(await (await documents.fetch(`/files/${begun.id}/download`, maria)).text()).toBe(TEXT);
  });

  test('that was cut off at any bytes gives the same file as one that was not', async () => {
    await endsAsUncut(client, sized(30));
  }, 60_000);

  test('one object is kept for each part, whatever the pieces were', async () => {
    const bytes = numberedText(PART_BYTES + 10);
    const { id } = await client.begin(bytes.length);
    const put = documents.clinic.portal.deps.files;
    const steps = [3, 5, PART_BYTES, PART_BYTES + 2, bytes.length];
    for (const [n, end] of steps.entries()) {
      const from = steps[n - 1] ?? 0;
      expect((await client.append(id, bytes.slice(from, end), from, '?0')).status).toBe(204);
    }
    const attempts = await documents.rows(
      sql`SELECT attempt, first_part, last_part FROM file_attempts WHERE file_id = ${id}::uuid ORDER BY first_part`,
    );
    expect(attempts).toMatchObject([
      { first_part: 1, last_part: 1 },
      { first_part: 2, last_part: 2 },
    ]);
    for (const { attempt, first_part } of attempts) {
      expect(await put.get(`files/${id}/${first_part}-${attempt}`)).toBeDefined();
    }
    expect((await client.append(id, '', bytes.length, '?1')).status).toBe(200);
  });
});

describe('whose upload it is, and until when', () => {
  test('nobody else sees it, appends to it or cancels it', async () => {
    const { clinic } = documents;
    const { id } = await client.begin(TEXT.length);
    for (const person of [clinic.paul, clinic.staff]) {
      const other = resuming(documents.fetch, await clinic.portal.signIn(person.email));
      const refused = [await other.head(id), await other.append(id, TEXT, 0, '?1'), await other.cancel(id)];
      expect(refused.map(({ status }) => status)).toEqual([404, 404, 404]);
    }
    expect((await client.append(id, TEXT, 0, '?1')).status).toBe(200);
  });

  test('it is cancelled with all that was stored', async () => {
    const { id } = await client.begin(TEXT.length);
    await client.append(id, TEXT.slice(0, 4), 0, '?0');
    expect((await client.cancel(id)).status).toBe(204);
    expect([(await client.cancel(id)).status, (await client.append(id, 'x', 4, '?0')).status]).toEqual([404, 404]);
    expect(await rows(id)).toEqual([]);
    expect((await documents.clinic.get('/files/quota', maria)).body.reservedBytes).toBe(0);
  });

  test('after an hour it is gone', async () => {
    const { id } = await client.begin(TEXT.length);
    await client.append(id, TEXT.slice(0, 4), 0, '?0');
    documents.clinic.portal.clock.advance(3599);
    const late = resuming(documents.fetch, await documents.clinic.portal.signIn(documents.clinic.maria.email));
    expect((await late.head(id)).headers.get('upload-limit')).toContain('max-age=1');
    documents.clinic.portal.clock.advance(1);
    expect([(await late.head(id)).status, (await late.append(id, 'x', 4, '?0')).status]).toEqual([404, 404]);
  });
});

describe('two requests for one upload', () => {
  /** An append of one part and a byte, whose end waits. The part is stored. */
  const slowly = async (id: string, bytes: Uint8Array) => {
    let release: (() => void) | undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const answer = client.append(id, bodyOf([bytes.slice(0, PART_BYTES + 1)], held), 0, '?0');
    await expect.poll(async () => (await rows(id)).length).toBe(3);
    return { answer, release: () => release?.() };
  };
  const bytes = numberedText(PART_BYTES + 100);

  /** What follows arrives at another process, which does not know of the appends of this one. */
  const atAnotherProcess = () => {
    (documents.clinic.portal.deps as { appends: RunningAppends }).appends = createRunningAppends();
  };

  test('asking for the offset ends the append that runs: all that has arrived counts', async () => {
    const { id } = await client.begin(bytes.length);
    const { answer } = await slowly(id, bytes);
    expect(told(await client.head(id))[0]).toBe(`${PART_BYTES + 1}`);
    const lost = await answer;
    expect([lost.status, await codeOf(lost)]).toEqual([409, 'file_append_superseded']);
    const last = await client.append(id, bytes.slice(PART_BYTES + 1), PART_BYTES + 1, '?1');
    expect([last.status, await last.json()]).toMatchObject([200, { sha256: hashOf(bytes) }]);
  });

  test('a later append and a cancellation end it too; those of others do not', async () => {
    const { id } = await client.begin(bytes.length);
    const first = await slowly(id, bytes);
    const { clinic } = documents;
    const paul = resuming(documents.fetch, await clinic.portal.signIn(clinic.paul.email));
    for (const refused of [await paul.head(id), await paul.append(id, 'x', 0, '?0'), await paul.cancel(id)]) {
      expect(refused.status).toBe(404);
    }
    const early = await client.append(id, bytes.slice(PART_BYTES), PART_BYTES, '?1');
    expect(await early.json()).toMatchObject({ 'expected-offset': PART_BYTES + 1 });
    expect(await codeOf(await first.answer)).toBe('file_append_superseded');
    const none = client.append(id, bodyOf([], new Promise(() => {})), PART_BYTES + 1, '?0');
    await expect.poll(() => documents.rows(sql`SELECT 1 FROM files WHERE appending IS NOT NULL`)).toHaveLength(1);
    expect((await client.cancel(id)).status).toBe(204);
    expect(await codeOf(await none)).toBe('file_append_superseded');
    expect(await rows(id)).toEqual([]);
  });

  test('asking another process for the offset ends it, so that the offset holds', async () => {
    const { id } = await client.begin(bytes.length);
    const { answer, release } = await slowly(id, bytes);
    atAnotherProcess();
    expect(told(await client.head(id))[0]).toBe(`${PART_BYTES}`);
    release();
    const lost = await answer;
    expect([lost.status, await codeOf(lost)]).toEqual([409, 'file_append_superseded']);
    const last = await client.append(id, bytes.slice(PART_BYTES), PART_BYTES, '?1');
    expect([last.status, await last.json()]).toMatchObject([200, { sha256: hashOf(bytes) }]);
  });

  test('a later append at another process goes on; of the one before counts what was stored by then', async () => {
    const { id } = await client.begin(bytes.length);
    const { answer, release } = await slowly(id, bytes);
    atAnotherProcess();
    const next = await client.append(id, bytes.slice(PART_BYTES, PART_BYTES + 50), PART_BYTES, '?0');
    expect(next.status).toBe(204);
    release();
    const lost = await answer;
    expect([lost.status, await codeOf(lost)]).toEqual([409, 'file_append_superseded']);
    expect(told(await client.head(id))[0]).toBe(`${PART_BYTES + 50}`);
    const last = await client.append(id, bytes.slice(PART_BYTES + 50), PART_BYTES + 50, '?1');
    expect([last.status, await last.json()]).toMatchObject([200, { sha256: hashOf(bytes) }]);
  });
});
