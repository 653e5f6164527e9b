/** Neon over HTTP, for Workers: a batch is one request, regardless of the number of statements. */
import { neon, neonConfig } from '@neondatabase/serverless';
import { LOCK_TIMEOUT_MS, type Row, requireTime, rowsOf, type SqlDriver } from './driver.ts';
import { toFault } from './fault.ts';
import { decode, encode } from './types.ts';

type QueryTypes = NonNullable<NonNullable<Parameters<ReturnType<typeof neon>['query']>[2]>['types']>;

export interface NeonOptions {
  readonly url: string;
  /** URL of `/sql` if it is not at the host of `url`, such as a local stand-in. */
  readonly endpoint?: string;
}

export function createNeonDriver(options: NeonOptions): SqlDriver {
  const { endpoint } = options;
  if (endpoint !== undefined) neonConfig.fetchEndpoint = endpoint;
  const client = neon(options.url, { fullResults: true });
  // Set on each query, because types set on the client do not reach the queries of a transaction.
  const types = { getTypeParser: (oid: number) => (text: string) => decode(oid, text) } as QueryTypes;

  return {
    async run(statements, mode, bounds) {
      const budget = requireTime(bounds);
      try {
        const settings = client.query(
          `SELECT set_config('statement_timeout', '${budget}', true), set_config('lock_timeout', '${LOCK_TIMEOUT_MS}', true),
             set_config('timezone', 'UTC', true)`,
        );
        const queries = statements.map((statement) =>
          client.query(statement.text, statement.values.map(encode), { types }),
        );
        const results = await client.transaction([settings, ...queries], {
          isolationLevel: mode === 'snapshot' ? 'RepeatableRead' : 'ReadCommitted',
          readOnly: mode === 'snapshot' || mode === 'read',
          fetchOptions: { signal: AbortSignal.timeout(budget + 300) },
        });
        return results.slice(1).map((result) => rowsOf(result.rows as Row[], result.fields));
      } catch (error) {
        throw toFault(error, mode);
      }
    },
    close: async () => {},
  };
}
