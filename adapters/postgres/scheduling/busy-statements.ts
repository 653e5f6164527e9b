/** Statements that read when persons and resources are busy. */
import { LONGEST_BUSY_MILLISECONDS } from '../../../domain/scheduling/busy-time.ts';
import type { Instant, LocalDate } from '../../../domain/shared/time.ts';
import { at, raw, type Sql, sql } from '../driver/sql.ts';
import { BUSY_COLUMNS } from './rows.ts';

export const ACTIVE = raw(`a.status NOT IN ('cancelled', 'no_show')`);

/** Open. The second condition is that of the indexes without holds: PostgreSQL uses them only if it is written out. */
export const OPEN = raw(`a.status IN ('requested', 'scheduled', 'confirmed') AND a.status <> 'held'`);

/** The visits that a doctor leads, and those that the doctor attends: each is what follows `FROM`, and has an index of its own. */
export function visitsOf(doctor: Sql): { readonly led: Sql; readonly attended: Sql } {
  return {
    led: sql`appointments a WHERE a.doctor_id = ${doctor}`,
    attended: sql`appointment_participants x JOIN appointments a ON a.id = x.appointment_id
      WHERE x.participant_id = ${doctor} AND x.additional`,
  };
}

/** The visits that a condition on `x.participant_id` makes an additional doctor's: few, so their ids are read first. */
export function accompaniedBy(whose: (doctor: Sql) => Sql): Sql {
  return sql`a.id = ANY(ARRAY(SELECT x.appointment_id FROM appointment_participants x
    WHERE ${whose(sql`x.participant_id`)} AND x.additional))`;
}

/**
 * Each appointment `a` once for each of its doctors, `m.doctor_id`. With the offset, the doctors of an appointment are read and then
 * compared with those who are asked for; without it, each of these would be looked up for each appointment.
 */
export const EACH_DOCTOR = raw(`CROSS JOIN LATERAL (
  SELECT a.doctor_id UNION ALL
  SELECT x.participant_id FROM appointment_participants x WHERE x.appointment_id = a.id AND x.additional OFFSET 0) m`);

/**
 * The rows of {@link EACH_DOCTOR} for the doctors that a condition names. The condition must compare with an array: if one side of
 * the `OR` compared with a subquery, PostgreSQL would use no index for either.
 */
export function eachOf(isOne: (doctor: Sql) => Sql): Sql {
  return sql`(${isOne(sql`a.doctor_id`)} OR ${accompaniedBy(isOne)}) AND ${isOne(sql`m.doctor_id`)}`;
}

/** First and last local date, as expressions of type `date`. */
export interface SqlDates {
  readonly from: Sql;
  readonly to: Sql;
}

export function sqlDates({ from, to }: { readonly from: LocalDate; readonly to: LocalDate }): SqlDates {
  return { from: sql`${from}::date`, to: sql`${to}::date` };
}

/** Extended on both sides: zones differ by up to a day and overnight hours end on the next. Database sessions run in UTC. */
export function instants({ from, to }: SqlDates): Sql {
  return sql`tstzrange((${from} - 2)::timestamptz, (${to} + 3)::timestamptz)`;
}

/** An appointment with its buffers is at most this long, so that the index finds it by its beginning. */
export const LONGEST_BUSY = raw(`interval '${LONGEST_BUSY_MILLISECONDS} milliseconds'`);

/** The ids of holds that block their time no more. There are few: a job removes them. */
export function expiredHolds(now: Instant): Sql {
  return sql`SELECT h.id FROM appointments h WHERE h.status = 'held' AND h.hold_expires_at <= ${at(now)}::timestamptz`;
}

/** An active appointment or a live hold. */
export function standing(now: Instant): Sql {
  return sql`${ACTIVE} AND (a.hold_expires_at IS NULL OR a.hold_expires_at > ${at(now)}::timestamptz)`;
}

/** Active appointments and live holds of those whose time they take; `whose` is a condition on `p.participant_id`. */
export function busyStatement(
  as: 'provider' | 'patient',
  whose: (participant: Sql) => Sql,
  dates: SqlDates,
  now: Instant,
): Sql {
  // The same text as in the predicates of the exclusion constraints, so that PostgreSQL uses their indexes.
  const role = as === 'patient' ? raw(`p.role = 'patient'`) : raw(`p.role <> 'patient'`);
  return sql`SELECT ${BUSY_COLUMNS} FROM appointment_participants p JOIN appointments a ON a.id = p.appointment_id
    WHERE ${whose(sql`p.participant_id`)} AND p.busy && ${instants(dates)} AND p.active AND ${role}
      AND (a.hold_expires_at IS NULL OR a.hold_expires_at > ${at(now)}::timestamptz)`;
}
