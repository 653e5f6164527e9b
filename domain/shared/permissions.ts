/**
 * Roles and their permissions. A permission is `verb:object`; ownership and relation are checked where the object is.
 */

export const ROLES = ['patient', 'doctor', 'staff', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Every role has these, for the holder's own account and data. */
const OWN = [
  'read:own_profile',
  'write:own_profile',
  'close:own_account',
  'manage:own_sessions',
  'manage:own_mfa',
  'manage:own_api_keys',
  'read:own_audit',
  'export:own_data',
  'manage:own_consents',
  'manage:own_limits',
  'manage:own_messages',
  'read:directory',
  'read:slots',
] as const;

const PATIENT = [
  'book:own_appointment',
  'read:own_appointments',
  'change:own_appointment',
  'manage:own_waitlist',
  'manage:own_calendar_feeds',
  'manage:own_proxies',
  'read:own_files',
  'manage:own_files',
] as const;

/** For employees of the clinic; a doctor may use them only for own patients and own time (R28). */
const CLINIC = [
  'register:patients',
  'book:patient_appointment',
  'read:patient_records',
  'run:appointments',
  'write:clinical_notes',
  'write:messages',
  'manage:availability',
  'manage:patient_files',
] as const;

/** Of those who keep the clinic's records: a merge shows one person what the other record holds, if it is not the same person's. */
const RECORDS = ['merge:patients'] as const;

/** Of those who plan for all doctors. */
const FRONT_DESK = ['manage:clinic_calendar_feeds'] as const;

const ADMINISTRATION = [
  'manage:users',
  'manage:appointment_types',
  'manage:clinic',
  'read:audit',
  'manage:audit',
  'manage:legal_texts',
  'manage:privacy',
  'manage:clinical_records',
  'manage:webhooks',
  'manage:quarantine',
  'manage:protection',
] as const;

export type Permission =
  | 'open:emergency_access'
  | (typeof OWN)[number]
  | (typeof PATIENT)[number]
  | (typeof CLINIC)[number]
  | (typeof RECORDS)[number]
  | (typeof FRONT_DESK)[number]
  | (typeof ADMINISTRATION)[number];

const GRANTS: Readonly<Record<Role, readonly Permission[]>> = {
  patient: [...OWN, ...PATIENT],
  doctor: [...OWN, 'open:emergency_access', 'manage:own_calendar_feeds', 'read:own_appointments', ...CLINIC],
  staff: [...OWN, 'read:own_appointments', ...CLINIC, ...RECORDS, ...FRONT_DESK],
  admin: [...OWN, 'read:own_appointments', ...CLINIC, ...RECORDS, ...FRONT_DESK, ...ADMINISTRATION],
};

/** All permissions, sorted. */
export const PERMISSIONS: readonly Permission[] = [...new Set(Object.values(GRANTS).flat())].sort();

export function permissionsOf(role: Role): readonly Permission[] {
  return GRANTS[role];
}
