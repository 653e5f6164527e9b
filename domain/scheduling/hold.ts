/** Time reserved for one holder for a few minutes. A hold expires without a job: from `expiresAt` on, it blocks nothing. */
import type { AppointmentTypeId, HoldId, UserId } from '../shared/ids.ts';
import type { Interval } from '../shared/interval.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import { resolveWallClock } from '../shared/zone.ts';
import type { Equipping, SchedulingActor } from './appointment.ts';
import { busyRange, type DailyLimited, dailyLimitOf, endOf } from './appointment-type.ts';
import type { LocationId } from './location.ts';
import { placeAt } from './placement.ts';
import type { Place } from './places.ts';
import type { SchedulingPolicy } from './policy.ts';
import type { BookingState, RequestedStart, SlotCheck } from './slot-check.ts';
import type { SlotTaken, SlotUnavailable } from './slot-reason.ts';

export interface Hold {
  readonly id: HoldId;
  /** Who may consume or release it. */
  readonly holderId: UserId;
  /** The patient the time is held for; `null` while staff have not named one. */
  readonly patientId: UserId | null;
  readonly doctorId: UserId;
  readonly appointmentTypeId: AppointmentTypeId;
  readonly start: Instant;
  readonly end: Instant;
  /** `[start, end)` with the buffers around it. */
  readonly busy: Interval;
  readonly place: Place;
  readonly locationId: LocationId | null;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
}

export type HoldChange =
  /** Guarded: with this hold the holder has at most `atMost` live holds. Absent: no limit. */
  | ({ readonly type: 'hold.placed'; readonly hold: Hold; readonly atMost?: number } & DailyLimited & Equipping)
  /** Not guarded: an expired hold may have been deleted already by the batch that took its time. */
  | { readonly type: 'hold.released'; readonly holdId: HoldId; readonly holderId: UserId }
  /** Guarded: the batch fails unless the hold exists, belongs to the holder and is live at `at`. */
  | { readonly type: 'hold.consumed'; readonly holdId: HoldId; readonly holderId: UserId; readonly at: Instant };

export type HoldRefusal =
  /** Absent, released, consumed or held by somebody else: the answer does not tell which (R26). */
  | { readonly code: 'hold_not_found' }
  | { readonly code: 'hold_expired'; readonly expiredAt: Instant }
  /** The hold is for another doctor, type, start or patient than the booking. */
  | { readonly code: 'hold_mismatch' }
  | { readonly code: 'too_many_holds'; readonly limit: number };

export interface HoldContext {
  readonly actor: SchedulingActor & { readonly userId: UserId };
  readonly now: Instant;
  readonly policy: SchedulingPolicy;
  readonly holdId: HoldId;
  readonly patientId: UserId | null;
  /** How many live holds the actor has. */
  readonly liveHolds: number;
}

/** Whether the hold still blocks its time. */
export function isLive(hold: Hold, now: Instant): boolean {
  return now < hold.expiresAt;
}

/** Holds a time under the same rules as a booking. The exclusion constraints decide between concurrent requests. */
export function placeHold(
  state: BookingState,
  start: RequestedStart,
  context: HoldContext,
): Result<{ readonly hold: Hold; readonly changes: readonly HoldChange[] }, HoldRefusal | SlotTaken | SlotUnavailable> {
  const { actor, now, policy, patientId } = context;
  if (context.liveHolds >= policy.maximumHolds) return refuse({ code: 'too_many_holds', limit: policy.maximumHolds });
  const check: SlotCheck = {
    actor,
    patientId,
    now,
    noticeFrom: now,
    ignore: [],
    endTime: null,
    visitMode: null,
    secured: null,
  };
  const placed = placeAt(state, start, check, null, policy);
  if (!placed.ok) return placed;
  const { value: placement } = placed;
  const hold: Hold = {
    id: context.holdId,
    holderId: actor.userId,
    patientId,
    doctorId: state.doctor.id,
    appointmentTypeId: state.type.id,
    start: placement.start,
    end: endOf(state.type, placement.start),
    busy: busyRange(state.type, placement.start),
    place: placement.place,
    locationId: placement.locationId,
    createdAt: now,
    expiresAt: now + policy.holdSeconds * 1000,
  };
  const { takings, outsideRules } = placement;
  const limit = dailyLimitOf(state.type, { timezone: state.availability.timezone, start: hold.start }, outsideRules);
  return ok({ hold, changes: [{ type: 'hold.placed', hold, atMost: policy.maximumHolds, takings, ...limit }] });
}

/** Frees the time before the hold expires. Another holder's hold is answered as absent (R26). */
export function releaseHold(
  hold: Hold | null,
  actor: SchedulingActor,
): Result<readonly HoldChange[], Extract<HoldRefusal, { code: 'hold_not_found' }>> {
  if (!hold || hold.holderId !== actor.userId) return refuse({ code: 'hold_not_found' });
  return ok([{ type: 'hold.released', holdId: hold.id, holderId: hold.holderId }]);
}

/** What a booking says of the hold that it names. */
export interface HoldUse {
  readonly holdId: HoldId | null;
  readonly holderId: UserId | null;
  readonly patientId: UserId;
  readonly start: RequestedStart;
}

/** The hold, if it is the holder's, is live, and is for the same doctor, type, time and patient as the booking. */
export function usableHold(
  state: BookingState,
  { holdId, holderId, patientId, start }: HoldUse,
  hold: Hold | null,
  now: Instant,
): Result<Hold, HoldRefusal> {
  if (!hold || hold.id !== holdId || hold.holderId !== holderId) return refuse({ code: 'hold_not_found' });
  if (!isLive(hold, now)) return refuse({ code: 'hold_expired', expiredAt: hold.expiresAt });
  const fits =
    hold.doctorId === state.doctor.id &&
    hold.appointmentTypeId === state.type.id &&
    (hold.patientId === null || hold.patientId === patientId) &&
    isStart(state, start, hold.start);
  return fits ? ok(hold) : refuse({ code: 'hold_mismatch' });
}

export function consumption(hold: Hold, now: Instant): HoldChange {
  return { type: 'hold.consumed', holdId: hold.id, holderId: hold.holderId, at: now };
}

/** Whether a requested start can mean this instant: in a fold it may mean either of two. */
export function isStart(state: BookingState, requested: RequestedStart, instant: Instant): boolean {
  if (requested.kind === 'instant') return requested.instant === instant;
  const clock = resolveWallClock(state.availability.timezone, requested.date, requested.time);
  if (clock.kind === 'fold') return instant === clock.earlier || instant === clock.later;
  return clock.kind === 'unique' && instant === clock.instant;
}
