/** Dates on which the whole clinic is closed. Doctors may not set them. */

import type { AuditDraft } from '../../../domain/audit-catalog.ts';
import type { Decision, StoredSchedulingChange } from '../../../domain/changes.ts';
import type { BookedHours } from '../../../domain/scheduling/affected.ts';
import {
  addHoliday,
  type ClinicHoliday,
  type HolidayNotFound,
  removeHoliday,
} from '../../../domain/scheduling/clinic-holiday.ts';
import { parseTimeOff } from '../../../domain/scheduling/exception-input.ts';
import type { InvalidFields } from '../../../domain/scheduling/field-errors.ts';
import type { ClinicHolidayId } from '../../../domain/scheduling/ids.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { Interval } from '../../../domain/shared/interval.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { dayNumber, MILLISECONDS_PER_DAY } from '../../../domain/shared/time.ts';
import { execute, executeOnce, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { type AffectedInput, type AffectedSummary, type Affecting, overHours } from './affected.ts';
import { shownDates } from './availability.ts';
import { ALL_DATES } from './availability-exceptions.ts';
import type { ActionNotPermitted } from './booking-authorisation.ts';
import { matchAllJob } from './opened-time-jobs.ts';

function holidayAudit(
  type: 'clinic_holiday.added' | 'clinic_holiday.removed',
  id: ClinicHolidayId,
  details?: AuditDraft['details'],
): AuditDraft {
  const resource = { type: 'clinic_holiday', id };
  return { type, stream: 'system', outcome: 'success', resource, ...(details === undefined ? {} : { details }) };
}

/** The holiday as entered, with what becomes of the appointments on its dates. */
interface Entered extends Affecting {
  readonly holiday: ClinicHoliday;
}

export function holidayCommand(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  input: { readonly from: string; readonly until: string; readonly name: string },
  affected: AffectedInput,
) {
  type Refusal = InvalidFields | ActionNotPermitted;
  const id = newId<'clinic_holiday'>(deps, context.now);
  const parsed = parseTimeOff({ from: input.from, until: input.until, reason: null }, shownDates(context.now));
  return {
    loads: parsed.ok ? ([closedHours(deps, context, [parsed.value])] as const) : ([deps.loads.none] as const),
    decide: (hours: readonly BookedHours[] | undefined): Result<Decision<StoredSchedulingChange, Entered>, Refusal> => {
      if (actor.role === 'doctor') return refuse({ code: 'action_not_permitted' });
      if (!parsed.ok) return parsed;
      const { from, until } = parsed.value;
      const holiday = { id, from, until, name: input.name };
      return overHours(
        { deps, context, actor, input: affected, other: undefined },
        hours ?? [],
        (before) => ({ ...before, holidays: [...before.holidays, holiday] }),
        decided({
          value: { holiday },
          changes: addHoliday(holiday),
          audit: [holidayAudit('clinic_holiday.added', id, { from, until })],
        }),
      );
    },
    answerOf: 'caller' as const,
  };
}

/** The hours of all doctors, with the appointments on dates that are to be closed. */
function closedHours(deps: Deps, { now }: Context, closed: readonly Pick<ClinicHoliday, 'from' | 'until'>[]) {
  const near = closed.map(({ from, until }) => ({ from, to: until }));
  const [from = shownDates(now).from] = near.map((dates) => dates.from).sort();
  const to =
    near
      .map((dates) => dates.to)
      .sort()
      .at(-1) ?? from;
  return deps.loads.rebookings.bookedHours({ doctorId: null, dates: { from, to }, near, now });
}

export function addClinicHoliday(
  deps: Deps,
  context: Context,
  command: ReturnType<typeof holidayCommand>,
  represent: (holiday: ClinicHoliday, affected: AffectedSummary) => Representation,
) {
  return executeOnce(deps, context, command, ({ holiday, summary }) => represent(holiday, summary));
}

/** The dates in whatever zone a doctor works, with the night after them. */
function inAllZones({ from, until }: Pick<ClinicHoliday, 'from' | 'until'>): Interval {
  const start = (dayNumber(from) - 1) * MILLISECONDS_PER_DAY;
  return { start, end: (dayNumber(until) + 3) * MILLISECONDS_PER_DAY };
}

export function removeClinicHoliday(deps: Deps, context: Context, actor: KnownActor, id: ClinicHolidayId) {
  return execute(deps, context, {
    loads: [deps.loads.scheduling.holidays(ALL_DATES)],
    decide: (holidays): Result<Decision<StoredSchedulingChange, void>, HolidayNotFound | ActionNotPermitted> => {
      if (actor.role === 'doctor') return refuse({ code: 'action_not_permitted' });
      const removed = holidays.find((holiday) => holiday.id === id);
      const changes = removeHoliday(holidays, id);
      if (!changes.ok) return changes;
      return ok(
        decided({
          value: undefined,
          changes: changes.value,
          audit: [holidayAudit('clinic_holiday.removed', id)],
          jobs: removed === undefined ? [] : [matchAllJob(inAllZones(removed))],
        }),
      );
    },
  });
}
