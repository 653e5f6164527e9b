/** Small pictures of files: who sees them, how they are sent and recorded, and when there are none (R25, R26, R46, R53). */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { Unavailable } from '../../../domain/shared/ports.ts';
import type { Deps } from '../../../src/app/context.ts';
import { hugePng, noisyPng, PICTURE, PLANTED, photo, quadrants, testThumbnailer } from '../../support/pictures.ts';
import { type Documents, PDF, startDocuments } from './documents.ts';

let documents: Documents;
let maria: string;
beforeAll(async () => {
  documents = await startDocuments();
  maria = documents.clinic.maria.token;
});
afterAll(() => documents.close());

const picture = (bytes: Uint8Array = PICTURE) => ({ bytes, name: 'a', type: '', fields: { fileType: 'imaging' } });
const add = (bytes?: Uint8Array) => documents.add(maria, picture(bytes));
const get = (id: string, query = '', token = maria, headers: Record<string, string> = {}) =>
  documents.fetch(`/files/${id}/thumbnail${query}`, token, { headers });
const file = async (id: string) => (await documents.clinic.get(`/files/${id}`, maria)).body;
const problem = async (response: Response) => [response.status, (await response.json()) as Record<string, unknown>];
const previews = (id: string) =>
  documents.rows(
    sql`SELECT stream, actor_id, outcome, details FROM audit_events WHERE resource_id = ${id} AND event_type = 'file.previewed' ORDER BY sequence`,
  );
const objects = async (id: string) =>
  documents.rows(sql`SELECT size, attempt FROM file_thumbnails WHERE file_id = ${id}::uuid ORDER BY size`);

/** Files that the thumbnailer is made to treat otherwise. */
function withThumbnailer(thumbnailer: Deps['thumbnailer']) {
  (documents.clinic.portal.deps as { thumbnailer: Deps['thumbnailer'] }).thumbnailer = thumbnailer;
}

describe('a small picture', () => {
  test('is upright and holds no metadata, and is kept by nobody', async () => {
    const id = await add(photo(6));
    const response = await get(id);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/jpeg',
      'content-disposition': 'inline',
      'cache-control': 'private, no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/);
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect(String(bytes.length)).toBe(response.headers.get('content-length'));
    expect(await quadrants(bytes)).toEqual({ width: 64, height: 96, colours: 'brwg' });
    expect(PLANTED.filter((word) => Buffer.from(bytes).toString('latin1').includes(word))).toEqual([]);
  });

  test('comes in two sizes, each with a tag of its own', async () => {
    const id = await add(noisyPng(1_300));
    const [small, large] = [await get(id), await get(id, '?size=preview')];
    const [thumbnail, preview] = await Promise.all(
      [small, large].map(async (each) => quadrants(new Uint8Array(await each.arrayBuffer()))),
    );
    expect([thumbnail?.width, preview?.width]).toEqual([320, 1280]);
    const etag = small.headers.get('etag') ?? '';
    expect(etag).not.toBe(large.headers.get('etag'));
    const again = await get(id, '', maria, { 'If-None-Match': etag });
    expect([again.status, await again.text()]).toEqual([304, '']);
    expect((await get(id, '?size=preview', maria, { 'If-None-Match': etag })).status).toBe(200);
    expect((await get(id, '?size=huge')).status).toBe(422);
  });

  test('is linked once it is there, and the tag of the file follows', async () => {
    const { body } = await documents.upload(maria, picture());
    expect([body.thumbnail, body._links.thumbnail]).toEqual(['pending', undefined]);
    const [status, waiting] = await problem(await get(body.id));
    expect([status, waiting]).toMatchObject([409, { code: 'file_not_available', state: 'scanning' }]);
    let scanned = new Response();
    withThumbnailer({
      async render(...given) {
        scanned = await documents.fetch(`/files/${body.id}`, maria);
        return testThumbnailer.render(...given);
      },
    });
    await documents.clinic.runJobs();
    withThumbnailer(testThumbnailer);
    expect(await scanned.json()).toMatchObject({ state: 'clean', thumbnail: 'pending' });
    const made = await documents.fetch(`/files/${body.id}`, maria, {
      headers: { 'If-None-Match': scanned.headers.get('etag') ?? '' },
    });
    expect(made.status).toBe(200);
    const shown = (await made.json()) as { thumbnail: string; _links: Record<string, unknown> };
    expect(shown.thumbnail).toBe('ready');
    expect(shown._links.thumbnail).toEqual({ href: `/api/v1/files/${body.id}/thumbnail` });
  });

  test('R28, R46: whoever sees one has read the record, in the stream of the person', async () => {
    const { clinic } = documents;
    const id = await add();
    expect((await get(id)).status).toBe(200);
    expect((await get(id, '?size=preview', clinic.staff.token)).status).toBe(200);
    expect((await get(id, '', clinic.paul.token)).status).toBe(404);
    expect((await documents.fetch(`/files/${id}/thumbnail`, undefined)).status).toBe(401);
    const recorded = await previews(id);
    expect(recorded.map(({ actor_id, stream, details }) => [actor_id, stream, details])).toEqual([
      [clinic.maria.id, clinic.maria.id, { actorRole: 'patient', size: 'thumbnail' }],
      [clinic.staff.id, clinic.maria.id, { size: 'preview' }],
    ]);
  });
});

describe('there is none', () => {
  test.for([
    ['of another type', PDF, 'type'],
    ['of a picture of 2,500,000,000 pixels', hugePng(50_000, 50_000), 'too_large'],
    ['of a picture that is cut short', PICTURE.slice(0, 60), 'damaged'],
  ] as const)('%s, and it is not tried again', async ([, bytes, reason]) => {
    const id = await documents.add(maria, { ...picture(), bytes });
    expect(await problem(await get(id))).toMatchObject([404, { code: 'file_thumbnail_none', reason }]);
    expect(await file(id)).toMatchObject({ state: 'clean', thumbnail: 'none' });
    expect(await previews(id)).toEqual([]);
    const jobs = await documents.rows(
      sql`SELECT 1 FROM outbox WHERE topic = 'file.thumbnail' AND payload ->> 'fileId' = ${id} AND state <> 'done'`,
    );
    expect(jobs).toEqual([]);
  });

  test('yet: it is tried a few times while the thumbnailer is away, and then no more', async () => {
    let asked = 0;
    vi.spyOn(documents.clinic.portal.deps.log, 'failure').mockImplementation(() => {});
    withThumbnailer({
      render() {
        asked += 1;
        throw new Unavailable('thumbnails');
      },
    });
    const id = await add();
    expect(await problem(await get(id))).toMatchObject([404, { code: 'file_thumbnail_pending' }]);
    for (let n = 0; n < 8; n++) {
      documents.clinic.portal.clock.advance(30);
      await documents.clinic.runJobs();
    }
    withThumbnailer(testThumbnailer);
    vi.restoreAllMocks();
    expect(asked).toBe(4);
    expect(await problem(await get(id))).toMatchObject([404, { code: 'file_thumbnail_none', reason: 'failed' }]);
  });

  test('R53: while a clean file is scanned again, and never once malware was found', async () => {
    const { clinic } = documents;
    const id = await add();
    await clinic.post(`/admin/files/${id}/rescan`, clinic.admin.token);
    expect(await problem(await get(id))).toMatchObject([409, { code: 'file_not_available', state: 'scanning' }]);
    await clinic.portal.driver.run([sql`UPDATE files SET state = 'infected' WHERE id = ${id}::uuid`], 'write');
    expect(await problem(await get(id))).toMatchObject([404, { code: 'file_thumbnail_none', reason: 'quarantined' }]);
    expect(await previews(id)).toEqual([]);
    await clinic.portal.driver.run([sql`UPDATE files SET state = 'clean' WHERE id = ${id}::uuid`], 'write');
    expect((await get(id)).status).toBe(200);
    await clinic.delete(`/files/${id}`, maria);
    expect(await problem(await get(id))).toMatchObject([404, { code: 'file_not_found' }]);
  });

  test('left of a file that is deleted for good', async () => {
    const { clinic } = documents;
    const id = await add();
    const { deps, platform } = clinic.portal;
    const keys = (await objects(id)).map(({ size, attempt }) => `files/${id}/${size}-${attempt}`);
    expect(keys).toHaveLength(2);
    for (const key of keys) expect(await deps.files.get(key)).toBeDefined();
    await clinic.portal.driver.run([sql`DELETE FROM files WHERE id = ${id}::uuid`], 'write');
    await platform.jobs.everyMinute();
    for (const key of keys) expect(await deps.files.get(key)).toBeUndefined();
  });
});

test('pictures that are older than thumbnails get theirs by the sweep', async () => {
  const id = await add();
  const { driver, platform } = documents.clinic.portal;
  await driver.run(
    [
      sql`DELETE FROM file_thumbnails WHERE file_id = ${id}::uuid`,
      sql`UPDATE files SET thumbnails = NULL, thumbnails_queued = false WHERE id = ${id}::uuid`,
    ],
    'write',
  );
  expect((await get(id)).status).toBe(404);
  await platform.jobs.everyMinute();
  await platform.jobs.everyMinute();
  const jobs = await documents.rows(
    sql`SELECT count(*)::int AS count FROM outbox WHERE topic = 'file.thumbnail' AND payload ->> 'fileId' = ${id}`,
  );
  expect(jobs).toEqual([{ count: 2 }]);
  await documents.clinic.runJobs();
  expect((await get(id)).status).toBe(200);
});
