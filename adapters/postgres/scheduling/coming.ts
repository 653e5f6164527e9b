/** What is to come of a doctor, at a location or with a resource: how many appointments, the first of them, and when the last begins. */
import { COUNTED_APPOINTMENTS, type Coming, NAMED_APPOINTMENTS } from '../../../domain/scheduling/coming.ts';
import type { AppointmentId } from '../../../domain/shared/ids.ts';
import type { Row } from '../driver/driver.ts';
import { join, raw, type Sql, sql } from '../driver/sql.ts';

export const COMING_STATEMENTS = 2;

/**
 * The first and the last appointments are read from both ends of an index, and those between them are not.
 * @param parts `FROM appointments a … WHERE …`, each found in an index that has the order of starts. An appointment may be in several.
 */
export function comingStatements(parts: readonly Sql[]): Sql[] {
  const union = (order: Sql, atMost: number) =>
    join(
      parts.map((part) => sql`(SELECT a.id, a.starts_at ${part} ORDER BY ${order} LIMIT ${atMost}::int)`),
      ' UNION ',
    );
  const ascending = raw('a.starts_at, a.id');
  const counted = sql`SELECT a.* FROM (${union(ascending, COUNTED_APPOINTMENTS)}) a ORDER BY ${ascending} LIMIT ${COUNTED_APPOINTMENTS}::int`;
  return [
    sql`SELECT a.id, (count(*) OVER ())::int AS appointments FROM (${counted}) a ORDER BY ${ascending} LIMIT ${NAMED_APPOINTMENTS}::int`,
    sql`SELECT max(a.starts_at) AS until FROM (${union(raw('a.starts_at DESC, a.id DESC'), 1)}) a`,
  ];
}

export function readComing([named = [], last = []]: readonly (readonly Row[])[]): Coming {
  return {
    appointments: (named[0]?.appointments as number | undefined) ?? 0,
    appointmentIds: named.map(({ id }) => id as AppointmentId),
    until: (last[0]?.until as number | null | undefined) ?? null,
  };
}
