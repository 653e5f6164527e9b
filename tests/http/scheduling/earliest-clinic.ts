/** Random doctors with hours and bookings, as rows, for the search for the earliest times. */
import { type Sql, sql } from '../../../adapters/postgres/driver/sql.ts';
import { numbers } from '../../concurrency/scheduling-load.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Pacific/Kiritimati', 'Pacific/Pago_Pago'];
const OTHER_TYPE = '01900000-0000-7000-8000-000000000002';

export interface RandomClinic {
  readonly typeCode: string;
  /** Ordered. */
  readonly doctorIds: readonly string[];
  readonly statements: readonly Sql[];
}

type Draw = (below: number) => number;
const pick = <T>(draw: Draw, ...values: readonly T[]): T => values[draw(values.length)] as T;
const clock = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
const dateOf = (instant: number) => new Date(instant).toISOString().slice(0, 10);
const iso = (instant: number) => new Date(instant).toISOString();

/** @param n which of many clinics in one database: its doctors, type and rooms are its own */
export function randomClinic(n: number, now: number): RandomClinic {
  const draw = numbers(n + 1);
  const uuid = () =>
    `${[8, 4]
      .map((digits) =>
        draw(16 ** digits - 1)
          .toString(16)
          .padStart(digits, '0'),
      )
      .join('-')}-7000-8000-${draw(2 ** 31)
      .toString(16)
      .padStart(12, '0')}`;
  const [type, ...doctorIds] = Array.from({ length: 1 + 1 + draw(5) }, uuid) as [string, ...string[]];
  const places = [uuid(), uuid()] as const;
  const rooms = [uuid(), uuid()] as const;
  const group = draw(3) === 0;
  // Everything on a quarter of an hour, at any time of the day: gaps into which an appointment just fits.
  const tidy = draw(2) === 0;
  const typeCode = `type_${n}`;
  const statements = [
    ...places.map(
      (id, at) => sql`INSERT INTO locations (id, name, timezone, created_at, updated_at)
      VALUES (${id}::uuid, ${`place ${n} ${at}`}, 'UTC', now(), now())`,
    ),
    ...rooms.map(
      (id, at) => sql`INSERT INTO resources (id, kind, name, location_id, created_at, updated_at)
      VALUES (${id}::uuid, 'room', 'room', ${places[at] ?? ''}::uuid, now(), now())`,
    ),
    sql`INSERT INTO appointment_types (id, code, name, duration_minutes, buffer_before_minutes, buffer_after_minutes,
        minimum_notice_minutes, horizon_days, slot_interval_minutes, daily_limit, capacity, requires, doctor_ids, same_day_from,
        created_at, updated_at)
      VALUES (${type}::uuid, ${typeCode}, 'Type', ${group ? 30 : pick(draw, 20, 45, 240)}::int, ${tidy ? 0 : pick(draw, 0, 0, 10)}::int,
        ${tidy ? 0 : pick(draw, 0, 0, 15)}::int, ${pick(draw, 0, 60, 3 * 1440)}::int, ${pick(draw, 3, 30, 90, 365)}::int,
        ${tidy ? 15 : pick(draw, 15, 30, 50)}::int, ${pick(draw, null, null, 1, 2)}::int, ${group ? 2 : 1}::int,
        ${pick(draw, [], [], ['room'])}::text[], ${draw(8) === 0 ? doctorIds.slice(0, 1) : null}::uuid[],
        ${draw(12) === 0 ? '09:00' : null}, now(), now())`,
    ...doctorIds.flatMap((id) => doctorRows(id, { draw, type, places, tidy, now })),
  ];
  const bookings = doctorIds.flatMap((doctor) => bookingRows({ doctor, draw, uuid, type, rooms, group, tidy, now }));
  return { typeCode, doctorIds: [...doctorIds].sort(), statements: [...statements, ...bookings] };
}

interface Setting {
  readonly draw: Draw;
  readonly tidy: boolean;
  readonly type: string;
  readonly now: number;
}

function doctorRows(
  id: string,
  { draw, type, places, tidy, now }: Setting & { readonly places: readonly string[] },
): Sql[] {
  const range = () => {
    if (tidy) return { start: '00:00', end: '24:00' };
    const start = draw(96) * 15;
    return { start: clock(start), end: clock((start + 60 + draw(40) * 15) % 1440) };
  };
  const types = () => pick(draw, null, null, null, [type], [OTHER_TYPE]);
  const day = (below: number) => dateOf(now + draw(below) * DAY);
  const everyDay = tidy || draw(2) === 0;
  const rules = Array.from({ length: tidy ? 1 : draw(4) }, () => ({
    ...range(),
    types: types(),
    place: pick(draw, null, ...places),
  }));
  const weekly = rules.flatMap((rule) =>
    (everyDay ? [1, 2, 3, 4, 5, 6, 7] : [1 + draw(7)]).map((weekday) => ({ ...rule, weekday })),
  );
  return [
    sql`INSERT INTO users (id, role, status, timezone, created_at, updated_at)
      VALUES (${id}::uuid, 'doctor', 'active', 'UTC', now(), now())`,
    sql`INSERT INTO doctors (user_id, first_name, last_name, timezone, accepting_patients)
      VALUES (${id}::uuid, 'A', 'Doctor', ${pick(draw, ...ZONES)}, ${draw(8) > 0}::boolean)`,
    ...weekly.map(({ start, end, types, place, weekday }, position) => {
      const from = draw(6) === 0 ? day(40) : null;
      return sql`INSERT INTO availability_rules (doctor_id, position, weekday, start_time, end_time, location_id,
          appointment_type_ids, valid_from, valid_until)
        VALUES (${id}::uuid, ${position}::int, ${weekday}::int, ${start}, ${end}, ${place}::uuid, ${types}::uuid[], ${from}::date,
          ${from === null && draw(6) === 0 ? day(40) : null}::date)`;
    }),
    ...Array.from({ length: draw(4) }, () => {
      const available = Array.from({ length: draw(3) }, () => ({
        ...range(),
        locationId: pick(draw, null, ...places),
        appointmentTypeIds: types(),
      }));
      return sql`INSERT INTO availability_overrides (id, doctor_id, date, available, ends_night_before, created_at)
        VALUES (gen_random_uuid(), ${id}::uuid, ${day(60)}::date, ${JSON.stringify(available)}::jsonb, ${draw(2) === 0}::boolean,
          now()) ON CONFLICT DO NOTHING`;
    }),
    ...Array.from({ length: draw(3) }, () => {
      const first = draw(40);
      const length = draw(14);
      return sql`INSERT INTO time_off (id, doctor_id, first_date, last_date, start_time, end_time, created_at)
        VALUES (gen_random_uuid(), ${id}::uuid, ${dateOf(now + first * DAY)}::date, ${dateOf(now + (first + length) * DAY)}::date,
          ${pick(draw, null, null, '10:00')}, ${pick(draw, null, null, '15:00')}, now())`;
    }),
  ];
}

interface Booked extends Setting {
  readonly doctor: string;
  readonly uuid: () => string;
  readonly rooms: readonly string[];
  readonly group: boolean;
}

/** One after the other, close together until some day, so that the search must widen its window. */
function bookingRows({ doctor, draw, uuid, type, rooms, group, tidy, now }: Booked): Sql[] {
  const patients = [uuid(), uuid(), uuid()];
  const rows = patients.map(
    (id) => sql`INSERT INTO users (id, role, status, timezone, created_at, updated_at)
      VALUES (${id}::uuid, 'patient', 'active', 'UTC', now(), now())`,
  );
  const until = now + pick(draw, 0, 3, 12, 45) * DAY;
  for (let from = now - 20 * HOUR; from < until; ) {
    const own = draw(3) === 0;
    const length = (own && group ? 30 : pick(draw, 15, 30, 90, 480)) * 60_000;
    const buffer = (tidy ? 0 : pick(draw, 0, 10)) * 60_000;
    const start = from + buffer;
    const session = own && group ? uuid() : null;
    for (let lane = 0; lane <= (session === null ? 0 : draw(2)); lane++) {
      const id = uuid();
      const held = draw(6) === 0 ? now + (draw(2) === 0 ? -1 : 1) * HOUR : null;
      const busy = sql`tstzrange(${iso(from)}::timestamptz, ${iso(start + length)}::timestamptz)`;
      rows.push(sql`INSERT INTO appointments (id, patient_id, doctor_id, appointment_type_id, starts_at, ends_at, timezone, busy,
          status, hold_expires_at, held_by, occupancy, lane, created_at, updated_at)
        VALUES (${id}::uuid, ${held === null ? (patients[lane] ?? null) : null}::uuid, ${doctor}::uuid, ${own ? type : OTHER_TYPE}::uuid,
          ${iso(start)}::timestamptz, ${iso(start + length)}::timestamptz, 'UTC', ${busy},
          ${held === null ? pick(draw, 'scheduled', 'confirmed', 'no_show') : 'held'}, ${held === null ? null : iso(held)}::timestamptz,
          ${held === null ? null : doctor}::uuid, ${session}::uuid, ${lane}::smallint, now(), now())`);
      const room = pick(draw, null, ...rooms);
      if (room !== null) rows.push(takes(id, room));
    }
    from = start + length + pick(draw, 0, 0, tidy ? 15 : 5, 30, 45) * 60_000;
  }
  return rows;
}

/** The appointment takes the room, if it is free. */
function takes(id: string, room: string): Sql {
  return sql`INSERT INTO appointment_participants (appointment_id, role, resource_id, busy, active, occupancy, lane)
    SELECT a.id, 'room', ${room}::uuid, a.busy, a.status <> 'no_show', coalesce(a.occupancy, a.id), a.lane FROM appointments a
    WHERE a.id = ${id}::uuid AND NOT EXISTS (SELECT FROM appointment_participants p
      WHERE p.participant_id = ${room}::uuid AND p.busy && a.busy AND p.active AND p.occupancy <> coalesce(a.occupancy, a.id))`;
}
