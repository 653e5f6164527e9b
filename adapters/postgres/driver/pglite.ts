/** PostgreSQL inside the process, for the embedded mode. One connection: batches run one after the other. */
import { PGlite, types } from '@electric-sql/pglite';
import { btree_gist } from '@electric-sql/pglite/contrib/btree_gist';
import type { Sql } from 'sql-template-tag';
import { type BatchMode, type Row, requireTime, type SqlDriver } from './driver.ts';
import { toFault } from './fault.ts';
import { DECODERS, decode, encode } from './types.ts';

export interface PgliteOptions {
  /** Folder of the database. Default: in memory. */
  readonly dataDir?: string;
  /** A data directory as dumped by `dumpDataDir`, to start from instead of an empty one. */
  readonly snapshot?: Blob;
  /** Which role to act as. Default: the superuser that owns everything. */
  readonly role?: string;
}

/**
 * PGlite would turn values into its own idea of them; here everything crosses as text. It copies these tables key by key,
 * so each type it knows of must be named.
 */
const OIDS = [...Object.keys(types.parsers), ...Object.keys(types.serializers), ...Object.keys(DECODERS)].map(Number);
const PARSERS = Object.fromEntries(OIDS.map((oid) => [oid, (text: string) => decode(oid, text)]));
const SERIALIZERS = Object.fromEntries(OIDS.map((oid) => [oid, (value: unknown) => String(value)]));

const ISOLATION: Readonly<Partial<Record<BatchMode, string>>> = {
  snapshot: 'REPEATABLE READ, READ ONLY',
  recorded: 'REPEATABLE READ',
};

export interface PgliteDriver extends SqlDriver {
  /** Runs a script of many statements as the owner, outside any role. */
  readonly pglite: PGlite;
  /** One statement in whatever transaction is open. */
  query(statement: Pick<Sql, 'text' | 'values'>): Promise<readonly Row[]>;
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
      parsers: PARSERS,
      serializers: SERIALIZERS,
    });
    return rows;
  };

  return {
    pglite,
    query: (statement) => query(pglite, statement),
    actAs,
    async run(statements, mode, bounds) {
      try {
        return await pglite.transaction(async (transaction) => {
          // Its turn may have come after the caller gave up.
          requireTime(bounds);
          const level = ISOLATION[mode];
          if (level !== undefined) await transaction.exec(`SET TRANSACTION ISOLATION LEVEL ${level}`);
          const results: (readonly Row[])[] = [];
          for (const statement of statements) results.push(await query(transaction as unknown as PGlite, statement));
          return results;
        });
      } catch (error) {
        throw toFault(error, mode);
      }
    },
    close: () => pglite.close(),
  };
}
