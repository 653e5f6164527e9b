/** The common behaviour of every database driver. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Rows, SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { SqlError } from '../../adapters/postgres/driver/fault.ts';
import { createMergeReads } from '../../adapters/postgres/driver/one-statement.ts';
import { sql } from '../../adapters/postgres/driver/sql.ts';

export interface DriverUnderTest {
  readonly driver: SqlDriver;
  close(): Promise<void>;
}

/** @param open a driver on a migrated database, acting as the application's role */
export function sqlDriverContract(name: string, open: () => Promise<DriverUnderTest>): void {
  describe(`${name} is a SQL driver`, () => {
    let tested: DriverUnderTest;
    const run: SqlDriver['run'] = (statements, mode) => tested.driver.run(statements, mode);
    beforeAll(async () => {
      tested = await open();
    });
    afterAll(() => tested.close());

    test('values are decoded by the table of types', async () => {
      const [[row] = []] = await run(
        [
          sql`SELECT 1::int4 AS int4, 9007199254740991::int8 AS int8, count(*) AS counted, 1.5::float8 AS float8, true AS yes,
                'ä "q" \\'::text AS text, NULL::text AS nothing, '2026-03-29'::date AS date, '\\x00ff'::bytea AS bytes,
                '2026-03-29T01:02:03.456+02:00'::timestamptz AS instant, lower(tstzrange('2026-01-01Z', NULL)) AS bound,
                '{"a": [1, "x"]}'::jsonb AS json, ARRAY['a', 'b "c"', NULL, '{}', ''] AS texts, '{}'::text[] AS none,
                ARRAY['019a0000-0000-7000-8000-000000000000']::uuid[] AS ids, '019a0000-0000-7000-8000-000000000000'::uuid AS id`,
        ],
        'snapshot',
      );
      expect(row).toEqual({
        int4: 1,
        int8: 9007199254740991,
        counted: 1,
        float8: 1.5,
        yes: true,
        text: 'ä "q" \\',
        nothing: null,
        date: '2026-03-29',
        bytes: Uint8Array.of(0, 255),
        instant: Date.UTC(2026, 2, 28, 23, 2, 3, 456),
        bound: Date.UTC(2026, 0, 1),
        json: { a: [1, 'x'] },
        texts: ['a', 'b "c"', null, '{}', ''],
        none: [],
        ids: ['019a0000-0000-7000-8000-000000000000'],
        id: '019a0000-0000-7000-8000-000000000000',
      });
    });

    test('an integer beyond 2^53 is refused, not rounded', async () => {
      await expect(run([sql`SELECT 9007199254740993::int8 AS big`], 'snapshot')).rejects.toThrow();
    });

    test('parameters of every type arrive unchanged', async () => {
      const texts = ['plain', 'with "quotes" and \\', '', '{braces}', 'ünï'];
      const [[row] = []] = await run(
        [
          sql`SELECT ${texts}::text[] AS texts, ${Uint8Array.of(0, 1, 255)}::bytea AS bytes, ${null}::text AS nothing,
                ${'O’Brien; DROP TABLE users'}::text AS text, ${true}::boolean AS yes, ${42}::int AS int,
                ${JSON.stringify({ a: 'b' })}::jsonb AS json, ${'2026-01-01T00:00:00.123Z'}::timestamptz AS instant`,
        ],
        'write',
      );
      expect(row).toEqual({
        texts,
        bytes: Uint8Array.of(0, 1, 255),
        nothing: null,
        text: 'O’Brien; DROP TABLE users',
        yes: true,
        int: 42,
        json: { a: 'b' },
        instant: Date.UTC(2026, 0, 1, 0, 0, 0, 123),
      });
    });

    test('a batch returns the rows of each statement', async () => {
      const results = await run(
        [sql`SELECT 1 AS a`, sql`SELECT 2 AS a UNION SELECT 3 ORDER BY 1`, sql`SELECT 4 AS a WHERE false`],
        'snapshot',
      );
      expect(results).toEqual([[{ a: 1 }], [{ a: 2 }, { a: 3 }], []]);
    });

    test('a batch is applied as a whole or not at all, and the driver remains usable', async () => {
      const insert = (id: string) =>
        sql`INSERT INTO clinic_holidays (id, first_date, last_date, name, created_at) VALUES (${id}::uuid, '2026-01-01', '2026-01-01', 'x', now())`;
      const id = '019a0000-0000-7000-8000-00000000000a';
      const failing = run([insert(id), sql`SELECT require_applied(0, 'thing')`, sql`SELECT 1`], 'write');
      await expect(failing).rejects.toMatchObject({ name: 'SqlError', sqlState: 'PP001', constraint: 'thing' });
      expect(await run([sql`SELECT 1 AS found FROM clinic_holidays WHERE id = ${id}::uuid`], 'snapshot')).toEqual([[]]);
    });

    test('a violated constraint is named', async () => {
      const type = sql`INSERT INTO appointment_types SELECT gen_random_uuid(), code, name, duration_minutes, buffer_before_minutes,
        buffer_after_minutes, minimum_notice_minutes, horizon_days, slot_interval_minutes, daily_limit, active, now(), now(), 1
        FROM appointment_types WHERE code = 'consultation'`;
      const error = await run([type], 'write').catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(SqlError);
      expect(error).toMatchObject({ sqlState: '23505', constraint: 'appointment_types_code_key' });
    });

    test('a snapshot cannot write', async () => {
      await expect(run([sql`DELETE FROM clinic_holidays`], 'snapshot')).rejects.toMatchObject({ sqlState: '25006' });
    });

    test('reads that are merged into one statement return what each returns alone, the first time and later', async () => {
      const merge = createMergeReads();
      const reads = [
        sql`SELECT 1::int4 AS int4, 9007199254740991::int8 AS int8, 1.5::float8 AS float8, false AS no,
              'ä "q" \\ \u2028'::text AS text, NULL::text AS nothing, NULL::bytea AS no_bytes, NULL::timestamptz AS never,
              '2026-03-29'::date AS date, '\\x00ff'::bytea AS bytes, '2026-03-29T01:02:03.456+02:00'::timestamptz AS instant,
              '{"a": [1, "x"], "at": "2026-03-29T01:02:03Z"}'::jsonb AS json, ARRAY['a', 'b "c"', NULL, '{}', ''] AS texts,
              '2026-03-29T01:02:03Z'::text AS words, '\\x00ff'::text AS more_words`,
        sql`SELECT n, ${'2026-01-01T00:00:00Z'}::timestamptz + n * interval '1 ms' AS at FROM generate_series(1, ${20}::int) n
            ORDER BY n DESC`,
        sql`SELECT 1 AS found WHERE false`,
        // The last of two columns of one name counts, and an alias does not hide the row.
        sql`WITH one_row AS (SELECT 'x'::text AS one_row) SELECT one_row, 1 AS twice, 2 AS twice FROM one_row`,
      ];
      const alone: Rows[] = [];
      for (const read of reads) alone.push(...(await run([read], 'snapshot')));
      for (const statements of [reads.length + 1, 1]) {
        const merged = merge(reads);
        expect(merged.statements).toHaveLength(statements);
        expect(merged.split(await run(merged.statements, 'snapshot'))).toEqual(alone);
      }
    });

    test('property: texts and bytes come back from a merged read unchanged', async () => {
      const merge = createMergeReads();
      const text = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((each) => !each.includes('\0'));
      const values = fc.array(fc.tuple(text, fc.uint8Array({ maxLength: 20 })), { minLength: 1, maxLength: 50 });
      await fc.assert(
        fc.asyncProperty(values, async (rows) => {
          const bytes = rows.map(([, each]) => `\\x${Buffer.from(each).toString('hex')}`);
          const read = sql`SELECT * FROM unnest(${rows.map(([each]) => each)}::text[], ${bytes}::text[]::bytea[]) AS t (text, bytes)`;
          const { statements, split } = merge([read]);
          expect(split(await run(statements, 'snapshot'))).toEqual([
            rows.map(([words, each]) => ({ text: words, bytes: each })),
          ]);
        }),
        { numRuns: 20, seed: 1 },
      );
    });

    test('a merged read refuses what JSON cannot carry', async () => {
      const merge = createMergeReads();
      for (const read of [
        sql`SELECT 9007199254740993::int8 AS big`,
        sql`SELECT ARRAY[1, 2] AS numbers`,
        sql`SELECT 1.50 AS price`,
        sql`SELECT ARRAY[now()] AS times`,
      ]) {
        const { statements, split } = merge([read]);
        const results = await run(statements, 'snapshot');
        expect(() => split(results), read.text).toThrow(TypeError);
      }
    });

    test('a merged read cannot write', async () => {
      const { statements } = createMergeReads()([sql`DELETE FROM clinic_holidays RETURNING 1`]);
      await expect(run(statements, 'write')).rejects.toMatchObject({ sqlState: '42601' });
    });

    test('R45: the application’s role can neither change nor delete nor forge audit rows', async () => {
      const forbidden = [
        sql`UPDATE audit_events SET outcome = 'failure'`,
        sql`DELETE FROM audit_events`,
        sql`TRUNCATE audit_events`,
        sql`UPDATE audit_streams SET sequence = 0`,
        sql`DELETE FROM audit_streams`,
        sql`TRUNCATE audit_streams`,
        sql`INSERT INTO audit_streams (stream, sequence, head_hash) VALUES ('x', 1, sha256('x'))`,
      ];
      for (const statement of forbidden) {
        await expect(run([statement], 'write'), statement.text).rejects.toMatchObject({ sqlState: '42501' });
      }
    });

    test('R45: no temporary table can shadow a real one in a function of the owner', async () => {
      const [functions = []] = await run(
        [
          sql`SELECT p.proname AS name, p.proconfig::text AS settings FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
             WHERE n.nspname = 'public' AND p.prosecdef`,
        ],
        'snapshot',
      );
      expect(functions.length).toBeGreaterThan(0);
      for (const { name, settings } of functions)
        expect(settings, String(name)).toMatch(/search_path=pg_catalog, public, pg_temp/);
      await expect(run([sql`CREATE TEMPORARY TABLE audit_streams (stream text)`], 'write')).rejects.toMatchObject({
        sqlState: '42501',
      });
    });
  });
}
