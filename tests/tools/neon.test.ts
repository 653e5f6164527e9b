import { NeonDbError, neon, neonConfig } from '@neondatabase/serverless';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type NeonServer, startNeon } from '../../tools/cloud/neon.ts';
import { createScratchDatabase, databaseUrl, needsPostgres, required } from './services.ts';

describe.skipIf(databaseUrl === undefined)(`Neon stand-in, asked by the vendor's driver${needsPostgres}`, () => {
  let server: NeonServer;
  let scratch: Awaited<ReturnType<typeof createScratchDatabase>>;
  let connectionString: string;

  beforeAll(async () => {
    scratch = await createScratchDatabase(required(databaseUrl));
    server = await startNeon({ databaseUrl: required(databaseUrl) });
    neonConfig.fetchEndpoint = () => `${server.url}/sql`;
    const url = new URL(scratch.url);
    url.host = 'ep-quiet-river-123456.eu-central-1.aws.neon.tech';
    connectionString = url.href;
    const sql = neon(connectionString);
    await sql.transaction([
      sql`CREATE TABLE slot (id int PRIMARY KEY, note text CONSTRAINT slot_note_short CHECK (length(note) < 10))`,
      sql`CREATE TABLE reading (slot_id int REFERENCES slot DEFERRABLE INITIALLY DEFERRED)`,
    ]);
  });
  beforeEach(async () => {
    await neon(connectionString)`TRUNCATE slot, reading`;
    server.resetStats();
  });
  afterAll(async () => {
    await server.close();
    await scratch.drop();
  });

  test('the host of the connection string is replaced, its database is kept', async () => {
    const sql = neon(connectionString);
    expect(await sql`SELECT current_database() AS name, current_user AS role`).toEqual([
      { name: new URL(scratch.url).pathname.slice(1), role: 'postgres' },
    ]);
  });

  test('every type arrives as PostgreSQL text and is parsed by the driver', async () => {
    const sql = neon(connectionString, { fullResults: true });
    const result = await sql`SELECT 9007199254740993::int8 AS big, 1.50::numeric AS price, true AS yes, null AS nothing,
      '\\x00ff'::bytea AS bytes, ARRAY['a,"b"', null, 'c\\d'] AS texts, '{"a": [1]}'::jsonb AS document,
      '2026-11-20T10:00:00.123456Z'::timestamptz AS at, 2 AS small`;
    expect(result.rows).toEqual([
      {
        big: '9007199254740993',
        price: '1.50',
        yes: true,
        nothing: null,
        bytes: Buffer.from([0, 255]),
        texts: ['a,"b"', null, 'c\\d'],
        document: { a: [1] },
        at: new Date('2026-11-20T10:00:00.123Z'),
        small: 2,
      },
    ]);
    expect(result.rowCount).toBe(1);
    expect(result.command).toBe('SELECT');
    expect(result.fields[0]).toMatchObject({ name: 'big', dataTypeID: 20 });
  });

  test('parameters of every kind survive the way there and back', async () => {
    const sql = neon(connectionString);
    const texts = ['a"b', 'c\\d', '', 'null', '{}'];
    const [row] =
      await sql`SELECT ${texts}::text[] AS texts, ${null}::text AS nothing, ${7}::int AS n, ${false}::bool AS b,
      ${JSON.stringify({ a: 'ü' })}::jsonb AS j, ${Buffer.from([0, 1, 255])}::bytea AS bytes, ${[[1, 2], [3, 4]]}::int[] AS grid`;
    expect(row).toEqual({
      texts,
      nothing: null,
      n: 7,
      b: false,
      j: { a: 'ü' },
      bytes: Buffer.from([0, 1, 255]),
      grid: [
        [1, 2],
        [3, 4],
      ],
    });
  });

  test('rows come as objects when the array mode is off', async () => {
    const reply = await fetch(`${server.url}/sql`, {
      method: 'POST',
      headers: { 'Neon-Connection-String': connectionString, 'Neon-Raw-Text-Output': 'true' },
      body: JSON.stringify({ query: 'SELECT $1::int AS a, true AS b', params: [5] }),
    });
    expect(await reply.json()).toMatchObject({ rowAsArray: false, rows: [{ a: '5', b: 't' }] });
  });

  test('an SQL error carries code, constraint and table, as status 400', async () => {
    const sql = neon(connectionString);
    const error = await sql`INSERT INTO slot VALUES (1, 'far too long a note')`.catch((thrown) => thrown);
    expect(error).toBeInstanceOf(NeonDbError);
    expect(error).toMatchObject({
      code: '23514',
      constraint: 'slot_note_short',
      table: 'slot',
      schema: 'public',
      severity: 'ERROR',
    });
    expect(await sql`SELECT 1 AS still`).toEqual([{ still: 1 }]);
  });

  test('a transaction is one request and one commit', async () => {
    const sql = neon(connectionString);
    const results = await sql.transaction([
      sql`INSERT INTO slot VALUES (1, 'a') RETURNING id`,
      sql`SELECT count(*)::int AS n FROM slot`,
    ]);
    expect(results).toEqual([[{ id: 1 }], [{ n: 1 }]]);
    expect(server.stats()).toEqual({ requests: 1, statements: 2, transactions: 1 });
  });

  test('a failing statement undoes the whole transaction', async () => {
    const sql = neon(connectionString);
    await expect(
      sql.transaction([sql`INSERT INTO slot VALUES (1, 'a')`, sql`INSERT INTO slot VALUES (1, 'b')`]),
    ).rejects.toMatchObject({
      code: '23505',
      constraint: 'slot_pkey',
      detail: 'Key (id)=(1) already exists.',
    });
    expect(await sql`SELECT * FROM slot`).toEqual([]);
  });

  test('a constraint that fails only at commit fails the request', async () => {
    const sql = neon(connectionString);
    await expect(sql.transaction([sql`INSERT INTO reading VALUES (99)`])).rejects.toMatchObject({ code: '23503' });
    expect(await sql`SELECT * FROM reading`).toEqual([]);
  });

  test('isolation level, read-only and deferrable reach the transaction', async () => {
    const sql = neon(connectionString);
    const show = sql`SELECT current_setting('transaction_isolation') AS level, current_setting('transaction_read_only') AS readonly,
      current_setting('transaction_deferrable') AS deferrable`;
    const [rows] = await sql.transaction([show], { isolationLevel: 'Serializable', readOnly: true, deferrable: true });
    expect(rows).toEqual([{ level: 'serializable', readonly: 'on', deferrable: 'on' }]);
    await expect(sql.transaction([sql`INSERT INTO slot VALUES (1)`], { readOnly: true })).rejects.toMatchObject({
      code: '25006',
    });
  });

  test('concurrent serializable transactions conflict as they do on a real server', async () => {
    const sql = neon(connectionString);
    const attempt = () =>
      sql.transaction(
        [
          sql`SELECT count(*) FROM slot`,
          sql`SELECT pg_sleep(0.05)`,
          sql`INSERT INTO slot SELECT coalesce(max(id), 0) + 1 FROM slot`,
        ],
        {
          isolationLevel: 'Serializable',
        },
      );
    const outcomes = await Promise.allSettled([attempt(), attempt(), attempt()]);
    const codes = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'done' : outcome.reason.code));
    expect(codes.filter((code) => code === 'done')).toHaveLength(1);
    expect(codes.filter((code) => code === '40001' || code === '23505')).toHaveLength(2);
  });

  test('several statements in one string are refused', async () => {
    await expect(neon(connectionString).query('SELECT 1; SELECT 2')).rejects.toMatchObject({ code: '42601' });
  });

  test('nothing set in one request is seen by the next', async () => {
    const sql = neon(connectionString);
    await sql`SELECT set_config('search_path', 'nowhere', false)`;
    await Promise.all(Array.from({ length: 20 }, () => sql`SELECT count(*) FROM slot`));
  });

  test('an unknown database is the client’s fault, an unreachable server is not', async () => {
    const unknown = new URL(connectionString);
    unknown.pathname = '/nowhere';
    await expect(neon(unknown.href)`SELECT 1`).rejects.toMatchObject({ code: '3D000' });
    const cutOff = await startNeon({ databaseUrl: 'postgres://postgres@127.0.0.1:1/postgres' });
    const reply = await fetch(`${cutOff.url}/sql`, {
      method: 'POST',
      headers: { 'Neon-Connection-String': connectionString },
      body: JSON.stringify({ query: 'SELECT 1' }),
    });
    expect(reply.status).toBe(502);
    await cutOff.close();
  });

  test.each([
    ['no JSON', '{'],
    ['no query', '{}'],
    ['queries that are no array', '{"queries":1}'],
    ['a broken query among good ones', '{"queries":[{"query":"SELECT 1"},{}]}'],
  ])('a body with %s is refused as 400', async (_, body) => {
    const reply = await fetch(`${server.url}/sql`, {
      method: 'POST',
      headers: { 'Neon-Connection-String': connectionString },
      body,
    });
    expect(reply.status).toBe(400);
    expect(await reply.json()).toHaveProperty('message');
  });

  test('a caller that hangs up has its statement cancelled', async () => {
    const sql = neon(connectionString);
    const abandon = new AbortController();
    const slow = sql.transaction([sql`LOCK TABLE slot`, sql`SELECT pg_sleep(30)`], {
      fetchOptions: { signal: abandon.signal },
    });
    const running = async () =>
      (await sql`SELECT count(*)::int AS n FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(30)%'`)[0]?.n;
    await expect.poll(running).toBe(1);
    abandon.abort();
    await expect(slow).rejects.toThrow();
    await expect.poll(running).toBe(0);
    await sql`INSERT INTO slot VALUES (5, 'free')`;
  });

  test('a stalled server answers again after it resumes', async () => {
    const sql = neon(connectionString);
    server.stall();
    await expect(sql.query('SELECT 1', [], { fetchOptions: { signal: AbortSignal.timeout(50) } })).rejects.toThrow(
      'timeout',
    );
    const held = sql`SELECT 1 AS one`;
    server.resume();
    expect(await held).toEqual([{ one: 1 }]);
  });
});
