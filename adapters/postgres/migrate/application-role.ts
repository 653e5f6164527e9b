/**
 * The role that the portal acts as, and its privileges. Roles belong to the server, not to the database, so a database
 * that was moved or restored may lack them: each migration run restores both from this list.
 */
import type { MigrationTarget } from './migrate.ts';

export const APPLICATION_ROLE = 'patient_portal_app';

const READS_AND_WRITES = 'SELECT, INSERT, UPDATE, DELETE';
/** Written only by functions that run as the owner. */
const READS = 'SELECT';
const NOTHING = '';

/** Every table of the portal must be listed; `tests/architecture.test.ts` finds missing ones. */
export const TABLE_GRANTS: Readonly<Record<string, string>> = {
  alert_receivers: READS_AND_WRITES,
  alerts: READS_AND_WRITES,
  address_rules: 'SELECT, UPDATE',
  ip_blocks: READS_AND_WRITES,
  security_findings: READS_AND_WRITES,
  limit_refusals: READS_AND_WRITES,
  limit_uses: READS_AND_WRITES,
  api_keys: READS_AND_WRITES,
  appointment_participants: READS_AND_WRITES,
  appointment_steps: 'SELECT, INSERT',
  appointment_series: READS_AND_WRITES,
  appointment_types: READS_AND_WRITES,
  appointments: READS_AND_WRITES,
  audit_addresses: 'SELECT, DELETE',
  audit_checkpoints: READS,
  audit_events: READS,
  audit_leaves: READS,
  audit_log: READS,
  audit_origins: READS,
  audit_streams: READS,
  audit_tiles: READS,
  audit_unsealed: READS,
  audit_verifications: 'SELECT, INSERT, UPDATE',
  avatars: READS_AND_WRITES,
  availability_overrides: READS_AND_WRITES,
  availability_rules: READS_AND_WRITES,
  cache_epochs: 'SELECT, UPDATE',
  calendar_feeds: READS_AND_WRITES,
  clinical_keys: READS_AND_WRITES,
  clinic_holidays: READS_AND_WRITES,
  clinic_settings: 'SELECT, UPDATE',
  confirmation_links: READS_AND_WRITES,
  consents: 'SELECT, INSERT, DELETE',
  daily_digest: READS_AND_WRITES,
  sending_days: READS_AND_WRITES,
  sending_rates: READS_AND_WRITES,
  damaged_records: 'SELECT, INSERT',
  data_exports: READS_AND_WRITES,
  data_keys: READS_AND_WRITES,
  delay_notices: READS_AND_WRITES,
  deliveries: READS_AND_WRITES,
  dev_mailbox: READS_AND_WRITES,
  doctor_delays: READS_AND_WRITES,
  doctor_patients: READS_AND_WRITES,
  doctors: READS_AND_WRITES,
  download_links: READS_AND_WRITES,
  emergency_accesses: READS_AND_WRITES,
  clinic_file_usage: 'SELECT, UPDATE',
  file_attempts: READS_AND_WRITES,
  file_parts: READS_AND_WRITES,
  file_purges: READS_AND_WRITES,
  file_thumbnails: READS_AND_WRITES,
  file_shares: READS_AND_WRITES,
  file_usage: READS_AND_WRITES,
  files: READS_AND_WRITES,
  idempotency_keys: READS_AND_WRITES,
  locations: READS_AND_WRITES,
  legal_texts: 'SELECT, INSERT',
  mfa_attempts: READS_AND_WRITES,
  mfa_backup_codes: READS_AND_WRITES,
  mfa_challenges: READS_AND_WRITES,
  mfa_enrolments: READS_AND_WRITES,
  notification_preferences: READS_AND_WRITES,
  notifications: READS_AND_WRITES,
  one_time_tokens: READS_AND_WRITES,
  outbox: READS_AND_WRITES,
  patient_merge_rows: READS_AND_WRITES,
  patient_merges: READS_AND_WRITES,
  person_search: READS_AND_WRITES,
  person_search_pending: READS_AND_WRITES,
  processing_limits: READS_AND_WRITES,
  provider_notices: 'SELECT, INSERT, DELETE',
  proxies: READS_AND_WRITES,
  rebooked_appointments: READS_AND_WRITES,
  rebookings: READS_AND_WRITES,
  push_subscriptions: READS_AND_WRITES,
  refresh_tokens: READS_AND_WRITES,
  resources: READS_AND_WRITES,
  schema_migrations: READS,
  sealed_format: READS,
  sessions: READS_AND_WRITES,
  sign_in_failures: READS_AND_WRITES,
  suppressions: READS_AND_WRITES,
  tables_to_rewrite: NOTHING,
  time_off: READS_AND_WRITES,
  timezone_rules: READS_AND_WRITES,
  trusted_devices: READS_AND_WRITES,
  email_changes: READS_AND_WRITES,
  users: READS_AND_WRITES,
  waitlist_deferred_times: READS_AND_WRITES,
  waitlist_entries: READS_AND_WRITES,
  waitlist_offers: READS_AND_WRITES,
  webhook_attempts: READS_AND_WRITES,
  webhook_deliveries: READS_AND_WRITES,
  webhook_endpoints: READS_AND_WRITES,
  webhook_events: READS_AND_WRITES,
};

/** Functions whose EXECUTE privilege is not granted to everybody. */
export const FUNCTION_GRANTS: readonly string[] = [
  'audit_append',
  'audit_checkpoint_numbered',
  'audit_checkpoint_published',
  'audit_origin_began',
  'audit_seal',
  'audit_sealing_stopped',
  'erase_person',
];

/**
 * Creates the role if the server lacks it, and makes the owner a member, so that one `DATABASE_URL` is enough for a
 * self-hoster. Safe to run at the same time for two databases of one server.
 */
export async function ensureRole(target: MigrationTarget): Promise<void> {
  await target.run(`
    DO $$
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${APPLICATION_ROLE}') THEN
        CREATE ROLE ${APPLICATION_ROLE} NOLOGIN;
      END IF;
    EXCEPTION
      WHEN duplicate_object OR unique_violation THEN NULL;
    END
    $$;
    DO $$
    BEGIN
      IF NOT pg_has_role(current_user, '${APPLICATION_ROLE}', 'MEMBER') THEN
        EXECUTE format('GRANT ${APPLICATION_ROLE} TO %I', current_user);
      END IF;
    EXCEPTION
      WHEN unique_violation THEN NULL;
    END
    $$;`);
}

/**
 * Grants missing privileges, and revokes one that new databases grant to everybody: creating temporary tables, which
 * could shadow real ones. Nothing is granted again, because each `GRANT` makes every session reload the catalogue.
 * Tables that do not exist yet, as in a database of earlier migrations, are skipped.
 * @returns what was granted in this run
 */
export async function ensureGrants(target: MigrationTarget): Promise<string[]> {
  const missing = await target.run(`
    WITH wanted (owner, privilege) AS (VALUES ${wantedTablePrivileges()})
    SELECT privilege || ' ON ' || owner AS what FROM wanted
      WHERE to_regclass('public.' || owner) IS NOT NULL
        AND NOT has_table_privilege('${APPLICATION_ROLE}', to_regclass('public.' || owner), privilege)
    UNION ALL
    SELECT 'EXECUTE ON FUNCTION ' || p.oid::regprocedure FROM pg_proc p
      WHERE p.pronamespace = 'public'::regnamespace AND p.proname IN (${FUNCTION_GRANTS.map((name) => `'${name}'`).join(', ')})
        AND NOT has_function_privilege('${APPLICATION_ROLE}', p.oid, 'EXECUTE')
    UNION ALL
    SELECT 'USAGE ON SCHEMA public' WHERE NOT has_schema_privilege('${APPLICATION_ROLE}', 'public', 'USAGE')
    ORDER BY 1`);
  const grants = missing.map(({ what }) => String(what));
  for (const what of grants) await target.run(`GRANT ${what} TO ${APPLICATION_ROLE}`);
  // Privileges of the database itself are carried neither by a dump nor by a template.
  await target.run(`
    DO $$
    BEGIN
      IF has_database_privilege('${APPLICATION_ROLE}', current_database(), 'TEMPORARY') THEN
        EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
      END IF;
    END
    $$;`);
  return grants;
}

function wantedTablePrivileges(): string {
  return Object.entries(TABLE_GRANTS)
    .filter(([, privileges]) => privileges !== NOTHING)
    .flatMap(([table, privileges]) => privileges.split(', ').map((privilege) => `('${table}', '${privilege}')`))
    .join(', ');
}
