/** The loads of the directory: doctors, appointment types and clinic holidays. */
import type { DirectoryLoads, DoctorFilter } from '../../../domain/scheduling/ports.ts';
import type { Row } from '../driver/driver.ts';
import { row, rows, type Sql, sql, together } from '../driver/sql.ts';
import { DOCTORS, OPEN_DOCTOR } from './booking-state.ts';
import { sqlDates } from './busy-statements.ts';
import { clinicLoads } from './clinic-settings.ts';
import { holidaysIn, readHoliday } from './holiday-rows.ts';
import { DOCTOR_COLUMNS, doctorName, readDoctor } from './rows.ts';
import { readType, TYPE_COLUMNS } from './type-rows.ts';

export function doctorCondition(filter: DoctorFilter): Sql {
  const pattern = filter.text === null ? null : `%${filter.text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  return sql`${OPEN_DOCTOR}
    AND (${filter.specialty}::text IS NULL OR lower(d.specialty) = lower(${filter.specialty}))
    AND (${filter.doctorIds === null ? null : [...filter.doctorIds]}::uuid[] IS NULL
      OR d.user_id = ANY(${filter.doctorIds === null ? null : [...filter.doctorIds]}::uuid[]))
    AND (${pattern}::text IS NULL OR lower(d.first_name || ' ' || d.last_name) LIKE ${pattern}
      OR lower(d.specialty) LIKE ${pattern} OR EXISTS (SELECT 1 FROM unnest(d.languages) l WHERE lower(l) LIKE ${pattern}))`;
}

const readEntry = (found: Row) => ({ doctor: readDoctor(found), name: doctorName(found) });

const appointmentTypes = () => rows(sql`SELECT ${TYPE_COLUMNS} FROM appointment_types t ORDER BY t.code`, readType);

export const directoryLoads: DirectoryLoads = {
  doctor: (id) =>
    row(sql`SELECT ${DOCTOR_COLUMNS} FROM ${DOCTORS} WHERE d.user_id = ${id}::uuid AND ${OPEN_DOCTOR}`, readEntry),
  doctors: (filter, { after, limit }) =>
    rows(
      sql`SELECT ${DOCTOR_COLUMNS} FROM ${DOCTORS}
          WHERE ${doctorCondition(filter)} AND (${after}::uuid IS NULL OR d.user_id > ${after}::uuid)
          ORDER BY d.user_id LIMIT ${limit + 1}::int`,
      readEntry,
    ),
  appointmentTypes,
  typesWithLimits: () => together({ types: appointmentTypes(), limits: clinicLoads.limits() }),
  holidays: (dates) => rows(holidaysIn(sqlDates(dates)), readHoliday),
};
