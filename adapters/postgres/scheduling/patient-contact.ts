/** Reads how the clinic recognises and reaches a patient. */
import type { PatientContact } from '../../../domain/scheduling/front-desk-ports.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import type { Row } from '../driver/driver.ts';
import { raw, readDataKey } from '../driver/sql.ts';
import { damageOf, sealedRow } from '../sealed/sealed-row.ts';

/** Of the patient in `users pu`. */
export const CONTACT_COLUMNS = raw(`pu.id AS contact_id, pu.first_name AS contact_first_name,
  pu.last_name AS contact_last_name, pu.date_of_birth AS contact_date_of_birth, pu.phone_number AS contact_phone_number,
  pu.deleted_at AS contact_deleted_at`);

/** Expects the patient's data key among the columns. */
export function readContact(found: Row, cipher: FieldCipher): PatientContact | null {
  if (found.contact_id === null || found.contact_deleted_at !== null || found.key_owner === null) return null;
  const sealed = sealedRow(cipher, readDataKey(found), 'users', found.contact_id as string);
  const contact = {
    id: found.contact_id as UserId,
    firstName: sealed.text('first_name', found.contact_first_name),
    lastName: sealed.text('last_name', found.contact_last_name),
    dateOfBirth: sealed.optional('date_of_birth', found.contact_date_of_birth),
    phoneNumber: sealed.optional('phone_number', found.contact_phone_number),
  };
  return { ...contact, ...damageOf(sealed) };
}
