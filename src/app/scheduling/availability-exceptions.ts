/** Exceptions to a doctor's weekly hours: dates with other hours, and time off. */

import type { AuditEventType } from '../../../domain/audit-catalog.ts';
import type { Decision, StoredSchedulingChange } from '../../../domain/changes.ts';
import type { BookedHours } from '../../../domain/scheduling/affected.ts';
import type { AppointmentType } from '../../../domain/scheduling/appointment-type.ts';
import {
  type Availability,
  type AvailabilityChange,
  type AvailabilityOverride,
  addOverride,
  type OverrideExists,
  type OverrideNotFound,
  removeOverride,
  replaceOverride,
} from '../../../domain/scheduling/availability.ts';
import type { DoctorNotFound } from '../../../domain/scheduling/doctor.ts';
import { type OverrideInput, parseOverride } from '../../../domain/scheduling/exception-input.ts';
import type { InvalidFields } from '../../../domain/scheduling/field-errors.ts';
import type { Location } from '../../../domain/scheduling/location.ts';
import type { DateRange, DirectoryEntry } from '../../../domain/scheduling/ports.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { AppointmentTypeId, AvailabilityOverrideId, UserId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { parseLocalDate } from '../../../domain/shared/time.ts';
import type { ExpectedVersion, StaleVersion } from '../../../domain/shared/version.ts';
import { executeOnce, onlyConflict, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { type AffectedInput, type AffectedSummary, type Affecting, LEAVE, otherDoctor, overHours } from './affected.ts';
import { mayManage, openedOnJob, shownDates } from './availability.ts';
import { withDataKey } from './keyed-changes.ts';

/**
 * A deletion finds an exception on any date, also in the past, and beyond the dates that can be entered today. The range
 * ends, because holidays recur in it.
 */
export const ALL_DATES = { from: '0001-01-01', to: '2199-12-31' } as DateRange;

/** What hours may name. */
interface Known {
  readonly locations: readonly Location[];
  /** The types, and the id of each by its code. */
  readonly all: readonly AppointmentType[];
  readonly types: ReadonlyMap<string, AppointmentTypeId>;
}

interface Exception<T, E> {
  readonly decide: (
    current: Availability,
    known: Known,
  ) => Result<{ value: T; changes: readonly AvailabilityChange[]; after: Availability }, E>;
  readonly audit: AuditEventType;
  readonly details: Readonly<Record<string, string>>;
  /** The dates whose hours it can open, if any. */
  readonly opens: (current: Availability) => DateRange | undefined;
  /** What becomes of the appointments that lose their time. Default: they stay. */
  readonly affected?: AffectedInput;
  /** For which dates exceptions are loaded. Default: those that are shown. */
  readonly dates?: DateRange;
  /** The dates on which appointments can lose their time by it. Default: all that are to come. */
  readonly near?: readonly DateRange[];
}

/** The exception that was made, with the key that encrypts the answer: a reason for time off is about the doctor. */
interface Outcome<T> extends Affecting {
  readonly made: T;
  readonly doctorKey: DataKey;
}

export interface SavedOverride {
  readonly override: AvailabilityOverride;
  /** All types, for the codes of those that its hours name. */
  readonly types: readonly AppointmentType[];
  readonly version: number;
}

/** The dates from the first to the last as clients send them; none if they are no dates, which the decision refuses. */
export function sentDates(first: string, last: string): readonly DateRange[] {
  const [from, to] = [parseLocalDate(first), parseLocalDate(last)];
  return from === undefined || to === undefined ? [] : [{ from, to }];
}

/** A command that adds or removes an exception of one doctor, for an actor who may set that doctor's hours. */
export function exceptionCommand<T, E>(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  doctorId: UserId,
  exception: Exception<T, E>,
) {
  const input = exception.affected ?? LEAVE;
  return {
    loads: [
      deps.loads.rebookings.bookedHours({
        ...{ doctorId, dates: exception.dates ?? shownDates(context.now) },
        ...{ near: exception.near ?? null, now: context.now },
      }),
      deps.loads.scheduling.locations(),
      deps.loads.scheduling.appointmentTypes(),
      otherDoctor(deps, input),
    ] as const,
    decide: (
      [booked]: readonly BookedHours[],
      locations: readonly Location[],
      all: readonly AppointmentType[],
      other: DirectoryEntry | undefined,
    ): Result<Decision<StoredSchedulingChange, Outcome<T>>, E | DoctorNotFound | InvalidFields> => {
      if (booked === undefined || !mayManage(actor, doctorId)) return refuse({ code: 'doctor_not_found' });
      const { availability: current, doctorKey } = booked;
      const opened = exception.opens(current);
      const outcome = exception.decide(current, {
        locations,
        all,
        types: new Map(all.map(({ code, id }) => [code, id])),
      });
      if (!outcome.ok) return outcome;
      const { value: made, changes, after } = outcome.value;
      return overHours(
        { deps, context, actor, input, other },
        [booked],
        () => after,
        decided({
          value: { made, doctorKey },
          changes: withDataKey(doctorKey, changes),
          audit: [
            {
              type: exception.audit,
              stream: doctorId,
              outcome: 'success',
              resource: { type: 'availability', id: doctorId },
              details: exception.details,
            },
          ],
          jobs: opened === undefined ? [] : [openedOnJob(doctorId, current.timezone, opened)],
        }),
      );
    },
    answerOf: ({ doctorKey }: Outcome<T>) => doctorKey,
  };
}

export function overrideCommand(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  doctorId: UserId,
  input: OverrideInput,
  affected: AffectedInput,
) {
  type Refusal = DoctorNotFound | InvalidFields | OverrideExists;
  const id = newId<'availability_override'>(deps, context.now);
  const command = exceptionCommand<SavedOverride, Refusal>(deps, context, actor, doctorId, {
    decide: (current, known) => {
      const parsed = parseOverride(input, shownDates(context.now), current.timezone, known);
      if (!parsed.ok) return parsed;
      const override = { id, ...parsed.value };
      const changes = addOverride(current, override, context.now);
      if (!changes.ok) return changes;
      const after = { ...current, overrides: [...current.overrides.filter((each) => each.id !== id), override] };
      const value = { override, types: known.all, version: current.version + 1 };
      return ok({ value, changes: changes.value, after });
    },
    audit: 'availability_override.added',
    details: { date: input.date },
    opens: () => {
      const [dates] = sentDates(input.date, input.date);
      return input.available.length === 0 ? undefined : dates;
    },
    affected,
    near: sentDates(input.date, input.date),
  });
  return { ...command, onConflict: onlyConflict('override_exists') };
}

export function overrideDate(
  deps: Deps,
  context: Context,
  command: ReturnType<typeof overrideCommand>,
  represent: (saved: SavedOverride, affected: AffectedSummary) => Representation,
) {
  return executeOnce(deps, context, command, ({ made, summary }) => represent(made, summary));
}

/** Replaces the hours of a date in one batch, so that the date is never without them. */
export function replaceOverrideCommand(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  doctorId: UserId,
  id: AvailabilityOverrideId,
  input: OverrideInput,
  affected: AffectedInput,
  expectedVersion: ExpectedVersion,
) {
  type Refusal = DoctorNotFound | InvalidFields | OverrideExists | OverrideNotFound | StaleVersion;
  const command = exceptionCommand<SavedOverride, Refusal>(deps, context, actor, doctorId, {
    decide: (current, known) => {
      if (!current.overrides.some((override) => override.id === id)) return refuse({ code: 'override_not_found' });
      const parsed = parseOverride(input, shownDates(context.now), current.timezone, known);
      if (!parsed.ok) return parsed;
      const override = { id, ...parsed.value };
      const changes = replaceOverride(current, override, expectedVersion);
      if (!changes.ok) return changes;
      const after = { ...current, overrides: [...current.overrides.filter((each) => each.id !== id), override] };
      const value = { override, types: known.all, version: current.version + 1 };
      return ok({ value, changes: changes.value, after });
    },
    audit: 'availability_override.replaced',
    details: { overrideId: id, date: input.date },
    // The hours of the former date may be the weekly ones again.
    opens: ({ overrides }) => {
      const dates = [overrides.find((override) => override.id === id)?.date, parseLocalDate(input.date)];
      const [from, to] = dates.flatMap((date) => date ?? []).sort();
      return from === undefined ? undefined : { from, to: to ?? from };
    },
    affected,
    dates: ALL_DATES,
  });
  return { ...command, onConflict: onlyConflict('override_exists') };
}

/** One override, with the version of the doctor's hours, which is its own. */
export async function readOverride(
  deps: Deps,
  context: Context,
  doctorId: UserId,
  id: AvailabilityOverrideId,
): Promise<Result<SavedOverride, DoctorNotFound | OverrideNotFound>> {
  const { scheduling } = deps.loads;
  const [availability, types] = await deps.database.load(
    scheduling.availability(doctorId, shownDates(context.now)),
    scheduling.appointmentTypes(),
  );
  if (availability === undefined) return refuse({ code: 'doctor_not_found' });
  const override = availability.overrides.find((each) => each.id === id);
  if (override === undefined) return refuse({ code: 'override_not_found' });
  return ok({ override, types, version: availability.version });
}

export function dropOverrideCommand(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  doctorId: UserId,
  id: AvailabilityOverrideId,
  affected: AffectedInput,
) {
  type Refusal = DoctorNotFound | OverrideNotFound;
  return exceptionCommand<void, Refusal>(deps, context, actor, doctorId, {
    decide: (current) => {
      const changes = removeOverride(current, id);
      const after = { ...current, overrides: current.overrides.filter((each) => each.id !== id) };
      return changes.ok ? ok({ value: undefined, changes: changes.value, after }) : changes;
    },
    audit: 'availability_override.removed',
    details: { overrideId: id },
    opens: ({ overrides }) => {
      const removed = overrides.find((override) => override.id === id);
      return removed && { from: removed.date, to: removed.date };
    },
    affected,
    dates: ALL_DATES,
  });
}

export function removeOverrideOnce(
  deps: Deps,
  context: Context,
  command: ReturnType<typeof dropOverrideCommand>,
  represent: (affected: AffectedSummary) => Representation,
) {
  return executeOnce(deps, context, command, ({ summary }) => represent(summary));
}
