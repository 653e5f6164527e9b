/** The load for offering freed time to patients who wait. */
import type { WaitlistEntryId } from '../../../domain/scheduling/ids.ts';
import type { WaitlistLoads, WaitlistMatchState } from '../../../domain/scheduling/ports.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import type { Row } from '../driver/driver.ts';
import { at, DATA_KEY_COLUMNS, readDataKey, type Sql, type SqlLoad, sql } from '../driver/sql.ts';
import { HOURS_STATEMENTS, hoursStatements, readHours } from './booking-state.ts';
import { busyStatement, type SqlDates } from './busy-statements.ts';
import { locationsOf, readResources, resourceStatements } from './resource-state.ts';
import { readBusy, readPatientBusy } from './rows.ts';
import { readType, TYPE_COLUMNS } from './type-rows.ts';
import { ENTRY_COLUMNS, readEntry } from './waitlist-rows.ts';

type Freed = Parameters<WaitlistLoads['matchState']>[0];

/** How many waiting entries are considered for one freed time, the best-ranked first. */
const CANDIDATES = 200;

function waitingFor(doctorId: UserId, dates: SqlDates): Sql {
  return sql`SELECT e.* FROM waitlist_entries e
    WHERE e.state = 'waiting' AND e.first_date <= ${dates.to} AND e.last_date >= ${dates.from}
      AND (e.doctor_id IS NULL OR e.doctor_id = ${doctorId}::uuid)
      AND (e.specialty_index IS NULL
        OR e.specialty_index = (SELECT d.specialty_index FROM doctors d WHERE d.user_id = ${doctorId}::uuid))
      AND EXISTS (SELECT 1 FROM users p WHERE p.id = e.patient_id AND p.deleted_at IS NULL AND p.status <> 'closed')
      AND NOT EXISTS (SELECT 1 FROM waitlist_offers x WHERE x.patient_id = e.patient_id AND x.state = 'open')
    ORDER BY e.rank DESC, e.created_at, e.id LIMIT ${CANDIDATES}::int`;
}

function readPastOffer(found: Row): WaitlistMatchState['pastOffers'][number] {
  return {
    entryId: found.entry_id as WaitlistEntryId,
    doctorId: found.doctor_id as UserId,
    start: found.starts_at as number,
  };
}

function readMatchState(
  results: readonly (readonly Row[])[],
  { start, end }: Freed,
  cipher: FieldCipher,
): WaitlistMatchState | undefined {
  const [hours] = readHours(results);
  if (hours === undefined) return undefined;
  const [types = [], busy = [], entries = [], offers = [], occupied = [], resources, resourceBusy] =
    results.slice(HOURS_STATEMENTS);
  return {
    doctor: hours.doctor,
    doctorName: hours.name,
    availability: hours.availability,
    types: new Map(types.map(readType).map((type) => [type.id, type])),
    busy: busy.map(readBusy),
    resources: readResources([resources, resourceBusy]),
    freed: { start, end },
    entries: entries.map((found) => readEntry(found, cipher)),
    pastOffers: offers.map(readPastOffer),
    patientBusy: new Map(
      [...Map.groupBy(occupied, ({ participant_id }) => participant_id as UserId)].map(([patientId, times]) => [
        patientId,
        times.map(readPatientBusy),
      ]),
    ),
    keys: new Map(entries.map((found) => [found.patient_id as UserId, readDataKey(found)])),
  };
}

export function matchStateLoad(freed: Freed, cipher: FieldCipher): SqlLoad<WaitlistMatchState | undefined> {
  const { doctorId, start, end, now } = freed;
  const dates = {
    from: sql`((${at(start)}::timestamptz AT TIME ZONE 'UTC')::date - 1)`,
    to: sql`((${at(end)}::timestamptz AT TIME ZONE 'UTC')::date + 1)`,
  };
  const waiting = waitingFor(doctorId, dates);
  return {
    statements: [
      ...hoursStatements(sql`d.user_id = ${doctorId}::uuid`, dates),
      sql`SELECT ${TYPE_COLUMNS} FROM appointment_types t`,
      busyStatement('provider', (participant) => sql`${participant} = ${doctorId}::uuid`, dates, now),
      sql`SELECT ${ENTRY_COLUMNS}, ${DATA_KEY_COLUMNS} FROM (${waiting}) e JOIN data_keys k ON k.owner_id = e.patient_id`,
      sql`SELECT o.entry_id, o.doctor_id, o.starts_at FROM waitlist_offers o
          WHERE o.entry_id IN (SELECT w.id FROM (${waiting}) w) AND o.doctor_id = ${doctorId}::uuid`,
      busyStatement(
        'patient',
        (participant) => sql`${participant} IN (SELECT w.patient_id FROM (${waiting}) w)`,
        dates,
        now,
      ),
      ...resourceStatements(sql`r.location_id IN ${locationsOf(sql`${doctorId}::uuid`, dates)}`, dates, now),
    ],
    read: (results) => readMatchState(results, freed, cipher),
  };
}
