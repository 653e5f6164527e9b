/**
 * After a person has closed an account, none of their words is left: in no byte of the database's files and write-ahead
 * log, of file storage, of Redis and of any log, plain or encoded (R55, R56).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { type Hit, type Place, search } from '../support/byte-search.ts';
import { startEmbeddedPostgres } from '../support/embedded-postgres.ts';
import { needsRedis, redisUrl } from '../tools/services.ts';
import { startProcess } from './deno-process.ts';
import { CONTROL, PLANTED, plantPerson } from './planted-person.ts';
import { preparedFolder } from './prepared-folder.ts';

const ADMIN = { email: 'admin@clinic.example', password: 'seven green lanterns 41' };
const SETTINGS = {
  ADMIN_EMAIL: ADMIN.email,
  ADMIN_PASSWORD: ADMIN.password,
  MFA_REQUIRED_ROLES: '',
  DEV_MAILBOX: '1',
  FILE_SCANNER: 'none',
  TRUSTED_PROXY_HEADER: 'X-Client-Address',
};

const places = (hits: readonly Hit[]) => [...new Set(hits.map(({ where }) => where.split(':')[0]))];

describe('the search itself', () => {
  test('finds a word in a longer text, in any encoding', async () => {
    const word = 'Zoë "the planted" Ångström';
    const written = [
      word,
      JSON.stringify({ word }),
      JSON.stringify(word).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
      encodeURIComponent(word),
      Buffer.from(`x${word}`).toString('hex'),
      ...['', 'x', 'xy'].flatMap((before) => [
        Buffer.from(`${before}${word}!`).toString('base64'),
        Buffer.from(`${before}${word}!`).toString('base64url'),
      ]),
    ];
    for (const text of written) expect(await search([{ name: 'text', text }], [word]), text).not.toEqual([]);
    expect(await search([{ name: 'text', text: 'nothing of the kind' }], [word])).toEqual([]);
  });
});

describe('erasure, on disk', () => {
  test('embedded: nothing in the data folder and in the output of the portal', async () => {
    const dataDir = await preparedFolder('portal-erasure-');
    const portal = await startProcess({ ...SETTINGS, DATA_DIR: dataDir });
    try {
      const everywhere = (): Place[] => [
        { name: 'data folder', folder: dataDir },
        { name: 'portal log', text: portal.output() },
      ];
      const person = await plantPerson(portal.url, ADMIN);
      const control = await search(everywhere(), [CONTROL.directoryName, `${portal.url}/reference`]);
      expect(places(control)).toEqual(['data folder', 'portal log']);
      expect(control.some(({ word, where }) => word === CONTROL.directoryName && where.includes('/pg_wal/'))).toBe(
        true,
      );

      await person.close();
      await person.verifyAudit();
      expect(await portal.stop()).toBe(0);
      expect(await search(everywhere(), [...Object.values(PLANTED), ...person.secrets])).toEqual([]);
    } finally {
      await portal.kill();
      await rm(dataDir, { recursive: true, force: true });
    }
  }, 180_000);

  test.skipIf(redisUrl === undefined)(
    `self-hosted: nothing in the data directory and the log of PostgreSQL, in files, in Redis, in the output of the portal${needsRedis}`,
    async ({ skip }) => {
      const postgres = await startEmbeddedPostgres();
      if (postgres === undefined) return skip('no PostgreSQL could be started here');
      const dataDir = await mkdtemp(`${tmpdir()}/portal-erasure-`);
      // A Redis database that no other test uses.
      const url = new URL(redisUrl ?? '');
      url.pathname = '/11';
      const redis = new Redis(url.href);
      await redis.flushdb();
      const portal = await startProcess({
        ...SETTINGS,
        DATA_DIR: dataDir,
        DATABASE_URL: postgres.url,
        REDIS_URL: url.href,
      });
      try {
        const everywhere = async (): Promise<Place[]> => {
          await checkpoint(postgres.url);
          return [
            { name: 'database', folder: postgres.dataDir },
            { name: 'database log', text: postgres.log() },
            { name: 'data folder', folder: dataDir },
            { name: 'redis', text: await dumpRedis(redis) },
            { name: 'portal log', text: portal.output() },
          ];
        };
        const person = await plantPerson(portal.url, ADMIN);
        const control = await search(await everywhere(), [
          CONTROL.directoryName,
          'TOKEN_KEYS',
          'database system is ready to accept connections',
          'cache:index:',
          `${portal.url}/reference`,
        ]);
        expect(places(control)).toEqual(['database', 'database log', 'data folder', 'redis', 'portal log']);
        expect(control.some(({ where }) => where.startsWith('database: /pg_wal/'))).toBe(true);
        expect(control.some(({ where }) => where.startsWith('database: /base/'))).toBe(true);

        await person.close();
        await person.verifyAudit();
        expect(await search(await everywhere(), [...Object.values(PLANTED), ...person.secrets])).toEqual([]);
      } finally {
        await portal.kill();
        await redis.flushdb();
        redis.disconnect();
        await postgres.stop();
        await rm(dataDir, { recursive: true, force: true });
      }
    },
    180_000,
  );
});

/** Flushes everything to the files, so that data in the server's memory is searched too. */
async function checkpoint(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query('CHECKPOINT');
  await client.end();
}

/** All keys with their values. Not DUMP, because it would compress them. */
async function dumpRedis(redis: Redis): Promise<string> {
  const contentOf = async (key: string): Promise<string> => {
    const type = await redis.type(key);
    if (type === 'hash') return JSON.stringify(await redis.hgetall(key));
    if (type === 'zset') return JSON.stringify(await redis.zrange(key, '0', '-1'));
    if (type === 'set') return JSON.stringify(await redis.smembers(key));
    if (type === 'none') return '';
    if (type !== 'string') throw new Error(`the values of ${type} keys, such as ${key}, are not searched`);
    return (await redis.get(key)) ?? '';
  };
  const keys = await redis.keys('*');
  return (await Promise.all(keys.map(async (key) => `${key} ${await contentOf(key)}`))).join('\n');
}
