/** What a violated constraint means to a command that takes time. */
import type { SlotTaken, SlotUnavailable } from '../../../domain/scheduling/slot-reason.ts';
import type { ConflictCode } from '../../../domain/shared/changes.ts';

/** Decisions of a command that takes time, at most: concurrent bookings of one group session conflict often. */
export const GROUP_DECISIONS = 12;

/** @throws Error for a constraint that taking time cannot violate, which is a bug */
export function timeConflict(code: ConflictCode): SlotTaken | SlotUnavailable {
  switch (code) {
    case 'slot_taken':
      return { code, alternatives: [] };
    case 'patient_conflict':
      return { code: 'slot_unavailable', reasons: [{ code, acknowledgeable: false }], alternatives: [] };
    case 'email_taken':
    case 'appointment_type_exists':
    case 'proxy_exists':
    case 'location_exists':
    case 'resource_exists':
    case 'override_exists':
    case 'holiday_exists':
    case 'legal_version_exists':
    case 'limit_in_force':
    case 'processing_restricted':
    case 'address_already_blocked':
    case 'finding_open':
    case 'idempotency_key_raced':
      throw new Error(`taking time cannot violate this constraint: ${code}`);
  }
}
