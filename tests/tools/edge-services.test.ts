import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { ownDatabase, servicesOf } from '../../tools/edge.ts';
import { databaseUrl, needsPostgres, required } from './services.ts';

test('npm run edge uses the database and the Redis that the portal’s own settings name', async () => {
  const named = { DATABASE_URL: 'postgres://one@db.example/clinic', REDIS_URL: 'redis://redis.example/3' };
  expect(await servicesOf(named)).toEqual({ databaseUrl: named.DATABASE_URL, redisUrl: named.REDIS_URL });
  const forEdge = { EDGE_DATABASE_URL: 'postgres://two@db.example/edge', EDGE_REDIS_URL: 'redis://redis.example/4' };
  const both = await servicesOf({ ...named, ...forEdge });
  expect(both).toEqual({ databaseUrl: forEdge.EDGE_DATABASE_URL, redisUrl: forEdge.EDGE_REDIS_URL });
});

describe.skipIf(databaseUrl === undefined)(`where none is named${needsPostgres}`, () => {
  test('it makes a database of its own once, and leaves the others alone', async () => {
    const name = `edge_${crypto.randomUUID().replaceAll('-', '')}`;
    const made = await ownDatabase(required(databaseUrl), name);
    expect(new URL(made).pathname).toBe(`/${name}`);
    const client = new pg.Client(made);
    await client.connect();
    await client.query('CREATE TABLE kept ()');
    expect(await ownDatabase(required(databaseUrl), name)).toBe(made);
    expect((await client.query(`SELECT to_regclass('kept') IS NOT NULL AS kept`)).rows).toEqual([{ kept: true }]);
    await client.end();
    const server = new pg.Client(required(databaseUrl));
    await server.connect();
    await server.query(`DROP DATABASE ${name}`);
    await server.end();
  });
});
