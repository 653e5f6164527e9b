/** PostgreSQL inside the process, for the embedded mode. It has one connection, so batches run one after another. */
import { setImmediate } from 'node:timers';
import { PGlite, type Transaction, types } from '@electric-sql/pglite';
import { btree_gist } from '@electric-sql/pglite/contrib/btree_gist';
import type { Sql } from 'sql-template-tag';
import { type Row, type Rows, requireTime, rowsOf, type SqlDriver } from './driver.ts';
import { toFault } from './fault.ts';
import { DECODERS, decode, encode } from './types.ts';

export interface PgliteOptions {
  /** Folder of the database. Default: in memory. */
  readonly dataDir?: string;
  /** A data directory dumped by `dumpDataDir`, to start from instead of an empty one. */
  readonly snapshot?: Blob;
  /** The role to act as. Default: the superuser, which owns everything. */
  readonly role?: string;
}

/**
 * Disables PGlite's own conversion of values, so that everything crosses as text as with the other drivers. PGlite
 * copies these tables key by key, so each type it converts must be named.
 */
const OIDS = [...Object.keys(types.parsers), ...Object.keys(types.serializers), ...Object.keys(DECODERS)].map(Number);
const PARSERS = Object.fromEntries(OIDS.map((oid) => [oid, (text: string) => decode(oid, text)]));
const SERIALIZERS = Object.fromEntries(OIDS.map((oid) => [oid, (value: unknown) => String(value)]));

/** For how long batches may follow each other before everything else gets its turn, in milliseconds. */
const TURN_MS = 10;

/** PGlite answers within one turn of the event loop, so a job of many batches would keep requests waiting until its end. */
function createTurns(): () => Promise<void> {
  let began = performance.now();
  return async () => {
    if (performance.now() - began < TURN_MS) return;
    await new Promise((resolve) => setImmediate(resolve));
    began = performance.now();
  };
}

export interface PgliteDriver extends SqlDriver {
  /** Direct access, for scripts of many statements that run as the owner. */
  readonly pglite: PGlite;
  /** Runs one statement in the transaction that is open, if any. */
  query(statement: Pick<Sql, 'text' | 'values'>): Promise<Rows>;
  /** Switches to another role for everything that follows. */
  actAs(role: string): Promise<void>;
  /** For how long the oldest batch has been waiting for the connection, in milliseconds. */
  readWait(): number;
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

  const query = async (runner: Pick<Transaction, 'query'>, statement: Pick<Sql, 'text' | 'values'>): Promise<Rows> => {
    const { rows, fields } = await runner.query<Row>(statement.text, statement.values.map(encode), {
      parsers: PARSERS,
      serializers: SERIALIZERS,
    });
    return rowsOf(rows, fields);
  };

  const letOthersRun = createTurns();
  const waiting = new Set<{ readonly since: number }>();
  return {
    pglite,
    query: (statement) => query(pglite, statement),
    actAs,
    readWait() {
      const [oldest] = waiting;
      return oldest === undefined ? 0 : performance.now() - oldest.since;
    },
    async run(statements, mode, bounds) {
      const waiter = { since: performance.now() };
      waiting.add(waiter);
      try {
        await letOthersRun();
        return await pglite.transaction(async (transaction) => {
          waiting.delete(waiter);
          // The caller may have given up while this batch waited for the connection.
          requireTime(bounds);
          // There is one connection, so nothing is committed between the statements of a batch.
          if (mode === 'snapshot' || mode === 'read') await transaction.exec('SET TRANSACTION READ ONLY');
          const results: Rows[] = [];
          for (const statement of statements) results.push(await query(transaction, statement));
          return results;
        });
      } catch (error) {
        throw toFault(error, mode);
      } finally {
        waiting.delete(waiter);
      }
    },
    close: () => pglite.close(),
  };
}
