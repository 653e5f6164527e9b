/** Doctors' hours with the appointments that a change of them may affect. */
import { type BookedHours, type ComingAppointment, MAXIMUM_COMING } from '../../../domain/scheduling/affected.ts';
import type { LocationId } from '../../../domain/scheduling/location.ts';
import type { DateRange } from '../../../domain/scheduling/ports.ts';
import type { RebookingLoads } from '../../../domain/scheduling/rebooking-ports.ts';
import type { AppointmentId, AppointmentTypeId, UserId } from '../../../domain/shared/ids.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import type { Row } from '../driver/driver.ts';
import { at, DATA_KEY_COLUMNS, raw, readDataKey, type Sql, type SqlLoad, sql } from '../driver/sql.ts';
import { sealedRow } from '../sealed/sealed-row.ts';
import { DOCTORS, HOURS_STATEMENTS, hoursStatements, OPEN_DOCTOR, readHours } from './booking-state.ts';
import { EACH_DOCTOR, OPEN, sqlDates, visitsOf } from './busy-statements.ts';

type Query = Parameters<RebookingLoads['bookedHours']>[0];

/** The reasons of time off are opened where one doctor is asked for: whether an entry is there already depends on them. */
export function bookedHoursLoad({ doctorId, dates, near, now }: Query, cipher: FieldCipher): SqlLoad<BookedHours[]> {
  const condition = sql`(${doctorId}::uuid IS NULL OR d.user_id = ${doctorId}::uuid) AND ${OPEN_DOCTOR}`;
  const doctors = sql`(SELECT d.user_id FROM ${DOCTORS} WHERE ${condition})`;
  return {
    statements: [
      ...hoursStatements(condition, sqlDates(dates)),
      sql`SELECT ${DATA_KEY_COLUMNS} FROM data_keys k WHERE k.owner_id IN ${doctors}`,
      comingStatement(doctorId, doctors, sql`${OPEN} AND a.starts_at > ${at(now)}::timestamptz AND ${isNear(near)}`),
    ],
    read: (results) => {
      const [keys = [], coming = []] = results.slice(HOURS_STATEMENTS);
      const keyOf = new Map(keys.map(readDataKey).map((key) => [key.ownerId, key]));
      const comingOf = Map.groupBy(coming, (found) => found.doctor_id);
      const key = doctorId === null ? undefined : keyOf.get(doctorId);
      const reason = (found: Row) =>
        key === undefined
          ? null
          : sealedRow(cipher, key, 'time_off', found.id as string).optional('reason', found.reason);
      return readHours(results, reason).flatMap(({ doctor: { id }, availability }) => {
        const doctorKey = keyOf.get(id);
        return doctorKey === undefined
          ? []
          : [{ availability, doctorKey, coming: (comingOf.get(id) ?? []).map(readComing) }];
      });
    },
  };
}

/** For one doctor, visits that the doctor leads and visits that the doctor attends are read apart, each from its index. */
function comingStatement(doctorId: UserId | null, doctors: Sql, condition: Sql): Sql {
  const coming = (doctor: Sql, from: Sql) => sql`SELECT a.id, ${doctor} AS doctor_id, ${doctor} = a.doctor_id AS is_led,
      a.appointment_type_id, a.starts_at, a.ends_at, a.location_id,
      EXISTS (SELECT 1 FROM appointment_participants x WHERE x.appointment_id = a.id AND x.additional) AS is_joint
    FROM ${from} AND ${condition} AND ${doctor} = ANY(ARRAY${doctors}) ORDER BY a.starts_at, a.id LIMIT ${MAXIMUM_COMING + 1}::int`;
  if (doctorId === null) return coming(sql`m.doctor_id`, sql`appointments a ${EACH_DOCTOR} WHERE true`);
  const its = sql`${doctorId}::uuid`;
  const { led, attended } = visitsOf(its);
  // Nobody leads and attends one visit, so none is in both.
  return sql`SELECT * FROM ((${coming(its, led)}) UNION ALL (${coming(its, attended)})) a ORDER BY a.starts_at, a.id LIMIT ${MAXIMUM_COMING + 1}::int`;
}

/** A day more on both sides: zones differ, and nights end on the next date. */
function isNear(dates: readonly DateRange[] | null): Sql {
  if (dates === null) return sql`true`;
  const within = (first: Sql, last: Sql) =>
    sql`a.starts_at >= (${first} - 2)::timestamptz AND a.starts_at < (${last} + 3)::timestamptz`;
  const firsts = dates.map(({ from }) => from).sort();
  const lasts = dates.map(({ to }) => to).sort();
  // From the first to the last date the index is read, the rest decides.
  return sql`${within(sql`${firsts[0] ?? null}::date`, sql`${lasts.at(-1) ?? null}::date`)} AND EXISTS (
    SELECT 1 FROM unnest(${dates.map(({ from }) => from)}::date[], ${dates.map(({ to }) => to)}::date[]) AS near (first_date, last_date)
    WHERE ${within(raw('near.first_date'), raw('near.last_date'))})`;
}

function readComing(found: Row): ComingAppointment {
  return {
    id: found.id as AppointmentId,
    appointmentTypeId: found.appointment_type_id as AppointmentTypeId,
    start: found.starts_at as number,
    end: found.ends_at as number,
    locationId: found.location_id as LocationId | null,
    isLed: found.is_led as boolean,
    isJoint: found.is_joint as boolean,
  };
}
