/** Who waits for whom, settled before anything is written. */
import type { Change } from '../../domain/changes.ts';
import { type Sql, sql } from './sql.ts';

/** Whose time a change takes, or waits for. They must still be there when it is their turn. */
function takesTimeOf(change: Change): readonly (string | null)[] {
  switch (change.type) {
    case 'appointment.booked':
    case 'appointment.rescheduled':
      return [change.appointment.doctorId, change.appointment.patientId];
    case 'hold.placed':
      return [change.hold.doctorId, change.hold.patientId, change.hold.holderId];
    case 'waitlist.entry_added':
      return [change.entry.doctorId, change.entry.patientId];
    default:
      return [];
  }
}

/**
 * Those who want time of the same persons follow each other. Two rows that exclude each other, written at once, would
 * each wait for the other, and one would only be freed by the server's search for deadlocks, a second later. So a batch
 * takes its turn with all the persons it concerns before its first change, in the order of their ids: nobody waits in a
 * circle, however many times one batch takes, and persons who are not concerned never wait.
 *
 * Fails as stale when one of them has closed the account meanwhile: their time is not to be had any more.
 */
export function inTurn(changes: readonly Change[]): Sql[] {
  const taken = new Set(changes.flatMap(takesTimeOf).filter((id) => id !== null));
  // Whoever leaves waits for those who still take their time, and then sees all that is to be ended.
  const leaving = new Set<string>(changes.flatMap((change) => (change.type === 'user.erased' ? [change.userId] : [])));
  const persons = new Set([...taken, ...leaving]);
  if (persons.size === 0) return [];
  return [
    sql`WITH turn AS (
          SELECT 1 FROM users
          WHERE id = ANY(${[...persons]}::uuid[])
            AND (id = ANY(${[...leaving]}::uuid[]) OR (deleted_at IS NULL AND status <> 'closed'))
          ORDER BY id FOR NO KEY UPDATE
        )
        SELECT require_applied((count(*) = ${persons.size}::int)::int, 'person') FROM turn`,
  ];
}
