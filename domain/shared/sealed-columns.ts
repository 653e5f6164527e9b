/**
 * Every column that holds a sealed value, declared once (R77). A box is bound to the place it was made for: table,
 * column, row and person. Code that seals, opens or reseals takes the place from here, so that no box can be made or
 * read without one.
 */

interface ColumnRule {
  /** Sealed under the patient's clinical key, if there is one. */
  readonly clinical?: true;
  /** Whether NULL in the column counts as damage. */
  readonly required: boolean;
  /** The status of a row in which NULL is no damage in a required column. */
  readonly absentIn?: string;
  /** The name that boxes of format 1 were bound to, if it was not `table.column`. */
  readonly formerName?: string;
}

interface TableRule {
  /**
   * The column that identifies the row; null if the box is outside the database or no single column identifies its row.
   */
  readonly row: string | null;
  /** The column that holds the owner of the sealing key. */
  readonly owner: string;
  readonly columns: Readonly<Record<string, ColumnRule>>;
  /** Boxes of format 1 are accepted forever: something else binds them, or none is older than a few days. */
  readonly acceptsUnbound?: true;
}

const required: ColumnRule = { required: true };
const optional: ColumnRule = { required: false };

export const SEALED_TABLES = {
  users: {
    row: 'id',
    owner: 'id',
    columns: {
      email: { required: true, absentIn: 'no_account' },
      first_name: required,
      last_name: required,
      language: required,
      date_of_birth: optional,
      phone_number: optional,
      address: optional,
      bio: optional,
      last_login_ip: { required: false, formerName: 'sessions.ip' },
    },
  },
  avatars: { row: 'user_id', owner: 'user_id', columns: { file_key: required } },
  sessions: {
    row: 'id',
    owner: 'user_id',
    columns: { device_name: required, ip: optional, user_agent: optional, location: optional },
  },
  email_changes: { row: 'id', owner: 'user_id', columns: { new_email: required, previous_email: optional } },
  proxies: { row: 'id', owner: 'patient_id', columns: { person_email: optional, proof: optional } },
  emergency_accesses: { row: 'id', owner: 'patient_id', columns: { reason: required } },
  trusted_devices: { row: 'id', owner: 'user_id', columns: { name: required } },
  api_keys: { row: 'id', owner: 'user_id', columns: { name: required } },
  mfa_enrolments: {
    row: 'user_id',
    owner: 'user_id',
    columns: {
      secret: optional,
      pending_secret: { required: false, formerName: 'mfa_enrolments.secret' },
      phone: optional,
      pending_phone: { required: false, formerName: 'mfa_enrolments.phone' },
    },
  },
  appointments: {
    row: 'id',
    owner: 'patient_id',
    columns: {
      reason: optional,
      symptoms: optional,
      notes: { required: false, clinical: true },
      intake: optional,
      cancellation_reason: optional,
      exception_reason: optional,
    },
  },
  time_off: { row: 'id', owner: 'doctor_id', columns: { reason: optional } },
  rebookings: { row: 'id', owner: 'doctor_id', columns: { message: optional } },
  waitlist_entries: { row: 'id', owner: 'patient_id', columns: { specialty: optional } },
  clinical_keys: {
    row: 'patient_id',
    owner: 'key_id',
    columns: { name: optional, date_of_birth: optional, hold_reason: optional },
  },
  // The owner of its key is the receiver, or the message itself; only this query has to know, through `coalesce`.
  notifications: { row: 'id', owner: 'coalesce(key_owner, user_id)', columns: { variables: required } },
  // The key is the alert's own, and destroyed once everybody is told.
  alerts: { row: 'id', owner: 'id', columns: { words: required } },
  suppressions: { row: 'id', owner: 'user_id', columns: { address: required } },
  push_subscriptions: { row: 'id', owner: 'user_id', columns: { target: required, label: required } },
  // One of the two: the person's own file, or a document of the clinic.
  files: {
    row: 'id',
    owner: 'patient_id',
    columns: {
      details: optional,
      file_key: optional,
      clinical_details: { required: false, clinical: true },
      clinical_file_key: { required: false, clinical: true },
    },
  },
  // The key is the block's own, and ends with it.
  ip_blocks: { row: 'id', owner: 'id', columns: { range: required, note: optional } },
  // The key is the finding's own, and ends with it.
  security_findings: { row: 'id', owner: 'id', columns: { address: optional, note: optional } },
  // The key is the endpoint's own.
  webhook_endpoints: { row: 'id', owner: 'id', columns: { secrets: required } },
  // Rows live for a day and are found by scope and hashed key.
  idempotency_keys: { row: null, owner: 'person_id', columns: { body: required }, acceptsUnbound: true },
  // Development only. The row is named by the time it was written.
  dev_mailbox: { row: null, owner: 'owner_id', columns: { message: required }, acceptsUnbound: true },
  // Files live for a week at most.
  data_exports: { row: null, owner: 'user_id', columns: { archive: required }, acceptsUnbound: true },
  // The event's digest covers the box, and the chain covers the digest.
  audit_events: { row: null, owner: 'actor_id', columns: { personal: optional }, acceptsUnbound: true },
} as const satisfies Readonly<Record<string, TableRule>>;

export type SealedTable = keyof typeof SEALED_TABLES;
export type SealedColumnOf<T extends SealedTable> = keyof (typeof SEALED_TABLES)[T]['columns'] & string;

/** The column that identifies the rows of a table. */
export function rowColumn(table: string): string | null {
  return SEALED_TABLES[table as SealedTable]?.row ?? null;
}

/** Whether NULL in the column is no damage because of the status of the row. */
export function mayBeAbsent(tableName: string, column: string, status: unknown): boolean {
  const { columns = {} }: Partial<TableRule> = SEALED_TABLES[tableName as SealedTable] ?? {};
  const absentIn = columns[column]?.absentIn;
  return absentIn !== undefined && absentIn === status;
}

/** The place a sealed value is bound to. Only {@link sealedPlaceOf} and {@link namedPlace} make one. */
export interface SealedPlace {
  readonly table: SealedTable;
  readonly column: string;
  /** Identifies the row within the table. */
  readonly row: string;
  readonly required: boolean;
  readonly acceptsUnbound: boolean;
  readonly clinical: boolean;
  /** The name that boxes of format 1 in this place are bound to. */
  readonly formerName: string;
}

export function sealedPlaceOf<T extends SealedTable>(table: T, column: SealedColumnOf<T>, row: string): SealedPlace {
  return namedPlace(table, column, row);
}

/** For code that iterates over tables by name. @throws TypeError if the column is not declared as sealed */
export function namedPlace(tableName: string, column: string, row: string): SealedPlace {
  const table = tableName as SealedTable;
  const { columns = {}, acceptsUnbound }: Partial<TableRule> = SEALED_TABLES[table] ?? {};
  const rule = columns[column];
  if (rule === undefined) throw new TypeError(`${table}.${column} is not declared as sealed`);
  // A query that does not select the id is a bug, not damage.
  if (typeof row !== 'string') throw new TypeError(`${table}.${column}: the row is not named`);
  const formerName = rule.formerName ?? `${table}.${column}`;
  return {
    table,
    column,
    row,
    required: rule.required,
    acceptsUnbound: acceptsUnbound === true,
    clinical: rule.clinical === true,
    formerName,
  };
}

/**
 * - `altered`: the bytes were changed, or were made for another table, column, row or person
 * - `missing`: NULL where a value is required
 * - `unbound`: format 1, although all boxes have been bound
 * - `key`: the person's data key cannot be unwrapped
 */
export type DamageKind = 'altered' | 'missing' | 'unbound' | 'key';

export interface Damage {
  readonly kind: DamageKind;
  readonly table: string;
  readonly column: string;
  readonly row: string;
}

/**
 * Progress of a database from format 1 to format 2:
 * - `unbound`: format 1 is written, because instances that only know format 1 may be running
 * - `binding`: format 2 is written, both are read
 * - `bound`: format 1 is damage
 */
export type BindingState = 'unbound' | 'binding' | 'bound';

export interface BoxFormat {
  state: BindingState;
}

/** The value returned for a damaged text if the field cannot be null: U+FFFD REPLACEMENT CHARACTER. */
export const UNREADABLE = '\uFFFD';
