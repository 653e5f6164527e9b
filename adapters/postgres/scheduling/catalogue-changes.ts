/** Changes of appointment types and of doctors' directory entries as SQL. */
import type { AppointmentType, AppointmentTypeChange } from '../../../domain/scheduling/appointment-type.ts';
import type { DoctorChange } from '../../../domain/scheduling/doctor.ts';
import type { DoctorResigned } from '../../../domain/scheduling/offboarding.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import { guarded, sql } from '../driver/sql.ts';
import { specialtyIndex } from '../sealed/sealed-row.ts';
import { isDoneAsDoctor } from './offboarding-loads.ts';

export const catalogueWriters: ChangeWriters<AppointmentTypeChange | DoctorChange | DoctorResigned> = {
  'appointment_type.created': ({ appointmentType: t }) => [
    sql`INSERT INTO appointment_types (id, code, name, duration_minutes, buffer_before_minutes, buffer_after_minutes,
          minimum_notice_minutes, horizon_days, slot_interval_minutes, daily_limit, capacity, requires, visit_modes,
          bookable_by, requires_approval, questions, doctor_ids, same_day_from, patient_open_limit, patient_daily_limit,
          patient_gap_days, cancel_notice_minutes, reschedule_notice_minutes, active, created_at, updated_at)
        VALUES (${t.id}::uuid, ${t.code}, ${t.name}, ${t.durationMinutes}::int, ${t.bufferBeforeMinutes}::int,
          ${t.bufferAfterMinutes}::int, ${t.minimumNoticeMinutes}::int, ${t.horizonDays}::int,
          ${t.slotIntervalMinutes}::int, ${t.dailyLimit}::int, ${t.capacity}::int, ${[...t.requires]}::text[],
          ${[...t.visitModes]}::text[], ${t.bookableBy}, ${t.requiresApproval}::boolean,
          ${JSON.stringify(t.questions)}::jsonb, ${doctorIds(t)}::uuid[], ${t.sameDayFrom}, ${t.patientOpenLimit}::int,
          ${t.patientDailyLimit}::int, ${t.patientGapDays}::int, ${t.cancelNoticeMinutes}::int,
          ${t.rescheduleNoticeMinutes}::int, ${t.active}::boolean, now(), now())`,
  ],
  'appointment_type.changed': ({ appointmentType: t, expectedVersion }) => [
    guarded(
      sql`UPDATE appointment_types SET code = ${t.code}, name = ${t.name}, duration_minutes = ${t.durationMinutes}::int,
            buffer_before_minutes = ${t.bufferBeforeMinutes}::int, buffer_after_minutes = ${t.bufferAfterMinutes}::int,
            minimum_notice_minutes = ${t.minimumNoticeMinutes}::int, horizon_days = ${t.horizonDays}::int,
            slot_interval_minutes = ${t.slotIntervalMinutes}::int, daily_limit = ${t.dailyLimit}::int, capacity = ${t.capacity}::int,
            requires = ${[...t.requires]}::text[], visit_modes = ${[...t.visitModes]}::text[],
            bookable_by = ${t.bookableBy}, requires_approval = ${t.requiresApproval}::boolean,
            questions = ${JSON.stringify(t.questions)}::jsonb, doctor_ids = ${doctorIds(t)}::uuid[], same_day_from = ${t.sameDayFrom},
            patient_open_limit = ${t.patientOpenLimit}::int, patient_daily_limit = ${t.patientDailyLimit}::int,
            patient_gap_days = ${t.patientGapDays}::int, cancel_notice_minutes = ${t.cancelNoticeMinutes}::int,
            reschedule_notice_minutes = ${t.rescheduleNoticeMinutes}::int,
            active = ${t.active}::boolean, updated_at = now(), version = ${t.version}::int
          WHERE id = ${t.id}::uuid AND version = ${expectedVersion}::int RETURNING 1`,
      'appointment_type',
    ),
  ],
  'doctor.changed': ({ doctor: d, expectedVersion }, _cipher, index) => [
    guarded(
      sql`UPDATE doctors SET specialty = ${d.specialty},
            specialty_index = ${specialtyIndex(index, d.specialty)}::bytea, languages = ${[...d.languages]}::text[], bio = ${d.bio}, video_link = ${d.videoLink},
            accepting_patients = ${d.acceptingPatients}::boolean, version = ${d.version}::int
          WHERE user_id = ${d.id}::uuid AND version = ${expectedVersion}::int RETURNING 1`,
      'doctor',
    ),
  ],
  'doctor.resigned': (change) => [
    sql`SELECT require_applied(${isDoneAsDoctor(change.doctorId, change.at)}::int, 'doctor')`,
  ],
};

function doctorIds(type: AppointmentType): string[] | null {
  return type.doctorIds === null ? null : [...type.doctorIds];
}
