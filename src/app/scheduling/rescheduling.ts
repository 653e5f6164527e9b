/** Moving an appointment to another time, and perhaps to another doctor. */

import type { Decision } from '../../../domain/changes.ts';
import type { AppointmentChange } from '../../../domain/scheduling/appointment.ts';
import { type BookingRefusal, reschedule } from '../../../domain/scheduling/booking.ts';
import type { DoctorNotFound } from '../../../domain/scheduling/doctor.ts';
import type { InvalidFields } from '../../../domain/scheduling/field-errors.ts';
import type { PlacementException } from '../../../domain/scheduling/placement.ts';
import type { AppointmentRecord, BookingNames, ToldAppointment } from '../../../domain/scheduling/ports.ts';
import { receiversOf } from '../../../domain/scheduling/receivers.ts';
import { rescheduleFollowing, type SeriesRefusal } from '../../../domain/scheduling/series.ts';
import type { BookingState } from '../../../domain/scheduling/slot-check.ts';
import type { TransitionRefusal } from '../../../domain/scheduling/transitions.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { AppointmentId, UserId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { addDays, type LocalDate, type LocalTime } from '../../../domain/shared/time.ts';
import type { ExpectedVersion } from '../../../domain/shared/version.ts';
import { executeOnce, type Representation } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { changeViewer, type DecisionContext, decisionContext, mayChange } from './actors.ts';
import { ALTERNATIVES_DAYS } from './appointments.ts';
import { bookingAudit } from './audit-events.ts';
import { authoriseBooking } from './booking-authorisation.ts';
import { freedTimeJobs } from './freed-time-jobs.ts';
import { type SchedulingCommit, withPatientKey } from './keyed-changes.ts';
import { moveMessages } from './messages.ts';
import { expiryJobs } from './requests.ts';
import { GROUP_DECISIONS, timeConflict } from './time-conflict.ts';
import { venueOf } from './venue.ts';

export interface MoveInput {
  readonly date: LocalDate;
  readonly startTime: LocalTime;
  /** `null` for the doctor it is with. */
  readonly doctorId: UserId | null;
  readonly expectedVersion: ExpectedVersion;
  readonly exception: PlacementException | null;
  /** Whether the later appointments of its series move by as many days. */
  readonly following: boolean;
}

export type MoveRefusal = BookingRefusal | TransitionRefusal | SeriesRefusal | DoctorNotFound;

/** Moves an appointment in one batch, or a series from it on: old times are freed only if the new ones are taken. */
export function rescheduleAppointment(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: AppointmentId,
  input: MoveInput,
  represent: (record: AppointmentRecord) => Representation,
) {
  const { scheduling } = deps.loads;
  const { date, doctorId, following } = input;
  const viewer = changeViewer(actor, context);
  const dates = { from: addDays(date, -1), to: addDays(date, ALTERNATIVES_DAYS) };
  return executeOnce(
    deps,
    context,
    {
      loads: [
        following ? scheduling.seriesOf(id, viewer, context.now) : scheduling.appointment(id, viewer, context.now),
        scheduling.moveState({ appointmentId: id, doctorId, dates, following, now: context.now }),
      ],
      decide: (found, foundState): Result<Decision<SchedulingCommit, AppointmentRecord>, MoveRefusal> => {
        const records = Array.isArray(found) ? found : found === undefined ? [] : [found];
        const subject = records.find(({ appointment }) => appointment.id === id);
        const authorised = authoriseBooking(actor, {
          subject: { found: subject, otherwise: { code: 'appointment_not_found' } as const },
          doctors: [subject?.appointment.doctorId ?? [], doctorId ?? []].flat(),
          state: { found: foundState, otherwise: { code: 'doctor_not_found' } as const },
        });
        if (!authorised.ok) return authorised;
        const { subject: record, state } = authorised.value;
        if (record.appointment.additionalDoctorIds.includes(state.doctor.id)) return refuse(TAKES_PART);
        const own = records.filter(({ appointment }) => mayChange(actor, appointment));
        const moved = movesOf(state, record, own, input, decisionContext(deps, context, actor, state.limits));
        return moved.ok ? ok(movedDecision(deps, context, record, own, moved.value, state)) : moved;
      },
      reloadOnConflict: true,
      // Each room that somebody else takes meanwhile is one more decision.
      decisions: GROUP_DECISIONS,
      onConflict: timeConflict,
      answerOf: ({ patientKey }) => patientKey,
    },
    represent,
  );
}

/** One doctor cannot be two of a visit. */
const TAKES_PART: InvalidFields = {
  code: 'invalid_fields',
  errors: [{ pointer: '/doctorId', code: 'conflict', message: 'takes part as an additional doctor already' }],
};

function movesOf(
  state: BookingState,
  { appointment }: AppointmentRecord,
  series: readonly AppointmentRecord[],
  { date, startTime, exception, expectedVersion, following }: MoveInput,
  context: DecisionContext,
): Result<readonly AppointmentChange[], MoveRefusal> {
  const transition = { ...context, expectedVersion };
  if (following) {
    const appointments = series.map((record) => record.appointment);
    return rescheduleFollowing(state, appointment, appointments, { date, startTime, exception }, transition);
  }
  const start = { kind: 'local', date, time: startTime } as const;
  const moved = reschedule(state, appointment, { start, endTime: null, exception }, transition);
  return moved.ok ? ok(moved.value.changes) : moved;
}

/** @param record the appointment that the request names; it is answered as it is when nothing changed */
function movedDecision(
  deps: Deps,
  context: Context,
  record: ToldAppointment,
  series: readonly ToldAppointment[],
  changes: readonly AppointmentChange[],
  names: BookingNames,
): Decision<SchedulingCommit, AppointmentRecord> {
  const { doctorName } = names;
  const moves = changes.map(({ appointment }) => {
    const before = series.find((each) => each.appointment.id === appointment.id) ?? record;
    return {
      before: before.appointment,
      after: { ...before, appointment, doctorName, venue: venueOf(appointment, changes, names) },
    };
  });
  return decided({
    value: moves.find(({ after }) => after.appointment.id === record.appointment.id)?.after ?? record,
    changes: withPatientKey(deps, context, changes, record.patientKey),
    audit: moves.map(({ after: { appointment } }) =>
      bookingAudit('appointment.rescheduled', appointment, { outsideRules: appointment.outsideRules }),
    ),
    messages: moves.flatMap(({ before, after }) => moveMessages(receiversOf(after), before, after.appointment, after)),
    jobs: [...freedTimeJobs(changes, context.now), ...expiryJobs(changes, context.now)],
  });
}
