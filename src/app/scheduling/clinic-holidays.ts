/** Dates on which the whole clinic is closed. Doctors may not set them. */

import type { AuditDraft } from '../../../domain/audit-catalog.ts';
import type { Decision, StoredSchedulingChange } from '../../../domain/changes.ts';
import type { BookedHours } from '../../../domain/scheduling/affected.ts';
import {
  addHoliday,
  type ClinicHoliday,
  type ClosedDates,
  type HolidayExists,
  type HolidayNotFound,
  isSameHoliday,
  occurrencesOf,
  removeHoliday,
} from '../../../domain/scheduling/clinic-holiday.ts';
import { type HolidayInput, parseHoliday } from '../../../domain/scheduling/exception-input.ts';
import type { InvalidFields } from '../../../domain/scheduling/field-errors.ts';
import { importable } from '../../../domain/scheduling/holiday-list.ts';
import type { ClinicHolidayId } from '../../../domain/scheduling/ids.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { Interval } from '../../../domain/shared/interval.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { dayNumber, MILLISECONDS_PER_DAY } from '../../../domain/shared/time.ts';
import { execute, executeOnce, onlyConflict, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import type { RoleActor } from './actors.ts';
import { type AffectedInput, type Affecting, overHours } from './affected.ts';
import { shownDates } from './availability.ts';
import { ALL_DATES } from './availability-exceptions.ts';
import type { ActionNotPermitted } from './booking-authorisation.ts';
import { matchAllJob } from './opened-time-jobs.ts';

/** Doctors plan for themselves, and a holiday closes the days of all. */
export function mayEnterHolidays(actor: RoleActor): boolean {
  return actor.role !== 'doctor';
}

/** How many lines of an unreadable list are named. */
const SHOWN_ERRORS = 20;

function holidayAudit(
  type: 'clinic_holiday.added' | 'clinic_holiday.removed',
  id: ClinicHolidayId,
  details?: AuditDraft['details'],
): AuditDraft {
  const resource = { type: 'clinic_holiday', id };
  return { type, stream: 'system', outcome: 'success', resource, ...(details === undefined ? {} : { details }) };
}

/** The holidays as entered, with what becomes of the appointments on their dates. */
interface Entered extends Affecting {
  readonly holidays: readonly ClinicHoliday[];
  /** How many were there already. */
  readonly unchanged: number;
}

type NewHoliday = Omit<ClinicHoliday, 'id'>;
type Refusal = InvalidFields | ActionNotPermitted | HolidayExists;

interface Entering {
  readonly wanted: Result<readonly NewHoliday[], InvalidFields>;
  readonly affected: AffectedInput;
  /** Whether those that are there already are left out. Default: they refuse the command. */
  readonly skipsKnown: boolean;
  readonly audit: (holidays: readonly ClinicHoliday[]) => readonly AuditDraft[];
}

function enteringCommand(deps: Deps, context: Context, actor: KnownActor, entering: Entering) {
  const { wanted, affected: input, skipsKnown } = entering;
  const shown = shownDates(context.now);
  const given = (wanted.ok ? wanted.value : []).map((holiday) => ({
    id: newId<'clinic_holiday'>(deps, context.now),
    ...holiday,
  }));
  const closed = given.flatMap((holiday) => occurrencesOf(holiday, shown));
  return {
    loads: [closedHours(deps, context, closed), deps.loads.scheduling.holidays(ALL_DATES)] as const,
    decide: (
      hours: readonly BookedHours[],
      known: readonly ClinicHoliday[],
    ): Result<Decision<StoredSchedulingChange, Entered>, Refusal> => {
      if (!mayEnterHolidays(actor)) return refuse({ code: 'action_not_permitted' });
      if (!wanted.ok) return wanted;
      const holidays = given.filter(
        (holiday, index) => ![...known, ...given.slice(0, index)].some((each) => isSameHoliday(each, holiday)),
      );
      if (!skipsKnown && holidays.length < given.length) return refuse({ code: 'holiday_exists' });
      const newly = holidays.flatMap((holiday) => occurrencesOf(holiday, shown));
      return overHours(
        { deps, context, actor, input, other: undefined },
        hours,
        (before) => ({ ...before, holidays: [...before.holidays, ...newly] }),
        decided({
          value: { holidays, unchanged: given.length - holidays.length },
          changes: holidays.flatMap((holiday) => addHoliday(holiday, context.now)),
          audit: entering.audit(holidays),
        }),
      );
    },
    answerOf: 'caller' as const,
    // Another request entered the same meanwhile: the next decision finds it.
    reloadOnConflict: true,
    onConflict: onlyConflict('holiday_exists'),
  };
}

export function holidayCommand(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  input: HolidayInput,
  affected: AffectedInput,
) {
  const parsed = parseHoliday(input, shownDates(context.now));
  return enteringCommand(deps, context, actor, {
    ...{ affected, skipsKnown: false },
    wanted: parsed.ok ? ok([parsed.value]) : parsed,
    audit: (holidays) =>
      holidays.map(({ id, from, until, yearly }) =>
        holidayAudit('clinic_holiday.added', id, { from, until, ...(yearly ? { yearly } : {}) }),
      ),
  });
}

/** The command that enters what can be read of an iCalendar list, and what cannot. */
export function importCommand(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  calendar: string,
  affected: AffectedInput,
) {
  const { holidays, past, errors } = importable(calendar, shownDates(context.now));
  const isUnreadable = holidays.length === 0 && errors.length > 0;
  const faults = errors.slice(0, SHOWN_ERRORS).map(({ line, message }) => ({
    ...{ pointer: '/calendar', code: 'invalid' as const },
    message: `line ${line}: ${message}`,
  }));
  const command = enteringCommand(deps, context, actor, {
    ...{ affected, skipsKnown: true },
    wanted: isUnreadable ? refuse({ code: 'invalid_fields', errors: faults }) : ok(holidays),
    audit: (entered) => [
      {
        type: 'clinic_holidays.imported',
        stream: 'system',
        outcome: 'success',
        details: { holidays: entered.length },
      },
    ],
  });
  return { command, past, errors };
}

/** The hours of all doctors, with the appointments on dates that are to be closed. */
function closedHours(deps: Deps, { now }: Context, closed: readonly ClosedDates[]) {
  const near = closed.map(({ from, until }) => ({ from, to: until }));
  const [from = shownDates(now).from] = near.map((dates) => dates.from).sort();
  const to =
    near
      .map((dates) => dates.to)
      .sort()
      .at(-1) ?? from;
  return deps.loads.rebookings.bookedHours({ doctorId: null, dates: { from, to }, near, now });
}

export function enterHolidays(
  deps: Deps,
  context: Context,
  command: ReturnType<typeof holidayCommand>,
  represent: (entered: Entered) => Representation,
) {
  return executeOnce(deps, context, command, represent);
}

/** The dates in whatever zone a doctor works, with the night after them. */
function inAllZones({ from, until }: ClosedDates): Interval {
  const start = (dayNumber(from) - 1) * MILLISECONDS_PER_DAY;
  return { start, end: (dayNumber(until) + 3) * MILLISECONDS_PER_DAY };
}

export function removeClinicHoliday(deps: Deps, context: Context, actor: KnownActor, id: ClinicHolidayId) {
  return execute(deps, context, {
    loads: [deps.loads.scheduling.holidays(ALL_DATES)],
    decide: (holidays): Result<Decision<StoredSchedulingChange, void>, HolidayNotFound | ActionNotPermitted> => {
      if (!mayEnterHolidays(actor)) return refuse({ code: 'action_not_permitted' });
      const removed = holidays.find((holiday) => holiday.id === id);
      if (removed === undefined) return refuse({ code: 'holiday_not_found' });
      return ok(
        decided({
          value: undefined,
          changes: removeHoliday(removed),
          audit: [holidayAudit('clinic_holiday.removed', id)],
          jobs: occurrencesOf(removed, shownDates(context.now)).map((dates) => matchAllJob(inAllZones(dates))),
        }),
      );
    },
  });
}
