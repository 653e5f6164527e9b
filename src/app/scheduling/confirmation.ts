/** Confirming an appointment without a sign-in: by a link in a mail, or by answering a text message. */
import type { Decision } from '../../../domain/changes.ts';
import { hashToken } from '../../../domain/identity/one-time-token.ts';
import type { Appointment } from '../../../domain/scheduling/appointment.ts';
import type { Clinic } from '../../../domain/scheduling/clinic-settings.ts';
import { confirmByLink, type LinkEnded, type LinkState, linkState } from '../../../domain/scheduling/confirmation.ts';
import type { ConfirmationRecord } from '../../../domain/scheduling/ports.ts';
import type { TransitionRefusal } from '../../../domain/scheduling/transitions.ts';
import { decided, type Load } from '../../../domain/shared/changes.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { execute } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { policyOf } from './actors.ts';
import { appointmentAudit } from './audit-events.ts';
import { type SchedulingCommit, withPatientKey } from './keyed-changes.ts';
import { timeOf } from './messages.ts';

/** What the page of a link shows: the clinic and the time, and nothing else of the appointment. */
export interface ConfirmationView {
  readonly state: LinkState;
  /** Of the receiver, BCP 47; `null` for an unknown link. */
  readonly language: string | null;
  /** `null` unless the link is open or the appointment is confirmed. */
  readonly time: ReturnType<typeof timeOf> | null;
  readonly clinic: Clinic;
}

/** Changes nothing: programs that check mails follow its links. */
export async function readConfirmation(deps: Deps, context: Context, token: string): Promise<ConfirmationView> {
  const [record, clinic] = await deps.database.load(
    deps.loads.scheduling.confirmation(hashToken(token), context.now),
    deps.loads.scheduling.clinic(),
  );
  return viewOf(record, clinic, context, record?.told.appointment);
}

/** Using a link once more, or an appointment that is confirmed already, changes nothing and is answered alike. */
export function confirmByMail(deps: Deps, context: Context, token: string): Promise<ConfirmationView> {
  return confirmWith(deps, context, deps.loads.scheduling.confirmation(hashToken(token), context.now), 'email');
}

/** Confirms what the last text message to the number asked to confirm (ADR 0247). @param number E.164 */
export function confirmByText(deps: Deps, context: Context, number: string): Promise<ConfirmationView> {
  return confirmWith(deps, context, deps.loads.scheduling.confirmationAskedAt(number, context.now), 'sms');
}

async function confirmWith(
  deps: Deps,
  context: Context,
  load: Load<ConfirmationRecord | undefined>,
  channel: 'email' | 'sms',
): Promise<ConfirmationView> {
  let seen: { readonly record: ConfirmationRecord | undefined; readonly clinic: Clinic } | undefined;
  let key: DataKey | undefined;
  const result = await execute(deps, context, {
    loads: [load, deps.loads.scheduling.clinic()],
    decide: (record, clinic) => {
      seen = { record, clinic };
      key = record?.link.receiver.dataKey;
      return record === undefined ? refuse({ code: 'not_found' } as const) : decide(deps, context, record, channel);
    },
    originKey: () => key,
  });
  if (seen === undefined) throw new Error('nothing was decided');
  return viewOf(seen.record, seen.clinic, context, result.ok ? result.value : undefined);
}

function viewOf(
  record: ConfirmationRecord | undefined,
  clinic: Clinic,
  { now }: Context,
  appointment: Appointment | undefined,
): ConfirmationView {
  const language = record?.link.receiver.language ?? null;
  const state = record === undefined || appointment === undefined ? 'ended' : linkState(record.link, appointment, now);
  return { state, language, time: state === 'ended' || appointment === undefined ? null : timeOf(appointment), clinic };
}

function decide(
  deps: Deps,
  context: Context,
  { told, link }: ConfirmationRecord,
  channel: 'email' | 'sms',
): Result<Decision<SchedulingCommit, Appointment>, TransitionRefusal | LinkEnded> {
  const { appointment, patientKey } = told;
  const changes = confirmByLink(link, appointment, { now: context.now, policy: policyOf(deps, told.limits) });
  if (!changes.ok) return changes;
  const confirmed = changes.value.flatMap((change) =>
    change.type === 'appointment.status_changed' ? [change.appointment] : [],
  );
  const byKind = link.receiver.id === appointment.patientId ? 'patient' : 'proxy';
  return ok(
    decided({
      value: confirmed[0] ?? appointment,
      changes: withPatientKey(deps, context, changes.value, patientKey, { byKind, channel }),
      audit: confirmed.map((its) => ({
        ...appointmentAudit('appointment.confirmed', its),
        details: { channel, by: byKind, receiver: link.receiver.id },
      })),
    }),
  );
}
