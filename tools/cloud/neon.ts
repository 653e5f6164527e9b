/**
 * Neon's SQL-over-HTTP endpoint in front of any PostgreSQL: `@neondatabase/serverless` posts to it, and it answers as
 * Neon's proxy does. Point the driver at it with `neonConfig.fetchEndpoint = `${url}/sql``.
 *
 * User, password and database come from the connection string that the driver sends; host and port are replaced by
 * those of the real server.
 */
import type pg from 'pg';
import {
  type CloudReply,
  type CloudRequest,
  type CloudServer,
  type CloudServerOptions,
  isRecord,
  parseJson,
  serve,
} from './http.ts';
import { connectionFailure, refusal, sqlFailure } from './neon-errors.ts';
import { type Pools, postgresPools } from './neon-pools.ts';
import { parseStatement, runStatement, type Statement } from './neon-statement.ts';

export interface NeonOptions extends CloudServerOptions {
  /** The real server, as `postgres://user@host:port/database`; only host and port are used. */
  readonly databaseUrl: string;
  /** Real connections per connection string; further requests wait. Default 20. */
  readonly maxConnections?: number;
}

export interface NeonStats {
  /** HTTP requests to `/sql`, which are the application's round trips. */
  readonly requests: number;
  /** Statements in those requests, including those of transactions. */
  readonly statements: number;
  readonly transactions: number;
}

export interface NeonServer extends CloudServer {
  stats(): NeonStats;
  resetStats(): void;
}

interface Batch {
  readonly statements: readonly Statement[];
  /** `BEGIN` with its modes; undefined for a single statement outside a transaction. */
  readonly begin: string | undefined;
}

const ISOLATION_LEVELS = new Map([
  ['ReadUncommitted', 'READ UNCOMMITTED'],
  ['ReadCommitted', 'READ COMMITTED'],
  ['RepeatableRead', 'REPEATABLE READ'],
  ['Serializable', 'SERIALIZABLE'],
]);

/** @throws PortTaken */
export async function startNeon(options: NeonOptions): Promise<NeonServer> {
  const pools = postgresPools(options.databaseUrl, options.maxConnections ?? 20);
  const counts = { requests: 0, statements: 0, transactions: 0 };

  const server = await serve(
    'Neon',
    async (request) => {
      if (request.method !== 'POST' || request.target !== '/sql') return refusal(404, 'not found');
      counts.requests++;
      const batch = parseBatch(request);
      if (typeof batch === 'string') return refusal(400, batch);
      counts.statements += batch.statements.length;
      if (batch.begin !== undefined) counts.transactions++;
      return answer(pools, request, batch);
    },
    options,
  );

  return {
    ...server,
    stats: () => ({ ...counts }),
    resetStats: () => Object.assign(counts, { requests: 0, statements: 0, transactions: 0 }),
    async close() {
      await server.close();
      await pools.close();
    },
  };
}

/** @returns the batch, or a description of the fault */
function parseBatch(request: CloudRequest): Batch | string {
  const body = parseJson(request.body);
  if (!isRecord(body)) return 'the body is not a JSON object';
  if (body.queries === undefined) {
    const statement = parseStatement(body);
    return typeof statement === 'string' ? statement : { statements: [statement], begin: undefined };
  }
  if (!Array.isArray(body.queries)) return 'queries is not an array';
  const statements: Statement[] = [];
  for (const query of body.queries) {
    const statement = parseStatement(query);
    if (typeof statement === 'string') return statement;
    statements.push(statement);
  }
  const level = request.header('neon-batch-isolation-level');
  if (level !== undefined && !ISOLATION_LEVELS.has(level)) return `invalid isolation level: ${level}`;
  return { statements, begin: beginStatement(request, ISOLATION_LEVELS.get(level ?? '')) };
}

function beginStatement(request: CloudRequest, isolation: string | undefined): string {
  const modes: string[] = [];
  if (isolation !== undefined) modes.push(`ISOLATION LEVEL ${isolation}`);
  const readOnly = request.header('neon-batch-read-only');
  if (readOnly !== undefined) modes.push(readOnly === 'true' ? 'READ ONLY' : 'READ WRITE');
  const deferrable = request.header('neon-batch-deferrable');
  if (deferrable !== undefined) modes.push(deferrable === 'true' ? 'DEFERRABLE' : 'NOT DEFERRABLE');
  return `BEGIN ${modes.join(', ')}`.trim();
}

async function answer(pools: Pools, request: CloudRequest, batch: Batch): Promise<CloudReply> {
  const connectionString = request.header('neon-connection-string');
  if (connectionString === undefined) return refusal(400, 'missing header Neon-Connection-String');
  let client: pg.PoolClient;
  try {
    client = await pools.connect(connectionString);
  } catch (error) {
    return connectionFailure(error);
  }
  const stopWatching = cancelWhenGone(pools, connectionString, client, request.gone);
  try {
    const arrayMode = request.header('neon-array-mode') === 'true';
    const reply = await run(client, batch, arrayMode);
    pools.giveBack(client);
    return reply;
  } catch (error) {
    // The state of the session is unknown now, and a new one costs little.
    client.release(true);
    return sqlFailure(error);
  } finally {
    stopWatching();
  }
}

async function run(client: pg.PoolClient, { statements, begin }: Batch, arrayMode: boolean): Promise<CloudReply> {
  const results: unknown[] = [];
  try {
    if (begin !== undefined) await client.query(begin);
    for (const statement of statements) results.push(await runStatement(client, statement, arrayMode));
    if (begin === undefined) return { status: 200, json: results[0] };
    await client.query('COMMIT');
    return { status: 200, json: { results } };
  } catch (error) {
    if (begin !== undefined) await client.query('ROLLBACK');
    return sqlFailure(error);
  }
}

/** Cancels the statement of a caller who has disconnected, so that it does not keep its locks. */
function cancelWhenGone(pools: Pools, connectionString: string, client: pg.PoolClient, gone: AbortSignal): () => void {
  const cancel = () => pools.cancel(connectionString, client);
  gone.addEventListener('abort', cancel, { once: true });
  return () => gone.removeEventListener('abort', cancel);
}
