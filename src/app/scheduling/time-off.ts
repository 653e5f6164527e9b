/** Time off of a doctor. */
import {
  addTimeOff,
  removeTimeOff,
  type TimeOff,
  type TimeOffExists,
  type TimeOffNotFound,
} from '../../../domain/scheduling/availability.ts';
import type { DoctorNotFound } from '../../../domain/scheduling/doctor.ts';
import { parseTimeOff, type TimeOffInput } from '../../../domain/scheduling/exception-input.ts';
import type { InvalidFields } from '../../../domain/scheduling/field-errors.ts';
import type { TimeOffId } from '../../../domain/scheduling/ids.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { recordEvent } from '../audit.ts';
import { execute, executeOnce, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import type { AffectedInput, AffectedSummary } from './affected.ts';
import { mayManage, shownDates } from './availability.ts';
import { ALL_DATES, exceptionCommand, sentDates } from './availability-exceptions.ts';

/** Time off that is not over yet. Reading another doctor's is recorded in that doctor's stream. */
export async function readTimeOff(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  doctorId: UserId,
): Promise<Result<readonly TimeOff[], DoctorNotFound>> {
  if (!mayManage(actor, doctorId)) return refuse({ code: 'doctor_not_found' });
  const { availability, availabilityRead } = deps.loads.scheduling;
  const dates = shownDates(context.now);
  if (actor.userId === doctorId) {
    const [own] = await deps.database.load(availability(doctorId, dates));
    return own === undefined ? refuse({ code: 'doctor_not_found' }) : ok(own.timeOff);
  }
  const entry = recordEvent(deps, context, {
    type: 'time_off.listed',
    stream: doctorId,
    outcome: 'success',
    resource: { type: 'doctor', id: doctorId },
  });
  const found = await deps.database.loadRecorded(availabilityRead(doctorId, dates), [entry]);
  return found === undefined ? refuse({ code: 'doctor_not_found' }) : ok(found.timeOff);
}

export function timeOffCommand(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  doctorId: UserId,
  input: TimeOffInput,
  affected: AffectedInput,
) {
  type Refusal = DoctorNotFound | InvalidFields | TimeOffExists;
  const id = newId<'time_off'>(deps, context.now);
  return exceptionCommand<TimeOff, Refusal>(deps, context, actor, doctorId, {
    decide: (current) => {
      const parsed = parseTimeOff(input, shownDates(context.now));
      if (!parsed.ok) return parsed;
      const timeOff = { id, ...parsed.value };
      const after = { ...current, timeOff: [...current.timeOff, timeOff] };
      const changes = addTimeOff(current, timeOff, context.now);
      return changes.ok ? ok({ value: timeOff, changes: changes.value, after }) : changes;
    },
    audit: 'time_off.added',
    details: { from: input.from, until: input.until },
    opens: () => undefined,
    affected,
    near: sentDates(input.from, input.until),
  });
}

export function takeTimeOff(
  deps: Deps,
  context: Context,
  command: ReturnType<typeof timeOffCommand>,
  represent: (timeOff: TimeOff, affected: AffectedSummary) => Representation,
) {
  return executeOnce(deps, context, command, ({ made, summary }) => represent(made, summary));
}

export function dropTimeOff(deps: Deps, context: Context, actor: KnownActor, doctorId: UserId, id: TimeOffId) {
  type Refusal = DoctorNotFound | TimeOffNotFound;
  const command = exceptionCommand<void, Refusal>(deps, context, actor, doctorId, {
    decide: (current) => {
      const changes = removeTimeOff(current, id);
      const after = { ...current, timeOff: current.timeOff.filter((each) => each.id !== id) };
      return changes.ok ? ok({ value: undefined, changes: changes.value, after }) : changes;
    },
    audit: 'time_off.removed',
    details: { timeOffId: id },
    opens: ({ timeOff }) => {
      const removed = timeOff.find((absence) => absence.id === id);
      return removed && { from: removed.from, to: removed.until };
    },
    dates: ALL_DATES,
    // Nobody loses time by it.
    near: [],
  });
  return execute(deps, context, command);
}
