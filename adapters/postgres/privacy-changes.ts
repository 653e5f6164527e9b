/** The privacy context's changes as SQL. */
import type { PrivacyChange } from '../../domain/privacy/changes.ts';
import type { Instant } from '../../domain/shared/time.ts';
import { isDone } from './departure-loads.ts';
import { fewerThan } from './owned-limit.ts';
import { erasureStatements } from './privacy-erasure.ts';
import { overdueRows } from './privacy-retention.ts';
import { at, guarded, type Sql, sql } from './sql.ts';
import type { Writers } from './writers.ts';

/** Of a person's copies, those that are being made or wait to be fetched. */
export function isOpenExport(userId: string, since: Instant): Sql {
  return sql`x.user_id = ${userId}::uuid AND x.status <> 'fetched' AND x.requested_at > ${at(since)}::timestamptz`;
}

export const privacyWriters: Writers<PrivacyChange> = {
  'damage.noted': ({ damage, at: noticedAt }) => [
    guarded(
      sql`INSERT INTO damaged_records (table_name, column_name, row_id, kind, noticed_at)
          VALUES (${damage.table}, ${damage.column}, ${damage.row}, ${damage.kind}, ${at(noticedAt)})
          ON CONFLICT DO NOTHING RETURNING 1`,
      'damaged_record',
    ),
  ],
  'consent.recorded': ({ userId, consent }) => [
    sql`INSERT INTO consents (id, user_id, kind, version, given, at)
        VALUES (${consent.id}::uuid, ${userId}::uuid, ${consent.kind}, ${consent.version}, ${consent.given}::boolean, ${at(consent.at)})`,
  ],
  'legal_text.published': ({ text, publishedBy }) => [
    sql`INSERT INTO legal_texts (kind, version, acceptance, valid_from, texts, published_at, published_by)
        VALUES (${text.kind}, ${text.version}, ${text.acceptance}, ${at(text.from)}, ${JSON.stringify(text.texts)}::jsonb,
          ${at(text.publishedAt)}, ${publishedBy}::uuid)`,
  ],
  'data_export.requested': (change) => [
    ...fewerThan(
      1,
      change.userId,
      sql`SELECT count(*) FROM data_exports x WHERE ${isOpenExport(change.userId, change.since)}`,
      'data_export',
    ),
    sql`INSERT INTO data_exports (id, user_id, status, requested_at)
        VALUES (${change.id}::uuid, ${change.userId}::uuid, 'requested', ${at(change.at)})`,
  ],
  'data_export.completed': (change) => [
    guarded(
      sql`UPDATE data_exports SET status = 'ready', file_key = ${change.fileKey}, size_bytes = ${change.sizeBytes}::bigint,
            completed_at = ${at(change.at)}
          WHERE id = ${change.id}::uuid AND status = 'requested' RETURNING 1`,
      'data_export',
    ),
  ],
  'data_export.fetched': (change) => [
    guarded(
      sql`UPDATE data_exports SET status = 'fetched', fetched_at = ${at(change.at)}
          WHERE id = ${change.id}::uuid AND status = 'ready' RETURNING 1`,
      'data_export',
    ),
  ],
  'user.erased': (change) => [
    // What is still to come was ended one by one before; what came meanwhile is still to be decided on.
    sql`SELECT require_applied(${isDone(change.userId, change.at)}::int, 'person')`,
    ...erasureStatements(change.userId, change.at),
  ],
  'retention.applied': ({ kind, before, limit }) => {
    const { table, condition, oldestFirst } = overdueRows(kind, before);
    return [
      sql`DELETE FROM ${table} WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM ${table} WHERE ${condition} ORDER BY ${oldestFirst} LIMIT ${limit}::int))`,
    ];
  },
};
