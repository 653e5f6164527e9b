/** What closing an account means to those who would have met the person. */
import type { Change } from '../../../domain/changes.ts';
import type { SchedulingActor } from '../../../domain/scheduling/appointment.ts';
import { depart } from '../../../domain/scheduling/departure.ts';
import type { DepartureRecord } from '../../../domain/scheduling/ports.ts';
import type { Actor } from '../../../domain/shared/actor.ts';
import type { AuditDraft } from '../../../domain/shared/audit-catalog.ts';
import { type Decision, decided } from '../../../domain/shared/changes.ts';
import type { AppointmentId, UserId } from '../../../domain/shared/ids.ts';
import type { Context, Deps } from '../context.ts';
import { keyed, matchJob, schedulingActor } from './acting.ts';
import { cancellationMessage, waitEndedMessage } from './messages.ts';

/** Goes before what closes the account: afterwards nobody's words can be read any more. */
export function endTimeToCome(
  deps: Deps,
  context: Context,
  person: UserId,
  record: DepartureRecord,
): Decision<Change, void> {
  const departure = depart(
    person,
    { ...record, appointments: record.appointments.map(({ appointment }) => appointment) },
    { actor: actorOf(context.actor), now: context.now, policy: deps.settings.scheduling },
  );
  const records = new Map<AppointmentId, DepartureRecord['appointments'][number]>(
    record.appointments.map((found) => [found.appointment.id, found]),
  );
  const entries = new Map(record.entries.map((found) => [found.entry.id, found]));
  const ended = departure.ended.flatMap(({ id }) => entries.get(id) ?? []);
  return decided({
    value: undefined,
    changes: departure.changes.flatMap((change): Change[] => {
      if (!('appointment' in change)) return [change];
      const found = records.get(change.appointment.id);
      return found === undefined ? [] : keyed([change], found.patientKey);
    }),
    audit: [
      // In the log of both: each of them loses an appointment.
      ...departure.cancelled.flatMap(({ id, patientId, doctorId }) =>
        [patientId, doctorId].map(
          (stream): AuditDraft => ({
            type: 'appointment.cancelled',
            stream,
            outcome: 'success',
            resource: { type: 'appointment', id },
            details: { patientId, doctorId, accountClosed: person },
          }),
        ),
      ),
      ...ended.map(
        ({ entry }): AuditDraft => ({
          type: 'waitlist.left',
          stream: entry.patientId,
          outcome: 'success',
          resource: { type: 'waitlist_entry', id: entry.id },
          details: { accountClosed: person },
        }),
      ),
      ...departure.withdrawn.map(
        ({ id, patientId }): AuditDraft => ({
          type: 'waitlist.offer_withdrawn',
          stream: patientId,
          outcome: 'success',
          resource: { type: 'waitlist_offer', id },
          details: { accountClosed: person },
        }),
      ),
    ],
    messages: [
      ...departure.cancelled.flatMap((appointment) => {
        const found = records.get(appointment.id);
        if (found === undefined || appointment.patientId === person) return [];
        return [
          cancellationMessage({ id: appointment.patientId, dataKey: found.patientKey }, appointment, found.doctorName),
        ];
      }),
      ...ended.flatMap(({ entry, doctorName, patientKey }) =>
        entry.patientId === person || doctorName === null
          ? []
          : [waitEndedMessage({ id: entry.patientId, dataKey: patientKey }, doctorName)],
      ),
    ],
    jobs: departure.freed.filter(({ end }) => end > context.now).map((freed) => matchJob(freed)),
  });
}

function actorOf(actor: Actor): SchedulingActor {
  return actor.kind === 'user' || actor.kind === 'api_key' ? schedulingActor(actor) : { kind: 'system', userId: null };
}
