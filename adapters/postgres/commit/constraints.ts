/** What a violated constraint means to the domain. A constraint that is not here is a bug when it fires. */
import type { ConflictCode } from '../../../domain/shared/changes.ts';

const CODES: Readonly<Record<string, ConflictCode>> = {
  users_email_index_key: 'email_taken',
  users_email_claim_key: 'email_taken',
  appointments_doctor_overlap: 'slot_taken',
  appointments_patient_overlap: 'patient_conflict',
  // Somebody else's match was faster: the time, or the person, is served.
  waitlist_offers_once: 'slot_taken',
  waitlist_offers_open: 'slot_taken',
  appointment_types_code_key: 'appointment_type_exists',
  availability_overrides_doctor_date_key: 'override_exists',
  processing_limits_in_force: 'limit_in_force',
  legal_texts_pkey: 'legal_version_exists',
  idempotency_keys_pkey: 'idempotency_key_raced',
};

export function conflictCode(constraint: string | undefined): ConflictCode | undefined {
  return constraint === undefined ? undefined : CODES[constraint];
}
