/** The loads that a booking, a hold or a move is decided on. */
import type { BookingLoads } from '../../../domain/scheduling/ports.ts';
import { mayActFor } from '../access/record-access.ts';
import { raw, row, type Sql, type SqlLoad, sql } from '../driver/sql.ts';
import { bookingStateLoad, liveHoldsOf } from './booking-state.ts';
import { type SqlDates, sqlDates } from './busy-statements.ts';
import { APPOINTMENT_COLUMNS, readHold } from './rows.ts';

/**
 * The dates extended to the last appointment of the series, moved by as many days as the first one. Dates are those of UTC, so
 * a day more is read.
 */
function throughSeries({ from, to }: SqlDates, its: (column: string) => Sql): SqlDates {
  const last = sql`(SELECT max(s.starts_at) FROM appointments s WHERE s.series_id = ${its('series_id')})`;
  const utcDate = (instant: Sql) => sql`(${instant} AT TIME ZONE 'UTC')::date`;
  return { from, to: sql`greatest(${to}, ${utcDate(last)} + (${from} - ${utcDate(its('starts_at'))}) + 3)` };
}

export const bookingLoads: BookingLoads = {
  bookingState: ({ doctorId, appointmentType, patientId, additionalDoctorIds = [], dates, now }) =>
    bookingStateLoad({
      doctor: sql`${doctorId}::uuid`,
      type: 'code' in appointmentType ? sql`t.code = ${appointmentType.code}` : sql`t.id = ${appointmentType.id}::uuid`,
      patient: sql`${patientId}::uuid`,
      additional: additionalDoctorIds.length === 0 ? null : sql`SELECT unnest(${[...additionalDoctorIds]}::uuid[])`,
      dates: sqlDates(dates),
      now,
    }),
  moveState: ({ appointmentId, doctorId, dates, following, now }) => {
    const its = (column: string) =>
      sql`(SELECT m.${raw(column)} FROM appointments m WHERE m.id = ${appointmentId}::uuid AND m.status <> 'held')`;
    return bookingStateLoad({
      doctor: sql`coalesce(${doctorId}::uuid, ${its('doctor_id')})`,
      type: sql`t.id = ${its('appointment_type_id')}`,
      patient: its('patient_id'),
      additional: sql`SELECT x.user_id FROM appointment_participants x
        WHERE x.appointment_id = ${appointmentId}::uuid AND x.additional`,
      dates: following ? throughSeries(sqlDates(dates), its) : sqlDates(dates),
      now,
    });
  },
  hold: (id) =>
    row(
      sql`SELECT ${APPOINTMENT_COLUMNS} FROM appointments a WHERE a.id = ${id}::uuid AND a.status = 'held'`,
      readHold,
    ),
  liveHolds: (holderId, now): SqlLoad<number> => ({
    statements: [sql`SELECT ${liveHoldsOf(holderId, now)} AS live`],
    read: ([found]) => (found?.[0]?.live as number | undefined) ?? 0,
  }),
  mayActFor: (viewer, patientId): SqlLoad<boolean> => {
    const patient = sql`${patientId}::uuid`;
    return {
      statements: [sql`SELECT ${mayActFor(patient, viewer)} AS may`],
      read: ([found]) => found?.[0]?.may === true,
    };
  },
};
