/** Booking and reading appointments. */

import type { Decision } from '../../../domain/changes.ts';
import type { BookingRefusal } from '../../../domain/scheduling/booking.ts';
import { bookInstead } from '../../../domain/scheduling/giving-back.ts';
import type { IntakeAnswer } from '../../../domain/scheduling/intake-question.ts';
import type { PlacementException } from '../../../domain/scheduling/placement.ts';
import type { AppointmentFilter, AppointmentRecord } from '../../../domain/scheduling/ports.ts';
import type { AppointmentStep } from '../../../domain/scheduling/steps.ts';
import type { VisitMode } from '../../../domain/scheduling/visit-mode.ts';
import { markAccepted } from '../../../domain/scheduling/waitlist.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import type { AppointmentId, HoldId, UserId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { addDays, type Instant, type LocalDate, type LocalTime } from '../../../domain/shared/time.ts';
import { viewerOf } from '../../../domain/shared/viewer.ts';
import { recordEvent } from '../audit.ts';
import { executeOnce, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { decisionContext } from './actors.ts';
import { type Booked, bookedDecision, checkReturned, type GiveBackRefusal, returnedLoad } from './booked.ts';
import {
  type AuthorisationRefusal,
  authoriseNewBooking,
  birthDateOf,
  bookingLoads,
  unknownDoctors,
} from './booking-authorisation.ts';
import type { SchedulingCommit } from './keyed-changes.ts';
import { GROUP_DECISIONS, timeConflict } from './time-conflict.ts';

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
  /** A later appointment of the patient and the type, which is cancelled with it. */
  readonly giveBack: AppointmentId | null;
  readonly answers: readonly IntakeAnswer[];
  readonly visitMode: VisitMode | null;
  readonly exception: PlacementException | null;
}

export type BookRefusal = BookingRefusal | AuthorisationRefusal | GiveBackRefusal;

/** Books for the caller, or for a patient when staff, a doctor or an administrator asks. */
export function bookAppointment(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  input: BookingInput,
  represent: (booked: Booked) => Representation,
  appointmentId = newId<'appointment'>(deps, context.now),
) {
  const { scheduling, waitlist, none } = deps.loads;
  const { holdId, giveBack, date } = input;
  const dates = { from: addDays(date, -1), to: addDays(date, ALTERNATIVES_DAYS) };
  return executeOnce(
    deps,
    context,
    {
      loads: [
        holdId === null ? none : scheduling.hold(holdId),
        holdId === null ? none : waitlist.openOfferOf(holdId, actor.userId),
        returnedLoad(deps, context, actor, giveBack),
        ...bookingLoads(deps, context, actor, input, dates),
      ],
      decide: (hold, offered, returned, ...loaded): Result<Decision<SchedulingCommit, Booked>, BookRefusal> => {
        const authorised = authoriseNewBooking(actor, input, loaded);
        if (!authorised.ok) return authorised;
        const { subject: patient, state } = authorised.value;
        const unknown = unknownDoctors(state, input.additionalDoctorIds);
        if (unknown !== undefined) return refuse(unknown);
        const permitted = checkReturned(actor, giveBack, returned);
        if (!permitted.ok) return permitted;
        const start = { kind: 'local', date, time: input.startTime } as const;
        const request = { ...input, start, dateOfBirth: birthDateOf(patient) };
        const booking = bookInstead(state, request, hold ?? null, returned?.appointment ?? null, {
          ...decisionContext(deps, context, actor, state.limits),
          appointmentId,
          seriesId: null,
        });
        if (!booking.ok) return booking;
        const waitlist = offered === undefined ? [] : markAccepted(offered.offer, offered.entry, context.now);
        const names = { ...state, typeCode: state.type.code, patientKey: patient.dataKey };
        return ok(bookedDecision(deps, context, { ...booking.value, waitlist }, names, { offered, returned }));
      },
      reloadOnConflict: true,
      // Each place of a group session that somebody else takes meanwhile is one more decision.
      decisions: GROUP_DECISIONS,
      onConflict: timeConflict,
      answerOf: ({ record }) => record.patientKey,
    },
    represent,
  );
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
