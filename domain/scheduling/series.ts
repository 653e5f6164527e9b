/** Series of appointments that repeat in wall-clock time, and changes to one of them and all that follow. */
import type { AppointmentId, AppointmentTypeId, UserId } from '../shared/ids.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import { addDays, daysBetween, type Instant, type LocalDate, type LocalTime } from '../shared/time.ts';
import { localDateAt } from '../shared/zone.ts';
import { type Appointment, type AppointmentChange, isOpen, type SchedulingActor } from './appointment.ts';
import { type BirthDateRequired, type Booking, book, lacksBirthDate, reschedule } from './booking.ts';
import type { InvalidFields } from './field-errors.ts';
import type { SeriesId } from './ids.ts';
import type { PlacementException } from './placement.ts';
import { occupancyOf, type Place } from './places.ts';
import type { SchedulingPolicy } from './policy.ts';
import { occurrenceDates, type Recurrence, recurrenceErrors } from './recurrence.ts';
import { busyWith } from './resource-choice.ts';
import type { BookingState } from './slot-check.ts';
import type { RefusedReason } from './slot-reason.ts';
import { type AppointmentEdit, cancel, edit, type TransitionContext, type TransitionRefusal } from './transitions.ts';
import type { VisitMode } from './visit-mode.ts';

export interface Series {
  readonly id: SeriesId;
  readonly patientId: UserId;
  readonly doctorId: UserId;
  readonly appointmentTypeId: AppointmentTypeId;
  readonly recurrence: Recurrence;
  /** How many dates it has, those that were left out included. */
  readonly occurrences: number;
  readonly firstDate: LocalDate;
  readonly startTime: LocalTime;
  readonly createdAt: Instant;
}

export type SeriesChange = { readonly type: 'series.created'; readonly series: Series };

export type SeriesRefusal = {
  readonly code: 'series_unavailable';
  /** Each occurrence that cannot be booked, by its index from 0, with its reasons. */
  readonly occurrences: readonly {
    readonly index: number;
    readonly date: LocalDate;
    readonly reasons: readonly RefusedReason[];
  }[];
};

export interface SeriesRequest {
  readonly patientId: UserId;
  /** `null` when it is not known. */
  readonly dateOfBirth: LocalDate | null;
  readonly firstDate: LocalDate;
  readonly startTime: LocalTime;
  readonly recurrence: Recurrence;
  /** Whether a date that cannot be booked refuses the whole series or is left out. */
  readonly mode: 'all_or_nothing' | 'free_ones';
  readonly reason: string | null;
  readonly symptoms: string | null;
  /** `null` for the type's default. */
  readonly visitMode: VisitMode | null;
  readonly notes: string | null;
}

export interface SeriesContext {
  readonly actor: SchedulingActor;
  readonly now: Instant;
  readonly policy: SchedulingPolicy;
  readonly seriesId: SeriesId;
  /** One for each date. The ids of dates that are left out stay unused. */
  readonly appointmentIds: readonly AppointmentId[];
}

export interface BookedSeries {
  readonly series: Series;
  readonly appointments: readonly Appointment[];
  /** Dates that were left out, with their reasons. Empty with `all_or_nothing`. */
  readonly skipped: SeriesRefusal['occurrences'];
  readonly changes: readonly (SeriesChange | AppointmentChange)[];
}

/** Books each date at the same wall-clock time, under the rules of a single booking. */
export function bookSeries(
  state: BookingState,
  request: SeriesRequest,
  context: SeriesContext,
): Result<BookedSeries, SeriesRefusal | InvalidFields | BirthDateRequired> {
  const { patientId, firstDate, startTime, recurrence, mode } = request;
  const errors = recurrenceErrors(firstDate, recurrence);
  if (errors.length > 0) return refuse({ code: 'invalid_fields', errors });
  if (lacksBirthDate(state, null, context.actor)) return refuse({ code: 'birth_date_required' });

  const bookings: TakingChange[] = [];
  const skipped: { index: number; date: LocalDate; reasons: readonly RefusedReason[] }[] = [];
  const dates = occurrenceDates(firstDate, recurrence);
  for (const [index, date] of dates.entries()) {
    const appointmentId = context.appointmentIds[index];
    if (!appointmentId) throw new RangeError('a series needs an appointment id for each date');
    const booking = book(
      withTaken(state, bookings),
      {
        ...request,
        start: { kind: 'local', date, time: startTime },
        endTime: null,
        holdId: null,
        answers: null,
        exception: null,
      },
      null,
      // Alternatives are not answered for the dates of a series, so do not compute them.
      { ...context, appointmentId, policy: { ...context.policy, alternatives: 0 } },
    );
    if (booking.ok) bookings.push(...booking.value.changes.filter(takesTime));
    else skipped.push({ index, date, reasons: reasonsOf(booking.error) });
  }
  const appointments = bookings.map(({ appointment }) => appointment);
  if (appointments.length === 0 || (mode === 'all_or_nothing' && skipped.length > 0)) {
    return refuse({ code: 'series_unavailable', occurrences: skipped });
  }
  const series: Series = {
    id: context.seriesId,
    patientId,
    doctorId: state.doctor.id,
    appointmentTypeId: state.type.id,
    recurrence,
    occurrences: dates.length,
    firstDate,
    startTime,
    createdAt: context.now,
  };
  return ok({ series, appointments, skipped, changes: [{ type: 'series.created', series }, ...bookings] });
}

type Outcome = Result<readonly AppointmentChange[], TransitionRefusal>;

/**
 * Cancels an appointment and the open ones of its series that start after it: all of them or none.
 * @param series the appointments of the series; closed ones are not changed
 */
export function cancelFollowing(
  first: Appointment,
  series: readonly Appointment[],
  reason: string | null,
  context: TransitionContext,
): Outcome {
  return forFollowing(first, series, context, (appointment, its) => cancel(appointment, reason, its));
}

/** Edits an appointment and the open ones of its series that start after it: all of them or none. */
export function editFollowing(
  first: Appointment,
  series: readonly Appointment[],
  edits: AppointmentEdit,
  context: TransitionContext,
): Outcome {
  return forFollowing(first, series, context, (appointment, its) => edit(appointment, edits, its));
}

export interface SeriesMove {
  /** The new local date and time of the first appointment in the doctor's zone; the others move by as many days. */
  readonly date: LocalDate;
  readonly startTime: LocalTime;
  readonly exception: PlacementException | null;
}

/**
 * Moves an appointment and the open ones of its series that start after it: all of them or none. The refusal names every
 * appointment that cannot be moved, by its index from 0.
 *
 * @param state for all dates between the earliest and the latest of the old and the new ones
 */
export function rescheduleFollowing(
  state: BookingState,
  first: Appointment,
  series: readonly Appointment[],
  { date, startTime, exception }: SeriesMove,
  context: TransitionContext,
): Result<readonly AppointmentChange[], TransitionRefusal | SeriesRefusal> {
  const moving = [first, ...followingOf(first, series)];
  const days = daysBetween(localDateAt(first.timezone, first.start), date);
  const moved = new Map<string, TakingChange>();
  const refused: { index: number; date: LocalDate; reasons: readonly RefusedReason[] }[] = [];
  // In the direction of the move, the appointment in front goes first and makes room for the next one.
  for (const appointment of days > 0 ? moving.toReversed() : moving) {
    const target = addDays(localDateAt(appointment.timezone, appointment.start), days);
    const outcome = reschedule(
      withMoved(state, [...moved.values()]),
      appointment,
      { start: { kind: 'local', date: target, time: startTime }, endTime: null, exception },
      appointment === first ? context : { ...context, expectedVersion: null },
    );
    if (outcome.ok) {
      for (const change of outcome.value.changes.filter(takesTime)) moved.set(appointment.id, change);
    } else if ('alternatives' in outcome.error) {
      refused.push({ index: moving.indexOf(appointment), date: target, reasons: reasonsOf(outcome.error) });
    } else return refuse(outcome.error);
  }
  if (refused.length > 0) {
    return refuse({ code: 'series_unavailable', occurrences: refused.sort((a, b) => a.index - b.index) });
  }
  return ok([...moved.values()]);
}

/** `expectedVersion` is compared with the first appointment only: the client saw no version of the others. */
function forFollowing(
  first: Appointment,
  series: readonly Appointment[],
  context: TransitionContext,
  decide: (appointment: Appointment, context: TransitionContext) => Outcome,
): Outcome {
  const following = followingOf(first, series);
  const changes: AppointmentChange[] = [];
  for (const appointment of [first, ...following]) {
    const outcome = decide(appointment, appointment === first ? context : { ...context, expectedVersion: null });
    if (!outcome.ok) return outcome;
    changes.push(...outcome.value);
  }
  return ok(changes);
}

/** The open appointments of the same series that start later, in order. */
function followingOf(first: Appointment, series: readonly Appointment[]): Appointment[] {
  return series
    .filter(
      (appointment) =>
        appointment.id !== first.id &&
        first.seriesId !== null &&
        appointment.seriesId === first.seriesId &&
        appointment.start > first.start &&
        isOpen(appointment),
    )
    .sort((a, b) => a.start - b.start);
}

/** A change by which an appointment takes its time. */
type TakingChange = Extract<AppointmentChange, { readonly type: 'appointment.booked' | 'appointment.rescheduled' }>;

function takesTime(change: Booking['changes'][number]): change is TakingChange {
  return change.type === 'appointment.booked' || change.type === 'appointment.rescheduled';
}

/** The state in which the appointments moved so far have their new time only. */
function withMoved(state: BookingState, moves: readonly TakingChange[]): BookingState {
  const ids = new Set<string>(moves.map(({ appointment }) => appointment.id));
  const isOther = ({ sourceId }: { readonly sourceId: string }) => !ids.has(sourceId);
  const { all, busy } = state.resources;
  const rest = {
    ...state,
    busy: state.busy.filter(isOther),
    additional: state.additional.map((each) => ({ ...each, busy: each.busy.filter(isOther) })),
    patientBusy: state.patientBusy.filter(isOther),
    patientStarts: state.patientStarts.filter(isOther),
    resources: { all, busy: busy.filter(isOther) },
  };
  return withTaken(rest, moves);
}

/** The state in which the appointments booked or moved so far take the time of all their doctors, and make the patient known. */
function withTaken(state: BookingState, changes: readonly TakingChange[]): BookingState {
  const taken = changes.map(({ appointment, takings }) => ({ time: timeAt(appointment, appointment.place), takings }));
  const { all, busy } = state.resources;
  const alsoBusy = (each: BookingState['additional'][number]) =>
    changes.flatMap(({ appointment, doctors }) =>
      doctors.filter(({ doctor }) => doctor.id === each.doctor.id).map(({ place }) => timeAt(appointment, place)),
    );
  return {
    ...state,
    isKnownPatient: state.isKnownPatient || changes.length > 0,
    busy: [...state.busy, ...taken.map(({ time }) => time)],
    additional: state.additional.map((each) => ({ ...each, busy: [...each.busy, ...alsoBusy(each)] })),
    resources: { all, busy: [...busy, ...taken.flatMap(({ time, takings }) => busyWith(time, takings))] },
    patientStarts: [
      ...state.patientStarts,
      ...changes.map(({ appointment: { id, start } }) => ({ start, sourceId: id })),
    ],
    patientBusy: [
      ...state.patientBusy,
      ...changes.map(({ appointment: { id, start, end } }) => ({ start, end, sourceId: id, expiresAt: null })),
    ],
  };
}

/** The time that an appointment takes of one of its doctors. */
function timeAt({ id, doctorId, appointmentTypeId, start, busy }: Appointment, place: Place) {
  const taken = { sourceId: id, doctorId, appointmentTypeId, startsAt: start, expiresAt: null };
  return { ...busy, ...taken, occupancy: occupancyOf(id, place), lane: place.lane };
}

function reasonsOf(refusal: {
  readonly code: string;
  readonly reasons?: readonly RefusedReason[];
}): readonly RefusedReason[] {
  return refusal.reasons ?? [{ code: 'slot_taken', acknowledgeable: false }];
}
