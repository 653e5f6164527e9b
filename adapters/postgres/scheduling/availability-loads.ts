/** The loads of doctors' hours, with and without their busy times. */
import type { Availability } from '../../../domain/scheduling/availability.ts';
import type { AvailabilityLoads, DateRange } from '../../../domain/scheduling/ports.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import type { Row } from '../driver/driver.ts';
import { DATA_KEY_COLUMNS, readDataKey, type SqlLoad, type SqlRecordedLoad, sql } from '../driver/sql.ts';
import { sealedRow } from '../sealed/sealed-row.ts';
import { HOURS_STATEMENTS, hoursStatements, OPEN_DOCTOR, readHours } from './booking-state.ts';
import { sqlDates } from './busy-statements.ts';
import { searchedLoad } from './search-loads.ts';

function availabilityLoad(doctorId: UserId, dates: DateRange, cipher: FieldCipher): SqlLoad<Availability | undefined> {
  return {
    statements: [
      ...hoursStatements(sql`d.user_id = ${doctorId}::uuid AND ${OPEN_DOCTOR}`, sqlDates(dates)),
      sql`SELECT ${DATA_KEY_COLUMNS} FROM data_keys k WHERE k.owner_id = ${doctorId}::uuid`,
    ],
    read: (results) => {
      const key = results[HOURS_STATEMENTS]?.[0];
      const reason = (found: Row) =>
        key === undefined
          ? null
          : sealedRow(cipher, readDataKey(key), 'time_off', found.id as string).optional('reason', found.reason);
      return readHours(results, reason)[0]?.availability;
    },
  };
}

export function createAvailabilityLoads(cipher: FieldCipher): AvailabilityLoads {
  return {
    availability: (doctorId, dates) => availabilityLoad(doctorId, dates, cipher),
    availabilityRead: (doctorId, dates): SqlRecordedLoad<Availability | undefined> => ({
      load: availabilityLoad(doctorId, dates, cipher),
      streams: sql`SELECT d.user_id::text AS stream FROM doctors d WHERE d.user_id = ${doctorId}::uuid`,
    }),
    searched: searchedLoad,
  };
}
