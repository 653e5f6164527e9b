/** Rebookings: loads and changes. */
import type { KeyedPersonalChange } from '../../../domain/changes.ts';
import type { ActorKind } from '../../../domain/scheduling/appointment.ts';
import type { ClinicAppointment } from '../../../domain/scheduling/front-desk-ports.ts';
import type { RebookingId } from '../../../domain/scheduling/ids.ts';
import type { Page } from '../../../domain/scheduling/ports.ts';
import {
  REBOOKING_OUTCOMES,
  type Rebooking,
  type RebookingBegun,
  type RebookingChange,
} from '../../../domain/scheduling/rebooking.ts';
import {
  type PendingRebooking,
  REBOOKED_STATES,
  type RebookedAppointment,
  type RebookedState,
  type RebookingLoads,
  type RebookingProgress,
  type RebookingState,
} from '../../../domain/scheduling/rebooking-ports.ts';
import type { AppointmentId, UserId } from '../../../domain/shared/ids.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type { Viewer } from '../../../domain/shared/viewer.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import type { Row } from '../driver/driver.ts';
import {
  at,
  DATA_KEY_COLUMNS,
  guarded,
  raw,
  readDataKey,
  row,
  rows,
  type Sql,
  type SqlRecordedLoad,
  sql,
} from '../driver/sql.ts';
import { sealedRow, sealingRow } from '../sealed/sealed-row.ts';
import { RECORD_TABLES, toldColumns } from './appointment-loads.ts';
import { visibleTo } from './appointment-pages.ts';
import { bookedHoursLoad } from './booked-hours.ts';
import { readWithPatient, TABLES_WITH_PATIENT, WITH_PATIENT } from './front-desk-loads.ts';
import { readToldAppointment } from './rows.ts';
import { OFFER_COLUMNS, readOffer } from './waitlist-rows.ts';

type KeyedBegun = Extract<KeyedPersonalChange, RebookingBegun>;

export const rebookingWriters: ChangeWriters<KeyedBegun | Exclude<RebookingChange, RebookingBegun>> = {
  'rebooking.begun': ({ rebooking: r, appointmentIds, dataKey }, cipher) => [
    sql`INSERT INTO rebookings (id, doctor_id, action, to_doctor_id, message, by_kind, created_at)
        VALUES (${r.id}::uuid, ${r.doctorId}::uuid, ${r.action}, ${r.toDoctorId}::uuid,
          ${sealingRow(cipher, dataKey, 'rebookings', r.id).optional('message', r.message)}::bytea, ${r.byKind}, ${at(r.createdAt)})`,
    sql`INSERT INTO rebooked_appointments (rebooking_id, appointment_id, state)
        SELECT ${r.id}::uuid, its.id, 'pending' FROM unnest(${[...appointmentIds]}::uuid[]) AS its (id)`,
  ],
  'rebooking.settled': ({ rebookingId, appointmentId, outcome, entryId }) => {
    const statement = sql`UPDATE rebooked_appointments SET state = ${outcome}, entry_id = ${entryId}::uuid
      WHERE rebooking_id = ${rebookingId}::uuid AND appointment_id = ${appointmentId}::uuid AND state = 'pending' RETURNING 1`;
    return [outcome === 'unchanged' ? statement : guarded(statement, 'rebooked_appointment')];
  },
};

const PENDING = raw(`b.state = 'pending'`);
const OPEN = raw('b.open');

/** A condition on rebookings `r`. Few have appointments that are pending or open, so these come first where they are asked for. */
function isIn(state: RebookingState | null): Sql {
  const having = (condition: Sql) =>
    sql`r.id = ANY(ARRAY(SELECT b.rebooking_id FROM rebooked_appointments b WHERE ${condition} GROUP BY b.rebooking_id))`;
  const without = (condition: Sql) =>
    sql`NOT EXISTS (SELECT 1 FROM rebooked_appointments b WHERE b.rebooking_id = r.id AND ${condition})`;
  if (state === null) return sql`true`;
  if (state === 'running') return having(PENDING);
  return sql`${state === 'open' ? having(OPEN) : without(OPEN)} AND ${without(PENDING)}`;
}

/** Where an appointment `b` with the entry `e` stands now. */
const STATE = raw(`CASE WHEN b.state IN ('pending', 'cancelled', 'unchanged') THEN b.state
  WHEN e.state = 'offered' THEN 'unanswered' WHEN e.state IN ('waiting', 'booked') THEN e.state ELSE 'ended' END`);

/** Rebookings with their counts, as {@link readProgress} reads them. */
function progressOf(rebookings: Sql): Sql {
  return sql`SELECT r.*, c.outcomes, c.states, ${DATA_KEY_COLUMNS} FROM (${rebookings}) r JOIN data_keys k ON k.owner_id = r.doctor_id
    CROSS JOIN LATERAL (
      SELECT json_agg(b.state)::text AS outcomes, json_agg(${STATE})::text AS states
      FROM rebooked_appointments b LEFT JOIN waitlist_entries e ON e.id = b.entry_id WHERE b.rebooking_id = r.id) c`;
}

function rebookedLoad(
  id: RebookingId,
  state: RebookedState | null,
  viewer: Viewer,
  { after, limit }: Page<{ readonly start: Instant; readonly id: AppointmentId }>,
  cipher: FieldCipher,
): SqlRecordedLoad<RebookedAppointment[] | undefined> {
  const isTheirs = sql`(${viewer.role !== 'doctor'}::boolean OR r.doctor_id = ${viewer.userId}::uuid)`;
  const place =
    after === null ? sql`true` : sql`(a.starts_at, a.id) > (${at(after.start)}::timestamptz, ${after.id}::uuid)`;
  const visible = sql`b.rebooking_id = (SELECT r.id FROM rebookings r WHERE r.id = ${id}::uuid AND ${isTheirs})
    AND (${state}::text IS NULL OR ${STATE} = ${state}) AND a.status <> 'held' AND ${visibleTo(viewer)} AND ${place}
    ORDER BY a.starts_at, a.id LIMIT ${limit + 1}::int`;
  const joined = sql`JOIN rebooked_appointments b ON b.appointment_id = a.id LEFT JOIN waitlist_entries e ON e.id = b.entry_id`;
  return {
    load: {
      statements: [
        sql`SELECT 1 FROM rebookings r WHERE r.id = ${id}::uuid AND ${isTheirs}`,
        sql`SELECT ${WITH_PATIENT}, ${STATE} AS rebooked_state, ${OFFER_COLUMNS} FROM ${TABLES_WITH_PATIENT} ${joined}
            LEFT JOIN waitlist_offers o ON o.entry_id = e.id AND o.state = 'open' WHERE ${visible}`,
      ],
      read: ([rebooking, found]) =>
        rebooking?.[0] === undefined
          ? undefined
          : (found ?? []).map((each) => ({
              ...readWithPatient(each, cipher),
              state: each.rebooked_state as RebookedState,
              offer: each.offer_id === null ? null : readOffer(each),
            })),
    },
    streams: sql`SELECT s.patient_id AS stream FROM (SELECT a.patient_id FROM appointments a ${joined} WHERE ${visible}) s`,
  };
}

export function createRebookingLoads(cipher: FieldCipher): RebookingLoads {
  return {
    bookedHours: (query) => bookedHoursLoad(query, cipher),
    rebooking: (id) =>
      row(
        sql`SELECT r.*, ${DATA_KEY_COLUMNS} FROM rebookings r JOIN data_keys k ON k.owner_id = r.doctor_id
            WHERE r.id = ${id}::uuid`,
        (found) => readRebooking(found, cipher),
      ),
    progress: (id) =>
      row(progressOf(sql`SELECT * FROM rebookings WHERE id = ${id}::uuid`), (found) => readProgress(found, cipher)),
    rebookings: ({ doctorId, state }, { after, limit, order }) => {
      const isLater = order === 1 ? sql`r.id > ${after}::uuid` : sql`r.id < ${after}::uuid`;
      const ordered = sql`ORDER BY r.id ${raw(order === 1 ? 'ASC' : 'DESC')}`;
      const page = sql`SELECT r.* FROM rebookings r WHERE ${doctorId === null ? sql`true` : sql`r.doctor_id = ${doctorId}::uuid`}
        AND ${isIn(state)} AND ${after === null ? sql`true` : isLater} ${ordered} LIMIT ${limit + 1}::int`;
      return rows(sql`${progressOf(page)} ${ordered}`, (found) => readProgress(found, cipher));
    },
    rebookedRead: (id, state, viewer, page) => rebookedLoad(id, state, viewer, page, cipher),
    pending: (id, limit) =>
      rows(
        sql`SELECT r.appointment_id, a.patient_id, a.starts_at FROM rebooked_appointments r
              JOIN appointments a ON a.id = r.appointment_id
            WHERE r.rebooking_id = ${id}::uuid AND r.state = 'pending'
            ORDER BY a.starts_at, a.id LIMIT ${limit}::int`,
        readPending,
      ),
    rebooked: (id, appointmentId, now) =>
      row(
        sql`SELECT ${toldColumns(now)} FROM ${RECORD_TABLES}
            WHERE a.id = (SELECT r.appointment_id FROM rebooked_appointments r
                          WHERE r.rebooking_id = ${id}::uuid AND r.appointment_id = ${appointmentId}::uuid AND r.state = 'pending')
              AND a.status <> 'held'`,
        (found) => readToldAppointment(found, cipher),
      ),
    offeredBefore: (appointmentId, doctorId) =>
      rows(
        sql`SELECT x.starts_at FROM appointments a
              JOIN waitlist_offers x ON x.patient_id = a.patient_id AND x.doctor_id = coalesce(${doctorId}::uuid, a.doctor_id)
            WHERE a.id = ${appointmentId}::uuid AND a.status <> 'held' AND x.starts_at >= a.starts_at`,
        (found) => found.starts_at as number,
      ),
    affectedRead: (ids, viewer): SqlRecordedLoad<ClinicAppointment[]> => {
      const visible = sql`a.id = ANY(${[...ids]}::uuid[]) AND a.status <> 'held' AND ${visibleTo(viewer)}`;
      return {
        load: rows(
          sql`SELECT ${WITH_PATIENT} FROM ${TABLES_WITH_PATIENT} WHERE ${visible} ORDER BY a.starts_at, a.id`,
          (found) => readWithPatient(found, cipher),
        ),
        streams: sql`SELECT a.patient_id AS stream FROM appointments a WHERE ${visible}`,
      };
    },
  };
}

function readPending(found: Row): PendingRebooking {
  return {
    appointmentId: found.appointment_id as AppointmentId,
    patientId: found.patient_id as UserId,
    start: found.starts_at as number,
  };
}

function readProgress(found: Row, cipher: FieldCipher): RebookingProgress {
  const counted = <T extends string>(states: readonly T[], text: unknown): Readonly<Record<T, number>> => {
    const all = JSON.parse((text as string | null) ?? '[]') as T[];
    const counts = states.map((state) => [state, all.filter((each) => each === state).length] as const);
    return Object.fromEntries(counts) as Record<T, number>;
  };
  return {
    rebooking: readRebooking(found, cipher),
    outcomes: counted(['pending', ...REBOOKING_OUTCOMES], found.outcomes),
    states: counted(REBOOKED_STATES, found.states),
  };
}

function readRebooking(found: Row, cipher: FieldCipher): Rebooking {
  const id = found.id as RebookingId;
  return {
    id,
    doctorId: found.doctor_id as UserId,
    action: found.action as Rebooking['action'],
    toDoctorId: found.to_doctor_id as UserId | null,
    message: sealedRow(cipher, readDataKey(found), 'rebookings', id).optional('message', found.message),
    byKind: found.by_kind as ActorKind,
    createdAt: found.created_at as number,
  };
}
