/**
 * What becomes of appointments that an absence, a change of hours or a transfer leaves without their time. Each is cancelled
 * with a message, or cancelled and replaced by an offer of the next free time, which a hold keeps for the patient. The
 * offer is one of the waitlist: the patient accepts or declines it there, and one who does not answer keeps waiting.
 */
import type { AppointmentId, HoldId, UserId } from '../shared/ids.ts';
import { addDays, type Instant, type LocalDate } from '../shared/time.ts';
import { localDateAt } from '../shared/zone.ts';
import type { AffectedAction } from './affected.ts';
import type { ActorKind, Appointment, AppointmentChange } from './appointment.ts';
import { type AppointmentType, dailyLimitOf } from './appointment-type.ts';
import type { OpenTime } from './bookable-times.ts';
import type { HoldChange } from './hold.ts';
import type { RebookingId, WaitlistEntryId, WaitlistOfferId } from './ids.ts';
import type { SchedulingPolicy } from './policy.ts';
import type { BookingState } from './slot-check.ts';
import { type Slot, slotsOf } from './slots.ts';
import { cancel } from './transitions.ts';
import {
  joinWaitlist,
  type WaitlistChange,
  type WaitlistEntry,
  type WaitlistEntryAdded,
  type WaitlistOffer,
} from './waitlist.ts';
import type { WaitlistCriteria } from './waitlist-criteria.ts';
import { firstFor, makeOffer } from './waitlist-matching.ts';

export interface Rebooking {
  readonly id: RebookingId;
  readonly doctorId: UserId;
  readonly action: Exclude<AffectedAction, 'leave'>;
  /** Whose free times are offered; `null`: those of the same doctor. */
  readonly toDoctorId: UserId | null;
  /** To the patients, in the clinic's words. */
  readonly message: string | null;
  /** Who asked for it. */
  readonly byKind: ActorKind;
  readonly createdAt: Instant;
}

export type RebookingNotFound = { readonly code: 'rebooking_not_found' };

/** How an appointment ended when it was settled. What the patient answered afterwards is in the waitlist. */
export const REBOOKING_OUTCOMES = ['cancelled', 'offered', 'waiting', 'unchanged'] as const;
export type RebookingOutcome = (typeof REBOOKING_OUTCOMES)[number];

export type RebookingBegun = {
  readonly type: 'rebooking.begun';
  readonly rebooking: Rebooking;
  readonly appointmentIds: readonly AppointmentId[];
};

export type RebookingChange =
  | RebookingBegun
  /** Guarded unless `unchanged`: fails when the appointment was settled meanwhile. */
  | {
      readonly type: 'rebooking.settled';
      readonly rebookingId: RebookingId;
      readonly appointmentId: AppointmentId;
      readonly outcome: RebookingOutcome;
      /** The entry that waits for another time; `null` for none. */
      readonly entryId: WaitlistEntryId | null;
    };

/** How long the offer of another time can be accepted. */
const OFFER_MINUTES = 24 * 60;
/** How many days from the lost time on the next free one is searched, and how long the patient waits. */
export const SEARCHED_DAYS = 45;
/** Before patients who joined by themselves: these had an appointment. */
const RANK = 100;

export interface RebookingState {
  readonly appointment: Appointment;
  /** The state of the doctor whose times are offered; `null` when none are. */
  readonly target: BookingState | null;
  /** The times of that doctor that the patient was offered before, whatever became of the offers. */
  readonly offeredBefore: readonly Instant[];
}

export interface RebookingContext {
  readonly now: Instant;
  readonly policy: SchedulingPolicy;
  readonly ids: {
    readonly entryId: WaitlistEntryId;
    readonly offerId: WaitlistOfferId;
    readonly holdId: HoldId;
  };
}

export interface Rebooked {
  readonly outcome: RebookingOutcome;
  readonly changes: readonly (AppointmentChange | HoldChange | WaitlistChange | WaitlistEntryAdded)[];
  /** As cancelled. */
  readonly appointment: Appointment;
  readonly offer: WaitlistOffer | null;
}

/** Cancels the appointment and offers another time where one is free. An appointment that is not open any more is left alone. */
export function rebook(rebooking: Rebooking, state: RebookingState, context: RebookingContext): Rebooked {
  const { now, policy } = context;
  const actor = { kind: rebooking.byKind, userId: null };
  const cancelled = cancel(state.appointment, rebooking.message, { actor, now, policy, expectedVersion: null });
  const [change] = cancelled.ok ? cancelled.value : [];
  if (change === undefined) return { outcome: 'unchanged', changes: [], appointment: state.appointment, offer: null };
  const wait = state.target === null ? undefined : waitFor(state, state.target, context);
  return {
    outcome: wait === undefined ? 'cancelled' : wait.offer === null ? 'waiting' : 'offered',
    changes: [change, ...(wait?.changes ?? [])],
    appointment: change.appointment,
    offer: wait?.offer ?? null,
  };
}

/**
 * An entry of the waitlist with an offer, if a time is free. Each appointment that is moved has an offer of its own: that a
 * patient has one at a time is a rule about wishes, and these had an appointment.
 */
function waitFor(
  rebooking: RebookingState,
  target: BookingState,
  { now, policy, ids }: RebookingContext,
): { readonly changes: Rebooked['changes']; readonly offer: WaitlistOffer | null } | undefined {
  const { appointment } = rebooking;
  if (!target.doctor.active) return undefined;
  const joined = joinWaitlist(criteriaFor(appointment, target, now), {
    now,
    policy,
    entryId: ids.entryId,
    patientId: appointment.patientId,
    rank: RANK,
    openEntries: [],
    servers: { type: target.type, doctor: target.doctor, zones: [target.availability.timezone] },
    isKnownPatient: target.isKnownPatient,
  });
  if (!joined.ok) return undefined;
  const { entry } = joined.value;
  const offered = offerNext(entry, rebooking, target, { now, policy, ids });
  const state = offered === undefined ? ('waiting' as const) : ('offered' as const);
  const added = { type: 'waitlist.entry_added', entry: { ...entry, state }, atMost: null } as const;
  return { changes: offered === undefined ? [added] : [added, ...offered.changes], offer: offered?.offer ?? null };
}

function criteriaFor({ appointmentTypeId, start }: Appointment, target: BookingState, now: Instant): WaitlistCriteria {
  const from = firstDate(start, target, now);
  return {
    appointmentTypeId,
    doctorId: target.doctor.id,
    specialty: null,
    from,
    to: addDays(from, SEARCHED_DAYS),
    dailyWindow: null,
  };
}

/** The date of the lost time, in the zone of the doctor whose times are offered; today when it is past. */
function firstDate(start: Instant, { availability }: BookingState, now: Instant): LocalDate {
  return localDateAt(availability.timezone, Math.max(start, now));
}

/** The next free time from the lost one on. The appointment that is given up takes none. */
function offerNext(
  entry: WaitlistEntry,
  { appointment, offeredBefore }: RebookingState,
  target: BookingState,
  { now, policy, ids }: RebookingContext,
) {
  const others = <T extends { readonly sourceId: string }>(times: readonly T[]) =>
    times.filter(({ sourceId }) => sourceId !== appointment.id);
  const { doctor, availability } = target;
  // The clinic offers it, so it may be of a type that only the clinic books.
  const type = { ...target.type, bookableBy: 'everyone' } as const;
  const resources = { all: target.resources.all, busy: others(target.resources.busy) };
  const state = { doctor, availability, busy: others(target.busy), resources };
  const candidate = {
    entry,
    offeredBefore,
    isKnownPatient: target.isKnownPatient,
    patientBusy: others(target.patientBusy),
    patientStarts: others(target.patientStarts),
  };
  const { from, to } = entry;
  const slots = slotsOf({ availability, type, from, to, now, busy: state.busy, resources });
  const found = firstFor(state, laterThan(Math.max(appointment.start, now), slots, type), candidate, now);
  if (found === undefined) return undefined;
  const { hold, offer } = makeOffer(entry, found, ids, { now, policy: { ...policy, offerMinutes: OFFER_MINUTES } });
  const limit = dailyLimitOf(type, { timezone: availability.timezone, start: hold.start }, false);
  const changes = [
    { type: 'hold.placed', hold, takings: found.takings, ...limit },
    { type: 'waitlist.offer_made', offer, of: 'moved_appointment' },
  ] as const;
  return { offer, changes };
}

function* laterThan(bound: Instant, slots: Iterable<Slot>, type: AppointmentType): Generator<OpenTime, void> {
  for (const slot of slots) if (slot.start >= bound) yield { type, slot };
}
