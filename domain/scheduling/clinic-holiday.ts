/** Dates on which the clinic is closed. */
import { ok, type Result, refuse } from '../shared/result.ts';
import type { LocalDate } from '../shared/time.ts';
import type { ClinicHolidayId } from './ids.ts';

/** Local dates on which the whole clinic is closed, in the zone of each doctor; first and last included. */
export interface ClinicHoliday {
  readonly id: ClinicHolidayId;
  readonly from: LocalDate;
  readonly until: LocalDate;
  readonly name: string;
}

export type ClinicHolidayChange =
  | { readonly type: 'clinic_holiday.added'; readonly holiday: ClinicHoliday }
  | { readonly type: 'clinic_holiday.removed'; readonly holidayId: ClinicHolidayId };

export type HolidayNotFound = { readonly code: 'holiday_not_found' };

export function addHoliday(holiday: ClinicHoliday): readonly ClinicHolidayChange[] {
  return [{ type: 'clinic_holiday.added', holiday }];
}

export function removeHoliday(
  holidays: readonly ClinicHoliday[],
  holidayId: ClinicHolidayId,
): Result<readonly ClinicHolidayChange[], HolidayNotFound> {
  if (!holidays.some(({ id }) => id === holidayId)) return refuse({ code: 'holiday_not_found' });
  return ok([{ type: 'clinic_holiday.removed', holidayId }]);
}
