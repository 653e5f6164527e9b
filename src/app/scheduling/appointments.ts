/** Booking, reading and cancelling appointments. */
import type { KeyedAppointmentChange, StoredSchedulingChange } from '../../../domain/changes.ts';
import { cancel } from '../../../domain/scheduling/appointment.ts';
import { book } from '../../../domain/scheduling/booking.ts';
import type { AppointmentChange, HoldChange } from '../../../domain/scheduling/changes.ts';
import type { BookingRefusal, TransitionRefusal } from '../../../domain/scheduling/errors.ts';
import type { AppointmentFilter, AppointmentRecord, Viewer } from '../../../domain/scheduling/ports.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { type Decision, decided, type Load } from '../../../domain/shared/changes.ts';
import type { AppointmentId, HoldId, UserId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { addDays, type Instant, type LocalDate, type LocalTime } from '../../../domain/shared/time.ts';
import { recordEvent } from '../audit.ts';
import { execute, executeOnce, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { bookingMessages, cancellationMessage } from './messages.ts';

/** How far around the wanted date free times are looked for, to propose when it cannot be had. */
const ALTERNATIVES_DAYS = 14;

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
  | { readonly code: 'not_found' };

export function viewerOf(actor: KnownActor): Viewer {
  return { kind: actor.role, userId: actor.userId };
}

/** Adds the key that seals the patient's words. */
function keyed(changes: readonly (AppointmentChange | HoldChange)[], patientKey: DataKey): StoredSchedulingChange[] {
  return changes.map((change) =>
    change.type.startsWith('appointment.')
      ? ({ ...change, patientKey } as KeyedAppointmentChange)
      : (change as HoldChange),
  );
}

/** Books for the caller, or for a patient when the clinic's people do. */
export function bookAppointment(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  input: BookingInput,
  represent: (record: AppointmentRecord) => Representation,
) {
  const { scheduling, identity } = deps.loads;
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
      ],
      decide: (
        state,
        types,
        patient,
        hold,
      ): Result<Decision<StoredSchedulingChange, AppointmentRecord>, BookRefusal> => {
        if (patient === undefined || patient.role !== 'patient') return refuse({ code: 'not_found' });
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
            actor: { kind: actor.role, userId: actor.userId },
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
            changes: keyed(changes, patient.dataKey),
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
            ],
            messages: bookingMessages(patient, appointment, state.doctorName, context.now),
          }),
        );
      },
      onConflict: (code): BookRefusal =>
        code === 'patient_conflict'
          ? { code: 'slot_unavailable', reasons: [{ code: 'patient_conflict' }], alternatives: [] }
          : { code: 'slot_taken', alternatives: [] },
    },
    represent,
  );
}

export function cancelAppointment(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: AppointmentId,
  input: { readonly reason: string | null; readonly expectedVersion: number | null },
) {
  type Refusal = TransitionRefusal;
  return execute(deps, context, {
    loads: [deps.loads.scheduling.appointment(id, viewerOf(actor))],
    decide: (record): Result<Decision<StoredSchedulingChange, AppointmentRecord>, Refusal> => {
      if (record === undefined) return refuse({ code: 'appointment_not_found' });
      const { appointment, patientKey, doctorName } = record;
      const changes = cancel(appointment, input.reason, {
        actor: { kind: actor.role, userId: actor.userId },
        now: context.now,
        policy: deps.settings.scheduling,
        expectedVersion: input.expectedVersion,
      });
      if (!changes.ok) return changes;
      const cancelled = changes.value[0]?.appointment ?? appointment;
      return ok(
        decided({
          value: { ...record, appointment: cancelled },
          changes: keyed(changes.value, patientKey),
          audit: [
            {
              type: 'appointment.cancelled',
              stream: appointment.patientId,
              outcome: 'success',
              resource: { type: 'appointment', id },
            },
          ],
          messages: [cancellationMessage({ id: appointment.patientId, dataKey: patientKey }, cancelled, doctorName)],
        }),
      );
    },
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
  const record = await deps.database.loadRecorded(deps.loads.scheduling.appointmentRead(id, viewerOf(actor)), [entry]);
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
  return deps.database.loadRecorded(deps.loads.scheduling.appointmentsRead(filter, viewerOf(actor), page), entries);
}
