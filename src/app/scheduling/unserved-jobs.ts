/** Ends entries of the waitlist that nobody can serve since their type was changed, and tells who waits. */
import type { Decision, StoredSchedulingChange } from '../../../domain/changes.ts';
import type { AppointmentType } from '../../../domain/scheduling/appointment-type.ts';
import { withdrawEntry } from '../../../domain/scheduling/waitlist.ts';
import type { UnservedEntry } from '../../../domain/scheduling/waitlist-ports.ts';
import { decided, type JobDraft } from '../../../domain/shared/changes.ts';
import { type AppointmentTypeId, isId } from '../../../domain/shared/ids.ts';
import { ok, type Result } from '../../../domain/shared/result.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { execute } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { entryAudit } from './audit-events.ts';
import { deferredJob, matchJob } from './freed-time-jobs.ts';
import { timeOfOffer } from './waitlist.ts';
import { waitEndedMessages } from './waitlist-messages.ts';

export const END_UNSERVED = 'waitlist.end_unserved';

/** How many entries end in one batch. */
const ENDED_AT_ONCE = 100;
const RETRY_MILLISECONDS = 1000;

/** After a change with which a type, or a doctor for it, can no longer be booked; none after any other. */
export function endUnservedJobs(before: AppointmentType, after: AppointmentType): readonly JobDraft[] {
  const { doctorIds } = after;
  const lost = doctorIds !== null && (before.doctorIds?.some((id) => !doctorIds.includes(id)) ?? true);
  return (before.active && !after.active) || lost ? [{ topic: END_UNSERVED, payload: { typeId: after.id } }] : [];
}

export async function endUnserved(
  deps: Deps,
  context: Context,
  { typeId = '' }: Readonly<Record<string, string>>,
): Promise<Instant | undefined> {
  if (!isId<'appointment_type'>(typeId)) return undefined;
  const id: AppointmentTypeId = typeId;
  const outcome = await execute(deps, context, {
    loads: [deps.loads.waitlist.unserved(id, context.now, ENDED_AT_ONCE), deps.loads.scheduling.appointmentTypes()],
    decide: (entries, types): Result<Decision<StoredSchedulingChange, void>, never> => {
      const decisions = entries.map((each) => ended(each, types, context.now));
      const rest = entries.length < ENDED_AT_ONCE ? [] : [{ topic: END_UNSERVED, payload: { typeId } }];
      return ok({
        ...decided({
          value: undefined,
          changes: decisions.flatMap(({ changes }) => changes),
          audit: decisions.flatMap(({ audit }) => audit),
          messages: decisions.flatMap(({ messages }) => messages),
        }),
        jobs: [...decisions.flatMap(({ jobs = [] }) => jobs), ...rest],
      });
    },
  });
  return outcome.ok ? undefined : context.now + RETRY_MILLISECONDS;
}

function ended(
  { entry, openOffer, doctorName, typeName, ...receivers }: UnservedEntry,
  types: readonly AppointmentType[],
  now: Instant,
): Decision<StoredSchedulingChange, void> {
  const changes = withdrawEntry(entry, openOffer, now);
  if (!changes.ok) return decided({ value: undefined, changes: [], audit: [] });
  return decided({
    value: undefined,
    changes: changes.value,
    audit: [entryAudit('waitlist.left', entry, { typeChanged: entry.appointmentTypeId })],
    messages: waitEndedMessages(receivers, entry.patientId, { doctorName, typeName }),
    jobs:
      openOffer === null
        ? []
        : [matchJob({ ...openOffer, ...timeOfOffer(types, entry, openOffer) }), deferredJob(openOffer)],
  });
}
