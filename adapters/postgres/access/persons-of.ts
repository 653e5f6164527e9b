/** Finds the persons to whom ids belong: ids of the persons themselves, or of their rows. */
import { isOfPlatform } from '../commit/platform-streams.ts';
import { join, raw, type Sql, sql } from '../driver/sql.ts';

/** Tables whose rows belong to a person, with the column of the owner's id. Ids are unique across all of them. */
const OWNED: readonly (readonly [table: string, person: string])[] = [
  ['users', 'id'],
  ['appointments', 'patient_id'],
  ['appointment_series', 'patient_id'],
  ['waitlist_entries', 'patient_id'],
  ['waitlist_offers', 'patient_id'],
  ['availability_overrides', 'doctor_id'],
  ['time_off', 'doctor_id'],
  ['emergency_accesses', 'patient_id'],
  ['proxies', 'patient_id'],
  ['processing_limits', 'user_id'],
  ['sessions', 'user_id'],
  ['trusted_devices', 'user_id'],
  ['api_keys', 'user_id'],
  ['calendar_feeds', 'user_id'],
  ['push_subscriptions', 'user_id'],
  ['data_exports', 'user_id'],
  ['files', 'patient_id'],
  ['file_shares', 'shared_by'],
];

/** One column `stream`. */
export function personsBehindIds(ids: readonly string[]): Sql {
  const owned = OWNED.map(
    ([table, person]) =>
      sql`SELECT ${raw(person)}::text AS stream FROM ${raw(table)} WHERE id = ANY (${[...ids]}::uuid[]) AND ${raw(person)} IS NOT NULL`,
  );
  const events = sql`SELECT stream FROM audit_events WHERE id = ANY (${[...ids]}::uuid[]) AND NOT ${isOfPlatform('stream')}`;
  return join([...owned, events], ' UNION ');
}
