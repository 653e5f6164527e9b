/** Thumbnails that are made twice at the same time, and of files that are deleted meanwhile. */
import { beforeAll, expect, test } from 'vitest';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { queueThumbnails, THUMBNAIL_MS } from '../../domain/files/thumbnail.ts';
import type { FileStorage } from '../../domain/shared/ports.ts';
import { commit } from '../../src/app/command.ts';
import type { Deps } from '../../src/app/context.ts';
import { makeThumbnails } from '../../src/app/files/thumbnails.ts';
import { systemContext } from '../../src/app/identity/first-admin.ts';
import { type NoticedFiles, noticedFiles } from '../support/noticed-files.ts';
import { testThumbnailer } from '../support/pictures.ts';
import { uploadPicture } from '../support/upload.ts';
import { atOnce, onServer, type SignedIn } from './on-server.ts';

onServer('thumbnails', {}, (server) => {
  let maria: SignedIn;
  let files: NoticedFiles;
  beforeAll(async () => {
    maria = await server.signedIn('patient', 'maria');
    files = noticedFiles(server.portal.deps.files);
    (server.portal.deps as { files: FileStorage }).files = files;
  });
  const rendering = (thumbnailer: Deps['thumbnailer']) => {
    (server.portal.deps as { thumbnailer: Deps['thumbnailer'] }).thumbnailer = thumbnailer;
  };
  const runJobs = async () => {
    while ((await server.portal.platform.jobs.runDue()) > 0);
  };
  const held = (id: string) => files.held().filter((key) => key.startsWith(`files/${id}/`));
  const once = { attempts: 1, begin: async () => true };

  test('of workers that make the same ones, one is noted, and what the others stored is deleted', async () => {
    const id = await uploadPicture(server.portal, maria.token);
    await runJobs();
    await server.driver.run(
      [
        sql`DELETE FROM file_thumbnails WHERE file_id = ${id}::uuid`,
        sql`UPDATE files SET thumbnails = NULL WHERE id = ${id}::uuid`,
      ],
      'write',
    );
    const { deps } = server.portal;
    const outcomes = await atOnce(5, () => makeThumbnails(deps, systemContext(deps), id, once));
    expect(outcomes.filter(({ kind }) => kind === 'done').length).toBeGreaterThan(0);
    await commit(deps, systemContext(deps), queueThumbnails([id as never]));
    server.portal.clock.advance(THUMBNAIL_MS / 1000 + 1);
    await runJobs();
    const rows = await server.rows(
      sql`SELECT 'files/' || file_id || '/' || size || '-' || attempt AS key FROM file_thumbnails WHERE file_id = ${id}::uuid`,
    );
    expect(rows).toHaveLength(2);
    expect(held(id).filter((key) => !/\/1-/.test(key))).toEqual(rows.map(({ key }) => key).sort());
  });

  test('of a file that is deleted for good while they are made, no object is left', async () => {
    const token = await server.portal.signIn(maria.email);
    const id = await uploadPicture(server.portal, token);
    rendering({
      async render(...given) {
        await server.driver.run(
          [
            // As of an upload that was over long ago.
            sql`UPDATE files SET upload_expires_at = created_at - interval '1 hour' WHERE id = ${id}::uuid`,
            sql`DELETE FROM files WHERE id = ${id}::uuid`,
          ],
          'write',
        );
        await server.portal.platform.jobs.everyMinute();
        return testThumbnailer.render(...given);
      },
    });
    await runJobs();
    rendering(testThumbnailer);
    expect(held(id)).toHaveLength(2);
    server.portal.clock.advance(THUMBNAIL_MS / 1000 + 601);
    await server.portal.platform.jobs.everyMinute();
    expect(held(id)).toEqual([]);
    expect(await server.rows(sql`SELECT 1 FROM file_purges WHERE file_id = ${id}::uuid`)).toEqual([]);
  });
});
