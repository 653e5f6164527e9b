/** Changes of doctors' hours and of clinic holidays as SQL. */
import type { StoredSchedulingChange } from '../../../domain/changes.ts';
import type { AvailabilityChange } from '../../../domain/scheduling/availability.ts';
import type { ClinicHoliday, ClinicHolidayChange } from '../../../domain/scheduling/clinic-holiday.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import { at, empty, guarded, join, type Sql, sql } from '../driver/sql.ts';
import { sealingRow } from '../sealed/sealed-row.ts';

type StoredAvailabilityChange = Extract<StoredSchedulingChange, { readonly type: AvailabilityChange['type'] }>;

export const availabilityWriters: ChangeWriters<StoredAvailabilityChange | ClinicHolidayChange> = {
  'availability.replaced': (change) => {
    const rules = change.weekly.rules.map(
      (
        rule,
        position,
      ) => sql`(${change.doctorId}::uuid, ${position}::int, ${rule.weekday}::int, ${rule.start}, ${rule.end},
        ${rule.appointmentTypeIds === null ? null : [...rule.appointmentTypeIds]}::uuid[], ${rule.validFrom}::date, ${rule.validUntil}::date, ${rule.locationId}::uuid)`,
    );
    return [
      availabilityVersion(change.doctorId, change.expectedVersion, sql`, timezone = ${change.timezone}`),
      sql`DELETE FROM availability_rules WHERE doctor_id = ${change.doctorId}::uuid`,
      ...(rules.length === 0
        ? []
        : [
            sql`INSERT INTO availability_rules (doctor_id, position, weekday, start_time, end_time, appointment_type_ids,
                  valid_from, valid_until, location_id) VALUES ${join(rules)}`,
          ]),
    ];
  },
  'availability.override_added': (change) => [
    availabilityVersion(change.doctorId, change.expectedVersion),
    sql`INSERT INTO availability_overrides (id, doctor_id, date, available, ends_night_before, created_at)
        VALUES (${change.override.id}::uuid, ${change.doctorId}::uuid, ${change.override.date}::date,
          ${JSON.stringify(change.override.available)}::jsonb, ${change.override.endsNightBefore}::boolean, ${at(change.at)})`,
  ],
  'availability.override_replaced': ({ doctorId, override, expectedVersion }) => [
    availabilityVersion(doctorId, expectedVersion),
    guarded(
      sql`UPDATE availability_overrides SET date = ${override.date}::date,
            available = ${JSON.stringify(override.available)}::jsonb, ends_night_before = ${override.endsNightBefore}::boolean
          WHERE id = ${override.id}::uuid AND doctor_id = ${doctorId}::uuid RETURNING 1`,
      'availability_override',
    ),
  ],
  'availability.override_removed': (change) => [
    availabilityVersion(change.doctorId, change.expectedVersion),
    guarded(
      sql`DELETE FROM availability_overrides
          WHERE id = ${change.overrideId}::uuid AND doctor_id = ${change.doctorId}::uuid RETURNING 1`,
      'availability_override',
    ),
  ],
  'availability.time_off_added': (change, cipher) => [
    availabilityVersion(change.doctorId, change.expectedVersion),
    sql`INSERT INTO time_off (id, doctor_id, first_date, last_date, start_time, end_time, reason, created_at)
        VALUES (${change.timeOff.id}::uuid, ${change.doctorId}::uuid, ${change.timeOff.from}::date,
          ${change.timeOff.until}::date, ${change.timeOff.startTime}, ${change.timeOff.endTime},
          ${sealingRow(cipher, change.dataKey, 'time_off', change.timeOff.id).optional('reason', change.timeOff.reason)}::bytea, ${at(change.at)})`,
  ],
  'availability.time_off_removed': (change) => [
    availabilityVersion(change.doctorId, change.expectedVersion),
    guarded(
      sql`DELETE FROM time_off WHERE id = ${change.timeOffId}::uuid AND doctor_id = ${change.doctorId}::uuid RETURNING 1`,
      'time_off',
    ),
  ],
  'clinic_holiday.added': ({ holiday, at: now }) => [
    sql`INSERT INTO clinic_holidays (id, first_date, last_date, name, yearly, yearly_until, equal_key, created_at)
        VALUES (${holiday.id}::uuid, ${holiday.from}::date, ${holiday.until}::date, ${holiday.name}, ${holiday.yearly}::boolean,
          ${holiday.yearlyUntil}::date, ${equalKeyOf(holiday)}, ${at(now)})`,
  ],
  'clinic_holiday.removed': (change) => [
    guarded(sql`DELETE FROM clinic_holidays WHERE id = ${change.holidayId}::uuid RETURNING 1`, 'clinic_holiday'),
  ],
};

/** The same for equal holidays. */
function equalKeyOf({ from, until, name, yearly, yearlyUntil }: ClinicHoliday): string {
  return [from, until, yearly ? 'yearly' : 'once', yearlyUntil ?? '', name].join(' ');
}

function availabilityVersion(doctorId: string, expected: number, also: Sql = empty): Sql {
  return guarded(
    sql`UPDATE doctors SET availability_version = availability_version + 1${also}
        WHERE user_id = ${doctorId}::uuid AND availability_version = ${expected}::int RETURNING 1`,
    'availability',
  );
}
