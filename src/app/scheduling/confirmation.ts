/** Confirming an appointment by a link in a mail, without a sign-in. */
import type { Decision } from '../../../domain/changes.ts';
import { hashToken } from '../../../domain/identity/one-time-token.ts';
import type { Appointment } from '../../../domain/scheduling/appointment.ts';
import type { Clinic } from '../../../domain/scheduling/clinic-settings.ts';
import { confirmByLink, type LinkEnded, type LinkState, linkState } from '../../../domain/scheduling/confirmation.ts';
import type { ConfirmationRecord } from '../../../domain/scheduling/ports.ts';
import type { TransitionRefusal } from '../../../domain/scheduling/transitions.ts';
import { decided } from '../../../domain/shared/changes.ts';
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
export async function confirmByMail(deps: Deps, context: Context, token: string): Promise<ConfirmationView> {
  const { scheduling } = deps.loads;
  let seen: { readonly record: ConfirmationRecord | undefined; readonly clinic: Clinic } | undefined;
  let key: DataKey | undefined;
  const result = await execute(deps, context, {
    loads: [scheduling.confirmation(hashToken(token), context.now), scheduling.clinic()],
    decide: (record, clinic) => {
      seen = { record, clinic };
      key = record?.link.receiver.dataKey;
      return record === undefined ? refuse({ code: 'not_found' } as const) : decide(deps, context, record);
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
      changes: withPatientKey(deps, context, changes.value, patientKey, { byKind, channel: 'email' }),
      audit: confirmed.map((its) => ({
        ...appointmentAudit('appointment.confirmed', its),
        details: { channel: 'email', by: byKind, receiver: link.receiver.id },
      })),
    }),
  );
}
