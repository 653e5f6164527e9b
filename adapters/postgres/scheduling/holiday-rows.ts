/** Rows of holidays of the clinic. */
import { type ClinicHoliday, type ClosedDates, occurrencesOf } from '../../../domain/scheduling/clinic-holiday.ts';
import type { ClinicHolidayId } from '../../../domain/scheduling/ids.ts';
import type { LocalDate } from '../../../domain/shared/time.ts';
import type { Row } from '../driver/driver.ts';
import { type Sql, sql } from '../driver/sql.ts';

interface Range {
  readonly from: Sql;
  readonly to: Sql;
}

/** Holidays `h` that may lie in a range: {@link readClosedDates} leaves out those of which no recurrence does. */
export function mayLieIn({ from, to }: Range): Sql {
  return sql`(h.first_date <= ${to} AND (h.last_date >= ${from}
    OR (h.yearly AND (h.yearly_until IS NULL OR h.yearly_until >= ${from} - 31))))`;
}

/** With the range, for {@link readClosedDates}. */
export function holidaysIn({ from, to }: Range): Sql {
  return sql`SELECT h.*, ${from} AS range_from, ${to} AS range_to FROM clinic_holidays h
    WHERE ${mayLieIn({ from, to })} ORDER BY h.first_date, h.id`;
}

export function readHoliday(found: Row): ClinicHoliday {
  return {
    id: found.id as ClinicHolidayId,
    from: found.first_date as LocalDate,
    until: found.last_date as LocalDate,
    name: found.name as string,
    yearly: found.yearly as boolean,
    yearlyUntil: found.yearly_until as LocalDate | null,
  };
}

export function readClosedDates(found: Row): readonly ClosedDates[] {
  const range = { from: found.range_from as LocalDate, to: found.range_to as LocalDate };
  return occurrencesOf(readHoliday(found), range);
}
