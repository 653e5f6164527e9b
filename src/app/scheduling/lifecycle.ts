/** What happens to an appointment after it is booked: its words, its time, its state. */
import {
  type Appointment,
  type AppointmentEdit,
  cancel,
  checkIn,
  complete,
  confirm,
  edit,
  isOpen,
  markNoShow,
  type TransitionContext,
} from '../../../domain/scheduling/appointment.ts';
import { reschedule } from '../../../domain/scheduling/booking.ts';
import type { AppointmentChange } from '../../../domain/scheduling/changes.ts';
import type { BookingRefusal, TransitionRefusal } from '../../../domain/scheduling/errors.ts';
import type { AppointmentRecord } from '../../../domain/scheduling/ports.ts';
import { cancelFollowing, editFollowing } from '../../../domain/scheduling/series.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import type { AuditEventType } from '../../../domain/shared/audit-catalog.ts';
import { type Decision, decided, type Load } from '../../../domain/shared/changes.ts';
import type { AppointmentId, UserId } from '../../../domain/shared/ids.ts';
import type { MessageDraft } from '../../../domain/shared/messages.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { addDays, type Instant, type LocalDate, type LocalTime } from '../../../domain/shared/time.ts';
import type { ExpectedVersion } from '../../../domain/shared/version.ts';
import { executeOnce, type Representation } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import {
  changerOf,
  freedJobs,
  keyed,
  mayChange,
  type SchedulingCommit,
  schedulingActor,
  timeConflict,
} from './acting.ts';
import { ALTERNATIVES_DAYS } from './appointments.ts';
import { cancellationMessage, moveMessages, reminderMessages } from './messages.ts';

/** What is answered, and kept for a request that comes again (R31). */
type Represent = (record: AppointmentRecord) => Representation;
type Decided = Result<readonly AppointmentChange[], TransitionRefusal>;

export interface ChangeInput {
  /** `If-Match`; `null` when the client did not say. */
  readonly expectedVersion: ExpectedVersion;
  /** Whether the open appointments of the same series that come after are meant too. */
  readonly following: boolean;
}

export function cancelAppointment(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: AppointmentId,
  input: ChangeInput & { readonly reason: string | null },
  represent: Represent,
) {
  return change(deps, context, actor, id, input, represent, {
    decide: (first, series, transition) =>
      input.following
        ? cancelFollowing(first, series, input.reason, transition)
        : cancel(first, input.reason, transition),
    audit: 'appointment.cancelled',
    messages: (record) => [cancellationMessage(patientOf(record), record.appointment, record.doctorName)],
  });
}

export function editAppointment(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: AppointmentId,
  input: ChangeInput & { readonly edits: AppointmentEdit },
  represent: Represent,
) {
  return change(deps, context, actor, id, input, represent, {
    decide: (first, series, transition) =>
      input.following ? editFollowing(first, series, input.edits, transition) : edit(first, input.edits, transition),
    audit: 'appointment.updated',
    messages: renewedReminders,
  });
}

const TRANSITIONS = {
  confirm: { decide: confirm, audit: 'appointment.confirmed' },
  check_in: { decide: checkIn, audit: 'appointment.checked_in' },
  complete: { decide: complete, audit: 'appointment.completed' },
  no_show: { decide: markNoShow, audit: 'appointment.no_show' },
} as const;

/** What the clinic does on the day. */
export function advanceStatus(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: AppointmentId,
  action: keyof typeof TRANSITIONS,
  expectedVersion: ExpectedVersion,
  represent: Represent,
) {
  const { decide, audit } = TRANSITIONS[action];
  return change(deps, context, actor, id, { expectedVersion, following: false }, represent, {
    decide: (first, _, transition) => decide(first, transition),
    audit,
    messages: renewedReminders,
  });
}

function patientOf({ appointment, patientKey }: AppointmentRecord) {
  return { id: appointment.patientId, dataKey: patientKey };
}

/** Reminders are tied to a version: with the version they have to be written anew, unless nothing is to come (R51). */
function renewedReminders(record: AppointmentRecord, now: Instant): MessageDraft[] {
  return isOpen(record.appointment)
    ? reminderMessages(patientOf(record), record.appointment, record.doctorName, now)
    : [];
}

interface Kind {
  readonly decide: (first: Appointment, series: readonly Appointment[], transition: TransitionContext) => Decided;
  readonly audit: AuditEventType;
  /** For each appointment that changed. */
  readonly messages: (changed: AppointmentRecord, now: Instant) => MessageDraft[];
}

function change(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: AppointmentId,
  { expectedVersion, following }: ChangeInput,
  represent: Represent,
  kind: Kind,
) {
  const { scheduling } = deps.loads;
  const one = scheduling.appointment(id, changerOf(actor, context));
  const alone: Load<AppointmentRecord[] | AppointmentRecord | undefined> = following
    ? scheduling.seriesOf(id, changerOf(actor, context))
    : one;
  const command = {
    answerOf: ({ patientKey }: AppointmentRecord) => patientKey,
    loads: [alone] as const,
    decide: (
      found: AppointmentRecord[] | AppointmentRecord | undefined,
    ): Result<Decision<SchedulingCommit, AppointmentRecord>, TransitionRefusal> => {
      const records = Array.isArray(found) ? found : found === undefined ? [] : [found];
      const record = records.find(({ appointment }) => appointment.id === id);
      if (record === undefined) return refuse({ code: 'appointment_not_found' });
      if (!mayChange(actor, record.appointment)) return refuse({ code: 'action_not_permitted' });
      const outcome = kind.decide(
        record.appointment,
        records.map(({ appointment }) => appointment).filter((appointment) => mayChange(actor, appointment)),
        { actor: schedulingActor(actor), now: context.now, policy: deps.settings.scheduling, expectedVersion },
      );
      if (!outcome.ok) return outcome;
      const changed = outcome.value.map(({ appointment }) => ({
        ...(records.find((before) => before.appointment.id === appointment.id) ?? record),
        appointment,
      }));
      return ok(
        decided({
          value: changed.find(({ appointment }) => appointment.id === id) ?? record,
          changes: keyed(deps, context, outcome.value, record.patientKey),
          audit: changed.map(({ appointment }) => ({
            type: kind.audit,
            stream: appointment.patientId,
            outcome: 'success',
            resource: { type: 'appointment', id: appointment.id },
          })),
          messages: changed.flatMap((its) => kind.messages(its, context.now)),
          jobs: freedJobs(outcome.value, context.now),
        }),
      );
    },
  };
  return executeOnce(deps, context, command, represent);
}

export interface MoveInput {
  readonly date: LocalDate;
  readonly startTime: LocalTime;
  /** `null` for the doctor it is with. */
  readonly doctorId: UserId | null;
  readonly expectedVersion: ExpectedVersion;
}

export type MoveRefusal = BookingRefusal | TransitionRefusal | { readonly code: 'doctor_not_found' };

/** Moves it in one batch: the old time is given back only when the new one is won. */
export function rescheduleAppointment(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: AppointmentId,
  input: MoveInput,
  represent: (record: AppointmentRecord) => Representation,
) {
  const { scheduling } = deps.loads;
  return executeOnce(
    deps,
    context,
    {
      loads: [
        scheduling.appointment(id, changerOf(actor, context)),
        scheduling.moveState({
          appointmentId: id,
          doctorId: input.doctorId,
          dates: { from: addDays(input.date, -1), to: addDays(input.date, ALTERNATIVES_DAYS) },
          now: context.now,
        }),
      ],
      decide: (record, state): Result<Decision<SchedulingCommit, AppointmentRecord>, MoveRefusal> => {
        if (record === undefined) return refuse({ code: 'appointment_not_found' });
        const target = { doctorId: input.doctorId ?? record.appointment.doctorId };
        if (!mayChange(actor, record.appointment) || !mayChange(actor, target)) {
          return refuse({ code: 'action_not_permitted' });
        }
        if (state === undefined) return refuse({ code: 'doctor_not_found' });
        const moved = reschedule(
          state,
          record.appointment,
          { start: { kind: 'local', date: input.date, time: input.startTime }, endTime: null },
          {
            actor: schedulingActor(actor),
            now: context.now,
            policy: deps.settings.scheduling,
            expectedVersion: input.expectedVersion,
          },
        );
        if (!moved.ok) return moved;
        const { appointment, changes } = moved.value;
        const { doctorName } = state;
        const next = { ...record, appointment, doctorName };
        return ok(
          decided({
            value: next,
            changes: keyed(deps, context, changes, record.patientKey),
            audit: [
              {
                type: 'appointment.rescheduled',
                stream: appointment.patientId,
                outcome: 'success',
                resource: { type: 'appointment', id },
                details: { doctorId: appointment.doctorId, outsideRules: appointment.outsideRules },
              },
            ],
            messages: moveMessages(patientOf(next), record.appointment, appointment, doctorName, context.now),
            jobs: freedJobs(changes, context.now),
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
