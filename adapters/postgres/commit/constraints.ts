/** Maps violated constraints to domain error codes. A violation of a constraint that is not listed here is a bug. */
import type { ConflictCode } from '../../../domain/shared/changes.ts';

const CODES: Readonly<Record<string, ConflictCode>> = {
  users_email_index_key: 'email_taken',
  users_email_claim_key: 'email_taken',
  appointments_doctor_overlap: 'slot_taken',
  // A concurrent booking took the same place of a group session.
  appointments_lane_taken: 'slot_taken',
  appointments_patient_overlap: 'patient_conflict',
  // A concurrent match was committed first: the time is offered to somebody else, or the person has an offer already.
  waitlist_offers_once: 'slot_taken',
  waitlist_offers_open: 'slot_taken',
  proxies_live_key: 'proxy_exists',
  locations_name_key: 'location_exists',
  resources_name_key: 'resource_exists',
  appointment_types_code_key: 'appointment_type_exists',
  availability_overrides_doctor_date_key: 'override_exists',
  clinic_holidays_equal_key: 'holiday_exists',
  processing_limits_in_force: 'limit_in_force',
  // The name of a guard.
  processing_restricted: 'processing_restricted',
  legal_texts_pkey: 'legal_version_exists',
  ip_blocks_standing: 'address_already_blocked',
  security_findings_open_address: 'finding_open',
  security_findings_open_person: 'finding_open',
  idempotency_keys_pkey: 'idempotency_key_raced',
};

export function conflictCode(constraint: string | undefined): ConflictCode | undefined {
  return constraint === undefined ? undefined : CODES[constraint];
}
