/** Booking and reading appointments. */
import { book } from '../../../domain/scheduling/booking.ts';
import type { BookingRefusal } from '../../../domain/scheduling/errors.ts';
import type { AppointmentFilter, AppointmentRecord } from '../../../domain/scheduling/ports.ts';
import { takeUp } from '../../../domain/scheduling/waitlist.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { type Decision, decided, type Load } from '../../../domain/shared/changes.ts';
import type { AppointmentId, HoldId, UserId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { addDays, type Instant, type LocalDate, type LocalTime } from '../../../domain/shared/time.ts';
import { viewerOf } from '../../../domain/shared/viewer.ts';
import { recordEvent } from '../audit.ts';
import { executeOnce, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { bookerOf, keyed, mayChange, type SchedulingCommit, schedulingActor, timeConflict } from './acting.ts';
import { bookingMessages } from './messages.ts';

/** How far around the wanted date free times are looked for, to propose when it cannot be had. */
export const ALTERNATIVES_DAYS = 14;

export interface BookingInput {
  readonly doctorId: UserId;
  readonly typeCode: string;
  readonly date: LocalDate;
  readonly startTime: LocalTime;
  readonly endTime: LocalTime | null;
  readonly patientId: UserId;
  readonly reason: string | null;
  readonly symptoms: string | null;
  readonly notes: string | null;
  readonly holdId: HoldId | null;
}

export type BookRefusal =
  | BookingRefusal
  | { readonly code: 'doctor_not_found' }
  | { readonly code: 'appointment_type_not_found' }
  | { readonly code: 'action_not_permitted' }
  | { readonly code: 'not_found' };

/** Books for the caller, or for a patient when the clinic's people do. */
export function bookAppointment(
  deps: Deps,
  context: Context,
  actor: Pick<KnownActor, 'role' | 'userId'>,
  input: BookingInput,
  represent: (record: AppointmentRecord) => Representation,
) {
  const { scheduling, identity, waitlist } = deps.loads;
  const appointmentId = newId<'appointment'>(deps, context.now);
  const { patientId, holdId } = input;
  const noHold: Load<undefined> = scheduling.hold(appointmentId as unknown as HoldId) as Load<undefined>;
  return executeOnce(
    deps,
    context,
    {
      loads: [
        scheduling.bookingState({
          doctorId: input.doctorId,
          appointmentType: { code: input.typeCode },
          patientId,
          dates: { from: addDays(input.date, -1), to: addDays(input.date, ALTERNATIVES_DAYS) },
          now: context.now,
        }),
        scheduling.appointmentTypes(),
        identity.user(patientId),
        holdId === null ? noHold : scheduling.hold(holdId),
        scheduling.mayActFor(bookerOf(actor, context), patientId),
        waitlist.openOfferOf(holdId ?? (appointmentId as unknown as HoldId), actor.userId),
      ],
      decide: (
        state,
        types,
        patient,
        hold,
        mayActFor,
        offered,
      ): Result<Decision<SchedulingCommit, AppointmentRecord>, BookRefusal> => {
        if (patient === undefined || patient.role !== 'patient') return refuse({ code: 'not_found' });
        // Booking makes the relation that opens a record: doctors cannot make it by themselves (R28).
        if (!mayActFor) return refuse({ code: 'not_found' });
        if (!mayChange(actor, { doctorId: input.doctorId })) return refuse({ code: 'action_not_permitted' });
        if (state === undefined) {
          const known = types.some(({ code }) => code === input.typeCode);
          return refuse({ code: known ? 'doctor_not_found' : 'appointment_type_not_found' });
        }
        const booking = book(
          state,
          {
            patientId,
            start: { kind: 'local', date: input.date, time: input.startTime },
            endTime: input.endTime,
            reason: input.reason,
            symptoms: input.symptoms,
            notes: input.notes,
            holdId,
          },
          hold ?? null,
          {
            actor: schedulingActor(actor),
            now: context.now,
            policy: deps.settings.scheduling,
            appointmentId,
            seriesId: null,
          },
        );
        if (!booking.ok) return booking;
        const { appointment, changes } = booking.value;
        return ok(
          decided({
            value: {
              appointment,
              typeCode: state.type.code,
              doctorName: state.doctorName,
              patientKey: patient.dataKey,
            },
            changes: [
              ...keyed(deps, context, changes, patient.dataKey),
              // Through the hold of an offer, it is the offer that was taken up.
              ...(offered === undefined ? [] : takeUp(offered.offer, offered.entry, context.now)),
            ],
            audit: [
              {
                type: 'appointment.booked',
                stream: patientId,
                outcome: 'success',
                resource: { type: 'appointment', id: appointmentId },
                details: {
                  doctorId: appointment.doctorId,
                  type: state.type.code,
                  outsideRules: appointment.outsideRules,
                },
              },
              ...(offered === undefined
                ? []
                : [
                    {
                      type: 'waitlist.offer_accepted',
                      stream: patientId,
                      outcome: 'success',
                      resource: { type: 'waitlist_offer', id: offered.offer.id },
                    } as const,
                  ]),
            ],
            messages: bookingMessages(patient, appointment, state.doctorName, context.now),
          }),
        );
      },
      reloadOnConflict: true,
      onConflict: timeConflict,
      answerOf: ({ patientKey }) => patientKey,
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
