/** The reasons that stand against a time, and the refusals that list them. */
import type { UserId } from '../shared/ids.ts';
import type { Instant } from '../shared/time.ts';
import type { WindowReason } from './booking-window.ts';
import type { PatientLimitReason } from './patient-limits.ts';
import type { ResourceKind } from './resource.ts';
import type { Slot } from './slots.ts';
import type { VisitMode } from './visit-mode.ts';

/** Why a time cannot be booked. A refusal lists every reason that applies (R39). */
export type SlotReason = Obstacle & {
  /** The additional doctor against whose time it stands. */
  readonly doctorId?: UserId;
};

type Obstacle =
  | { readonly code: 'doctor_inactive' }
  | { readonly code: 'type_not_offered' }
  /** Patients do not book the type themselves. */
  | { readonly code: 'clinic_only' }
  | { readonly code: 'visit_mode_not_offered'; readonly visitModes: readonly VisitMode[] }
  | { readonly code: 'invalid_duration'; readonly durationMinutes: number }
  /** The local time is skipped when clocks are set forward; `resumesAt` is the first instant after the gap. */
  | { readonly code: 'nonexistent_local_time'; readonly resumesAt: Instant }
  | { readonly code: 'in_the_past' }
  | WindowReason
  | { readonly code: 'outside_availability' }
  | { readonly code: 'not_on_grid'; readonly slotIntervalMinutes: number }
  | { readonly code: 'daily_limit'; readonly limit: number }
  | PatientLimitReason
  | { readonly code: 'slot_taken' }
  /** Of these kinds none is free at the location. */
  | { readonly code: 'no_room'; readonly missing: readonly ResourceKind[] }
  | { readonly code: 'patient_conflict' };

export type SlotReasonCode = SlotReason['code'];

/** A reason as the caller is told it: whether the caller may confirm it and place the appointment nevertheless. */
export type RefusedReason = SlotReason & { readonly acknowledgeable: boolean };

/** No rule stands against the time, but it is no longer free. */
export type SlotTaken = { readonly code: 'slot_taken'; readonly alternatives: readonly Slot[] };

/** Rules stand against the time; `slot_taken` may be one of the reasons. */
export type SlotUnavailable = {
  readonly code: 'slot_unavailable';
  readonly reasons: readonly RefusedReason[];
  readonly alternatives: readonly Slot[];
};
