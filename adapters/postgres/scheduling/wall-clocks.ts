/** The wall clocks of appointments: their loads and changes. */
import type { ToldAppointment } from '../../../domain/scheduling/ports.ts';
import type {
  AgreedStart,
  AppointmentStart,
  ComparedRules,
  WallClock,
  WallClockChange,
} from '../../../domain/scheduling/wall-clock.ts';
import type { WallClockLoads } from '../../../domain/scheduling/wall-clock-ports.ts';
import type { AppointmentId, UserId } from '../../../domain/shared/ids.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import type { LocalDate, LocalTime } from '../../../domain/shared/time.ts';
import type { ZoneId } from '../../../domain/shared/zone.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import type { Row } from '../driver/driver.ts';
import { at, raw, row, rows, sql } from '../driver/sql.ts';
import { RECORD_TABLES, toldColumns } from './appointment-loads.ts';
import { readToldAppointment } from './rows.ts';

const START_COLUMNS = raw('a.id, a.version, a.starts_at, a.timezone, a.local_date, a.local_time');

function readStart(found: Row): AppointmentStart {
  return {
    id: found.id as AppointmentId,
    version: found.version as number,
    start: found.starts_at as number,
    timezone: found.timezone as ZoneId,
  };
}

function readAgreed(found: Row): WallClock {
  return { date: found.local_date as LocalDate, time: found.local_time as LocalTime };
}

export function createWallClockLoads(cipher: FieldCipher): WallClockLoads {
  return {
    without: (limit) =>
      rows(
        sql`SELECT ${START_COLUMNS} FROM appointments a
            WHERE a.local_version IS DISTINCT FROM a.version AND a.status <> 'held' ORDER BY a.id LIMIT ${limit}::int`,
        readStart,
      ),
    comparedRules: row(
      sql`SELECT version, comparing, after_doctor, moved, updated_at FROM timezone_rules`,
      (found): ComparedRules => ({
        version: found.version as string,
        comparing: found.comparing as string | null,
        afterDoctor: found.after_doctor as UserId | null,
        moved: found.moved as number,
        updatedAt: found.updated_at as number,
      }),
    ),
    doctorAfter: (doctorId) =>
      row(
        sql`SELECT user_id FROM doctors WHERE ${doctorId}::uuid IS NULL OR user_id > ${doctorId}::uuid
            ORDER BY user_id LIMIT 1`,
        ({ user_id }) => user_id as UserId,
      ),
    agreedStarts: (doctorId, from) =>
      rows(
        sql`SELECT ${START_COLUMNS} FROM appointments a
            WHERE a.doctor_id = ${doctorId}::uuid AND a.starts_at >= ${at(from)} AND a.status IN ('requested', 'scheduled', 'confirmed')
              AND a.local_version = a.version ORDER BY a.starts_at, a.id`,
        (found): AgreedStart => ({ ...readStart(found), agreed: readAgreed(found) }),
      ),
    agreed: (id, now) =>
      row(
        sql`SELECT ${toldColumns(now)}, a.local_date, a.local_time FROM ${RECORD_TABLES}
            WHERE a.id = ${id}::uuid AND a.status <> 'held' AND a.local_version = a.version`,
        (found): { readonly record: ToldAppointment; readonly agreed: WallClock } => ({
          record: readToldAppointment(found, cipher),
          agreed: readAgreed(found),
        }),
      ),
  };
}

export const wallClockWriters: ChangeWriters<WallClockChange> = {
  'wall_clocks.written': ({ starts }) => [
    sql`UPDATE appointments a SET local_date = s.date, local_time = s.time, local_version = a.version
        FROM unnest(${starts.map(({ id }) => id)}::uuid[], ${starts.map(({ version }) => version)}::int[],
          ${starts.map(({ agreed }) => agreed.date as string)}::date[],
          ${starts.map(({ agreed }) => agreed.time as string)}::text[]) AS s (id, version, date, time)
        WHERE a.id = s.id AND a.version = s.version AND a.local_version IS DISTINCT FROM a.version`,
  ],
  'timezone_rules.noted': ({ version, at: now }) => [
    sql`INSERT INTO timezone_rules (version, updated_at) VALUES (${version}, ${at(now)}) ON CONFLICT DO NOTHING`,
  ],
  'timezone_rules.pass_begun': ({ version, at: now }) => [
    sql`UPDATE timezone_rules SET comparing = ${version}, after_doctor = NULL, moved = 0, updated_at = ${at(now)}
        WHERE version <= ${version}`,
  ],
  'timezone_rules.compared': ({ version, afterDoctor, moved, at: now }) => [
    sql`UPDATE timezone_rules SET after_doctor = ${afterDoctor}::uuid, moved = moved + ${moved}::int, updated_at = ${at(now)}
        WHERE comparing = ${version}`,
  ],
  'timezone_rules.pass_ended': ({ version, at: now }) => [
    sql`UPDATE timezone_rules SET version = ${version}, comparing = NULL, after_doctor = NULL, updated_at = ${at(now)}
        WHERE comparing = ${version}`,
  ],
};
