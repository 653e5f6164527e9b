/** PostgreSQL inside the process, for the embedded mode. One connection: batches run one after the other. */
import { PGlite } from '@electric-sql/pglite';
import { btree_gist } from '@electric-sql/pglite/contrib/btree_gist';
import type { Sql } from 'sql-template-tag';
import { type Row, type SqlDriver, toFault } from './driver.ts';
import { decode, encode } from './types.ts';

export interface PgliteOptions {
  /** Folder of the database. Default: in memory. */
  readonly dataDir?: string;
  /** A data directory as dumped by `dumpDataDir`, to start from instead of an empty one. */
  readonly snapshot?: Blob;
  /** Which role to act as. Default: the superuser that owns everything. */
  readonly role?: string;
}

const textOnly = new Proxy({} as Record<number, (value: unknown) => string>, {
  get: () => (value: unknown) => String(value),
  has: () => true,
});

const decoding = new Proxy({} as Record<number, (text: string) => unknown>, {
  get: (_target, oid) => (text: string) => decode(Number(oid), text),
  has: () => true,
});

export interface PgliteDriver extends SqlDriver {
  /** Runs a script of many statements as the owner, outside any role. */
  readonly pglite: PGlite;
  /** Acts as another role from here on. */
  actAs(role: string): Promise<void>;
}

export async function createPgliteDriver(options: PgliteOptions = {}): Promise<PgliteDriver> {
  const pglite = await PGlite.create({
    ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
    ...(options.snapshot === undefined ? {} : { loadDataDir: options.snapshot }),
    extensions: { btree_gist },
  });
  await pglite.exec(`SET timezone = 'UTC'`);
  const actAs = async (role: string) => {
    await pglite.exec(`SET ROLE ${role}`);
  };
  if (options.role !== undefined) await actAs(options.role);

  const query = async (
    runner: { query: PGlite['query'] },
    statement: Pick<Sql, 'text' | 'values'>,
  ): Promise<readonly Row[]> => {
    const { rows } = await runner.query<Row>(statement.text, statement.values.map(encode), {
      parsers: decoding,
      serializers: textOnly,
    });
    return rows;
  };

  return {
    pglite,
    actAs,
    async run(statements, mode) {
      try {
        return await pglite.transaction(async (transaction) => {
          if (mode === 'snapshot') await transaction.exec('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
          const results: (readonly Row[])[] = [];
          for (const statement of statements) results.push(await query(transaction as unknown as PGlite, statement));
          return results;
        });
      } catch (error) {
        throw toFault(error);
      }
    },
    close: () => pglite.close(),
  };
}
