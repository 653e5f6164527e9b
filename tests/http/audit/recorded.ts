/** Audit events as the database holds them, for tests of what is recorded. */
import type { Row } from '../../../adapters/postgres/driver/driver.ts';
import { type Sql, sql } from '../../../adapters/postgres/driver/sql.ts';

export interface Recorded {
  readonly event_type: string;
  readonly stream: string;
  readonly outcome: string;
  readonly error: string | null;
  readonly actor_kind: string;
  readonly actor_id: string | null;
  readonly resource_type: string | null;
  readonly resource_id: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

/** The columns of {@link Recorded}, of a table called `e`. */
export const RECORDED: Sql = sql`e.event_type, e.stream, e.outcome, e.error, e.actor_kind, e.actor_id, e.resource_type,
  e.resource_id, e.details`;

export function recorded(row: Row): Recorded {
  return {
    event_type: row.event_type as string,
    stream: row.stream as string,
    outcome: row.outcome as string,
    error: row.error as string | null,
    actor_kind: row.actor_kind as string,
    actor_id: row.actor_id as string | null,
    resource_type: row.resource_type as string | null,
    resource_id: row.resource_id as string | null,
    details: row.details as Recorded['details'],
  };
}
