/** Whether an actor may take the time that a command asks for, before the rules of scheduling are looked at. */
import type { User } from '../../../domain/identity/user.ts';
import type { AppointmentType, AppointmentTypeNotFound } from '../../../domain/scheduling/appointment-type.ts';
import type { DoctorNotFound } from '../../../domain/scheduling/doctor.ts';
import type { InvalidFields } from '../../../domain/scheduling/field-errors.ts';
import type { DateRange } from '../../../domain/scheduling/ports.ts';
import type { BookingState } from '../../../domain/scheduling/slot-check.ts';
import type { Loaded } from '../../../domain/shared/changes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { type LocalDate, parseLocalDate } from '../../../domain/shared/time.ts';
import type { Context, Deps } from '../context.ts';
import { bookingViewer, mayChange, type RoleActor } from './actors.ts';

export type ActionNotPermitted = { readonly code: 'action_not_permitted' };
/** Absent, or beyond the actor's reach: the answers must not differ (R26). */
export type PersonNotFound = { readonly code: 'not_found' };
export type BookingStateMissing = DoctorNotFound | AppointmentTypeNotFound;
export type AuthorisationRefusal = PersonNotFound | ActionNotPermitted | BookingStateMissing;

/** Something to be checked for presence, with the refusal when it is absent. */
interface Required<T, E> {
  readonly found: T | undefined;
  readonly otherwise: E;
}

/**
 * Checks in an order in which no refusal tells more than the actor may know: first that the subject (patient, appointment
 * or offer) is within the actor's reach, then that the doctors' time is the actor's to change, then that doctor and
 * appointment type exist.
 *
 * @param request.doctors whose time the command changes
 */
export function authoriseBooking<Subject, State, NoSubject, NoState>(
  actor: RoleActor,
  request: {
    readonly subject: Required<Subject, NoSubject>;
    readonly doctors: readonly UserId[];
    readonly state: Required<State, NoState>;
  },
): Result<{ readonly subject: Subject; readonly state: State }, NoSubject | ActionNotPermitted | NoState> {
  const { subject, state, doctors } = request;
  if (subject.found === undefined) return refuse(subject.otherwise);
  if (!doctors.every((doctorId) => mayChange(actor, { doctorId }))) return refuse({ code: 'action_not_permitted' });
  if (state.found === undefined) return refuse(state.otherwise);
  return ok({ subject: subject.found, state: state.found });
}

/** What a command names that takes new time. */
export interface BookingTarget {
  readonly doctorId: UserId;
  readonly typeCode: string;
  /** `null` for a hold whose patient is not known yet. */
  readonly patientId: UserId | null;
  /** Default: none. */
  readonly additionalDoctorIds?: readonly UserId[];
}

/** What {@link authoriseNewBooking} decides on. */
export function bookingLoads(deps: Deps, context: Context, actor: RoleActor, target: BookingTarget, dates: DateRange) {
  const { scheduling, identity } = deps.loads;
  const { doctorId, typeCode, patientId, additionalDoctorIds = [] } = target;
  const personId = patientId ?? actor.userId;
  return [
    scheduling.bookingState({
      doctorId,
      appointmentType: { code: typeCode },
      patientId,
      additionalDoctorIds,
      dates,
      now: context.now,
    }),
    scheduling.appointmentTypes(),
    identity.user(personId),
    scheduling.mayActFor(bookingViewer(actor, context), personId),
  ] as const;
}

/** `null` when it is not known or cannot be read. */
export function birthDateOf(person: Pick<User, 'dateOfBirth'> | undefined): LocalDate | null {
  return parseLocalDate(person?.dateOfBirth ?? '') ?? null;
}

export type BookingLoaded = Loaded<ReturnType<typeof bookingLoads>>;

/** {@link authoriseBooking} for time that is newly taken: a booking, a hold, a series. */
export function authoriseNewBooking(
  actor: RoleActor,
  { doctorId, typeCode, patientId }: BookingTarget,
  [state, types, person, mayActFor]: BookingLoaded,
) {
  const isReached = mayActFor && (patientId === null || person?.role === 'patient');
  return authoriseBooking(actor, {
    // A booking creates the relation that opens a record: a doctor cannot create it alone (R28).
    subject: { found: isReached ? person : undefined, otherwise: { code: 'not_found' } as PersonNotFound },
    doctors: [doctorId],
    state: { found: state, otherwise: bookingStateMissing(types, typeCode) },
  });
}

/** Which of the two is absent when no booking state was found for a doctor and a type. */
export function bookingStateMissing(types: readonly AppointmentType[], typeCode: string): BookingStateMissing {
  const isKnown = types.some(({ code }) => code === typeCode);
  return { code: isKnown ? 'doctor_not_found' : 'appointment_type_not_found' };
}

/** Additional doctors who are none. */
export function unknownDoctors(
  { additional }: Pick<BookingState, 'additional'>,
  wanted: readonly UserId[],
): InvalidFields | undefined {
  const known = new Set(additional.map(({ doctor }) => doctor.id));
  const errors = wanted.flatMap((id, index) =>
    known.has(id)
      ? []
      : [
          {
            pointer: `/additionalDoctorIds/${index}`,
            code: 'unknown_doctor' as const,
            message: 'must be the id of a doctor',
          },
        ],
  );
  return errors.length === 0 ? undefined : { code: 'invalid_fields', errors };
}
