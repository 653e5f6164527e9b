/** Cancelling, editing and advancing an appointment that is booked. `rescheduling.ts` moves it. */

import type { AuditEventType } from '../../../domain/audit-catalog.ts';
import type { Decision } from '../../../domain/changes.ts';
import type { MessageDraft } from '../../../domain/messages.ts';
import type { Appointment, AppointmentChange } from '../../../domain/scheduling/appointment.ts';
import type { InvalidFields } from '../../../domain/scheduling/field-errors.ts';
import { answerIntake, type IntakeNotFound } from '../../../domain/scheduling/intake.ts';
import type { IntakeAnswer } from '../../../domain/scheduling/intake-question.ts';
import type { AppointmentRecord, ToldAppointment } from '../../../domain/scheduling/ports.ts';
import { receiversOf } from '../../../domain/scheduling/receivers.ts';
import { decline } from '../../../domain/scheduling/requests.ts';
import { cancelFollowing, editFollowing } from '../../../domain/scheduling/series.ts';
import {
  type AppointmentEdit,
  approve,
  arrive,
  cancel,
  checkIn,
  complete,
  confirm,
  edit,
  leave,
  markNoShow,
  room,
  type TransitionContext,
  type TransitionRefusal,
} from '../../../domain/scheduling/transitions.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { decided, type Load } from '../../../domain/shared/changes.ts';
import type { AppointmentId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import type { ExpectedVersion } from '../../../domain/shared/version.ts';
import { executeOnce, type Representation } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { changeViewer, decisionContext, mayChange } from './actors.ts';
import { appointmentAudit } from './audit-events.ts';
import { freedTimeJobs } from './freed-time-jobs.ts';
import { type SchedulingCommit, withPatientKey } from './keyed-changes.ts';
import { bookingMessages, cancellationMessages } from './messages.ts';

/** Makes the answer, which is also stored for a repeated request (R31). */
type Represent = (record: AppointmentRecord) => Representation;
type Decided<E> = Result<readonly AppointmentChange[], E>;

export interface ChangeInput {
  /** `If-Match`; `null` when the client sent none. */
  readonly expectedVersion: ExpectedVersion;
  /** Whether the change also applies to the open appointments of the same series that start later. */
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
    messages: (record) => cancellationMessages(receiversOf(record), record.appointment, record),
  });
}

/** Declines a request of a patient. */
export function declineAppointment(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: AppointmentId,
  input: { readonly expectedVersion: ExpectedVersion; readonly reason: string | null },
  represent: Represent,
) {
  const { expectedVersion, reason } = input;
  return change(deps, context, actor, id, { expectedVersion, following: false }, represent, {
    decide: (first, _, transition) => decline(first, reason, transition),
    audit: 'appointment.declined',
    messages: (record) => cancellationMessages(receiversOf(record), record.appointment, record, 'declined'),
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
    messages: nothingTold,
  });
}

/** Replaces the answers to the questions that are asked before the visit. */
export function answerQuestions(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: AppointmentId,
  input: { readonly expectedVersion: ExpectedVersion; readonly answers: readonly IntakeAnswer[] },
  represent: Represent,
) {
  const { expectedVersion, answers } = input;
  type Refusal = TransitionRefusal | InvalidFields | IntakeNotFound;
  return change<Refusal>(deps, context, actor, id, { expectedVersion, following: false }, represent, {
    decide: (first, _, transition) => answerIntake(first, answers, transition),
    audit: 'appointment.intake_answered',
    messages: nothingTold,
  });
}

const TRANSITIONS = {
  approve: { decide: approve, audit: 'appointment.approved' },
  confirm: { decide: confirm, audit: 'appointment.confirmed' },
  arrive: { decide: arrive, audit: 'appointment.arrived' },
  room: { decide: room, audit: 'appointment.roomed' },
  check_in: { decide: checkIn, audit: 'appointment.checked_in' },
  complete: { decide: complete, audit: 'appointment.completed' },
  leave: { decide: leave, audit: 'appointment.left' },
  no_show: { decide: markNoShow, audit: 'appointment.no_show' },
} as const;

/** Moves the status forward. */
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
    messages: action === 'approve' ? approvalMessages : nothingTold,
  });
}

function approvalMessages(record: ToldAppointment): MessageDraft[] {
  return bookingMessages(receiversOf(record), record.appointment, record);
}

/** Reminders are planned anew after the commit. */
const nothingTold = (): MessageDraft[] => [];

interface Kind<E> {
  readonly decide: (first: Appointment, series: readonly Appointment[], transition: TransitionContext) => Decided<E>;
  readonly audit: AuditEventType;
  /** For each appointment that changed. */
  readonly messages: (changed: ToldAppointment) => MessageDraft[];
}

function change<E = TransitionRefusal>(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: AppointmentId,
  { expectedVersion, following }: ChangeInput,
  represent: Represent,
  kind: Kind<E>,
) {
  const { scheduling } = deps.loads;
  const viewer = changeViewer(actor, context);
  const load: Load<ToldAppointment[] | ToldAppointment | undefined> = following
    ? scheduling.seriesOf(id, viewer, context.now)
    : scheduling.appointment(id, viewer, context.now);
  return executeOnce(
    deps,
    context,
    {
      loads: [load],
      decide: (found): Result<Decision<SchedulingCommit, AppointmentRecord>, E | TransitionRefusal> => {
        const records = Array.isArray(found) ? found : found === undefined ? [] : [found];
        const record = records.find(({ appointment }) => appointment.id === id);
        if (record === undefined) return refuse({ code: 'appointment_not_found' });
        if (!mayChange(actor, record.appointment)) return refuse({ code: 'action_not_permitted' });
        const outcome = kind.decide(
          record.appointment,
          records.map(({ appointment }) => appointment).filter((appointment) => mayChange(actor, appointment)),
          { ...decisionContext(deps, context, actor, record.limits), expectedVersion },
        );
        return outcome.ok ? ok(changedDecision(deps, context, record, records, outcome.value, kind)) : outcome;
      },
      answerOf: ({ patientKey }) => patientKey,
    },
    represent,
  );
}

/** @param record the appointment that the request names; it is answered as it is when nothing changed */
function changedDecision(
  deps: Deps,
  context: Context,
  record: ToldAppointment,
  records: readonly ToldAppointment[],
  changes: readonly AppointmentChange[],
  kind: Pick<Kind<never>, 'audit' | 'messages'>,
): Decision<SchedulingCommit, AppointmentRecord> {
  const changed = changes.map(({ appointment }) => ({
    ...(records.find((before) => before.appointment.id === appointment.id) ?? record),
    appointment,
  }));
  return decided({
    value: changed.find(({ appointment }) => appointment.id === record.appointment.id) ?? record,
    changes: withPatientKey(deps, context, changes, record.patientKey),
    audit: changed.map(({ appointment }) => appointmentAudit(kind.audit, appointment)),
    messages: changed.flatMap((its) => kind.messages(its)),
    jobs: freedTimeJobs(changes, context.now),
  });
}
