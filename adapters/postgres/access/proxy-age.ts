/** The end of a parent's authority, which follows from the birth date of the child. */
import { type Sql, sql } from '../driver/sql.ts';

/** When the birth date of a patient is corrected, the authority of a parent ends on the birthday that follows from it. */
export function endByAge(patientId: string, dateOfBirth: string | null): Sql[] {
  if (dateOfBirth === null) return [];
  const ofAge = sql`((${dateOfBirth}::date + make_interval(years => age_limit))::timestamp AT TIME ZONE 'UTC')`;
  return [
    sql`UPDATE proxies SET ends_at = LEAST(asked_until, ${ofAge})
        WHERE patient_id = ${patientId}::uuid AND age_limit IS NOT NULL AND revoked_at IS NULL`,
  ];
}
