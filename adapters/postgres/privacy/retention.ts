/** The overdue rows of each kind of data. */
import type { PrivacyLoads } from '../../../domain/privacy/ports.ts';
import { RETENTION_KINDS, type RetentionKind } from '../../../domain/privacy/retention.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { at, raw, rows, type Sql, type SqlLoad, sql } from '../driver/sql.ts';

/** The table and the condition of the rows of a kind that are older than `before`. */
export function overdueRows(
  kind: RetentionKind,
  before: Instant,
): { readonly table: Sql; readonly condition: Sql; readonly oldestFirst: Sql } {
  const since = raw(AGES[kind]);
  const extra = EXCEPT[kind];
  const isOlder = sql`${since} < ${at(before)}::timestamptz`;
  return {
    table: raw(kind),
    condition: extra === undefined ? isOlder : sql`${isOlder} AND ${raw(extra)}`,
    oldestFirst: sql`${since}, ctid`,
  };
}

const EXCEPT: Partial<Record<RetentionKind, string>> = {
  notifications: `status NOT IN ('pending', 'scheduled')`,
  alerts: 'finished_at IS NOT NULL',
  clinical_keys: 'held_at IS NULL',
  files: `(origin = 'own' OR NOT EXISTS (SELECT FROM clinical_keys h
    WHERE h.patient_id = files.patient_id AND h.held_at IS NOT NULL))`,
};

/** The column that holds when a row of each kind was no longer needed. */
const AGES: Readonly<Record<RetentionKind, string>> = {
  clinical_keys: `coalesce(greatest(
    (SELECT max(a.ends_at) FROM appointments a WHERE a.patient_id = clinical_keys.patient_id),
    (SELECT max(f.created_at) FROM files f WHERE f.patient_id = clinical_keys.patient_id AND f.origin = 'clinic')), created_at)`,
  sessions: 'coalesce(revoked_at, expires_at)',
  one_time_tokens: 'expires_at',
  mfa_challenges: 'expires_at',
  idempotency_keys: 'expires_at',
  sign_in_failures: 'last_at',
  notifications: 'created_at',
  provider_notices: 'received_at',
  push_subscriptions: 'expires_at',
  alerts: 'created_at',
  outbox: 'finished_at',
  webhook_events: 'occurred_at',
  ip_blocks: 'ends_at',
  security_findings: 'last_seen_at',
  files: 'deleted_at',
  file_shares: 'coalesce(revoked_at, expires_at)',
  download_links: 'expires_at',
  data_exports: 'requested_at',
  dev_mailbox: 'at',
};

export const retentionLoads: Pick<PrivacyLoads, 'overdue' | 'overdueFiles'> = {
  overdue: (cutOffs): SqlLoad<Record<RetentionKind, number>> => ({
    statements: RETENTION_KINDS.map((kind) => {
      const { table, condition } = overdueRows(kind, cutOffs[kind]);
      return sql`SELECT count(*) AS overdue FROM ${table} WHERE ${condition}`;
    }),
    read: (results) =>
      Object.fromEntries(
        RETENTION_KINDS.map((kind, index) => [kind, results[index]?.[0]?.overdue as number]),
      ) as Record<RetentionKind, number>,
  }),
  overdueFiles: (before, limit) => {
    const { table, condition, oldestFirst } = overdueRows('data_exports', before);
    return rows(
      sql`SELECT file_key FROM ${table} WHERE ${condition} AND file_key IS NOT NULL
          ORDER BY ${oldestFirst} LIMIT ${limit}::int`,
      ({ file_key }) => file_key as string,
    );
  },
};
