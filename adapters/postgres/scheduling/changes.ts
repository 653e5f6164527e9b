/** The scheduling context's changes as SQL. */

import type { StoredSchedulingChange } from '../../../domain/changes.ts';
import type { Appointment } from '../../../domain/scheduling/appointment.ts';
import type { CalendarChange } from '../../../domain/scheduling/calendar-feed.ts';
import type { Hold } from '../../../domain/scheduling/hold.ts';
import type { SeriesChange } from '../../../domain/scheduling/series.ts';
import type { TidyingChange } from '../../../domain/scheduling/tidying.ts';
import type { WaitlistChange, WaitlistEntryAdded } from '../../../domain/scheduling/waitlist.ts';
import type { Interval } from '../../../domain/shared/interval.ts';
import type { DataKey, FieldCipher } from '../../../domain/shared/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import { at, atOrNull, empty, guarded, join, type Sql, sql } from '../driver/sql.ts';
import { sealingRow, specialtyIndex } from '../sealed/sealed-row.ts';
import { liveHoldsOf, standing } from './booking-state.ts';
import { calendarWriters } from './calendar-changes.ts';
import { isDoneAsDoctor } from './offboarding-loads.ts';
import { waitlistWriters } from './waitlist-changes.ts';

function range({ start, end }: Interval): Sql {
  return sql`tstzrange(${at(start)}::timestamptz, ${at(end)}::timestamptz)`;
}

/** Deletes expired holds that overlap the wanted time, because the exclusion constraints still count them. */
function clearExpired(
  of: Pick<Appointment, 'doctorId' | 'busy' | 'start' | 'end'> & { patientId: string | null },
  now: Instant,
): Sql[] {
  const expired = sql`DELETE FROM appointments WHERE status = 'held' AND hold_expires_at <= ${at(now)}`;
  return [
    sql`${expired} AND doctor_id = ${of.doctorId}::uuid AND busy && ${range(of.busy)}`,
    ...(of.patientId === null
      ? []
      : [sql`${expired} AND patient_id = ${of.patientId}::uuid AND tstzrange(starts_at, ends_at) && ${range(of)}`]),
  ];
}

/** Counts appointments and live holds of the type on the doctor's local date, under the lock on the doctor's row. */
function withinDailyLimit(
  of: Pick<Appointment, 'doctorId' | 'appointmentTypeId' | 'start'> & { readonly id: string },
  limit: number | undefined,
  now: Instant,
): Sql[] {
  if (limit === undefined) return [];
  const start = sql`${at(of.start)}::timestamptz`;
  // The overlap condition lets PostgreSQL use the index on busy times.
  const around = sql`tstzrange(${start} - interval '36 hours', ${start} + interval '36 hours')`;
  return [
    guarded(
      sql`SELECT 1 FROM doctors d WHERE d.user_id = ${of.doctorId}::uuid AND ${limit}::int > (
            SELECT count(*) FROM appointments a
            WHERE a.doctor_id = ${of.doctorId}::uuid AND a.busy && ${around} AND ${standing(now)}
              AND a.appointment_type_id = ${of.appointmentTypeId}::uuid AND a.id <> ${of.id}::uuid
              AND (a.starts_at AT TIME ZONE d.timezone)::date = (${start} AT TIME ZONE d.timezone)::date)`,
      'daily_limit',
    ),
  ];
}

type OtherChange = WaitlistEntryAdded | WaitlistChange | SeriesChange | CalendarChange | TidyingChange;

const bookingWriters: ChangeWriters<Exclude<StoredSchedulingChange, OtherChange>> = {
  'appointment.booked': (change, cipher) => {
    const { appointment: a, patientKey: key } = change;
    const sealed = sealingRow(cipher, key, 'appointments', a.id);
    return [
      ...clearExpired(a, a.createdAt),
      ...withinDailyLimit(a, change.dailyLimit, a.createdAt),
      sql`INSERT INTO appointments (id, patient_id, doctor_id, appointment_type_id, starts_at, ends_at, timezone, busy,
            status, outside_rules, reason, symptoms, notes, series_id, created_by, created_at, updated_at)
          VALUES (${a.id}::uuid, ${a.patientId}::uuid, ${a.doctorId}::uuid, ${a.appointmentTypeId}::uuid, ${at(a.start)},
            ${at(a.end)}, ${a.timezone}, ${range(a.busy)}, ${a.status}, ${a.outsideRules}::boolean,
            ${sealed.optional('reason', a.reason)}::bytea,
            ${sealed.optional('symptoms', a.symptoms)}::bytea,
            ${sealed.optional('notes', a.notes)}::bytea,
            ${a.seriesId}::uuid, ${a.createdBy}::uuid, ${at(a.createdAt)}, ${at(a.updatedAt)})`,
    ];
  },
  'appointment.rescheduled': (change, cipher) => {
    const { appointment: a } = change;
    return [
      ...clearExpired(a, a.updatedAt),
      ...withinDailyLimit(a, change.dailyLimit, a.updatedAt),
      updated(change, cipher),
    ];
  },
  'appointment.edited': (change, cipher) => [updated(change, cipher)],
  'appointment.cancelled': (change, cipher) => [updated(change, cipher)],
  'appointment.status_changed': (change, cipher) => [updated(change, cipher)],
  'hold.placed': ({ hold, atMost, dailyLimit }) => [
    ...clearExpired(hold, hold.createdAt),
    ...withinDailyLimit(hold, dailyLimit, hold.createdAt),
    ...(atMost === undefined
      ? [sql`${heldRow(hold)}`]
      : [
          // The batch has locked the holder's row, so the count includes holds that concurrent requests placed.
          guarded(
            sql`${heldRow(hold)} AND ${liveHoldsOf(hold.holderId, hold.createdAt)} < ${atMost}::int RETURNING 1`,
            'hold',
          ),
        ]),
  ],
  'hold.released': (change) => [
    sql`DELETE FROM appointments
        WHERE id = ${change.holdId}::uuid AND status = 'held' AND held_by = ${change.holderId}::uuid`,
  ],
  'hold.consumed': (change) => [
    guarded(
      sql`DELETE FROM appointments
          WHERE id = ${change.holdId}::uuid AND status = 'held' AND held_by = ${change.holderId}::uuid
            AND hold_expires_at > ${at(change.at)} RETURNING 1`,
      'hold',
    ),
  ],
  'availability.replaced': (change) => {
    const rules = change.weekly.rules.map(
      (
        rule,
        position,
      ) => sql`(${change.doctorId}::uuid, ${position}::int, ${rule.weekday}::int, ${rule.start}, ${rule.end},
        ${rule.appointmentTypeIds === null ? null : [...rule.appointmentTypeIds]}::uuid[], ${rule.validFrom}::date, ${rule.validUntil}::date)`,
    );
    return [
      availabilityVersion(change.doctorId, change.expectedVersion, sql`, timezone = ${change.timezone}`),
      sql`DELETE FROM availability_rules WHERE doctor_id = ${change.doctorId}::uuid`,
      ...(rules.length === 0
        ? []
        : [
            sql`INSERT INTO availability_rules (doctor_id, position, weekday, start_time, end_time, appointment_type_ids,
                  valid_from, valid_until) VALUES ${join(rules)}`,
          ]),
    ];
  },
  'availability.override_added': (change) => [
    availabilityVersion(change.doctorId, change.expectedVersion),
    sql`INSERT INTO availability_overrides (id, doctor_id, date, available, created_at)
        VALUES (${change.override.id}::uuid, ${change.doctorId}::uuid, ${change.override.date}::date,
          ${JSON.stringify(change.override.available)}::jsonb, now())`,
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
    sql`INSERT INTO time_off (id, doctor_id, first_date, last_date, reason, created_at)
        VALUES (${change.timeOff.id}::uuid, ${change.doctorId}::uuid, ${change.timeOff.from}::date,
          ${change.timeOff.until}::date, 
          ${sealingRow(cipher, change.dataKey, 'time_off', change.timeOff.id).optional('reason', change.timeOff.reason)}::bytea, now())`,
  ],
  'availability.time_off_removed': (change) => [
    availabilityVersion(change.doctorId, change.expectedVersion),
    guarded(
      sql`DELETE FROM time_off WHERE id = ${change.timeOffId}::uuid AND doctor_id = ${change.doctorId}::uuid RETURNING 1`,
      'time_off',
    ),
  ],
  'clinic_holiday.added': ({ holiday }) => [
    sql`INSERT INTO clinic_holidays (id, first_date, last_date, name, created_at)
        VALUES (${holiday.id}::uuid, ${holiday.from}::date, ${holiday.until}::date, ${holiday.name}, now())`,
  ],
  'clinic_holiday.removed': (change) => [
    guarded(sql`DELETE FROM clinic_holidays WHERE id = ${change.holidayId}::uuid RETURNING 1`, 'clinic_holiday'),
  ],
  'appointment_type.created': ({ appointmentType: t }) => [
    sql`INSERT INTO appointment_types (id, code, name, duration_minutes, buffer_before_minutes, buffer_after_minutes,
          minimum_notice_minutes, horizon_days, slot_interval_minutes, daily_limit, active, created_at, updated_at)
        VALUES (${t.id}::uuid, ${t.code}, ${t.name}, ${t.durationMinutes}::int, ${t.bufferBeforeMinutes}::int,
          ${t.bufferAfterMinutes}::int, ${t.minimumNoticeMinutes}::int, ${t.horizonDays}::int,
          ${t.slotIntervalMinutes}::int, ${t.dailyLimit}::int, ${t.active}::boolean, now(), now())`,
  ],
  'appointment_type.changed': ({ appointmentType: t, expectedVersion }) => [
    guarded(
      sql`UPDATE appointment_types SET code = ${t.code}, name = ${t.name}, duration_minutes = ${t.durationMinutes}::int,
            buffer_before_minutes = ${t.bufferBeforeMinutes}::int, buffer_after_minutes = ${t.bufferAfterMinutes}::int,
            minimum_notice_minutes = ${t.minimumNoticeMinutes}::int, horizon_days = ${t.horizonDays}::int,
            slot_interval_minutes = ${t.slotIntervalMinutes}::int, daily_limit = ${t.dailyLimit}::int,
            active = ${t.active}::boolean, updated_at = now(), version = ${t.version}::int
          WHERE id = ${t.id}::uuid AND version = ${expectedVersion}::int RETURNING 1`,
      'appointment_type',
    ),
  ],
  'doctor.changed': ({ doctor: d, expectedVersion }, _cipher, index) => [
    guarded(
      sql`UPDATE doctors SET specialty = ${d.specialty},
            specialty_index = ${specialtyIndex(index, d.specialty)}::bytea, languages = ${[...d.languages]}::text[], bio = ${d.bio},
            accepting_patients = ${d.acceptingPatients}::boolean, version = ${d.version}::int
          WHERE user_id = ${d.id}::uuid AND version = ${expectedVersion}::int RETURNING 1`,
      'doctor',
    ),
  ],
  'doctor.resigned': (change) => [
    sql`SELECT require_applied(${isDoneAsDoctor(change.doctorId, change.at)}::int, 'doctor')`,
  ],
};

export const schedulingWriters: ChangeWriters<StoredSchedulingChange> = {
  ...bookingWriters,
  ...waitlistWriters,
  ...calendarWriters,
};

function availabilityVersion(doctorId: string, expected: number, also: Sql = empty): Sql {
  return guarded(
    sql`UPDATE doctors SET availability_version = availability_version + 1${also}
        WHERE user_id = ${doctorId}::uuid AND availability_version = ${expected}::int RETURNING 1`,
    'availability',
  );
}

/** Updates the appointment, if it still has the version it was decided on. */
function updated(
  {
    appointment: a,
    expectedVersion,
    patientKey: key,
  }: { readonly appointment: Appointment; readonly expectedVersion: number; readonly patientKey: DataKey },
  cipher: FieldCipher,
): Sql {
  const { cancellation } = a;
  const sealed = sealingRow(cipher, key, 'appointments', a.id);
  return guarded(
    sql`UPDATE appointments SET doctor_id = ${a.doctorId}::uuid, starts_at = ${at(a.start)}, ends_at = ${at(a.end)},
          timezone = ${a.timezone}, busy = ${range(a.busy)}, status = ${a.status}, outside_rules = ${a.outsideRules}::boolean,
          reason = ${sealed.update('reason', a.reason, a.damaged)},
          symptoms = ${sealed.update('symptoms', a.symptoms, a.damaged)},
          notes = ${sealed.update('notes', a.notes, a.damaged)},
          reschedule_count = ${a.rescheduleCount}::int,
          cancelled_by = ${cancellation?.by ?? null}::uuid, cancelled_by_kind = ${cancellation?.byKind ?? null},
          cancelled_at = ${atOrNull(cancellation?.at ?? null)},
          cancellation_reason = ${sealed.update('cancellation_reason', cancellation?.reason ?? null, a.damaged)},
          updated_at = ${at(a.updatedAt)}, version = ${a.version}::int
        WHERE id = ${a.id}::uuid AND version = ${expectedVersion}::int RETURNING 1`,
    'appointment',
  );
}

function heldRow(hold: Hold): Sql {
  return sql`INSERT INTO appointments (id, patient_id, doctor_id, appointment_type_id, starts_at, ends_at, timezone, busy,
      status, hold_expires_at, held_by, created_by, created_at, updated_at)
    SELECT ${hold.id}::uuid, ${hold.patientId}::uuid, ${hold.doctorId}::uuid, ${hold.appointmentTypeId}::uuid, ${at(hold.start)}::timestamptz,
      ${at(hold.end)}::timestamptz, d.timezone, ${range(hold.busy)}, 'held', ${at(hold.expiresAt)}::timestamptz, ${hold.holderId}::uuid, ${hold.holderId}::uuid,
      ${at(hold.createdAt)}::timestamptz, ${at(hold.createdAt)}::timestamptz
    FROM doctors d WHERE d.user_id = ${hold.doctorId}::uuid`;
}
