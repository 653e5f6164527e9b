/**
 * What the earliest slots over many doctors are computed from: one row for each doctor who has hours on the dates of the window,
 * with the hours and the busy times. Busy times are merged where no appointment of the type fits between them, to send fewer.
 */
import { type Week, type WeeklyRule, weekOf } from '../../../domain/scheduling/availability.ts';
import {
  LONGEST_BUSY_MILLISECONDS,
  mergedTimes,
  type OccupancyId,
  type OccupiedTime,
} from '../../../domain/scheduling/busy-time.ts';
import type { LocationId } from '../../../domain/scheduling/location.ts';
import type { SearchedDoctor, SearchedDoctors, SearchQuery } from '../../../domain/scheduling/ports.ts';
import type { ResourceId } from '../../../domain/scheduling/resource.ts';
import { NO_RESOURCES, type ResourceTime } from '../../../domain/scheduling/resource-choice.ts';
import type { AppointmentTypeId, UserId } from '../../../domain/shared/ids.ts';
import { type LocalDate, type LocalTime, MILLISECONDS_PER_DAY, type Weekday } from '../../../domain/shared/time.ts';
import type { ZoneId } from '../../../domain/shared/zone.ts';
import type { Row } from '../driver/driver.ts';
import { at, raw, type Sql, type SqlLoad, sql } from '../driver/sql.ts';
import { textArray } from '../driver/types.ts';
import { DOCTORS, isKnownTo } from './booking-state.ts';
import { doctorCondition } from './directory-loads.ts';
import { mayLieIn, readClosedDates } from './holiday-rows.ts';
import { RESOURCE_COLUMNS, readResource } from './place-rows.ts';
import { doctorName, readOverride, readTimeOff } from './rows.ts';
import { readType, TYPE_COLUMNS } from './type-rows.ts';

/** An appointment with its buffers is at most this long, so that the index finds it by its beginning. */
const LONGEST = raw(`interval '${LONGEST_BUSY_MILLISECONDS} milliseconds'`);
/** From this width of the window on, times between which nothing of the type fits are sent as one. */
const MERGED_FROM = 3 * MILLISECONDS_PER_DAY;

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
      t.buffer_before_minutes * interval '1 minute' AS before,
      (t.duration_minutes + t.buffer_after_minutes) * interval '1 minute' AS after,
      f.first_date, f.last_date, f.first_date - 4 AS loaded_from, f.last_date + 4 AS loaded_to,
      ${isoDays(sql`f.first_date`)} AS weekdays, ${isoDays(sql`f.first_date - 1`)} AS with_eve
    FROM appointment_types t, LATERAL (SELECT ${opens} AS opens) o, LATERAL (SELECT ${closes} AS closes) c,
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

/** One text for each week, which costs a third of JSON: rules separated by `;`, their columns by `|`. */
const WEEK = raw(`(SELECT string_agg(r.position || '|' || r.weekday || '|' || r.start_time || '|' || r.end_time
    || '|' || coalesce(r.location_id::text, '') || '|' || coalesce(r.appointment_type_ids::text, '')
    || '|' || coalesce(r.valid_from::text, '') || '|' || coalesce(r.valid_until::text, ''), ';')
  FROM availability_rules r WHERE r.doctor_id = d.user_id) AS week`);
const EXCEPTIONS = raw(`(SELECT jsonb_agg(to_jsonb(v)) FROM availability_overrides v
    WHERE v.doctor_id = d.user_id AND v.date BETWEEN s.loaded_from AND s.loaded_to) AS overrides,
  (SELECT jsonb_agg(jsonb_build_object('id', f.id, 'first_date', f.first_date, 'last_date', f.last_date,
      'start_time', f.start_time, 'end_time', f.end_time)) FROM time_off f
    WHERE f.doctor_id = d.user_id AND f.first_date <= s.loaded_to AND f.last_date >= s.loaded_from) AS time_off`);

/** Milliseconds since 1970. `extract` would compute with `numeric`, which takes several times as long. */
const ms = (instant: Sql) => sql`(date_part('epoch', ${instant}) * 1000)::bigint`;
/** One millisecond less than an appointment of the type takes with its buffers: that one fits. */
const GAP = raw(`(s.before + s.after - interval '1 millisecond')`);

/**
 * The busy times of somebody as two columns: `taken`, the times in which nothing of the type can be booked; and `own`, the
 * appointments and live holds of the type, where others may join them or a daily limit counts them.
 *
 * @param who a `uuid` expression
 * @param isCounted a condition on the type
 */
function busyColumns(who: Sql, isCounted: Sql, { now, window }: SearchQuery): Sql {
  const during = (margin: Sql) => sql`p.participant_id = ${who} AND p.active AND ${raw(`p.role <> 'patient'`)}
      AND lower(p.busy) > s.opens - s.before - ${margin} - ${LONGEST} AND lower(p.busy) < s.closes + s.after + ${margin}
      AND upper(p.busy) > s.opens - s.before - ${margin}
      AND p.appointment_id NOT IN (SELECT h.id FROM appointments h
        WHERE h.status = 'held' AND h.hold_expires_at <= ${at(now)}::timestamptz)`;
  const taken = sql`FROM appointment_participants p WHERE ${during(raw(`interval '0'`))} AND (s.capacity = 1
    OR (SELECT a.appointment_type_id FROM appointments a WHERE a.id = p.appointment_id) <> s.type_id)`;
  const text = (start: Sql, end: Sql) => sql`string_agg(${ms(start)} || '-' || ${ms(end)}, ',')`;
  // Merging takes PostgreSQL as long as reading, so few times are sent as they are.
  const times =
    window.milliseconds < MERGED_FROM
      ? sql`SELECT ${text(raw('lower(p.busy)'), raw('upper(p.busy)'))} ${taken}`
      : sql`SELECT ${text(raw('lower(m)'), sql`upper(m) - ${GAP}`)}
          FROM unnest((SELECT range_agg(tstzrange(lower(p.busy), upper(p.busy) + ${GAP})) ${taken})) m`;
  return sql`(${times}) AS taken, CASE WHEN ${isCounted} THEN (
    SELECT jsonb_agg(jsonb_build_array(${ms(raw('lower(p.busy)'))}, ${ms(raw('upper(p.busy)'))}, ${ms(raw('a.starts_at'))},
      p.occupancy, p.lane, a.doctor_id)) FROM appointment_participants p JOIN appointments a ON a.id = p.appointment_id
    WHERE ${during(raw(`interval '36 hours'`))} AND a.appointment_type_id = s.type_id) END AS own`;
}

function doctorsStatement(query: SearchQuery): Sql {
  const { filter, patientId, after, doctors } = query;
  const condition = sql`${doctorCondition(filter)}
    AND (d.accepting_patients OR ${isKnownTo(sql`d.user_id`, sql`${patientId}::uuid`)})
    AND (${after}::uuid IS NULL OR d.user_id > ${after}::uuid) AND s.opens < s.closes AND ${HAS_HOURS}`;
  return sql`SELECT d.*, ${WEEK}, ${EXCEPTIONS},
      ${busyColumns(sql`d.user_id`, raw('s.capacity > 1 OR s.daily_limit IS NOT NULL'), query)}
    FROM ${searchOf(query)}, LATERAL (SELECT d.user_id, d.first_name, d.last_name, d.timezone, d.availability_version
      FROM ${DOCTORS} WHERE ${condition} ORDER BY d.user_id LIMIT ${doctors + 1}::int) d
    ORDER BY d.user_id`;
}

function readTaken({ taken }: Row): OccupiedTime[] {
  return ((taken as string | null)?.split(',') ?? []).flatMap((text) => {
    const [start = 0, end = 0] = text.split('-').map(Number);
    return mergedTimes({ start, end });
  });
}

type Times = readonly (readonly [start: number, end: number, startsAt: number, OccupancyId, lane: number, UserId])[];

function readOwn({ own }: Row, appointmentTypeId: AppointmentTypeId): (OccupiedTime & { readonly doctorId: UserId })[] {
  return ((own as Times | null) ?? []).map(([start, end, startsAt, occupancy, lane, doctorId]) => ({
    ...{ start, end, startsAt, appointmentTypeId, expiresAt: null, occupancy, lane, doctorId },
  }));
}

function readResourceTimes(row: Row, typeId: AppointmentTypeId): ResourceTime[] {
  const resourceId = row.id as ResourceId;
  return [
    ...readTaken(row).map((time) => ({ ...time, resourceId, doctorId: null })),
    ...readOwn(row, typeId).map((time) => ({ ...time, resourceId })),
  ];
}

/** Reads the hours of a week. Many doctors of a clinic have the same: each text is read once. */
function weekReader(): (text: string | null) => Week {
  const weeks = new Map<string | null, Week>();
  return (text) => {
    const known = weeks.get(text);
    if (known !== undefined) return known;
    const rules = (text?.split(';') ?? []).map((rule) => rule.split('|'));
    rules.sort(([a], [b]) => Number(a) - Number(b));
    const week = weekOf(rules.map(([, ...columns]) => readWeekly(columns)));
    weeks.set(text, week);
    return week;
  };
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

function readSearched(
  [types = [], doctors = [], holidays = [], resources = []]: readonly (readonly Row[])[],
  query: SearchQuery,
): SearchedDoctors {
  const [searched] = types;
  if (searched === undefined) {
    return { type: undefined, time: { start: 0, end: 0 }, found: [], resources: NO_RESOURCES, continues: false };
  }
  const type = readType(searched);
  const weekly = weekReader();
  const closed = holidays.flatMap(readClosedDates);
  const found = doctors.slice(0, query.doctors).map(
    (row): SearchedDoctor => ({
      name: doctorName(row),
      availability: {
        doctorId: row.user_id as UserId,
        timezone: row.timezone as ZoneId,
        weekly: weekly(row.week as string | null),
        overrides: ((row.overrides as Row[] | null) ?? []).map(readOverride),
        timeOff: ((row.time_off as Row[] | null) ?? []).map((part) => readTimeOff(part, () => null)),
        holidays: closed,
        version: row.availability_version as number,
      },
      busy: [
        ...readTaken(row),
        ...readOwn(row, type.id).map((time) => ({ ...time, isAttended: time.doctorId !== row.user_id })),
      ],
    }),
  );
  const busy = resources.flatMap((row) => readResourceTimes(row, type.id));
  return {
    type,
    time: { start: searched.opens as number, end: searched.closes as number },
    found,
    resources: { all: resources.map(readResource), busy },
    continues: doctors.length > query.doctors,
  };
}

export function searchedLoad(query: SearchQuery): SqlLoad<SearchedDoctors> {
  const search = searchOf(query);
  return {
    statements: [
      sql`SELECT ${TYPE_COLUMNS}, s.opens, s.closes FROM appointment_types t JOIN ${search} ON s.type_id = t.id`,
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
