/** Members of problems of appointments, holds, the waitlist and what a clinic sets up for them. */
import { z } from '@hono/zod-openapi';
import { APPOINTMENT_STATUSES } from '../../../../domain/scheduling/appointment.ts';
import { RESOURCE_KINDS } from '../../../../domain/scheduling/resource.ts';
import type { SlotReasonCode } from '../../../../domain/scheduling/slot-reason.ts';
import { VISIT_MODES } from '../../../../domain/scheduling/visit-mode.ts';
import type { SchedulingErrorCode } from '../../problems/scheduling.ts';
import { shownDate as date, shownId as id, shownInstant as instant } from '../../shown.ts';
import type { MemberSchemas } from './member-schemas.ts';

const limit = z.int().openapi({ description: 'How many there may be' });
const status = z.enum(APPOINTMENT_STATUSES);

const acknowledgeable = z.boolean().openapi({
  description: 'Whether the caller may confirm the reason: send the request again with its code in `acknowledge`',
});

const additional = {
  doctorId: id
    .optional()
    .openapi({ description: 'The additional doctor against whose time it stands; absent for the leading one' }),
};

/** What each reason says besides its code: a new one does not compile until it is listed. */
const REASON_MEMBERS = {
  doctor_inactive: additional,
  type_not_offered: additional,
  clinic_only: {},
  visit_mode_not_offered: { visitModes: z.array(z.enum(VISIT_MODES)) },
  invalid_duration: { durationMinutes: z.int() },
  nonexistent_local_time: { resumesAt: instant },
  in_the_past: {},
  too_soon: { earliest: instant },
  beyond_horizon: { lastDate: date },
  same_day_only: { opensAt: instant },
  outside_availability: additional,
  not_on_grid: { slotIntervalMinutes: z.int() },
  daily_limit: { limit: z.int() },
  patient_open_limit: { limit: z.int() },
  patient_daily_limit: { limit: z.int() },
  patient_gap: { gapDays: z.int() },
  no_room: { missing: z.array(z.enum(RESOURCE_KINDS)) },
  slot_taken: additional,
  patient_conflict: {},
} satisfies Readonly<Record<SlotReasonCode, z.ZodRawShape>>;

const REASONS = Object.entries(REASON_MEMBERS).map(([code, members]) =>
  z.object({ code: z.literal(code), acknowledgeable, ...members }),
);

const reason = z
  .discriminatedUnion('code', REASONS as [(typeof REASONS)[number], ...typeof REASONS])
  .openapi('SlotReason', { description: 'Why a time cannot be had' });

const reasons = z.array(reason);
const REASONS_EXAMPLE = [
  { code: 'too_soon', acknowledgeable: false, earliest: '2026-12-15T08:30:00Z' },
  { code: 'not_on_grid', acknowledgeable: false, slotIntervalMinutes: 15 },
];

const alternatives = z
  .array(z.object({ doctorId: id, start: instant, end: instant, date }))
  .openapi({ description: 'The nearest free times' });

const use = { appointments: z.int(), appointmentIds: z.array(id), doctorIds: z.array(id) };

export const SCHEDULING_MEMBERS = {
  slot_taken: { alternatives },
  slot_unavailable: { reasons: reasons.openapi({ example: REASONS_EXAMPLE }), alternatives },
  too_many_proxies: { limit },
  hold_expired: { expiredAt: instant },
  too_many_holds: { limit },
  invalid_transition: { from: status, to: status },
  appointment_closed: { currentStatus: status },
  too_late_to_cancel: { until: instant },
  too_late_to_reschedule: { until: instant },
  too_many_reschedules: { limit },
  too_early: { from: instant },
  nothing_to_undo: { currentStatus: status },
  too_late_to_undo: { until: instant },
  offer_expired: { expiredAt: instant },
  waitlist_entry_exists: { entryId: id },
  too_many_waitlist_entries: { limit },
  too_many_calendar_feeds: { limit },
  series_unavailable: {
    occurrences: z.array(z.object({ index: z.int().openapi({ description: 'From 0' }), date, reasons })),
  },
  location_in_use: { ...use, until: instant.nullable() },
  resource_in_use: { ...use, until: instant.nullable() },
  doctor_still_booked: { appointments: z.int(), appointmentIds: z.array(id), until: instant },
} satisfies Readonly<Partial<Record<SchedulingErrorCode, MemberSchemas>>>;
