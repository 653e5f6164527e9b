/** Reads rows of appointment types. */
import type { AppointmentType, BookableBy } from '../../../domain/scheduling/appointment-type.ts';
import type { IntakeQuestion } from '../../../domain/scheduling/intake-question.ts';
import type { ResourceKind } from '../../../domain/scheduling/resource.ts';
import type { VisitMode } from '../../../domain/scheduling/visit-mode.ts';
import type { AppointmentTypeId, UserId } from '../../../domain/shared/ids.ts';
import type { LocalTime } from '../../../domain/shared/time.ts';
import type { Row } from '../driver/driver.ts';
import { raw } from '../driver/sql.ts';

export const TYPE_COLUMNS =
  raw(`t.id, t.code, t.name, t.duration_minutes, t.buffer_before_minutes, t.buffer_after_minutes,
  t.minimum_notice_minutes, t.horizon_days, t.slot_interval_minutes, t.daily_limit, t.capacity, t.requires, t.visit_modes,
  t.bookable_by, t.requires_approval, t.questions, t.doctor_ids, t.same_day_from, t.patient_open_limit, t.patient_daily_limit,
  t.patient_gap_days, t.cancel_notice_minutes, t.reschedule_notice_minutes, t.active, t.version`);

export function readType(found: Row): AppointmentType {
  return {
    id: found.id as AppointmentTypeId,
    code: found.code as string,
    name: found.name as string,
    durationMinutes: found.duration_minutes as number,
    bufferBeforeMinutes: found.buffer_before_minutes as number,
    bufferAfterMinutes: found.buffer_after_minutes as number,
    minimumNoticeMinutes: found.minimum_notice_minutes as number,
    horizonDays: found.horizon_days as number,
    slotIntervalMinutes: found.slot_interval_minutes as number,
    dailyLimit: found.daily_limit as number | null,
    capacity: found.capacity as number,
    requires: found.requires as ResourceKind[],
    visitModes: found.visit_modes as VisitMode[],
    bookableBy: found.bookable_by as BookableBy,
    requiresApproval: found.requires_approval as boolean,
    questions: found.questions as IntakeQuestion[],
    doctorIds: found.doctor_ids as UserId[] | null,
    sameDayFrom: found.same_day_from as LocalTime | null,
    patientOpenLimit: found.patient_open_limit as number | null,
    patientDailyLimit: found.patient_daily_limit as number | null,
    patientGapDays: found.patient_gap_days as number | null,
    cancelNoticeMinutes: found.cancel_notice_minutes as number | null,
    rescheduleNoticeMinutes: found.reschedule_notice_minutes as number | null,
    active: found.active as boolean,
    version: found.version as number,
  };
}
