/** Connections to the real PostgreSQL, one pool per client connection string. */
import pg from 'pg';

const IDLE_MILLISECONDS = 10_000;
const CONNECT_MILLISECONDS = 5_000;

export interface Pools {
  /** @throws TypeError if the connection string is not usable; otherwise what `pg` throws */
  connect(connectionString: string): Promise<pg.PoolClient>;
  /** Returns a connection to its pool and resets its session. */
  giveBack(client: pg.PoolClient): void;
  /** Cancels the running statement of the connection, from another connection. */
  cancel(connectionString: string, client: pg.PoolClient): void;
  close(): Promise<void>;
}

/** @param databaseUrl of the server behind all pools */
export function postgresPools(databaseUrl: string, maxConnections: number): Pools {
  const { hostname, port } = new URL(databaseUrl);
  const pools = new Map<string, pg.Pool>();

  function poolOf(connectionString: string): pg.Pool {
    const known = pools.get(connectionString);
    if (known !== undefined) return known;
    const pool = new pg.Pool({
      ...credentials(connectionString),
      host: hostname,
      port: port === '' ? 5432 : Number(port),
      max: maxConnections,
      idleTimeoutMillis: IDLE_MILLISECONDS,
      connectionTimeoutMillis: CONNECT_MILLISECONDS,
    });
    // An idle connection that breaks is replaced by the pool; a request on a broken connection gets its own error.
    pool.on('error', () => {});
    pools.set(connectionString, pool);
    return pool;
  }

  return {
    connect: async (connectionString) => poolOf(connectionString).connect(),
    giveBack(client) {
      client.query('DISCARD ALL').then(
        () => client.release(),
        () => client.release(true),
      );
    },
    cancel(connectionString, client) {
      // pg stores the backend's process id on the client without declaring it.
      const { processID } = client as pg.PoolClient & { readonly processID?: number | null };
      poolOf(connectionString)
        .query('SELECT pg_cancel_backend($1)', [processID])
        .catch((error: Error) => console.warn(`Neon: could not cancel a statement: ${error.message}`));
    },
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.end()));
    },
  };
}

/** @throws TypeError naming what is missing */
function credentials(connectionString: string): pg.PoolConfig {
  const url = new URL(connectionString.replace(/^postgres(ql)?:/, 'http:'));
  const database = decodeURIComponent(url.pathname.slice(1));
  if (url.username === '' || database === '') throw new TypeError('the connection string names no user or no database');
  return {
    user: decodeURIComponent(url.username),
    ...(url.password !== '' && { password: decodeURIComponent(url.password) }),
    database,
    application_name: url.searchParams.get('application_name') ?? 'neon',
  };
}
