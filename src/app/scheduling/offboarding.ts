/** Ends future appointments, holds and waitlist entries when an account is closed or a doctor changes role, and notifies. */

import type { AuditDraft } from '../../../domain/audit-catalog.ts';
import type { Change, Decision } from '../../../domain/changes.ts';
import type { SchedulingActor } from '../../../domain/scheduling/appointment.ts';
import { type DoctorStillBooked, type Offboarding, offboard, resign } from '../../../domain/scheduling/offboarding.ts';
import type { OffboardingRecord, ResignationRecord, ToldAppointment } from '../../../domain/scheduling/ports.ts';
import { receiversOf } from '../../../domain/scheduling/receivers.ts';
import type { Actor } from '../../../domain/shared/actor.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { AppointmentId, UserId } from '../../../domain/shared/ids.ts';
import { ok, type Result } from '../../../domain/shared/result.ts';
import type { Context, Deps } from '../context.ts';
import { schedulingActor } from './actors.ts';
import { entryAudit, offerAudit } from './audit-events.ts';
import { deferredJob, matchJob } from './freed-time-jobs.ts';
import { withPatientKey } from './keyed-changes.ts';
import { cancellationMessages } from './messages.ts';
import { waitEndedMessages } from './waitlist-messages.ts';

/** Why future appointments end: the name of the detail in the audit events that holds the person. */
export type Ending = 'accountClosed' | 'roleChanged';

/** Its changes must come before those that close the account: those destroy the data key that this needs. */
export function endTimeToCome(
  deps: Deps,
  context: Context,
  person: UserId,
  record: OffboardingRecord,
  ending: Ending,
): Decision<Change, void> {
  const offboarding = offboard(
    person,
    { ...record, appointments: record.appointments.map(({ appointment }) => appointment) },
    { actor: actorOf(context.actor), now: context.now, policy: deps.settings.scheduling },
  );
  const records = new Map<AppointmentId, ToldAppointment>(
    record.appointments.map((found) => [found.appointment.id, found]),
  );
  const entries = new Map(record.entries.map((found) => [found.entry.id, found]));
  const ended = offboarding.ended.flatMap(({ id }) => entries.get(id) ?? []);
  return decided({
    value: undefined,
    changes: offboarding.changes.flatMap((change): Change[] => {
      if (!('appointment' in change)) return [change];
      const found = records.get(change.appointment.id);
      return found === undefined ? [] : withPatientKey(deps, context, [change], found.patientKey);
    }),
    audit: offboardingAudit(offboarding, { [ending]: person }),
    messages: [
      ...offboarding.cancelled.flatMap((appointment) => {
        const found = records.get(appointment.id);
        if (found === undefined || appointment.patientId === person) return [];
        return cancellationMessages(receiversOf(found), appointment, found);
      }),
      ...ended.flatMap(({ entry, doctorName, ...receivers }) =>
        entry.patientId === person || doctorName === null
          ? []
          : waitEndedMessages(receivers, entry.patientId, { doctorName }),
      ),
    ],
    jobs: [
      ...offboarding.freed.filter(({ end }) => end > context.now).map((freed) => matchJob(freed)),
      ...offboarding.withdrawn.map(deferredJob),
    ],
  });
}

/** @param cause why the appointments and entries end, with whose account it is */
function offboardingAudit(
  { cancelled, ended, withdrawn }: Offboarding,
  cause: Readonly<Record<string, string>>,
): AuditDraft[] {
  return [
    // Recorded for patient and doctor: each of them loses an appointment.
    ...cancelled.flatMap(({ id, patientId, doctorId }) =>
      [patientId, doctorId].map(
        (stream): AuditDraft => ({
          type: 'appointment.cancelled',
          stream,
          outcome: 'success',
          resource: { type: 'appointment', id },
          details: { patientId, doctorId, ...cause },
        }),
      ),
    ),
    ...ended.map((entry) => entryAudit('waitlist.left', entry, cause)),
    ...withdrawn.map((offer) => offerAudit('waitlist.offer_withdrawn', offer, cause)),
  ];
}

/** Adds to a decision that changes the role of a doctor what ends with it: holds, offers and waitlist entries. */
export function withResignation<T>(
  deps: Deps,
  context: Context,
  decision: Decision<Change, T>,
  doctorId: UserId,
  record: ResignationRecord,
): Result<Decision<Change, T>, DoctorStillBooked> {
  const left = resign(doctorId, record);
  if (!left.ok) return left;
  const ended = endTimeToCome(deps, context, doctorId, left.value, 'roleChanged');
  return ok({
    ...decision,
    // `doctor.resigned` checks again within the batch, because a patient may have booked since the load.
    changes: [...ended.changes, { type: 'doctor.resigned', doctorId, at: context.now }, ...decision.changes],
    audit: [...ended.audit, ...decision.audit],
    messages: [...ended.messages, ...decision.messages],
    jobs: [...(ended.jobs ?? []), ...(decision.jobs ?? [])],
  });
}

function actorOf(actor: Actor): SchedulingActor {
  return actor.kind === 'user' || actor.kind === 'api_key' ? schedulingActor(actor) : { kind: 'system', userId: null };
}
