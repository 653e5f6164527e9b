/** Requests that nobody has answered by their start expire. */
import type { Decision } from '../../../domain/changes.ts';
import type { AppointmentChange } from '../../../domain/scheduling/appointment.ts';
import { receiversOf } from '../../../domain/scheduling/receivers.ts';
import { expire, expiresAt } from '../../../domain/scheduling/requests.ts';
import { decided, type JobDraft } from '../../../domain/shared/changes.ts';
import { isId } from '../../../domain/shared/ids.ts';
import { ok, type Result } from '../../../domain/shared/result.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { execute } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { appointmentAudit } from './audit-events.ts';
import { freedTimeJobs } from './freed-time-jobs.ts';
import { type SchedulingCommit, withPatientKey } from './keyed-changes.ts';
import { cancellationMessages } from './messages.ts';

export const EXPIRE_REQUEST = 'appointment.expire_request';

/** How long the job waits after a conflict before it is tried again. */
const RETRY_MILLISECONDS = 1000;

/** A job for each appointment that the changes leave as a request. A request that was answered meanwhile is left alone. */
export function expiryJobs(changes: readonly { readonly type: string }[], now: Instant): readonly JobDraft[] {
  return changes.filter(isOfAppointment).flatMap(({ appointment }) =>
    appointment.status === 'requested'
      ? [
          {
            topic: EXPIRE_REQUEST,
            payload: { appointmentId: appointment.id },
            notBefore: expiresAt(appointment, now),
          },
        ]
      : [],
  );
}

function isOfAppointment(change: { readonly type: string }): change is AppointmentChange {
  return change.type.startsWith('appointment.');
}

/** @returns when to try again; `undefined` when it is done */
export async function expireRequest(
  deps: Deps,
  context: Context,
  { appointmentId = '' }: Readonly<Record<string, string>>,
): Promise<number | undefined> {
  if (!isId<'appointment'>(appointmentId)) return undefined;
  const { now } = context;
  const outcome = await execute(deps, context, {
    loads: [deps.loads.scheduling.request(appointmentId, context.now)],
    decide: (record): Result<Decision<SchedulingCommit, void>, never> => {
      const changes = record === undefined ? [] : expire(record.appointment, now);
      const [change] = changes;
      if (record === undefined || change === undefined)
        return ok(decided({ value: undefined, changes: [], audit: [] }));
      const { appointment } = change;
      return ok(
        decided({
          value: undefined,
          changes: withPatientKey(deps, context, changes, record.patientKey),
          audit: [appointmentAudit('appointment.request_expired', appointment)],
          messages: cancellationMessages(receiversOf(record), appointment, record, 'request-expired'),
          jobs: freedTimeJobs(changes, now),
        }),
      );
    },
  });
  return outcome.ok ? undefined : now + RETRY_MILLISECONDS;
}
