/** The weekly hours of a doctor. */

import type { Decision, StoredSchedulingChange } from '../../../domain/changes.ts';
import type { BookedHours } from '../../../domain/scheduling/affected.ts';
import type { AppointmentType } from '../../../domain/scheduling/appointment-type.ts';
import { type Availability, replaceWeekly } from '../../../domain/scheduling/availability.ts';
import {
  type AvailabilityInput,
  overridesInOtherZone,
  parseAvailability,
} from '../../../domain/scheduling/availability-input.ts';
import type { DoctorNotFound } from '../../../domain/scheduling/doctor.ts';
import type { InvalidFields } from '../../../domain/scheduling/field-errors.ts';
import type { Location } from '../../../domain/scheduling/location.ts';
import type { DateRange, DirectoryEntry } from '../../../domain/scheduling/ports.ts';
import { decided, type JobDraft } from '../../../domain/shared/changes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { type Result, refuse } from '../../../domain/shared/result.ts';
import { addDays, dayNumber, type Instant, MILLISECONDS_PER_DAY } from '../../../domain/shared/time.ts';
import type { ExpectedVersion, StaleVersion } from '../../../domain/shared/version.ts';
import { firstInstantAt, lastInstantAt, localDateAt, UTC, type ZoneId } from '../../../domain/shared/zone.ts';
import type { Context, Deps } from '../context.ts';
import { mayChange, type RoleActor } from './actors.ts';
import { type AffectedInput, type Affecting, otherDoctor, overHours } from './affected.ts';
import { matchJob } from './freed-time-jobs.ts';

/** How many days ahead exceptions are shown: as far as anything can be booked. */
export const SHOWN_DAYS = 730;

export function shownDates(now: number) {
  const today = localDateAt(UTC, now);
  return { from: addDays(today, -1), to: addDays(today, SHOWN_DAYS) };
}

/** Whether the actor may set the doctor's hours: doctors may set their own, staff and administrators those of all. */
export function mayManage(actor: RoleActor, doctorId: UserId): boolean {
  return mayChange(actor, { doctorId });
}

/** A job that offers the time of a doctor to the waitlist after new hours, as far ahead as anything can be booked. */
export function openedJob(doctorId: UserId, now: Instant): JobDraft {
  return matchJob({ doctorId, start: now, end: now + SHOWN_DAYS * MILLISECONDS_PER_DAY });
}

/** The same for the hours of some dates, first and last included, which may end on the day after. */
export function openedOnJob(doctorId: UserId, zone: ZoneId, { from, to }: DateRange): JobDraft {
  const start = firstInstantAt(zone, dayNumber(from) * MILLISECONDS_PER_DAY);
  return matchJob({ doctorId, start, end: lastInstantAt(zone, (dayNumber(to) + 2) * MILLISECONDS_PER_DAY) });
}

/** The saved hours, with the appointment types that their rules refer to. */
export interface SavedAvailability extends Affecting {
  readonly availability: Availability;
  readonly types: readonly AppointmentType[];
}

export function weeklyHoursCommand(
  deps: Deps,
  context: Context,
  actor: RoleActor,
  doctorId: UserId,
  input: AvailabilityInput,
  affected: AffectedInput,
  expectedVersion: ExpectedVersion,
) {
  type Refusal = DoctorNotFound | StaleVersion | InvalidFields;
  return {
    loads: [
      deps.loads.rebookings.bookedHours({ doctorId, dates: shownDates(context.now), near: null, now: context.now }),
      deps.loads.scheduling.appointmentTypes(),
      deps.loads.scheduling.locations(),
      otherDoctor(deps, affected),
    ] as const,
    decide: (
      [booked]: readonly BookedHours[],
      types: readonly AppointmentType[],
      locations: readonly Location[],
      other: DirectoryEntry | undefined,
    ): Result<Decision<StoredSchedulingChange, SavedAvailability>, Refusal> => {
      if (booked === undefined || !mayManage(actor, doctorId)) return refuse({ code: 'doctor_not_found' });
      const { availability: current } = booked;
      const parsed = parseAvailability(input, new Map(types.map(({ code, id }) => [code, id])), locations);
      if (!parsed.ok) return parsed;
      const elsewhere = overridesInOtherZone(current, parsed.value.timezone, locations);
      if (elsewhere !== undefined) return refuse(elsewhere);
      const changes = replaceWeekly(current, parsed.value, expectedVersion);
      if (!changes.ok) return changes;
      const { timezone, weekly } = parsed.value;
      const availability = { ...current, timezone, weekly, version: current.version + 1 };
      return overHours(
        { deps, context, actor, input: affected, other },
        [booked],
        () => availability,
        decided({
          value: { availability, types },
          changes: changes.value,
          audit: [
            {
              type: 'availability.updated',
              stream: doctorId,
              outcome: 'success',
              resource: { type: 'availability', id: doctorId },
              details: { rules: weekly.rules.length, timezone },
            },
          ],
          jobs: [openedJob(doctorId, context.now)],
        }),
      );
    },
  };
}
