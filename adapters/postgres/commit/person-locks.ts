/** Who waits for whom, settled before anything is written. */
import type { Change } from '../../../domain/changes.ts';
import { type Sql, sql } from '../driver/sql.ts';

interface Taken {
  readonly doctor: string | null;
  readonly others: readonly (string | null)[];
}

/** Whose time a change takes, or waits for. They must still be there, the doctor as one, when it is their turn. */
function takesTimeOf(change: Change): Taken {
  switch (change.type) {
    case 'appointment.booked':
    case 'appointment.rescheduled':
      return { doctor: change.appointment.doctorId, others: [change.appointment.patientId] };
    case 'hold.placed':
      return { doctor: change.hold.doctorId, others: [change.hold.patientId, change.hold.holderId] };
    case 'waitlist.entry_added':
      return { doctor: change.entry.doctorId, others: [change.entry.patientId] };
    default:
      return { doctor: null, others: [] };
  }
}

/** Who gives time up for good. */
function givesUp(change: Change): readonly string[] {
  switch (change.type) {
    case 'user.erased':
      return [change.userId];
    case 'doctor.resigned':
      return [change.doctorId];
    default:
      return [];
  }
}

interface Concerned {
  readonly persons: ReadonlySet<string>;
  readonly doctors: ReadonlySet<string>;
  readonly leaving: ReadonlySet<string>;
}

/** Whose rows a batch locks before its first change. */
export function personsOf(changes: readonly Change[]): Concerned {
  const taken = changes.map(takesTimeOf);
  const doctors = new Set(taken.flatMap(({ doctor }) => doctor ?? []));
  // Whoever leaves waits for those who still take their time, and then sees all that is to be ended.
  const leaving = new Set(changes.flatMap(givesUp));
  const persons = new Set([...doctors, ...taken.flatMap(({ others }) => others.flatMap((id) => id ?? [])), ...leaving]);
  return { persons, doctors, leaving };
}

/**
 * Those who want time of the same persons follow each other. Two rows that exclude each other, written at once, would
 * each wait for the other, and one would only be freed by the server's search for deadlocks, a second later. So a batch
 * takes its turn with all the persons it concerns before its first change, in the order of their ids: nobody waits in a
 * circle, however many times one batch takes, and persons who are not concerned never wait.
 *
 * Fails as stale when one of them has closed the account meanwhile, or the doctor is no doctor any more: their time is not
 * to be had.
 */
export function inTurn(changes: readonly Change[]): Sql[] {
  const { persons, doctors, leaving } = personsOf(changes);
  if (persons.size === 0) return [];
  return [
    sql`WITH turn AS (
          SELECT 1 FROM users
          WHERE id = ANY(${[...persons]}::uuid[])
            AND (id = ANY(${[...leaving]}::uuid[]) OR (deleted_at IS NULL AND status <> 'closed'))
            AND (role = 'doctor' OR id <> ALL(${[...doctors]}::uuid[]))
          ORDER BY id FOR NO KEY UPDATE
        )
        SELECT require_applied((count(*) = ${persons.size}::int)::int, 'person') FROM turn`,
  ];
}
