/** Pictures of persons: what is taken, what others see, and what becomes of it (R26, R46, R52, R53). */
import { downloadZip } from 'client-zip';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import type { FileStorage } from '../../../domain/shared/ports.ts';
import type { Deps } from '../../../src/app/context.ts';
import { renewFormerAvatars, setAvatar, TIDY_AVATAR } from '../../../src/app/identity/avatars.ts';
import { systemContext } from '../../../src/app/identity/first-admin.ts';
import { MALWARE } from '../../support/held-files.ts';
import { type NoticedFiles, noticedFiles } from '../../support/noticed-files.ts';
import { hugePng, PICTURE, PLANTED, photo, quadrants } from '../../support/pictures.ts';
import { type Clinic, startClinic } from '../scheduling/clinic.ts';

const ARCHIVE = new Uint8Array(await downloadZip([{ name: 'a.class', input: 'code' }]).arrayBuffer());

let clinic: Clinic;
let files: NoticedFiles;
/** Called before an object is stored. */
let storing: () => void | Promise<void> = () => {};
beforeAll(async () => {
  clinic = await startClinic();
  files = noticedFiles(clinic.portal.deps.files, () => storing());
  (clinic.portal.deps as { files: FileStorage }).files = files;
});
beforeEach(() => {
  storing = () => {};
});
afterAll(() => clinic.portal.close());

interface Person {
  readonly id: string;
  readonly token: string;
}

const fetchAvatar = (id: string, token: string, init: RequestInit = {}) =>
  clinic.portal.fetch(
    new Request(`https://portal.example/api/v1/users/${id}/avatar`, {
      ...init,
      headers: { Authorization: `Bearer ${token}` },
    }),
  );
const upload = async ({ id, token }: Person, bytes: Uint8Array | string = PICTURE, target = id) => {
  const body = new FormData();
  body.set('file', new Blob([bytes as BlobPart]), 'me.png');
  const response = await fetchAvatar(target, token, { method: 'POST', body });
  return { status: response.status, body: (await response.json()) as Record<string, never> };
};
const newPerson = async (name: string): Promise<Person> => {
  const { id, email } = await clinic.portal.person('patient', name);
  return { id, token: await clinic.portal.signIn(email) };
};
const asSystem = () => systemContext(clinic.portal.deps);
const held = (id: string) => files.held().filter((key) => key.startsWith(`avatars/${id}/`));
const rows = async (statement: ReturnType<typeof sql>) =>
  (await clinic.portal.driver.run([statement], 'write'))[0] ?? [];
const events = async (id: string) =>
  (
    await rows(
      sql`SELECT event_type, outcome, error FROM audit_events WHERE stream = ${id} AND event_type LIKE 'user.avatar%' ORDER BY sequence`,
    )
  ).map(({ event_type, outcome, error }) => [event_type, outcome, error]);

test('others see a square of its middle, upright, without the place and the camera; the portal keeps nothing else', async () => {
  const { maria } = clinic;
  expect(await upload(maria, photo(6))).toEqual({
    status: 200,
    body: { avatarUrl: `/api/v1/users/${maria.id}/avatar` },
  });
  for (const { token } of [maria, clinic.staff]) {
    const shown = await fetchAvatar(maria.id, token);
    expect(Object.fromEntries(shown.headers)).toMatchObject({
      'content-type': 'image/jpeg',
      'cache-control': 'private, no-store',
      'content-disposition': 'inline',
    });
    expect(shown.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/);
    const bytes = new Uint8Array(await shown.arrayBuffer());
    expect(await quadrants(bytes)).toEqual({ width: 64, height: 64, colours: 'brwg' });
    expect(PLANTED.filter((word) => Buffer.from(bytes).toString('latin1').includes(word))).toEqual([]);
  }
  const [object = ''] = held(maria.id);
  expect(held(maria.id)).toHaveLength(1);
  const stored = await clinic.portal.deps.files.get(object);
  const sealed = Buffer.from(await new Response(stored?.body as ReadableStream).arrayBuffer());
  expect(sealed.includes(Buffer.from([0xff, 0xd8, 0xff]))).toBe(false);
  expect((await fetchAvatar(maria.id, clinic.paul.token)).status).toBe(404);
  const profile = await clinic.get(`/users/${maria.id}/profile`, maria.token);
  expect(profile.body.avatarUrl).toBe(`/api/v1/users/${maria.id}/avatar`);
});

test('a new one replaces it, and it can be removed: their bytes are deleted', async () => {
  const person = await newPerson('replacing');
  await upload(person);
  const [first] = held(person.id);
  await upload(person, photo());
  await clinic.portal.platform.jobs.runDue();
  expect(held(person.id)).toHaveLength(1);
  expect(held(person.id)).not.toContain(first);
  const links = (await clinic.get(`/users/${person.id}/profile`, person.token)).body._links;
  expect(links.removeAvatar).toEqual({ href: `/api/v1/users/${person.id}/avatar`, method: 'DELETE' });
  const remove = (token: string) => clinic.delete(`/users/${person.id}/avatar`, token);
  expect((await remove(clinic.admin.token)).status).toBe(404);
  expect((await remove(person.token)).status).toBe(204);
  expect((await remove(person.token)).status).toBe(404);
  await clinic.portal.platform.jobs.runDue();
  expect(held(person.id)).toEqual([]);
  expect((await fetchAvatar(person.id, person.token)).status).toBe(404);
  const after = (await clinic.get(`/users/${person.id}/profile`, person.token)).body;
  expect([after.avatarUrl, after._links.removeAvatar]).toEqual([null, undefined]);
  expect(await events(person.id)).toEqual([
    ['user.avatar_updated', 'success', null],
    ['user.avatar_updated', 'success', null],
    ['user.avatar_removed', 'success', null],
  ]);
});

test.for([
  ['of another type', '%PDF-1.7\n%%EOF', 'unsupported_image', 'unsupported'],
  ['of too many pixels', hugePng(50_000, 50_000), 'picture_too_large', 'too_large'],
  ['that is cut short', PICTURE.slice(0, 60), 'picture_damaged', 'damaged'],
  ['with malware in it', Buffer.concat([PICTURE, Buffer.from(MALWARE)]), 'malware', 'malware'],
  ['that is an archive too', Buffer.concat([PICTURE, ARCHIVE]), 'unsupported_image', 'unsupported'],
] as const)('R52, R53: a picture %s is refused, recorded, and not kept', async ([, bytes, code, error], { task }) => {
  const person = await newPerson(`refused${task.id}`);
  const { status, body } = await upload(person, bytes);
  expect([status, body.errors]).toMatchObject([422, [{ pointer: '/file', code }]]);
  expect(held(person.id)).toEqual([]);
  expect(await events(person.id)).toEqual([['user.avatar_updated', 'failure', error]]);
});

test('R53: without a scanner nothing is taken, and nothing changes', async () => {
  const person = await newPerson('unscanned');
  await upload(person);
  const deps = clinic.portal.deps as { scanner: Deps['scanner'] };
  const { scanner } = deps;
  deps.scanner = null;
  expect(await upload(person, photo())).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  deps.scanner = scanner;
  expect(held(person.id)).toHaveLength(1);
  expect((await fetchAvatar(person.id, person.token)).status).toBe(200);
});

test('one of another person cannot be set', async () => {
  expect((await upload(clinic.admin, PICTURE, clinic.paul.id)).status).toBe(404);
});

test('what a process stored that died before noting it is deleted', async () => {
  const person = await newPerson('died');
  const { deps, platform, clock } = clinic.portal;
  const dying: Deps = {
    ...deps,
    files: {
      ...files,
      async put(key, bytes, type) {
        await files.put(key, bytes, type);
        throw new Error('the process died');
      },
    },
  };
  await expect(setAvatar(dying, asSystem(), person.id as never, PICTURE)).rejects.toThrow('the process died');
  expect(held(person.id)).toHaveLength(1);
  clock.advance(15 * 60 + 1);
  await platform.jobs.runDue();
  expect(held(person.id)).toEqual([]);
});

test('a queue whose clock is ahead deletes no picture that is not noted yet', async () => {
  const person = await newPerson('early');
  const { deps, platform, clock } = clinic.portal;
  const jobs = () => rows(sql`SELECT id, state FROM outbox WHERE topic = ${TIDY_AVATAR} ORDER BY id DESC LIMIT 1`);
  const calledEarly: Deps = {
    ...deps,
    files: {
      ...files,
      async put(key, bytes, type) {
        await files.put(key, bytes, type);
        expect(await platform.jobs.runOne(TIDY_AVATAR, (await jobs())[0]?.id as string)).toBe('retry');
      },
    },
  };
  expect((await setAvatar(calledEarly, asSystem(), person.id as never, PICTURE)).ok).toBe(true);
  expect((await fetchAvatar(person.id, person.token)).status).toBe(200);
  clock.advance(15 * 60 + 1);
  await platform.jobs.runDue();
  expect(await jobs()).toMatchObject([{ state: 'done' }]);
  expect(held(person.id)).toHaveLength(1);
});

const formerPicture = async ({ id }: Person, bytes: Uint8Array<ArrayBuffer>) => {
  await files.put(`avatars/${id}/former`, bytes, 'image/jpeg');
  await rows(sql`UPDATE users SET avatar_key = ${`avatars/${id}/former`} WHERE id = ${id}::uuid`);
};

test('a picture that was kept as it was uploaded is made anew by the sweep, and not sent before', async () => {
  const person = await newPerson('former');
  const damaged = await newPerson('damaged');
  const { platform } = clinic.portal;
  await formerPicture(person, photo(6));
  await formerPicture(damaged, PICTURE.slice(0, 60));
  expect((await fetchAvatar(person.id, person.token)).status).toBe(404);
  await platform.jobs.everyMinute();
  const shown = await fetchAvatar(person.id, person.token);
  expect(await quadrants(new Uint8Array(await shown.arrayBuffer()))).toMatchObject({ colours: 'brwg' });
  await platform.jobs.runDue();
  expect(held(person.id)).toHaveLength(1);
  expect(held(person.id)).not.toContain(`avatars/${person.id}/former`);
  expect(held(damaged.id)).toEqual([]);
  expect(await rows(sql`SELECT 1 FROM users WHERE avatar_key IS NOT NULL`)).toEqual([]);
});

test.for([
  ['replaced', async (person: Person) => expect((await upload(person)).status).toBe(200), 'rgbw'],
  [
    'removed',
    async ({ id, token }: Person) => expect((await clinic.delete(`/users/${id}/avatar`, token)).status).toBe(204),
    null,
  ],
] as const)('one of a version before that is %s while it is made anew stays so', async ([name, meanwhile, colours]) => {
  const person = await newPerson(`meanwhile${name}`);
  await formerPicture(person, photo(6));
  storing = async (): Promise<void> => {
    storing = () => {};
    await meanwhile(person);
  };
  await clinic.portal.platform.jobs.everyMinute();
  await clinic.portal.platform.jobs.runDue();
  const shown = await fetchAvatar(person.id, person.token);
  expect(shown.status).toBe(colours === null ? 404 : 200);
  if (colours !== null) expect(await quadrants(new Uint8Array(await shown.arrayBuffer()))).toMatchObject({ colours });
  expect(held(person.id)).toHaveLength(colours === null ? 0 : 1);
});

test('a refused one of a version before that is replaced while it is looked at leaves the new one', async () => {
  const person = await newPerson('refusedmeanwhile');
  await formerPicture(person, PICTURE.slice(0, 60));
  const deps = clinic.portal.deps as { scanner: Deps['scanner'] };
  const { scanner } = deps;
  deps.scanner = {
    name: 'service',
    async scan() {
      deps.scanner = scanner;
      await upload(person);
      return { verdict: 'clean' };
    },
  };
  await clinic.portal.platform.jobs.everyMinute();
  expect((await fetchAvatar(person.id, person.token)).status).toBe(200);
});

test('pictures of a version before that cannot be read hold up no other', async () => {
  const broken = await Promise.all([1, 2, 3, 4, 5].map((n) => newPerson(`broken${n}`)));
  for (const each of broken) await formerPicture(each, photo());
  const sound = await newPerson('sound');
  await formerPicture(sound, photo(6));
  const { get } = files;
  files.get = async (key, range) => {
    if (broken.some(({ id }) => key === `avatars/${id}/former`)) throw new Error('the storage refuses it');
    return get(key, range);
  };
  const isMade = async (): Promise<boolean> => (await fetchAvatar(sound.id, sound.token)).status === 200;
  // Each pass takes five of six, in another order.
  for (let pass = 0; pass < 40 && !(await isMade()); pass++) {
    await renewFormerAvatars(clinic.portal.deps, systemContext(clinic.portal.deps));
  }
  expect(await isMade()).toBe(true);
  files.get = get;
});
