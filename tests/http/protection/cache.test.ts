/** What administrators see of the cache, and that it is empty after they have emptied it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { formatInstant } from '../../../domain/shared/time.ts';
import { familyOf } from '../../../domain/shared/versioned-cache.ts';
import { CACHE_KINDS, type CacheKind, type CacheRead, cacheReads } from '../../../src/app/cache/kinds.ts';
import { NOON, type Portal, startPortal } from '../../support/portal.ts';

let portal: Portal;
let admin: string;
let id: string;
beforeAll(async () => {
  portal = await startPortal();
  const person = await portal.person('admin', 'root');
  id = person.id;
  admin = await portal.signIn(person.email);
});
afterAll(() => portal.close());

const ask = (method: string, path: string) => portal.request(method, `/api/v1${path}`, { token: admin });
const report = async (kind: CacheKind) => {
  const { status, body } = await ask('GET', '/admin/cache');
  expect(status).toBe(200);
  return body.data.find((each: { kind: string }) => each.kind === kind);
};
const name = async () => (await ask('GET', '/users/me')).body.firstName;

test('shows how often a kind spared a load, what it holds and since when', async () => {
  expect(await report('profiles')).toMatchObject({ entries: 0, oldestAgeSeconds: null });
  await name();
  portal.clock.advance(100);
  for (let n = 0; n < 3; n++) await name();
  // The account was made.
  const invalidatedAt = formatInstant(NOON);
  expect(await report('profiles')).toEqual({
    ...{ kind: 'profiles', holds: CACHE_KINDS.profiles.holds, ttlSeconds: 3600 },
    ...{ entries: 1, oldestAgeSeconds: 100, lastHour: { hits: 3, misses: 1, hitRate: 0.75 }, invalidatedAt },
  });
  const { body } = await ask('GET', '/admin/cache');
  expect(body).toMatchObject({ place: 'process', reachable: true });
  expect(body.lastHour.hitRate).toBeCloseTo(body.lastHour.hits / (body.lastHour.hits + body.lastHour.misses), 4);
  expect(JSON.stringify(body)).not.toContain(id);
});

test.each(['?kind=profiles', ''])('DELETE /admin/cache%s: rows that were changed by hand are read', async (query) => {
  const before = await name();
  await portal.driver.run([sql`UPDATE users SET version = version + 1 WHERE id = ${id}::uuid`], 'write');
  const version = async () => (await ask('GET', '/users/me')).headers.get('etag');
  const stale = await version();
  const other = await ask('DELETE', '/admin/cache?kind=locations');
  expect([other.status, await version(), (await report('profiles')).entries]).toEqual([204, stale, 1]);
  portal.clock.advance(1);
  expect((await ask('DELETE', `/admin/cache${query}`)).status).toBe(204);
  expect(await report('profiles')).toMatchObject({
    ...{ entries: 0, oldestAgeSeconds: null },
    invalidatedAt: formatInstant(portal.clock.now()),
  });
  expect(await version()).not.toBe(stale);
  expect(await name()).toBe(before);
  const { body } = await ask('GET', '/audit/events?type=cache.emptied&limit=1');
  expect(body.data[0]).toMatchObject({ resourceType: 'cache', resourceId: query === '' ? 'all' : 'profiles' });
});

test('an unknown kind is refused, and so is everybody else', async () => {
  expect((await ask('DELETE', '/admin/cache?kind=records')).body.code).toBe('validation_failed');
  const token = await portal.signIn((await portal.person('staff', 'desk')).email);
  for (const method of ['GET', 'DELETE'])
    expect((await portal.request(method, '/api/v1/admin/cache', { token })).body.code).toBe('forbidden');
});

test('each kind depends on the tags that its reads name', () => {
  const of = '00000000-0000-7000-8000-000000000000';
  const reads: CacheRead[] = [
    cacheReads.session(of as never, of as never),
    cacheReads.profile(of as never),
    cacheReads.unreadCount(of as never),
    cacheReads.doctors({ specialty: null, after: null, limit: 20 }),
    cacheReads.doctor(of as never),
    cacheReads.appointmentTypes(),
    cacheReads.locations(),
    cacheReads.legalTexts(),
    cacheReads.availability({ doctorId: of as never, typeCode: 'a', from: '2026-03-02', to: '2026-03-03' } as never),
  ];
  const named = reads.map(({ kind, tags }) => [kind, tags.map(familyOf)]);
  const declared = Object.entries(CACHE_KINDS).map(([kind, { dependsOn }]) => [kind, [`kind:${kind}`, ...dependsOn]]);
  expect(Object.fromEntries(named)).toEqual(Object.fromEntries(declared));
});
