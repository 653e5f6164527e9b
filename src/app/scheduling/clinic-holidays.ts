/** Dates on which the whole clinic is closed. Doctors may not set them. */

import type { AuditDraft } from '../../../domain/audit-catalog.ts';
import type { Decision, StoredSchedulingChange } from '../../../domain/changes.ts';
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
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { execute, executeOnce, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { openedJob, shownDates } from './availability.ts';
import { ALL_DATES } from './availability-exceptions.ts';
import type { ActionNotPermitted } from './booking-authorisation.ts';

/** To how many doctors' waitlists the time of a removed holiday is offered. */
const MAXIMUM_DOCTORS = 500;

function holidayAudit(
  type: 'clinic_holiday.added' | 'clinic_holiday.removed',
  id: ClinicHolidayId,
  details?: AuditDraft['details'],
): AuditDraft {
  const resource = { type: 'clinic_holiday', id };
  return { type, stream: 'system', outcome: 'success', resource, ...(details === undefined ? {} : { details }) };
}

export function addClinicHoliday(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  input: { readonly from: string; readonly until: string; readonly name: string },
  represent: (holiday: ClinicHoliday) => Representation,
) {
  type Refusal = InvalidFields | ActionNotPermitted;
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
        const { from, until } = parsed.value;
        const holiday = { id, from, until, name: input.name };
        const audit = [holidayAudit('clinic_holiday.added', id, { from, until })];
        return ok(decided({ value: holiday, changes: addHoliday(holiday), audit }));
      },
      answerOf: 'caller',
    },
    represent,
  );
}

export function removeClinicHoliday(deps: Deps, context: Context, actor: KnownActor, id: ClinicHolidayId) {
  const { scheduling } = deps.loads;
  return execute(deps, context, {
    loads: [
      scheduling.holidays(ALL_DATES),
      scheduling.doctors({ specialty: null, doctorIds: null, text: null }, { after: null, limit: MAXIMUM_DOCTORS }),
    ],
    decide: (
      holidays,
      doctors,
    ): Result<Decision<StoredSchedulingChange, void>, HolidayNotFound | ActionNotPermitted> => {
      if (actor.role === 'doctor') return refuse({ code: 'action_not_permitted' });
      const changes = removeHoliday(holidays, id);
      if (!changes.ok) return changes;
      return ok(
        decided({
          value: undefined,
          changes: changes.value,
          audit: [holidayAudit('clinic_holiday.removed', id)],
          jobs: doctors.map(({ doctor }) => openedJob(doctor.id, context.now)),
        }),
      );
    },
  });
}
