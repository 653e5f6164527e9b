/** Booking and reading appointments. */

import type { Decision } from '../../../domain/changes.ts';
import { type Booking, type BookingRefusal, book } from '../../../domain/scheduling/booking.ts';
import type { InvalidFields } from '../../../domain/scheduling/field-errors.ts';
import type { IntakeAnswer } from '../../../domain/scheduling/intake-question.ts';
import type { PlacementException } from '../../../domain/scheduling/placement.ts';
import type { AppointmentFilter, AppointmentRecord } from '../../../domain/scheduling/ports.ts';
import type { BookingState } from '../../../domain/scheduling/slot-check.ts';
import type { AppointmentStep } from '../../../domain/scheduling/steps.ts';
import type { VisitMode } from '../../../domain/scheduling/visit-mode.ts';
import { markAccepted } from '../../../domain/scheduling/waitlist.ts';
import type { OfferRecord } from '../../../domain/scheduling/waitlist-ports.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { AppointmentId, HoldId, UserId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { addDays, type Instant, type LocalDate, type LocalTime } from '../../../domain/shared/time.ts';
import { viewerOf } from '../../../domain/shared/viewer.ts';
import { recordEvent } from '../audit.ts';
import { executeOnce, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { decisionContext, type RoleActor } from './actors.ts';
import { newAppointmentAudit, offerAudit } from './audit-events.ts';
import { type AuthorisationRefusal, authoriseNewBooking, birthDateOf, bookingLoads } from './booking-authorisation.ts';
import { deferredJob } from './freed-time-jobs.ts';
import { type SchedulingCommit, withPatientKey } from './keyed-changes.ts';
import { bookingMessages } from './messages.ts';
import { expiryJobs } from './requests.ts';
import { GROUP_DECISIONS, timeConflict } from './time-conflict.ts';
import { venueOf } from './venue.ts';

/** How many days after the wanted date are searched for alternatives. */
export const ALTERNATIVES_DAYS = 14;

export interface BookingInput {
  readonly doctorId: UserId;
  readonly typeCode: string;
  readonly date: LocalDate;
  readonly startTime: LocalTime;
  readonly endTime: LocalTime | null;
  readonly patientId: UserId;
  /** Who is to take part besides the doctor. */
  readonly additionalDoctorIds: readonly UserId[];
  readonly reason: string | null;
  readonly symptoms: string | null;
  readonly notes: string | null;
  readonly holdId: HoldId | null;
  readonly answers: readonly IntakeAnswer[];
  readonly visitMode: VisitMode | null;
  readonly exception: PlacementException | null;
}

export type BookRefusal = BookingRefusal | AuthorisationRefusal;

/** Books for the caller, or for a patient when staff, a doctor or an administrator asks. */
export function bookAppointment(
  deps: Deps,
  context: Context,
  actor: RoleActor,
  input: BookingInput,
  represent: (record: AppointmentRecord) => Representation,
  appointmentId = newId<'appointment'>(deps, context.now),
) {
  const { scheduling, waitlist, none } = deps.loads;
  const { holdId, date } = input;
  const dates = { from: addDays(date, -1), to: addDays(date, ALTERNATIVES_DAYS) };
  return executeOnce(
    deps,
    context,
    {
      loads: [
        holdId === null ? none : scheduling.hold(holdId),
        holdId === null ? none : waitlist.openOfferOf(holdId, actor.userId),
        ...bookingLoads(deps, context, actor, input, dates),
      ],
      decide: (hold, offered, ...loaded): Result<Decision<SchedulingCommit, AppointmentRecord>, BookRefusal> => {
        const authorised = authoriseNewBooking(actor, input, loaded);
        if (!authorised.ok) return authorised;
        const { subject: patient, state } = authorised.value;
        const unknown = unknownDoctors(state, input.additionalDoctorIds);
        if (unknown !== undefined) return refuse(unknown);
        const start = { kind: 'local', date, time: input.startTime } as const;
        const booking = book(state, { ...input, start, dateOfBirth: birthDateOf(patient) }, hold ?? null, {
          ...decisionContext(deps, context, actor, state.limits),
          appointmentId,
          seriesId: null,
        });
        if (!booking.ok) return booking;
        const { doctorName, limits } = state;
        const venue = venueOf(booking.value.appointment, booking.value.changes, state);
        const names = { typeCode: state.type.code, doctorName, venue, limits };
        return ok(bookedDecision(deps, context, booking.value, patient, names, offered));
      },
      reloadOnConflict: true,
      // Each place of a group session that somebody else takes meanwhile is one more decision.
      decisions: GROUP_DECISIONS,
      onConflict: timeConflict,
      answerOf: ({ patientKey }) => patientKey,
    },
    represent,
  );
}

function unknownDoctors(
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

/** @param offered the waitlist's offer whose hold the booking consumes: booking it accepts the offer */
function bookedDecision(
  deps: Deps,
  context: Context,
  { appointment, changes }: Booking,
  patient: { readonly id: UserId; readonly dataKey: DataKey },
  names: Pick<AppointmentRecord, 'typeCode' | 'doctorName' | 'venue' | 'limits'>,
  offered: OfferRecord | undefined,
): Decision<SchedulingCommit, AppointmentRecord> {
  const { outsideRules } = appointment;
  return decided({
    value: { appointment, ...names, patientKey: patient.dataKey },
    changes: [
      ...withPatientKey(deps, context, changes, patient.dataKey),
      ...(offered === undefined ? [] : markAccepted(offered.offer, offered.entry, context.now)),
    ],
    audit: [
      newAppointmentAudit(appointment, { type: names.typeCode, outsideRules }),
      ...(offered === undefined ? [] : [offerAudit('waitlist.offer_accepted', offered.offer)]),
    ],
    messages: bookingMessages(patient, appointment, names, context.now),
    jobs: [...expiryJobs(changes, context.now), ...(offered === undefined ? [] : [deferredJob(offered.offer)])],
  });
}

/** Reads one appointment; the reading is recorded with it. */
export async function readAppointment(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: AppointmentId,
): Promise<Result<AppointmentRecord, { readonly code: 'appointment_not_found' }>> {
  const entry = recordEvent(deps, context, {
    type: 'appointment.read',
    stream: actor.userId,
    outcome: 'success',
    resource: { type: 'appointment', id },
  });
  const record = await deps.database.loadRecorded(deps.loads.scheduling.appointmentRead(id, viewerOf(actor, context)), [
    entry,
  ]);
  return record === undefined ? refuse({ code: 'appointment_not_found' }) : ok(record);
}

/** Reads the history of an appointment's status; recorded as a read of the appointment. */
export async function readSteps(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: AppointmentId,
): Promise<Result<AppointmentStep[], { readonly code: 'appointment_not_found' }>> {
  const entry = recordEvent(deps, context, {
    type: 'appointment.read',
    stream: actor.userId,
    outcome: 'success',
    resource: { type: 'appointment', id },
  });
  const load = deps.loads.scheduling.stepsRead(id, viewerOf(actor, context));
  const steps = await deps.database.loadRecorded(load, [entry]);
  return steps === undefined ? refuse({ code: 'appointment_not_found' }) : ok(steps);
}

/** Reads a page of appointments; each patient's stream gets an event. */
export function readAppointments(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  filter: AppointmentFilter,
  page: { readonly after: { readonly start: Instant; readonly id: AppointmentId } | null; readonly limit: number },
): Promise<AppointmentRecord[]> {
  // One prepared event for each person that the page can show.
  const persons = filter.patientId === null ? page.limit + 1 : 1;
  const entries = Array.from({ length: persons }, () =>
    recordEvent(deps, context, { type: 'appointment.listed', stream: actor.userId, outcome: 'success' }),
  );
  return deps.database.loadRecorded(
    deps.loads.scheduling.appointmentsRead(filter, viewerOf(actor, context), page),
    entries,
  );
}

/** Reads a page of one patient's appointments, on behalf of the clinic. */
export async function readPatientAppointments(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  patientId: UserId,
  filter: AppointmentFilter,
  page: { readonly after: { readonly start: Instant; readonly id: AppointmentId } | null; readonly limit: number },
): Promise<Result<AppointmentRecord[], { readonly code: 'not_found' }>> {
  const entry = recordEvent(deps, context, { type: 'appointment.listed', stream: patientId, outcome: 'success' });
  const load = deps.loads.scheduling.patientAppointmentsRead(patientId, filter, viewerOf(actor, context), page);
  const found = await deps.database.loadRecorded(load, [entry]);
  return found === undefined ? refuse({ code: 'not_found' }) : ok(found);
}
