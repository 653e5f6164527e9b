/**
 * Placing an appointment or a hold at a time. The rules bind everybody; the clinic may confirm the reasons that stand
 * against a time, one by one, and place it nevertheless.
 */
import type { UserId } from '../shared/ids.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import { type Instant, MILLISECONDS_PER_DAY, MILLISECONDS_PER_MINUTE } from '../shared/time.ts';
import type { DoctorTaking, SchedulingActor } from './appointment.ts';
import { type AppointmentType, busyRange, EMERGENCY_CODE } from './appointment-type.ts';
import type { BusyTime, OccupancyId } from './busy-time.ts';
import type { LocationId } from './location.ts';
import { type Overbooking, overbook, type Place, placeFor } from './places.ts';
import type { SchedulingPolicy } from './policy.ts';
import type { Taking } from './resource-choice.ts';
import {
  type BookingState,
  judge,
  nearestSlots,
  type RequestedStart,
  type SlotCheck,
  standingTimes,
} from './slot-check.ts';
import type { RefusedReason, SlotReason, SlotReasonCode, SlotTaken, SlotUnavailable } from './slot-reason.ts';

/** What the clinic confirms in order to place an appointment although reasons stand against it. */
export interface PlacementException {
  readonly acknowledged: readonly AcknowledgedCode[];
  /** Whether it may overlap other appointments of the doctor. */
  readonly overbook: boolean;
  /** In the clinic's words; required for overbooking. */
  readonly reason: string | null;
}

export interface Placement {
  readonly start: Instant;
  readonly place: Place;
  readonly joins: readonly OccupancyId[];
  readonly locationId: LocationId | null;
  /** What of the required resources is free: all, unless the clinic confirmed that something is missing. */
  readonly takings: readonly Taking[];
  readonly doctors: readonly DoctorTaking[];
  /** Whether reasons stood against it. */
  readonly outsideRules: boolean;
}

/** The reasons that the clinic may confirm; `slot_taken` is confirmed by overbooking. */
export const ACKNOWLEDGEABLE = [
  'type_not_offered',
  'outside_availability',
  'not_on_grid',
  'too_soon',
  'beyond_horizon',
  'same_day_only',
  'daily_limit',
  'patient_open_limit',
  'patient_daily_limit',
  'patient_gap',
  'no_room',
  'in_the_past',
] as const satisfies readonly SlotReasonCode[];

/** What the clinic may confirm: reasons that stand against a time, and that the patient's birth date is not known yet. */
export const ACKNOWLEDGED = [...ACKNOWLEDGEABLE, 'birth_date_required'] as const;
export type AcknowledgedCode = (typeof ACKNOWLEDGED)[number];

/** The reasons that an emergency of the clinic overrides without being asked, as far as the clinic may confirm them. */
const RULES: ReadonlySet<SlotReasonCode> = new Set(ACKNOWLEDGEABLE.filter((code) => code !== 'in_the_past'));

/**
 * @param check.secured the place of the hold that is consumed
 * @param exception `null` when nothing is confirmed; a patient's is ignored
 */
export function placeAt(
  state: BookingState,
  requested: RequestedStart,
  check: SlotCheck,
  exception: PlacementException | null,
  policy: SchedulingPolicy,
): Result<Placement, SlotTaken | SlotUnavailable> {
  const { reasons, ...judged } = judge(state, requested, check);
  const { start } = judged;
  const confirmed = check.actor.kind === 'patient' ? null : exception;
  const isAllowed = reasons.every((reason) => isOverridden(state.type, reason, start, check, confirmed, policy));
  if (!isAllowed) return refuse(refusalOf(state, start, reasons, check, policy));
  const beside = ({ busy }: Pick<BookingState, 'busy'>) =>
    besideStanding(state.type, start, standingTimes({ busy }, check));
  const own = check.secured === null ? beside(state) : { place: check.secured, joins: [], overlapping: 0 };
  const doctors = state.additional.map(({ doctor: { id }, name, busy }) => ({
    doctor: { id, name },
    ...beside({ busy }),
  }));
  if ([own, ...doctors].some(({ overlapping }) => overlapping > policy.maximumOverbooked)) {
    return refuse(refusalOf(state, start, reasons, check, policy));
  }
  const { place, joins } = own;
  return ok({ ...judged, place, joins, doctors, outsideRules: reasons.length > 0 });
}

/** A free place where there is one, otherwise one over what the doctor has already. */
function besideStanding(type: AppointmentType, start: Instant, standing: readonly BusyTime[]): Overbooking {
  const free = placeFor(type, start, standing);
  return free === undefined ? overbook(busyRange(type, start), standing) : { place: free, joins: [], overlapping: 0 };
}

function isOverridden(
  type: AppointmentType,
  reason: SlotReason,
  start: Instant,
  check: SlotCheck,
  confirmed: PlacementException | null,
  policy: SchedulingPolicy,
): boolean {
  if (check.actor.kind === 'patient') return false;
  const isAcknowledgeable = mayAcknowledge(reason, check.actor, start, check.now, policy);
  if (type.code === EMERGENCY_CODE && RULES.has(reason.code)) return isAcknowledgeable;
  if (confirmed === null) return false;
  if (reason.code === 'slot_taken') return confirmed.overbook && mayOverbook(check.actor, reason.doctorId);
  return isAcknowledgeable && confirmed.acknowledged.some((code) => code === reason.code);
}

/** A doctor overbooks oneself. Over the appointments of another doctor only staff and administrators book. */
function mayOverbook(actor: SchedulingActor, additional: UserId | undefined): boolean {
  return actor.kind !== 'doctor' || additional === undefined || additional === actor.userId;
}

/** Further ahead, a date is a typing error. */
const LONGEST_HORIZON_DAYS = 730;

/** Whether this actor may confirm the reason: only the clinic, and neither a time long past nor one years ahead. */
function mayAcknowledge(
  { code }: SlotReason,
  actor: SchedulingActor,
  start: Instant,
  now: Instant,
  policy: SchedulingPolicy,
): boolean {
  if (actor.kind === 'patient') return false;
  if (code === 'in_the_past') return start >= now - policy.backdateMinutes * MILLISECONDS_PER_MINUTE;
  if (code === 'beyond_horizon') return start <= now + LONGEST_HORIZON_DAYS * MILLISECONDS_PER_DAY;
  return ACKNOWLEDGEABLE.some((acknowledgeable) => acknowledgeable === code);
}

/** `slot_taken` when that is the only reason, otherwise `slot_unavailable` with every reason. */
function refusalOf(
  state: BookingState,
  start: Instant,
  reasons: readonly SlotReason[],
  check: SlotCheck,
  policy: SchedulingPolicy,
): SlotTaken | SlotUnavailable {
  const alternatives = nearestSlots(state, start, check, policy.alternatives);
  // A reason against an additional doctor names that doctor, so it needs the longer refusal.
  if (reasons.every(({ code, doctorId }) => code === 'slot_taken' && doctorId === undefined))
    return { code: 'slot_taken', alternatives };
  const refused = reasons.map(
    (reason): RefusedReason => ({
      ...reason,
      acknowledgeable: mayAcknowledge(reason, check.actor, start, check.now, policy),
    }),
  );
  return { code: 'slot_unavailable', reasons: refused, alternatives };
}
