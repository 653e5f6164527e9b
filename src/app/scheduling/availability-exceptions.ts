/** What is otherwise than the weekly hours: dates with other hours, time off, clinic holidays. */
import type { StoredSchedulingChange } from '../../../domain/changes.ts';
import {
  type Availability,
  type AvailabilityOverride,
  addOverride,
  addTimeOff,
  type ClinicHoliday,
  removeOverride,
  removeTimeOff,
  type TimeOff,
} from '../../../domain/scheduling/availability.ts';
import { parseOverride, parseTimeOff, type RangeInput } from '../../../domain/scheduling/availability-input.ts';
import type { AvailabilityChange } from '../../../domain/scheduling/changes.ts';
import type { InvalidFields } from '../../../domain/scheduling/errors.ts';
import type { ClinicHolidayId, TimeOffId } from '../../../domain/scheduling/ids.ts';
import type { DateRange } from '../../../domain/scheduling/ports.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import type { AuditEventType } from '../../../domain/shared/audit-catalog.ts';
import { type Decision, decided, type JobDraft } from '../../../domain/shared/changes.ts';
import type { AvailabilityOverrideId, UserId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { recordEvent } from '../audit.ts';
import { execute, executeOnce, onlyConflict, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { keyedFor } from './acting.ts';
import { mayManage, openedJob, shownDates } from './availability.ts';

type NotFound = { readonly code: 'doctor_not_found' };

/** What is taken back is looked for wherever it lies, in the past or further ahead than anything is shown. */
const ALL_DATES = { from: '0001-01-01', to: '9999-12-31' } as DateRange;

interface Exception<T, E> {
  readonly decide: (current: Availability) => Result<{ value: T; changes: readonly AvailabilityChange[] }, E>;
  readonly audit: AuditEventType;
  readonly details: Readonly<Record<string, string>>;
  /** Whether it can open time that was closed. */
  readonly opens: boolean;
  /** On which dates the exceptions matter for the decision. Default: those that are shown. */
  readonly dates?: DateRange;
}

/** Not yet over. A look at somebody else's is recorded in that doctor's record. */
export async function readTimeOff(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  doctorId: UserId,
): Promise<Result<readonly TimeOff[], NotFound>> {
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

/** What came of it, with the key of the doctor whose affair it is: a reason, as a rule. */
interface Outcome<T> {
  readonly made: T;
  readonly doctorKey: DataKey;
}

/** A command about one doctor's hours, for whoever may set them. */
function exceptionCommand<T, E>(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  doctorId: UserId,
  exception: Exception<T, E>,
) {
  return {
    loads: [
      deps.loads.scheduling.availability(doctorId, exception.dates ?? shownDates(context.now)),
      deps.loads.identity.dataKey(doctorId),
    ] as const,
    decide: (
      current: Availability | undefined,
      dataKey: DataKey | undefined,
    ): Result<Decision<StoredSchedulingChange, Outcome<T>>, E | NotFound> => {
      if (current === undefined || dataKey === undefined || !mayManage(actor, doctorId))
        return refuse({ code: 'doctor_not_found' });
      const outcome = exception.decide(current);
      if (!outcome.ok) return outcome;
      return ok(
        decided({
          value: { made: outcome.value.value, doctorKey: dataKey },
          changes: keyedFor(dataKey, outcome.value.changes),
          audit: [
            {
              type: exception.audit,
              stream: doctorId,
              outcome: 'success',
              resource: { type: 'availability', id: doctorId },
              details: exception.details,
            },
          ],
          jobs: exception.opens ? [openedJob(doctorId, context.now)] : [],
        }),
      );
    },
    answerOf: ({ doctorKey }: Outcome<T>) => doctorKey,
  };
}

export function overrideDate(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  doctorId: UserId,
  input: { readonly date: string; readonly available: readonly RangeInput[] },
  represent: (override: AvailabilityOverride) => Representation,
) {
  type Refusal = NotFound | InvalidFields | { readonly code: 'override_exists' };
  const id = newId<'availability_override'>(deps, context.now);
  const command = exceptionCommand<AvailabilityOverride, Refusal>(deps, context, actor, doctorId, {
    decide: (current) => {
      const parsed = parseOverride(input, shownDates(context.now));
      if (!parsed.ok) return parsed;
      const override = { id, ...parsed.value };
      const changes = addOverride(current, override);
      return changes.ok ? ok({ value: override, changes: changes.value }) : changes;
    },
    audit: 'availability_override.added',
    details: { date: input.date },
    opens: input.available.length > 0,
  });
  return executeOnce(deps, context, { ...command, onConflict: onlyConflict('override_exists') }, ({ made }) =>
    represent(made),
  );
}

export function dropOverride(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  doctorId: UserId,
  id: AvailabilityOverrideId,
) {
  type Refusal = NotFound | { readonly code: 'override_not_found' };
  const command = exceptionCommand<void, Refusal>(deps, context, actor, doctorId, {
    decide: (current) => {
      const changes = removeOverride(current, id);
      return changes.ok ? ok({ value: undefined, changes: changes.value }) : changes;
    },
    audit: 'availability_override.removed',
    details: { overrideId: id },
    opens: true,
    dates: ALL_DATES,
  });
  return execute(deps, context, command);
}

export function takeTimeOff(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  doctorId: UserId,
  input: { readonly from: string; readonly until: string; readonly reason: string | null },
  represent: (timeOff: TimeOff) => Representation,
) {
  type Refusal = NotFound | InvalidFields;
  const id = newId<'time_off'>(deps, context.now);
  const command = exceptionCommand<TimeOff, Refusal>(deps, context, actor, doctorId, {
    decide: (current) => {
      const parsed = parseTimeOff(input, shownDates(context.now));
      if (!parsed.ok) return parsed;
      const timeOff = { id, ...parsed.value };
      return ok({ value: timeOff, changes: addTimeOff(current, timeOff) });
    },
    audit: 'time_off.added',
    details: { from: input.from, until: input.until },
    opens: false,
  });
  return executeOnce(deps, context, command, ({ made }) => represent(made));
}

export function dropTimeOff(deps: Deps, context: Context, actor: KnownActor, doctorId: UserId, id: TimeOffId) {
  type Refusal = NotFound | { readonly code: 'time_off_not_found' };
  const command = exceptionCommand<void, Refusal>(deps, context, actor, doctorId, {
    decide: (current) => {
      const changes = removeTimeOff(current, id);
      return changes.ok ? ok({ value: undefined, changes: changes.value }) : changes;
    },
    audit: 'time_off.removed',
    details: { timeOffId: id },
    opens: true,
    dates: ALL_DATES,
  });
  return execute(deps, context, command);
}

/** Holidays close the whole clinic: doctors do not decide that. */
type ForClinic = { readonly code: 'action_not_permitted' };

export function addHoliday(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  input: { readonly from: string; readonly until: string; readonly name: string },
  represent: (holiday: ClinicHoliday) => Representation,
) {
  type Refusal = InvalidFields | ForClinic;
  const id = newId<'clinic_holiday'>(deps, context.now);
  return executeOnce(
    deps,
    context,
    {
      loads: [],
      decide: (): Result<Decision<StoredSchedulingChange, ClinicHoliday>, Refusal> => {
        if (actor.role === 'doctor') return refuse({ code: 'action_not_permitted' });
        const parsed = parseTimeOff({ from: input.from, until: input.until, reason: null }, shownDates(context.now));
        if (!parsed.ok) return parsed;
        const holiday = { id, from: parsed.value.from, until: parsed.value.until, name: input.name };
        return ok(
          decided({
            value: holiday,
            changes: [{ type: 'clinic_holiday.added', holiday }],
            audit: [
              {
                type: 'clinic_holiday.added',
                stream: 'system',
                outcome: 'success',
                resource: { type: 'clinic_holiday', id },
                details: { from: holiday.from, until: holiday.until },
              },
            ],
          }),
        );
      },
      answerOf: 'caller',
    },
    represent,
  );
}

export function dropHoliday(deps: Deps, context: Context, actor: KnownActor, id: ClinicHolidayId) {
  type Refusal = ForClinic | { readonly code: 'holiday_not_found' };
  const { scheduling } = deps.loads;
  return execute(deps, context, {
    loads: [
      scheduling.holidays(ALL_DATES),
      scheduling.doctors({ specialty: null, doctorIds: null, text: null }, { after: null, limit: MAXIMUM_DOCTORS }),
    ],
    decide: (holidays, doctors): Result<Decision<StoredSchedulingChange, void>, Refusal> => {
      if (actor.role === 'doctor') return refuse({ code: 'action_not_permitted' });
      if (!holidays.some((holiday) => holiday.id === id)) return refuse({ code: 'holiday_not_found' });
      const jobs: JobDraft[] = doctors.map(({ doctor }) => openedJob(doctor.id, context.now));
      return ok(
        decided({
          value: undefined,
          changes: [{ type: 'clinic_holiday.removed', holidayId: id }],
          audit: [
            {
              type: 'clinic_holiday.removed',
              stream: 'system',
              outcome: 'success',
              resource: { type: 'clinic_holiday', id },
            },
          ],
          jobs,
        }),
      );
    },
  });
}

/** Whose reopened time is offered to those who wait when a holiday is taken back. */
const MAXIMUM_DOCTORS = 500;
