/** The loads for offering times to patients who wait. */
import type { OpenTime } from '../../../domain/scheduling/bookable-times.ts';
import type { BlockingOffer } from '../../../domain/scheduling/deferred-time.ts';
import type { WaitlistOfferId } from '../../../domain/scheduling/ids.ts';
import type { Turn } from '../../../domain/scheduling/waitlist-matching.ts';
import type { MatchCandidate, MatchTimes, WaitlistLoads } from '../../../domain/scheduling/waitlist-ports.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import { type LocalDate, MILLISECONDS_PER_MINUTE, MINUTES_PER_DAY } from '../../../domain/shared/time.ts';
import { minuteOfDayAt, type ZoneId } from '../../../domain/shared/zone.ts';
import type { Row } from '../driver/driver.ts';
import { at, DATA_KEY_COLUMNS, join, rows, type Sql, type SqlLoad, sql } from '../driver/sql.ts';
import { HOURS_STATEMENTS, hoursStatements, isKnownTo, patientStartsStatement, readHours } from './booking-state.ts';
import { busyStatement } from './busy-statements.ts';
import { CLINIC_LIMITS, readLimits } from './clinic-settings.ts';
import { readReceivers, receiverColumns } from './receivers.ts';
import { kindsOf, locationsOf, readResources, resourceStatements } from './resource-state.ts';
import { readBusy } from './rows.ts';
import { readType, TYPE_COLUMNS } from './type-rows.ts';
import { ENTRY_COLUMNS, milliseconds, readEntry } from './waitlist-rows.ts';

type TimesQuery = Parameters<WaitlistLoads['doctorTimes']>[0];
type CandidatesQuery = Parameters<WaitlistLoads['candidates']>[0];

const ANY_DOCTOR = sql`'00000000-0000-0000-0000-000000000000'::uuid`;
const ANY_SPECIALTY = sql`''::bytea`;
/** As the index has them: who is wanted, and which specialty. */
const WANTED_DOCTOR = sql`coalesce(e.doctor_id, ${ANY_DOCTOR})`;
const WANTED_SPECIALTY = sql`coalesce(e.specialty_index, ${ANY_SPECIALTY})`;

function specialtyOf(doctorId: UserId): Sql {
  return sql`(SELECT coalesce(d.specialty_index, ${ANY_SPECIALTY}) FROM doctors d WHERE d.user_id = ${doctorId}::uuid)`;
}

/** Whether an entry names the doctor, or none, and no specialty but the doctor's. */
function couldBeServedBy(doctorId: UserId): Sql {
  return sql`${WANTED_DOCTOR} = ANY(ARRAY[${doctorId}::uuid, ${ANY_DOCTOR}])
    AND ${WANTED_SPECIALTY} = ANY(ARRAY[${specialtyOf(doctorId)}, ${ANY_SPECIALTY}])`;
}

/**
 * The last date from the given one on that somebody waits for the type `t` whom the doctor could serve: one probe of an index for each
 * kind of entry, because they are many.
 */
function lastWanted(doctorId: UserId, from: Sql): Sql {
  const probe = (doctor: Sql, specialty: Sql) => sql`(SELECT max(e.last_date) FROM waitlist_entries e
    WHERE e.appointment_type_id = t.id AND e.last_date >= ${from} AND e.state IN ('waiting', 'offered')
      AND ${WANTED_DOCTOR} = ${doctor} AND ${WANTED_SPECIALTY} = ${specialty})`;
  const probes = [sql`${doctorId}::uuid`, ANY_DOCTOR].flatMap((doctor) =>
    [specialtyOf(doctorId), ANY_SPECIALTY].map((specialty) => probe(doctor, specialty)),
  );
  return sql`greatest(${join(probes)})`;
}

export function doctorTimesLoad({ doctorId, start, end, now }: TimesQuery): SqlLoad<MatchTimes | undefined> {
  const dates = {
    from: sql`((${at(start)}::timestamptz AT TIME ZONE 'UTC')::date - 1)`,
    to: sql`((${at(end)}::timestamptz AT TIME ZONE 'UTC')::date + 1)`,
  };
  return {
    statements: [
      ...hoursStatements(sql`d.user_id = ${doctorId}::uuid`, dates),
      sql`SELECT ${TYPE_COLUMNS}, w.last_wanted FROM appointment_types t
            CROSS JOIN LATERAL (SELECT ${lastWanted(doctorId, dates.from)} AS last_wanted) w
          WHERE t.active AND w.last_wanted IS NOT NULL`,
      busyStatement('provider', (participant) => sql`${participant} = ${doctorId}::uuid`, dates, now),
      sql`SELECT ${CLINIC_LIMITS}`,
      ...resourceStatements(
        sql`r.kind IN ${kindsOf(sql`t.active`)} AND r.location_id IN ${locationsOf(sql`${doctorId}::uuid`, dates)}`,
        sql`t.active`,
        dates,
        now,
      ),
    ],
    read: (results) => {
      const [hours] = readHours(results);
      if (hours === undefined) return undefined;
      const [types = [], busy = [], limits = [], resources, resourceBusy] = results.slice(HOURS_STATEMENTS);
      return {
        doctor: hours.doctor,
        doctorName: hours.name,
        limits: readLimits(limits[0]),
        availability: hours.availability,
        types: new Map(types.map(readType).map((type) => [type.id, type])),
        lastWanted: types.map(({ last_wanted }) => last_wanted as LocalDate).reduce(later, null),
        busy: busy.map(readBusy),
        resources: readResources([resources, resourceBusy]),
      };
    },
  };
}

function later(a: LocalDate | null, b: LocalDate): LocalDate {
  return a === null || a < b ? b : a;
}

/** The times as a table `s`, with the local date and the minute of the day on which each starts. */
function timesTable(times: readonly OpenTime[], timezone: ZoneId): Sql {
  const column = (of: (time: OpenTime) => string | number) => times.map(of);
  return sql`unnest(
      ${column(({ type }) => type.id)}::uuid[],
      ${column(({ slot }) => slot.date)}::date[],
      ${column(({ slot }) => minuteOfDayAt(timezone, slot.start))}::int[],
      ${column(({ slot }) => (slot.end - slot.start) / MILLISECONDS_PER_MINUTE)}::int[],
      ${column(({ slot }) => at(slot.start))}::timestamptz[],
      ${column(({ slot }) => at(slot.end))}::timestamptz[]
    ) AS s (type_id, date, minute, length, starts_at, ends_at)`;
}

const minutesOf = (column: Sql) => sql`(left(${column}, 2)::int * 60 + right(${column}, 2)::int)`;
const OPENS = minutesOf(sql`e.window_start`);
/** A window that ends at its start or before it ends on the next day. */
const CLOSES = sql`(${minutesOf(sql`e.window_end`)}
  + CASE WHEN ${minutesOf(sql`e.window_end`)} > ${OPENS} THEN 0 ELSE ${MINUTES_PER_DAY}::int END)`;

/** Whether the patient of `e` has an active appointment or a live hold at the time `s`. */
function isBusy(now: number): Sql {
  return sql`EXISTS (SELECT 1 FROM appointment_participants p JOIN appointments a ON a.id = p.appointment_id
    WHERE p.participant_id = e.patient_id AND p.busy && tstzrange(s.starts_at, s.ends_at) AND p.active AND p.role = 'patient'
      AND (a.hold_expires_at IS NULL OR a.hold_expires_at > ${at(now)}::timestamptz))`;
}

/** Whether one of the times fits the entry `e`, as the domain decides it. */
function isFitting({ doctorId, times, timezone, now }: CandidatesQuery): Sql {
  const startsIn = (minute: Sql) => sql`(${OPENS} <= ${minute} AND ${minute} + s.length <= ${CLOSES})`;
  return sql`EXISTS (SELECT 1 FROM ${timesTable(times, timezone)}
    WHERE s.type_id = e.appointment_type_id AND s.date BETWEEN e.first_date AND e.last_date
      AND (e.window_start IS NULL OR ${startsIn(sql`s.minute`)} OR ${startsIn(sql`(s.minute + ${MINUTES_PER_DAY}::int)`)})
      AND NOT EXISTS (SELECT 1 FROM waitlist_offers x
        WHERE x.patient_id = e.patient_id AND x.doctor_id = ${doctorId}::uuid AND x.starts_at = s.starts_at)
      AND NOT ${isBusy(now)})`;
}

/** What both an entry and its patient must be for one of the times, apart from an open offer. */
function isWanted(query: CandidatesQuery): Sql {
  const { doctorId, times, openedAt } = query;
  const dates = times.map(({ slot }) => slot.date).sort();
  const doctor = sql`${doctorId}::uuid`;
  return sql`${couldBeServedBy(doctorId)}
    AND e.appointment_type_id = ANY(${[...new Set(times.map(({ type }) => type.id))]}::uuid[])
    AND e.first_date <= ${dates.at(-1)}::date AND e.last_date >= ${dates[0]}::date
    AND NOT EXISTS (SELECT 1 FROM waitlist_offers x WHERE x.patient_id = e.patient_id AND x.state = 'expired'
      AND x.expires_at >= ${at(openedAt)}::timestamptz)
    AND ((SELECT d.accepting_patients FROM doctors d WHERE d.user_id = ${doctor}) OR ${isKnownTo(doctor, sql`e.patient_id`)})
    AND ${isFitting(query)}`;
}

/** Ranks descend and the rest ascends, so the turn is compared part by part. */
function comesAfter(turn: Turn | null): Sql {
  if (turn === null) return sql`true`;
  return sql`e.missed >= ${turn.missed}::int AND (e.missed > ${turn.missed}::int OR e.rank < ${turn.rank}::int
    OR (e.rank = ${turn.rank}::int AND (e.created_at, e.id) > (${at(turn.createdAt)}::timestamptz, ${turn.id}::uuid)))`;
}

export function candidatesLoad(query: CandidatesQuery, cipher: FieldCipher): SqlLoad<MatchCandidate[]> {
  const { doctorId, times, after, limit, now } = query;
  const first = times[0]?.slot.start ?? now;
  const last = Math.max(...times.map(({ slot }) => slot.end));
  const doctor = sql`${doctorId}::uuid`;
  const period = sql`tstzrange(${at(first)}::timestamptz, ${at(last)}::timestamptz)`;
  const inTurn = sql`SELECT e.*, ${isKnownTo(doctor, sql`e.patient_id`)} AS is_known FROM waitlist_entries e
    WHERE e.state = 'waiting' AND ${isWanted(query)} AND ${comesAfter(after)}
      AND EXISTS (SELECT 1 FROM users u WHERE u.id = e.patient_id AND u.deleted_at IS NULL AND u.status <> 'closed')
      AND NOT EXISTS (SELECT 1 FROM waitlist_offers x WHERE x.patient_id = e.patient_id AND x.state = 'open')
    ORDER BY e.missed, e.rank DESC, e.created_at, e.id LIMIT ${limit}::int`;
  return rows(
    sql`SELECT ${ENTRY_COLUMNS}, e.is_known, ${DATA_KEY_COLUMNS},
          (SELECT json_agg(${milliseconds(sql`x.starts_at`)})::text FROM waitlist_offers x
            WHERE x.patient_id = e.patient_id AND x.doctor_id = ${doctor}
              AND x.starts_at BETWEEN ${at(first)}::timestamptz AND ${at(last)}::timestamptz) AS offered_before,
          (SELECT json_agg(json_build_array(a.id, ${milliseconds(sql`a.starts_at`)}, ${milliseconds(sql`a.ends_at`)},
              ${milliseconds(sql`a.hold_expires_at`)}))::text
            FROM appointment_participants p JOIN appointments a ON a.id = p.appointment_id
            WHERE p.participant_id = e.patient_id AND p.busy && ${period} AND p.active AND p.role = 'patient') AS busy,
          (SELECT json_agg(json_build_array(a.id, ${milliseconds(sql`a.starts_at`)}))::text FROM (
            ${patientStartsStatement(sql`t.id = e.appointment_type_id`, sql`e.patient_id`, now)}) a) AS patient_starts,
          ${receiverColumns(sql`e.patient_id`, now)}
        FROM (${inTurn}) e JOIN data_keys k ON k.owner_id = e.patient_id
        ORDER BY e.missed, e.rank DESC, e.created_at, e.id`,
    (found) => readCandidate(found, cipher),
  );
}

export function blockingOffersLoad(query: CandidatesQuery): SqlLoad<BlockingOffer[]> {
  return rows(
    // Offers are open for hours, so they are few: the entries of their patients are read, not all that wait for the type.
    sql`SELECT o.id, o.patient_id FROM waitlist_offers o CROSS JOIN LATERAL (
          SELECT 1 FROM (
            SELECT * FROM waitlist_entries e WHERE e.patient_id = o.patient_id AND e.state IN ('waiting', 'offered') OFFSET 0) e
          WHERE ${isWanted(query)} LIMIT 1) w
        WHERE o.state = 'open'`,
    (found) => ({ offerId: found.id as WaitlistOfferId, patientId: found.patient_id as UserId }),
  );
}

function readCandidate(found: Row, cipher: FieldCipher): MatchCandidate {
  const busy = JSON.parse((found.busy as string | null) ?? '[]') as [string, number, number, number | null][];
  const starts = JSON.parse((found.patient_starts as string | null) ?? '[]') as [string, number][];
  return {
    entry: readEntry(found, cipher),
    isKnownPatient: found.is_known as boolean,
    patientBusy: busy.map(([sourceId, start, end, expiresAt]) => ({ sourceId, start, end, expiresAt })),
    patientStarts: starts.map(([sourceId, start]) => ({ sourceId, start })),
    offeredBefore: JSON.parse((found.offered_before as string | null) ?? '[]') as number[],
    ...readReceivers(found),
  };
}
