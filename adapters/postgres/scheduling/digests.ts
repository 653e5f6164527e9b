/** Daily digests: loads and changes. */
import {
  type DigestChange,
  type DigestPortion,
  type DigestReceiver,
  type DoctorRequests,
  type DoctorStarts,
  TOLD_AT_ONCE,
} from '../../../domain/scheduling/digest.ts';
import { boundsOf, type DigestDay, type DigestState } from '../../../domain/scheduling/digest-day.ts';
import type { DigestLoads } from '../../../domain/scheduling/digest-ports.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { Instant, LocalDate, LocalTime } from '../../../domain/shared/time.ts';
import type { ZoneId } from '../../../domain/shared/zone.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import type { Row } from '../driver/driver.ts';
import {
  at,
  guarded,
  PERSONAL_KEY_COLUMNS,
  readDataKey,
  row,
  rows,
  type Sql,
  type SqlLoad,
  sql,
  together,
} from '../driver/sql.ts';
import { EACH_DOCTOR } from './busy-statements.ts';
import { doctorName } from './rows.ts';
import { milliseconds } from './waitlist-rows.ts';

const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

const STATE: SqlLoad<DigestState> = {
  statements: [
    sql`SELECT s.digest_time, s.timezone, d.date FROM clinic_settings s LEFT JOIN daily_digest d ON d.only_row = s.only_row`,
  ],
  read: ([found]) => {
    const [only] = found ?? [];
    if (only === undefined) throw new Error('clinic_settings has no row');
    return {
      digestTime: only.digest_time as LocalTime | null,
      timezone: only.timezone as ZoneId,
      lastDate: only.date as LocalDate | null,
    };
  },
};

/**
 * Doctors and staff whom no portion has looked at, in the order of their ids. The roles are written
 * out: with a parameter PostgreSQL takes them for frequent, and walks through all users in the order of their ids.
 */
function receiversLoad(date: LocalDate): SqlLoad<DigestReceiver[]> {
  const next = (isOne: Sql) =>
    sql`(SELECT u.id, u.role FROM users u WHERE ${isOne} AND u.deleted_at IS NULL AND u.status = 'active'
      AND u.id > (SELECT coalesce(g.after_person, ${BEFORE_ALL}::uuid) FROM daily_digest g WHERE g.date = ${date}::date)
      ORDER BY u.id LIMIT ${TOLD_AT_ONCE}::int)`;
  return rows(
    sql`SELECT r.id, r.role, ${PERSONAL_KEY_COLUMNS}
        FROM (${next(sql`u.role = 'doctor'`)} UNION ALL ${next(sql`u.role = 'staff'`)} ORDER BY id LIMIT ${TOLD_AT_ONCE}::int) r
        JOIN data_keys k ON k.owner_id = r.id ORDER BY r.id`,
    (found) => ({
      personId: found.id as UserId,
      role: found.role as DigestReceiver['role'],
      dataKey: readDataKey(found),
    }),
  );
}

/** What waits for an answer is counted with the requests. */
function startsLoad(day: DigestDay): SqlLoad<DoctorStarts[]> {
  const { start, end } = boundsOf(day);
  const starts = (isLed: Sql) => sql`(json_agg(${milliseconds(sql`a.starts_at`)}) FILTER (WHERE ${isLed}))::text`;
  return rows(
    sql`SELECT m.doctor_id, d.first_name, d.last_name, ${starts(sql`m.doctor_id = a.doctor_id`)} AS led,
          ${starts(sql`m.doctor_id <> a.doctor_id`)} AS attended
        FROM appointments a ${EACH_DOCTOR} JOIN doctors d ON d.user_id = m.doctor_id
        WHERE a.status <> 'held' AND a.status NOT IN ('requested', 'cancelled')
          AND a.starts_at >= ${at(start)}::timestamptz AND a.starts_at < ${at(end)}::timestamptz
        GROUP BY m.doctor_id, d.first_name, d.last_name ORDER BY d.last_name, d.first_name, m.doctor_id`,
    (found) => ({
      doctorId: found.doctor_id as UserId,
      doctorName: doctorName(found),
      led: readStarts(found.led),
      attended: readStarts(found.attended),
    }),
  );
}

const REQUESTS: SqlLoad<DoctorRequests[]> = rows(
  sql`SELECT m.doctor_id, count(*) FILTER (WHERE m.doctor_id = a.doctor_id)::int AS led,
        count(*) FILTER (WHERE m.doctor_id <> a.doctor_id)::int AS attended
      FROM appointments a ${EACH_DOCTOR} WHERE a.status = 'requested' AND a.status <> 'held' GROUP BY m.doctor_id`,
  (found) => ({
    doctorId: found.doctor_id as UserId,
    led: found.led as number,
    attended: found.attended as number,
  }),
);

function readStarts(text: Row[string] | undefined): Instant[] {
  return text == null ? [] : (JSON.parse(text as string) as Instant[]);
}

function portionLoad(day: DigestDay): SqlLoad<DigestPortion | undefined> {
  const version = row(
    sql`SELECT version FROM daily_digest WHERE date = ${day.date}::date AND finished_at IS NULL`,
    (found) => found.version as number,
  );
  const { statements, read } = together({
    version,
    receivers: receiversLoad(day.date),
    doctors: startsLoad(day),
    requests: REQUESTS,
  });
  return {
    statements,
    read: (results) => {
      const { version: found, ...portion } = read(results);
      return found === undefined ? undefined : { version: found, ...portion };
    },
  };
}

export const digestLoads: DigestLoads = { state: STATE, portion: portionLoad };

export const digestWriters: ChangeWriters<DigestChange> = {
  'digest.begun': ({ date, at: now }) => [
    guarded(
      sql`INSERT INTO daily_digest AS g (date, begun_at, version) VALUES (${date}::date, ${at(now)}, 1)
          ON CONFLICT (only_row) DO UPDATE
            SET date = excluded.date, begun_at = excluded.begun_at, after_person = NULL, finished_at = NULL, version = g.version + 1
            WHERE g.date < excluded.date
          RETURNING 1`,
      'daily_digest',
    ),
  ],
  'digest.portion_told': ({ date, expectedVersion, lastPerson, isLast, at: now }) => [
    guarded(
      sql`UPDATE daily_digest SET after_person = ${lastPerson}::uuid, version = version + 1,
            finished_at = ${isLast ? at(now) : null}::timestamptz
          WHERE date = ${date}::date AND version = ${expectedVersion}::int AND finished_at IS NULL RETURNING 1`,
      'daily_digest',
    ),
  ],
};
