/**
 * What becomes of each table of a person when two records of one patient are merged: the alias's rows go to the survivor, stay with
 * the alias, or end. The statements are made from this declaration, and a test compares it with the migrated database.
 *
 * The type asks for a line for each table of a person. In a table whose rows move, every column that may name a person has its own line.
 */
import type { AUDIT_TABLES } from './audit.ts';
import type { CLINIC_TABLES } from './clinic.ts';
import type { FILE_TABLES } from './files.ts';
import type { IDENTITY_TABLES } from './identity.ts';
import type { MERGE_TABLES } from './merges.ts';
import type { MFA_TABLES } from './mfa.ts';
import type { NOTIFICATION_TABLES } from './notifications.ts';
import type { PROTECTION_TABLES } from './protection.ts';
import type { RECORD_TABLES } from './records.ts';
import type { SCHEDULING_TABLES } from './scheduling.ts';

type Tables = typeof IDENTITY_TABLES &
  typeof MFA_TABLES &
  typeof SCHEDULING_TABLES &
  typeof CLINIC_TABLES &
  typeof NOTIFICATION_TABLES &
  typeof RECORD_TABLES &
  typeof FILE_TABLES &
  typeof AUDIT_TABLES &
  typeof PROTECTION_TABLES &
  typeof MERGE_TABLES;

type PersonalName = {
  [N in keyof Tables]: Tables[N] extends { readonly rows: 'deleted' | 'kept' } ? N : never;
}[keyof Tables] &
  string;

/** `moves`: the alias's id is replaced with the survivor's. Any other text says why the column keeps what it has. */
type ColumnFate = 'moves' | { readonly keeps: string };

export type MergeFate =
  /** The rows become the survivor's. What is sealed under the alias's key is sealed anew under the survivor's. */
  | {
      readonly fate: 'moves';
      /** Which rows, if not all. */
      readonly only?: string;
      readonly columns: Readonly<Record<string, ColumnFate>>;
    }
  /** The rows belong to rows of another table, and move with them. */
  | { readonly fate: 'follows'; readonly table: PersonalName }
  /** The rows stay the alias's; what shows them to the person reads them together with the survivor's. */
  | { readonly fate: 'stays'; readonly why: string }
  /** Void from the merge on. Undoing does not bring them back; they are deleted when the merge becomes final. */
  | { readonly fate: 'ends'; readonly why: string }
  /** Kept for the time in which the merge can be undone, then deleted or emptied. */
  | { readonly fate: 'kept for undoing'; readonly why: string }
  /** No patient has such rows. A record that has been a doctor's is not merged. */
  | { readonly fate: 'none' };

const WHO_DID_IT: ColumnFate = { keeps: 'who did it' };
const OTHER: ColumnFate = { keeps: 'the other person' };
const NONE: MergeFate = { fate: 'none' };
const CREDENTIAL: MergeFate = { fate: 'ends', why: 'the alias’s account is closed' };
const FACTOR: MergeFate = { fate: 'kept for undoing', why: 'a second factor of the alias’s account, which is closed' };
const PROOF: MergeFate = {
  fate: 'stays',
  why: 'the proofs of the audit log: streams stay apart, and are read together',
};

export const MERGE_FATES: Readonly<Record<PersonalName, MergeFate>> = {
  users: {
    fate: 'moves',
    only: 'records that were merged into the alias before',
    columns: { merged_into: 'moves', registered_by: WHO_DID_IT },
  },
  data_keys: { fate: 'stays', why: 'opens what stays with the alias; destroyed when the survivor is erased' },
  avatars: { fate: 'kept for undoing', why: 'the picture of the alias’s account, which is closed' },
  person_search: { fate: 'ends', why: 'the alias is found no more; made anew when the merge is undone' },
  person_search_pending: { fate: 'ends', why: 'the alias is found no more; made anew when the merge is undone' },
  refresh_tokens: CREDENTIAL,
  sessions: CREDENTIAL,
  one_time_tokens: CREDENTIAL,
  email_changes: CREDENTIAL,
  api_keys: CREDENTIAL,
  idempotency_keys: { fate: 'stays', why: 'answers to repeated requests, for a day' },
  mfa_enrolments: FACTOR,
  mfa_backup_codes: FACTOR,
  mfa_challenges: CREDENTIAL,
  mfa_attempts: FACTOR,
  trusted_devices: CREDENTIAL,
  proxies: {
    fate: 'moves',
    only: 'all but those that the survivor has already',
    columns: { patient_id: 'moves', person_id: 'moves', made_by: WHO_DID_IT, revoked_by: WHO_DID_IT },
  },
  appointments: {
    fate: 'moves',
    columns: {
      patient_id: 'moves',
      held_by: 'moves',
      doctor_id: OTHER,
      occupancy: { keeps: 'which appointments may overlap' },
      cancelled_by: WHO_DID_IT,
      created_by: WHO_DID_IT,
    },
  },
  delay_notices: { fate: 'follows', table: 'appointments' },
  rebooked_appointments: { fate: 'follows', table: 'appointments' },
  appointment_steps: { fate: 'follows', table: 'appointments' },
  appointment_participants: { fate: 'follows', table: 'appointments' },
  doctor_patients: { fate: 'stays', why: 'made anew for both when the appointments move' },
  appointment_series: { fate: 'moves', columns: { patient_id: 'moves', doctor_id: OTHER } },
  waitlist_offers: {
    fate: 'moves',
    columns: { patient_id: 'moves', doctor_id: OTHER, hold_id: { keeps: 'the time that is held' } },
  },
  waitlist_deferred_times: { fate: 'stays', why: 'found by the offer, which moves' },
  waitlist_entries: { fate: 'moves', columns: { patient_id: 'moves', doctor_id: OTHER } },
  calendar_feeds: CREDENTIAL,
  doctors: NONE,
  availability_rules: NONE,
  availability_overrides: NONE,
  time_off: NONE,
  doctor_delays: NONE,
  rebookings: NONE,
  alert_receivers: { fate: 'stays', why: 'the message that it tells of moves while it is not sent' },
  deliveries: { fate: 'follows', table: 'notifications' },
  confirmation_links: { fate: 'follows', table: 'notifications' },
  notification_preferences: {
    fate: 'stays',
    why: 'what was chosen in that account; the survivor’s own choices are in force',
  },
  dev_mailbox: { fate: 'stays', why: 'in development only: messages that were sent to the alias' },
  notifications: {
    fate: 'moves',
    only: 'messages that are not sent yet; those that were sent stay, and are in the copy of the survivor’s data',
    columns: { user_id: 'moves', key_owner: { keeps: 'the key of the message itself' }, written_by: WHO_DID_IT },
  },
  push_subscriptions: CREDENTIAL,
  suppressions: { fate: 'stays', why: 'of the alias’s own addresses' },
  emergency_accesses: {
    fate: 'moves',
    columns: { patient_id: 'moves', doctor_id: OTHER, reviewed_by: WHO_DID_IT, ended_by: WHO_DID_IT },
  },
  processing_limits: {
    fate: 'moves',
    only: 'all but one that is in force for the survivor too',
    columns: { user_id: 'moves', set_by: WHO_DID_IT, lifted_by: WHO_DID_IT },
  },
  consents: {
    fate: 'stays',
    why: 'what the person agreed to in that account; the survivor’s own decisions are in force',
  },
  data_exports: CREDENTIAL,
  audit_events: PROOF,
  audit_addresses: PROOF,
  audit_streams: PROOF,
  audit_leaves: PROOF,
  audit_unsealed: PROOF,
  files: {
    fate: 'moves',
    columns: { patient_id: 'moves', uploaded_by: WHO_DID_IT },
  },
  file_parts: { fate: 'follows', table: 'files' },
  file_attempts: { fate: 'follows', table: 'files' },
  file_thumbnails: { fate: 'follows', table: 'files' },
  file_shares: {
    fate: 'moves',
    only: 'all but one that goes on and that the survivor has for the same file too',
    columns: { shared_by: WHO_DID_IT, receiver_id: 'moves' },
  },
  file_usage: { fate: 'stays', why: 'counted anew for both when the files move' },
  security_findings: { fate: 'stays', why: 'what the account of the alias did, or what was done to it' },
  clinical_keys: {
    fate: 'stays',
    why: 'the notes are sealed anew under the survivor’s; destroyed when the survivor is erased',
  },
  patient_merges: { fate: 'stays', why: 'what was merged into the alias before' },
  patient_merge_rows: { fate: 'follows', table: 'patient_merges' },
};

/** A table with rows that move. */
export interface MovingTable {
  readonly table: string;
  /** The columns in which the alias's id is replaced. */
  readonly columns: readonly string[];
}

export const MOVING_TABLES: readonly MovingTable[] = Object.entries(MERGE_FATES).flatMap(([table, fate]) =>
  fate.fate === 'moves'
    ? [{ table, columns: Object.entries(fate.columns).flatMap(([column, each]) => (each === 'moves' ? [column] : [])) }]
    : [],
);

/** Tables whose rows of the alias are deleted when the merge becomes final. */
export const ENDED_TABLES: readonly string[] = Object.entries(MERGE_FATES).flatMap(([table, { fate }]) =>
  fate === 'ends' || fate === 'kept for undoing' ? [table] : [],
);
