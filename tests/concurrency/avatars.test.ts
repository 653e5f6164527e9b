/** Pictures of one person that are set, made anew and removed at the same time. */
import { beforeAll, expect, test } from 'vitest';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import type { UserId } from '../../domain/shared/ids.ts';
import type { FileStorage } from '../../domain/shared/ports.ts';
import { readAvatarBytes, removeAvatar, renewFormerAvatars, setAvatar } from '../../src/app/identity/avatars.ts';
import { systemContext } from '../../src/app/identity/first-admin.ts';
import { streamOf } from '../../src/http/stream.ts';
import { type NoticedFiles, noticedFiles } from '../support/noticed-files.ts';
import { PICTURE, photo, quadrants } from '../support/pictures.ts';
import { atOnce, onServer } from './on-server.ts';

// One person has half of the places for uploads.
onServer('pictures of persons', { environment: { UPLOADS_AT_ONCE: '8' } }, (server) => {
  let files: NoticedFiles;
  beforeAll(() => {
    files = noticedFiles(server.portal.deps.files);
    (server.portal.deps as { files: FileStorage }).files = files;
  });
  const newPerson = async (name: string) => (await server.portal.person('patient', name)).id as UserId;
  const runJobs = async () => {
    while ((await server.portal.platform.jobs.runDue()) > 0);
  };
  const held = (id: string) => files.held().filter((key) => key.startsWith(`avatars/${id}/`));
  const noted = async (id: string) =>
    (
      await server.rows(sql`SELECT object FROM avatars WHERE user_id = ${id}::uuid
        UNION ALL SELECT avatar_key FROM users WHERE id = ${id}::uuid AND avatar_key IS NOT NULL`)
    ).map(({ object }) => object);
  const shown = async (id: UserId) => {
    const picture = await readAvatarBytes(server.portal.deps, id);
    return quadrants(
      new Uint8Array(await new Response(streamOf((picture as NonNullable<typeof picture>).bytes)).arrayBuffer()),
    );
  };
  const set = (id: UserId) => setAvatar(server.portal.deps, systemContext(server.portal.deps), id, PICTURE);
  const remove = (id: UserId) => removeAvatar(server.portal.deps, systemContext(server.portal.deps), id);

  test('of pictures that are set at once one is left, and the objects of the others are deleted', async () => {
    const id = await newPerson('setting');
    const results = await atOnce(4, () => set(id));
    expect(results.some(({ ok }) => ok)).toBe(true);
    await runJobs();
    expect(await noted(id)).toHaveLength(1);
    expect(held(id)).toEqual(await noted(id));
  });

  test('setting and removing at once leaves one with its object, or none', async () => {
    const id = await newPerson('removing');
    await set(id);
    await atOnce(4, (n): Promise<unknown> => (n % 2 === 0 ? set(id) : remove(id)));
    await runJobs();
    expect(held(id)).toEqual(await noted(id));
  });

  test('a picture of a version before is made anew by two processes at once, while another one is set', async () => {
    const { deps } = server.portal;
    for (let round = 0; round < 5; round++) {
      const id = await newPerson(`former${round}`);
      const former = `avatars/${id}/former`;
      await files.put(former, photo(6), 'image/jpeg');
      await server.driver.run([sql`UPDATE users SET avatar_key = ${former} WHERE id = ${id}::uuid`], 'write');
      const newer = (
        await Promise.all([set(id), ...[1, 2].map(() => renewFormerAvatars(deps, systemContext(deps)))])
      )[0];
      await runJobs();
      expect(newer.ok).toBe(true);
      expect(held(id)).toEqual(await noted(id));
      expect(await shown(id), 'the one that was set').toMatchObject({ colours: 'rgbw' });
    }
  });

  test('of an account that is deleted while its picture is set, nothing is left', async () => {
    const id = await newPerson('leaving');
    const account = sql`UPDATE users SET deleted_at = now() WHERE id = ${id}::uuid`;
    const storing = server.portal.deps.files.put;
    (files as { put: FileStorage['put'] }).put = async (...given) => {
      await server.driver.run([account], 'write');
      return storing(...given);
    };
    expect(await set(id)).toEqual({ ok: false, error: { code: 'not_found' } });
    (files as { put: FileStorage['put'] }).put = storing;
    expect(held(id)).toEqual([]);
  });
});
