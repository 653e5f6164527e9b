/** Booking and moving an appointment, decided from stored state and not from what the client saw (R39). */
import type { AppointmentId, HoldId, UserId } from '../shared/ids.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import { type Instant, type LocalDate, type LocalTime, MILLISECONDS_PER_MINUTE } from '../shared/time.ts';
import { localDateAt } from '../shared/zone.ts';
import {
  type Appointment,
  type AppointmentChange,
  nextVersion,
  type SchedulingActor,
  type SelfService,
} from './appointment.ts';
import { type AppointmentType, busyRange, type DailyLimited, dailyLimitOf, endOf } from './appointment-type.ts';
import { ageBandOn, type BookingFacts } from './booking-facts.ts';
import type { InvalidFields } from './field-errors.ts';
import { consumption, type Hold, type HoldChange, type HoldRefusal, isStart, usableHold } from './hold.ts';
import type { SeriesId } from './ids.ts';
import { openIntake } from './intake.ts';
import type { Intake, IntakeAnswer } from './intake-question.ts';
import { type PatientLimited, patientLimitsOf } from './patient-limits.ts';
import { type Placement, type PlacementException, placeAt } from './placement.ts';
import type { SchedulingPolicy } from './policy.ts';
import { statusBy } from './requests.ts';
import type { BookingState, RequestedStart, SlotCheck } from './slot-check.ts';
import type { SlotTaken, SlotUnavailable } from './slot-reason.ts';
import { check as checkAction, stale, type TransitionContext, type TransitionRefusal } from './transitions.ts';
import { defaultMode, type VisitMode } from './visit-mode.ts';

/** The first booking asks for the birth date; the clinic may confirm that it is not known yet. */
export type BirthDateRequired = { readonly code: 'birth_date_required' };

export type BookingRefusal = SlotTaken | SlotUnavailable | HoldRefusal | BirthDateRequired | InvalidFields;

export interface BookingRequest {
  readonly patientId: UserId;
  /** `null` when it is not known. */
  readonly dateOfBirth: LocalDate | null;
  readonly start: RequestedStart;
  /** The end that the client expects; `null` when the client sent none. */
  readonly endTime: LocalTime | null;
  readonly reason: string | null;
  readonly symptoms: string | null;
  /** Written by the clinic. The caller must refuse notes from a patient. */
  readonly notes: string | null;
  readonly holdId: HoldId | null;
  /** Who holds it. Default: the actor. */
  readonly holderId?: UserId;
  /** An appointment that the same commit cancels: it does not stand against the booking. */
  readonly instead?: AppointmentId;
  /** To the questions of the type; `null` where they are not asked yet: in a series, and for an offer of the waitlist. */
  readonly answers: readonly IntakeAnswer[] | null;
  /** `null` for the type's default. */
  readonly visitMode: VisitMode | null;
  /** What the clinic confirms to book although reasons stand against it. */
  readonly exception: PlacementException | null;
}

export interface BookingContext {
  readonly actor: SchedulingActor;
  readonly now: Instant;
  readonly policy: SchedulingPolicy;
  /** For the new appointment. */
  readonly appointmentId: AppointmentId;
  readonly seriesId: SeriesId | null;
}

export interface Booking {
  readonly appointment: Appointment;
  readonly changes: readonly (AppointmentChange | HoldChange)[];
}

/**
 * Books. The exclusion constraints decide on `slot_taken` and `patient_conflict` between concurrent requests.
 *
 * @param hold the stored hold that the request names, also when it has expired; `null` when there is none
 */
export function book(
  state: BookingState,
  request: BookingRequest,
  hold: Hold | null,
  context: BookingContext,
): Result<Booking, BookingRefusal> {
  const { actor, now, policy } = context;
  if (lacksBirthDate(state, request.exception, actor)) return refuse({ code: 'birth_date_required' });
  let consumed: Hold | null = null;
  if (request.holdId !== null) {
    const usable = usableHold(state, { ...request, holderId: request.holderId ?? actor.userId }, hold, now);
    if (!usable.ok) return usable;
    consumed = usable.value;
  }
  const check: SlotCheck = {
    actor,
    patientId: request.patientId,
    now,
    noticeFrom: consumed?.createdAt ?? now,
    ignore: [...(consumed ? [consumed.id] : []), ...(request.instead ? [request.instead] : [])],
    endTime: request.endTime,
    visitMode: request.visitMode,
    secured: consumed?.place ?? null,
  };
  const requested: RequestedStart = consumed ? { kind: 'instant', instant: consumed.start } : request.start;
  const placed = placeAt(state, requested, check, request.exception, policy);
  if (!placed.ok) return placed;
  const { start, joins, takings, doctors } = placed.value;
  const intake = openIntake(state.type.questions, request.answers, actor, now);
  if (!intake.ok) return intake;
  const appointment = newAppointment(state, request, placed.value, intake.value, context);
  const facts = factsOf(state, request.dateOfBirth, start);
  const limits = limitsOf(state.type, appointment, now);
  const booked = { type: 'appointment.booked', appointment, facts, joins, takings, doctors, ...limits } as const;
  return ok({ appointment, changes: consumed ? [consumption(consumed, now), booked] : [booked] });
}

function newAppointment(
  state: BookingState,
  request: BookingRequest,
  { start, place, locationId, outsideRules }: Placement,
  intake: Intake | null,
  { actor, now, appointmentId, seriesId }: BookingContext,
): Appointment {
  return {
    id: appointmentId,
    patientId: request.patientId,
    doctorId: state.doctor.id,
    additionalDoctorIds: state.additional.map(({ doctor }) => doctor.id),
    appointmentTypeId: state.type.id,
    start,
    end: endOf(state.type, start),
    timezone: state.availability.timezone,
    busy: busyRange(state.type, start),
    place,
    locationId,
    visitMode: request.visitMode ?? defaultMode(state.type),
    status: statusBy(actor, state.type),
    statusAt: now,
    reason: request.reason,
    symptoms: request.symptoms,
    notes: request.notes,
    intake,
    seriesId,
    outsideRules,
    exceptionReason: outsideRules ? (request.exception?.reason ?? null) : null,
    rescheduleCount: 0,
    selfService: selfServiceOf(state.type),
    cancellation: null,
    createdBy: actor.userId,
    createdAt: now,
    updatedAt: now,
    version: 1,
  };
}

export function lacksBirthDate(
  { needsBirthDate }: Pick<BookingState, 'needsBirthDate'>,
  exception: PlacementException | null,
  actor: SchedulingActor,
): boolean {
  const isConfirmed = actor.kind !== 'patient' && exception?.acknowledged.includes('birth_date_required') === true;
  return needsBirthDate && !isConfirmed;
}

function factsOf(
  { availability, isKnownPatient }: Pick<BookingState, 'availability' | 'isKnownPatient'>,
  dateOfBirth: LocalDate | null,
  start: Instant,
): BookingFacts {
  return {
    ageBand: dateOfBirth === null ? null : ageBandOn(dateOfBirth, localDateAt(availability.timezone, start)),
    isNewPatient: !isKnownPatient,
  };
}

export interface RescheduleRequest {
  readonly start: RequestedStart;
  readonly endTime: LocalTime | null;
  readonly exception: PlacementException | null;
}

export interface Move {
  readonly appointment: Appointment;
  readonly changes: readonly AppointmentChange[];
}

/**
 * Moves an appointment to a time of the doctor in `state`, who may be another one. The change that takes the new time also frees
 * the old one. The appointment keeps the duration and the buffers it was booked with, and its additional doctors, who must be
 * free at the new time too.
 *
 * The status becomes `scheduled`, so the appointment has to be confirmed again; or `requested`, if a patient moves what needs
 * approval. A move to the time it has changes nothing.
 */
export function reschedule(
  state: BookingState,
  appointment: Appointment,
  request: RescheduleRequest,
  context: TransitionContext,
): Result<Move, SlotTaken | SlotUnavailable | TransitionRefusal> {
  const { actor, now, policy } = context;
  const barred = stale(appointment, context) ?? checkAction('reschedule', appointment, actor.kind, now, policy);
  if (barred) return refuse(barred);
  const check: SlotCheck = {
    actor,
    patientId: appointment.patientId,
    now,
    noticeFrom: now,
    ignore: [appointment.id],
    endTime: request.endTime,
    visitMode: null,
    secured: null,
  };
  if (state.doctor.id === appointment.doctorId && isStart(state, request.start, appointment.start)) {
    return ok({ appointment, changes: [] });
  }
  const type = asBooked(state.type, appointment);
  const placed = placeAt({ ...state, type }, request.start, check, request.exception, policy);
  if (!placed.ok) return placed;
  const { start, place, joins, locationId, takings, doctors, outsideRules } = placed.value;
  const moved = nextVersion(appointment, now, {
    doctorId: state.doctor.id,
    start,
    end: endOf(type, start),
    timezone: state.availability.timezone,
    busy: busyRange(type, start),
    place,
    locationId,
    status: statusBy(actor, state.type, appointment.status),
    outsideRules,
    exceptionReason: outsideRules ? (request.exception?.reason ?? appointment.exceptionReason) : null,
    rescheduleCount: appointment.rescheduleCount + 1,
  });
  const { doctorId, start: previousStart, end, busy } = appointment;
  return ok({
    appointment: moved,
    changes: [
      {
        type: 'appointment.rescheduled',
        appointment: moved,
        expectedVersion: appointment.version,
        previous: { doctorId, start: previousStart, end, busy },
        joins,
        takings,
        doctors,
        ...limitsOf(type, moved, now),
      },
    ],
  });
}

/** What the commit counts again. */
function limitsOf(
  type: AppointmentType,
  { timezone, start, outsideRules }: Appointment,
  now: Instant,
): DailyLimited & PatientLimited {
  const patientLimits = outsideRules ? [] : patientLimitsOf(type, timezone, start, now);
  return {
    ...dailyLimitOf(type, { timezone, start }, outsideRules),
    ...(patientLimits.length === 0 ? {} : { patientLimits }),
  };
}

function selfServiceOf({ cancelNoticeMinutes, rescheduleNoticeMinutes, bookableBy }: AppointmentType): SelfService {
  return { cancelNoticeMinutes, rescheduleNoticeMinutes, clinicOnly: bookableBy === 'clinic' };
}

/**
 * The type as it applies to a move: with the duration and the buffers of the appointment, which may have been booked before the
 * type was changed. Whether the patient may move it was decided when it was booked, and a move opens no further appointment.
 */
function asBooked(type: AppointmentType, { start, end, busy }: Appointment): AppointmentType {
  return {
    ...type,
    bookableBy: 'everyone',
    patientOpenLimit: null,
    durationMinutes: (end - start) / MILLISECONDS_PER_MINUTE,
    bufferBeforeMinutes: (start - busy.start) / MILLISECONDS_PER_MINUTE,
    bufferAfterMinutes: (busy.end - end) / MILLISECONDS_PER_MINUTE,
  };
}
