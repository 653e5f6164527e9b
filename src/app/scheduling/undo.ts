/** Undoes the last step of an appointment. */
import type { Decision } from '../../../domain/changes.ts';
import type { AppointmentChange } from '../../../domain/scheduling/appointment.ts';
import type { AppointmentRecord, ToldAppointment } from '../../../domain/scheduling/ports.ts';
import { receiversOf } from '../../../domain/scheduling/receivers.ts';
import type { SlotTaken, SlotUnavailable } from '../../../domain/scheduling/slot-reason.ts';
import type { TransitionRefusal } from '../../../domain/scheduling/transitions.ts';
import { undo } from '../../../domain/scheduling/undo.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { AppointmentId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import type { ExpectedVersion } from '../../../domain/shared/version.ts';
import { localDateAt, UTC } from '../../../domain/shared/zone.ts';
import { executeOnce, type Representation } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { changeViewer, decisionContext, mayChange } from './actors.ts';
import { appointmentAudit } from './audit-events.ts';
import { freedTimeJobs } from './freed-time-jobs.ts';
import { type SchedulingCommit, withPatientKey } from './keyed-changes.ts';
import { restoredMessages } from './messages.ts';
import { expiryJobs } from './requests.ts';
import { timeConflict } from './time-conflict.ts';

export type UndoRefusal = TransitionRefusal | SlotTaken | SlotUnavailable;

export function undoStep(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: AppointmentId,
  expectedVersion: ExpectedVersion,
  represent: (record: AppointmentRecord) => Representation,
) {
  const { scheduling } = deps.loads;
  const today = localDateAt(UTC, context.now);
  return executeOnce(
    deps,
    context,
    {
      loads: [
        scheduling.appointment(id, changeViewer(actor, context), context.now),
        scheduling.steps(id),
        scheduling.resources(),
        scheduling.moveState({
          appointmentId: id,
          doctorId: null,
          following: false,
          dates: { from: today, to: today },
          now: context.now,
        }),
      ],
      decide: (record, steps, resources, state): Result<Decision<SchedulingCommit, AppointmentRecord>, UndoRefusal> => {
        if (record === undefined) return refuse({ code: 'appointment_not_found' });
        if (!mayChange(actor, record.appointment)) return refuse({ code: 'action_not_permitted' });
        const doctors =
          state === undefined ? [{ active: false }] : [state, ...state.additional].map(({ doctor }) => doctor);
        const { location, resources: taken } = record.venue;
        const took = resources.filter((resource) => taken.some(({ id }) => id === resource.id));
        const undone = undo(
          record.appointment,
          steps,
          { doctors, location, resources: took },
          {
            ...decisionContext(deps, context, actor, record.limits),
            expectedVersion,
          },
        );
        return undone.ok ? ok(undoneDecision(deps, context, record, undone.value)) : undone;
      },
      onConflict: timeConflict,
      answerOf: ({ patientKey }) => patientKey,
    },
    represent,
  );
}

function undoneDecision(
  deps: Deps,
  context: Context,
  before: ToldAppointment,
  changes: readonly AppointmentChange[],
): Decision<SchedulingCommit, AppointmentRecord> {
  const [{ appointment } = before] = changes;
  const record = { ...before, appointment };
  const { status: from } = before.appointment;
  return decided({
    value: record,
    changes: withPatientKey(deps, context, changes, record.patientKey),
    audit: [appointmentAudit('appointment.status_undone', appointment, { from, to: appointment.status })],
    // Only a cancellation was told.
    messages: from === 'cancelled' ? restoredMessages(receiversOf(record), appointment, record) : [],
    jobs: [...freedTimeJobs(changes, context.now), ...expiryJobs(changes, context.now)],
  });
}
