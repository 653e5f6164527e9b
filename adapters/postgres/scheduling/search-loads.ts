/**
 * What the earliest slots over many doctors are computed from: one row for each doctor who has hours on the dates of the window,
 * with the hours and the busy times. Busy times are merged where no appointment of the type fits between them, to send fewer.
 */
import type { AppointmentType } from '../../../domain/scheduling/appointment-type.ts';
import { type Week, type WeeklyRule, weekOf } from '../../../domain/scheduling/availability.ts';
import {
  mergedTimes,
  type OccupancyId,
  type OccupiedTime,
  type TakenTimes,
} from '../../../domain/scheduling/busy-time.ts';
import type { ClosedDates } from '../../../domain/scheduling/clinic-holiday.ts';
import type { LocationId } from '../../../domain/scheduling/location.ts';
import type { SearchedDoctor, SearchedDoctors, SearchQuery } from '../../../domain/scheduling/ports.ts';
import type { ResourceId } from '../../../domain/scheduling/resource.ts';
import { NO_RESOURCES, type ResourceTime } from '../../../domain/scheduling/resource-choice.ts';
import type { AppointmentTypeId, UserId } from '../../../domain/shared/ids.ts';
import {
  type Instant,
  type LocalDate,
  type LocalTime,
  MILLISECONDS_PER_DAY,
  MILLISECONDS_PER_MINUTE,
  MINUTES_PER_DAY,
  type Weekday,
} from '../../../domain/shared/time.ts';
import type { ZoneId } from '../../../domain/shared/zone.ts';
import type { Row } from '../driver/driver.ts';
import { at, raw, type Sql, type SqlLoad, sql } from '../driver/sql.ts';
import { textArray } from '../driver/types.ts';
import { DOCTORS, isKnownTo } from './booking-state.ts';
import { expiredHolds, LONGEST_BUSY } from './busy-statements.ts';
import { doctorCondition } from './directory-loads.ts';
import { mayLieIn, readClosedDates } from './holiday-rows.ts';
import { RESOURCE_COLUMNS, readResource } from './place-rows.ts';
import { doctorName, readOverride, readTimeOff } from './rows.ts';
import { readType, TYPE_COLUMNS } from './type-rows.ts';

/** From this width of the window on, times between which nothing of the type fits are sent as one. */
const MERGED_FROM = 3 * MILLISECONDS_PER_DAY;
const ZERO = '0'.charCodeAt(0);

/**
 * The type with the time of the window, and dates in UTC: those on which slots of the window may start in any
 * zone, and a wider range, from which the hours of these dates may come or end.
 */
function searchOf({ typeCode, window, filter, now }: SearchQuery): Sql {
  const { from, milliseconds, doctorDays, widestDays, until } = window;
  const utcDate = (instant: Sql) => sql`((${instant}) AT TIME ZONE 'UTC')::date`;
  const opens = sql`greatest(${at(from)}::timestamptz, ${at(now)}::timestamptz + t.minimum_notice_minutes * interval '1 minute')`;
  const doctors = sql`least((SELECT count(*) FROM doctors), ${filter.doctorIds?.length ?? null}::int)`;
  const width = sql`greatest(${milliseconds}::float8 * interval '1 millisecond',
    least(${widestDays}::float8, ${doctorDays}::float8 / greatest(${doctors}, 1)) * interval '1 day')`;
  const closes = sql`least(o.opens + ${width}, ${at(until)}::timestamptz)`;
  const isoDays = (first: Sql) =>
    sql`ARRAY(SELECT extract(isodow FROM day)::int FROM generate_series(${first}, least(f.last_date, f.first_date + 6), interval '1 day') day)`;
  return sql`(SELECT t.id AS type_id, t.doctor_ids, t.requires, t.capacity, t.daily_limit, o.opens, c.closes,
      ${floored(raw('o.opens'))} - ${raw(String(MINUTES_PER_DAY))} AS origin,
      b.gap, o.opens - b.before AS busy_from, c.closes + b.gap - b.before AS busy_to,
      f.first_date, f.last_date, f.first_date - 4 AS loaded_from, f.last_date + 4 AS loaded_to,
      ${isoDays(sql`f.first_date`)} AS weekdays, ${isoDays(sql`f.first_date - 1`)} AS with_eve
    FROM appointment_types t, LATERAL (SELECT t.buffer_before_minutes * interval '1 minute' AS before,
        (t.buffer_before_minutes + t.duration_minutes + t.buffer_after_minutes) * interval '1 minute' AS gap) b,
      LATERAL (SELECT ${opens} AS opens) o, LATERAL (SELECT ${closes} AS closes) c,
      LATERAL (SELECT ${utcDate(sql`o.opens - interval '12 hours'`)} AS first_date,
        ${utcDate(sql`c.closes + interval '14 hours'`)} AS last_date) f
    WHERE t.code = ${typeCode} OFFSET 0) s`;
}

/** Doctors `d` who have hours for the type on the dates of the window: by the week or by an override, and are not away on all of them. */
const HAS_HOURS = raw(`(s.doctor_ids IS NULL OR d.user_id = ANY(s.doctor_ids))
  AND (EXISTS (SELECT FROM availability_rules r WHERE r.doctor_id = d.user_id
      AND (r.appointment_type_ids IS NULL OR s.type_id = ANY(r.appointment_type_ids))
      AND r.weekday = ANY(CASE WHEN r.start_time < r.end_time THEN s.weekdays ELSE s.with_eve END)
      AND (r.valid_from IS NULL OR r.valid_from <= s.last_date)
      AND (r.valid_until IS NULL OR r.valid_until >= s.first_date - 1)
      AND NOT EXISTS (SELECT FROM clinic_holidays h WHERE h.first_date < s.first_date AND h.last_date >= s.last_date))
    OR EXISTS (SELECT FROM availability_overrides v WHERE v.doctor_id = d.user_id
      AND v.date BETWEEN s.first_date - 1 AND s.last_date AND v.available <> '[]'))
  AND NOT EXISTS (SELECT FROM time_off f WHERE f.doctor_id = d.user_id
    AND f.first_date < s.first_date - 1 AND f.last_date > s.last_date)`);

/** One text for the week of a doctor, which costs a third of JSON: rules separated by `;`, their columns by `|`. */
const WEEKS =
  raw(`(SELECT r.doctor_id, string_agg(r.position || '|' || r.weekday || '|' || r.start_time || '|' || r.end_time
    || coalesce('|' || r.location_id, '|') || coalesce('|' || r.appointment_type_ids::text, '|')
    || coalesce('|' || r.valid_from, '|') || coalesce('|' || r.valid_until, '|'), ';') COLLATE "C" AS week
  FROM availability_rules r WHERE r.doctor_id = ANY(ARRAY(SELECT user_id FROM page)) GROUP BY r.doctor_id) w`);
const OVERRIDES = raw(`(SELECT jsonb_agg(to_jsonb(v)) FROM availability_overrides v
    WHERE v.doctor_id = s.user_id AND v.date BETWEEN s.loaded_from AND s.loaded_to)`);
const TIME_OFF =
  raw(`(SELECT jsonb_agg(jsonb_build_object('id', f.id, 'first_date', f.first_date, 'last_date', f.last_date,
      'start_time', f.start_time, 'end_time', f.end_time)) FROM time_off f
    WHERE f.doctor_id = s.user_id AND f.first_date <= s.loaded_to AND f.last_date >= s.loaded_from)`);

/** Milliseconds since 1970. `extract` would compute with `numeric`, which takes several times as long. */
const ms = (instant: Sql) => sql`(date_part('epoch', ${instant}) * 1000)::bigint`;
/**
 * Minutes since 1970. All slots lie on whole minutes, so a busy time that is widened to whole minutes leaves the same ones free.
 */
const minutes = (instant: Sql) => sql`(date_part('epoch', ${instant}) / 60)`;
const floored = (instant: Sql) => sql`floor(${minutes(instant)})::int`;
/** One millisecond less than an appointment of the type takes with its buffers: that one fits. */
const GAP = raw(`(s.gap - interval '1 millisecond')`);

/**
 * The busy times of somebody as two columns: `taken`, the times in which nothing of the type can be booked; and `own`, the
 * appointments and live holds of the type, where others may join them or a daily limit counts them.
 *
 * @param who a `uuid` expression
 * @param isCounted a condition on the type
 */
function busyColumns(who: Sql, isCounted: Sql, { now, window }: SearchQuery): Sql {
  const during = (from: Sql, to: Sql) => sql`p.participant_id = ${who} AND p.active AND ${raw(`p.role <> 'patient'`)}
      AND lower(p.busy) > ${from} - ${LONGEST_BUSY} AND lower(p.busy) < ${to}
      AND p.appointment_id NOT IN (${expiredHolds(now)})`;
  const taken = sql`FROM appointment_participants p WHERE ${during(raw('s.busy_from'), raw('s.busy_to'))} AND (s.capacity = 1
    OR (SELECT a.appointment_type_id FROM appointments a WHERE a.id = p.appointment_id) <> s.type_id)`;
  const text = (start: Sql, end: Sql) =>
    sql`string_agg((${floored(start)} - s.origin) || ',' || (ceil(${minutes(end)})::int - s.origin), ',')`;
  // Merging costs PostgreSQL more than sending, so few times are sent as they are. Times that touch are merged first, because
  // making the longer ranges costs more than that.
  const times =
    window.milliseconds < MERGED_FROM
      ? sql`SELECT ${text(raw('lower(p.busy)'), raw('upper(p.busy)'))} ${taken} AND upper(p.busy) > s.busy_from`
      : sql`SELECT ${text(raw('lower(m)'), sql`upper(m) - ${GAP}`)}
          FROM unnest((SELECT range_agg(tstzrange(lower(t), upper(t) + ${GAP}))
            FROM unnest((SELECT range_agg(p.busy) ${taken})) t)) m`;
  return sql`(${times}) AS taken, CASE WHEN ${isCounted} THEN (
    SELECT jsonb_agg(jsonb_build_array(${ms(raw('lower(p.busy)'))}, ${ms(raw('upper(p.busy)'))}, ${ms(raw('a.starts_at'))},
      p.occupancy, p.lane, a.doctor_id)) FROM appointment_participants p JOIN appointments a ON a.id = p.appointment_id
    WHERE ${during(raw(`s.busy_from - interval '36 hours'`), raw(`s.busy_to + interval '36 hours'`))}
      AND upper(p.busy) > s.busy_from - interval '36 hours' AND a.appointment_type_id = s.type_id) END AS own`;
}

function doctorsStatement(query: SearchQuery): Sql {
  const { filter, patientId, after, doctors } = query;
  const condition = sql`${doctorCondition(filter)}
    AND (d.accepting_patients OR ${isKnownTo(sql`d.user_id`, sql`${patientId}::uuid`)})
    AND (${after}::uuid IS NULL OR d.user_id > ${after}::uuid) AND s.opens < s.closes AND ${HAS_HOURS}`;
  return sql`WITH page AS MATERIALIZED (SELECT s.*, d.* FROM ${searchOf(query)},
      LATERAL (SELECT d.user_id, d.first_name, d.last_name, d.timezone, d.availability_version
        FROM ${DOCTORS} WHERE ${condition} ORDER BY d.user_id LIMIT ${doctors + 1}::int) d)
    SELECT week, json_agg(json_build_array(user_id, first_name, last_name, timezone, availability_version,
      overrides, time_off, taken, own)) AS doctors
    FROM (SELECT s.*, w.week, ${OVERRIDES} AS overrides, ${TIME_OFF} AS time_off,
        ${busyColumns(sql`s.user_id`, raw('s.capacity > 1 OR s.daily_limit IS NOT NULL'), query)}
      FROM page s LEFT JOIN ${WEEKS} ON w.doctor_id = s.user_id) each_doctor GROUP BY week`;
}

/** A doctor as one array: names of columns would be as long as what they name. */
type DoctorRow = readonly [
  ...[id: UserId, firstName: string, lastName: string, timezone: ZoneId, version: number],
  ...[overrides: Row[] | null, timeOff: Row[] | null, taken: string | null, own: Times | null],
];

/**
 * Reads whole minutes from `origin` on, separated by commas. No substring is made of them: a search has thousands of these.
 * PostgreSQL returns them in the order of its index.
 */
function readTaken(text: string | null, origin: Instant): Instant[] {
  const times: Instant[] = [];
  let minutes = 0;
  let isSorted = true;
  for (let i = 0; text !== null && i <= text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= ZERO) minutes = minutes * 10 + code - ZERO;
    else {
      times.push(origin + minutes * MILLISECONDS_PER_MINUTE);
      minutes = 0;
      const last = times.length - 1;
      if (last % 2 === 0 && (times[last] ?? 0) < (times[last - 2] ?? 0)) isSorted = false;
    }
  }
  return isSorted
    ? times
    : pairsOf(times)
        .sort(([a], [b]) => a - b)
        .flat();
}

function pairsOf(times: TakenTimes): [start: Instant, end: Instant][] {
  return Array.from({ length: times.length / 2 }, (_, n) => [times[2 * n] ?? 0, times[2 * n + 1] ?? 0]);
}

type Times = readonly (readonly [start: number, end: number, startsAt: number, OccupancyId, lane: number, UserId])[];

function readOwn(
  own: Times | null,
  appointmentTypeId: AppointmentTypeId,
): (OccupiedTime & { readonly doctorId: UserId })[] {
  return (own ?? []).map(([start, end, startsAt, occupancy, lane, doctorId]) => ({
    ...{ start, end, startsAt, appointmentTypeId, expiresAt: null, occupancy, lane, doctorId },
  }));
}

function readResourceTimes(row: Row, typeId: AppointmentTypeId, origin: Instant): ResourceTime[] {
  const resourceId = row.id as ResourceId;
  const taken = pairsOf(readTaken(row.taken as string | null, origin));
  return [
    ...taken
      .flatMap(([start, end]) => mergedTimes({ start, end }))
      .map((time) => ({ ...time, resourceId, doctorId: null })),
    ...readOwn(row.own as Times | null, typeId).map((time) => ({ ...time, resourceId })),
  ];
}

function readWeek(text: string | null): Week {
  const rules = (text?.split(';') ?? []).map((rule) => rule.split('|'));
  rules.sort(([a], [b]) => Number(a) - Number(b));
  return weekOf(rules.map(([, ...columns]) => readWeekly(columns)));
}

function readWeekly([weekday, start, end, location, types, from, until]: readonly string[]): WeeklyRule {
  return {
    weekday: Number(weekday) as Weekday,
    start: start as LocalTime,
    end: end as LocalTime,
    locationId: (location || null) as LocationId | null,
    appointmentTypeIds: types ? (textArray(types) as AppointmentTypeId[]) : null,
    validFrom: (from || null) as LocalDate | null,
    validUntil: (until || null) as LocalDate | null,
  };
}

/** The doctors of all weeks, in the order of their ids. */
function readDoctors(
  weeks: readonly Row[],
  type: AppointmentType,
  { origin, holidays }: { readonly origin: Instant; readonly holidays: readonly ClosedDates[] },
): SearchedDoctor[] {
  const found = weeks.flatMap(({ week, doctors }) => {
    const weekly = readWeek(week as string | null);
    return (doctors as DoctorRow[]).map(
      ([doctorId, firstName, lastName, timezone, version, overrides, timeOff, taken, own]): SearchedDoctor => ({
        name: doctorName({ first_name: firstName, last_name: lastName }),
        availability: {
          ...{ doctorId, timezone, weekly, holidays, version },
          overrides: overrides?.map(readOverride) ?? NONE,
          timeOff: timeOff?.map((part) => readTimeOff(part, () => null)) ?? NONE,
        },
        busy:
          own === null
            ? NONE
            : readOwn(own, type.id).map((time) => ({ ...time, isAttended: time.doctorId !== doctorId })),
        taken: () => readTaken(taken, origin),
      }),
    );
  });
  return found.sort(({ availability: a }, { availability: b }) => (a.doctorId < b.doctorId ? -1 : 1));
}

const NONE: readonly never[] = [];

function readSearched(
  [types = [], weeks = [], holidays = [], resources = []]: readonly (readonly Row[])[],
  query: SearchQuery,
): SearchedDoctors {
  const [searched] = types;
  if (searched === undefined) {
    return { type: undefined, time: { start: 0, end: 0 }, found: [], resources: NO_RESOURCES, continues: false };
  }
  const type = readType(searched);
  const origin = (searched.origin as number) * MILLISECONDS_PER_MINUTE;
  const found = readDoctors(weeks, type, { origin, holidays: holidays.flatMap(readClosedDates) });
  return {
    type,
    time: { start: searched.opens as number, end: searched.closes as number },
    found: found.slice(0, query.doctors),
    resources: {
      all: resources.map(readResource),
      busy: resources.flatMap((row) => readResourceTimes(row, type.id, origin)),
    },
    continues: found.length > query.doctors,
  };
}

export function searchedLoad(query: SearchQuery): SqlLoad<SearchedDoctors> {
  const search = searchOf(query);
  return {
    statements: [
      sql`SELECT ${TYPE_COLUMNS}, s.opens, s.closes, s.origin FROM appointment_types t JOIN ${search} ON s.type_id = t.id`,
      doctorsStatement(query),
      sql`SELECT h.*, s.loaded_from AS range_from, s.loaded_to AS range_to
          FROM ${search} JOIN clinic_holidays h ON ${mayLieIn({ from: raw('s.loaded_from'), to: raw('s.loaded_to') })}
          ORDER BY h.first_date`,
      sql`SELECT ${RESOURCE_COLUMNS}, ${busyColumns(sql`r.id`, raw('s.capacity > 1'), query)}
          FROM ${search} JOIN resources r ON r.active AND r.kind = ANY(s.requires) ORDER BY r.name, r.id`,
    ],
    read: (results) => readSearched(results, query),
  };
}
