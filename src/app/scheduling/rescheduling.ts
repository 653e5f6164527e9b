/** Moving an appointment to another time, and perhaps to another doctor. */

import type { Decision } from '../../../domain/changes.ts';
import { type Booking, type BookingRefusal, reschedule } from '../../../domain/scheduling/booking.ts';
import type { DoctorNotFound } from '../../../domain/scheduling/doctor.ts';
import type { PlacementException } from '../../../domain/scheduling/placement.ts';
import type { AppointmentRecord } from '../../../domain/scheduling/ports.ts';
import type { TransitionRefusal } from '../../../domain/scheduling/transitions.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { AppointmentId, UserId } from '../../../domain/shared/ids.ts';
import { ok, type Result } from '../../../domain/shared/result.ts';
import { addDays, type LocalDate, type LocalTime } from '../../../domain/shared/time.ts';
import type { ExpectedVersion } from '../../../domain/shared/version.ts';
import { executeOnce, type Representation } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { changeViewer, decisionContext } from './actors.ts';
import { ALTERNATIVES_DAYS } from './appointments.ts';
import { bookingAudit } from './audit-events.ts';
import { authoriseBooking } from './booking-authorisation.ts';
import { freedTimeJobs } from './freed-time-jobs.ts';
import { type SchedulingCommit, withPatientKey } from './keyed-changes.ts';
import { moveMessages, patientOf } from './messages.ts';
import { timeConflict } from './time-conflict.ts';

export interface MoveInput {
  readonly date: LocalDate;
  readonly startTime: LocalTime;
  /** `null` for the doctor it is with. */
  readonly doctorId: UserId | null;
  readonly expectedVersion: ExpectedVersion;
  readonly exception: PlacementException | null;
}

export type MoveRefusal = BookingRefusal | TransitionRefusal | DoctorNotFound;

/** Moves an appointment in one batch: the old time is freed only if the new one is taken. */
export function rescheduleAppointment(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: AppointmentId,
  { date, startTime, doctorId, expectedVersion, exception }: MoveInput,
  represent: (record: AppointmentRecord) => Representation,
) {
  const { scheduling } = deps.loads;
  const dates = { from: addDays(date, -1), to: addDays(date, ALTERNATIVES_DAYS) };
  return executeOnce(
    deps,
    context,
    {
      loads: [
        scheduling.appointment(id, changeViewer(actor, context)),
        scheduling.moveState({ appointmentId: id, doctorId, dates, now: context.now }),
      ],
      decide: (found, foundState): Result<Decision<SchedulingCommit, AppointmentRecord>, MoveRefusal> => {
        const authorised = authoriseBooking(actor, {
          subject: { found, otherwise: { code: 'appointment_not_found' } as const },
          doctors: [found?.appointment.doctorId ?? [], doctorId ?? []].flat(),
          state: { found: foundState, otherwise: { code: 'doctor_not_found' } as const },
        });
        if (!authorised.ok) return authorised;
        const { subject: record, state } = authorised.value;
        const moved = reschedule(
          state,
          record.appointment,
          { start: { kind: 'local', date, time: startTime }, endTime: null, exception },
          { ...decisionContext(deps, context, actor), expectedVersion },
        );
        if (!moved.ok) return moved;
        return ok(movedDecision(deps, context, record, moved.value, state.doctorName));
      },
      reloadOnConflict: true,
      onConflict: timeConflict,
      answerOf: ({ patientKey }) => patientKey,
    },
    represent,
  );
}

function movedDecision(
  deps: Deps,
  context: Context,
  record: AppointmentRecord,
  { appointment, changes }: Booking,
  doctorName: string,
): Decision<SchedulingCommit, AppointmentRecord> {
  const moved = { ...record, appointment, doctorName };
  if (changes.length === 0) return decided({ value: moved, changes: [], audit: [] });
  return decided({
    value: moved,
    changes: withPatientKey(deps, context, changes, record.patientKey),
    audit: [bookingAudit('appointment.rescheduled', appointment, { outsideRules: appointment.outsideRules })],
    messages: moveMessages(patientOf(moved), record.appointment, appointment, doctorName, context.now),
    jobs: freedTimeJobs(changes, context.now),
  });
}
