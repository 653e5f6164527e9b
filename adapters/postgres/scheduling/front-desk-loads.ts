/** The loads of the front desk. */
import type { ClinicAppointment, FrontDeskLoads } from '../../../domain/scheduling/front-desk-ports.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import type { Row } from '../driver/driver.ts';
import { rows, type Sql, type SqlRecordedLoad, sql } from '../driver/sql.ts';
import { pageStatements, READ_TABLES, RECORD_COLUMNS } from './appointment-loads.ts';
import { CONTACT_COLUMNS, readContact } from './patient-contact.ts';
import { readAppointmentRecord } from './rows.ts';

const WITH_PATIENT: Sql = sql`${RECORD_COLUMNS}, ${CONTACT_COLUMNS}
  FROM ${READ_TABLES} LEFT JOIN users pu ON pu.id = a.patient_id`;

export function createFrontDeskLoads(cipher: FieldCipher): FrontDeskLoads {
  const withPatient = (found: Row): ClinicAppointment => ({
    ...readAppointmentRecord(found, cipher),
    patient: readContact(found, cipher),
  });
  return {
    appointmentsRead: (filter, viewer, page): SqlRecordedLoad<ClinicAppointment[]> => {
      const { statement, shown } = pageStatements(filter, viewer, page, WITH_PATIENT);
      return { load: rows(statement, withPatient), streams: sql`SELECT s.patient_id AS stream FROM (${shown}) s` };
    },
  };
}
