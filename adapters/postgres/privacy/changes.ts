/** SQL writers of the changes of the context privacy. */
import type { ClinicalIdentity, PrivacyChange } from '../../../domain/privacy/changes.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { isRestricted, notMerged } from '../access/record-access.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import { fewerThan } from '../commit/per-owner-limit.ts';
import { at, guarded, type Sql, sql } from '../driver/sql.ts';
import { isDone } from '../scheduling/offboarding-loads.ts';
import { sealingRow } from '../sealed/sealed-row.ts';
import { erasureStatements } from './erasure.ts';
import { mergeWriters } from './merging.ts';
import { overdueRows } from './retention.ts';

/** Name of the guard; `commit/constraints.ts` maps it to a conflict. */
const PROCESSING_RESTRICTED = 'processing_restricted';

/** Selects the copies of a person that are being made or can be downloaded. */
export function isOpenExport(userId: string, since: Instant): Sql {
  return sql`x.user_id = ${userId}::uuid AND x.status <> 'fetched' AND x.requested_at > ${at(since)}::timestamptz`;
}

export const privacyWriters: ChangeWriters<PrivacyChange> = {
  ...mergeWriters,
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
  'emergency_access.opened': ({ access, dataKey }, cipher) => [
    notMerged(access.patientId),
    sql`INSERT INTO emergency_accesses (id, doctor_id, patient_id, reason, opened_at, expires_at)
        VALUES (${access.id}::uuid, ${access.doctorId}::uuid, ${access.patientId}::uuid,
          ${sealingRow(cipher, dataKey, 'emergency_accesses', access.id).text('reason', access.reason)}::bytea,
          ${at(access.openedAt)}, ${at(access.expiresAt)})`,
  ],
  'emergency_access.reviewed': (change) => [
    guarded(
      sql`UPDATE emergency_accesses SET verdict = ${change.verdict}, reviewed_by = ${change.by}::uuid, reviewed_at = ${at(change.at)}
          WHERE id = ${change.id}::uuid AND reviewed_at IS NULL RETURNING 1`,
      'emergency_access',
    ),
  ],
  'emergency_access.ended': (change) => [
    guarded(
      sql`UPDATE emergency_accesses SET ended_at = ${at(change.at)}, ended_by = ${change.by}::uuid
          WHERE id = ${change.id}::uuid AND ended_at IS NULL AND expires_at > ${at(change.at)} RETURNING 1`,
      'emergency_access',
    ),
  ],
  'processing_limit.set': ({ limit }) => [
    // Locks the account: a credential that is created concurrently is either committed before and revoked here, or refused.
    sql`SELECT 1 FROM users WHERE id = ${limit.userId}::uuid FOR NO KEY UPDATE`,
    notMerged(limit.userId),
    sql`INSERT INTO processing_limits (id, user_id, kind, ground, set_at, set_by)
        VALUES (${limit.id}::uuid, ${limit.userId}::uuid, ${limit.kind}, ${limit.ground}, ${at(limit.setAt)}, ${limit.setBy}::uuid)`,
  ],
  'processing.relied_on': ({ userId }) => [
    sql`SELECT 1 FROM users WHERE id = ${userId}::uuid FOR NO KEY UPDATE`,
    guarded(sql`SELECT 1 WHERE NOT ${isRestricted(sql`${userId}::uuid`)}`, PROCESSING_RESTRICTED),
  ],
  'processing_limit.lifted': (change) => [
    guarded(
      sql`UPDATE processing_limits SET lifted_at = ${at(change.at)}, lifted_by = ${change.by}::uuid
          WHERE id = ${change.id}::uuid AND lifted_at IS NULL RETURNING 1`,
      'processing_limit',
    ),
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
  'data_export.released': (change) => [
    sql`UPDATE data_exports SET status = 'ready', fetched_at = NULL
        WHERE id = ${change.id}::uuid AND status = 'fetched' AND fetched_at = ${at(change.fetchedAt)}`,
  ],
  'clinical_key.created': ({ patientId, key, at: createdAt }) => [
    guarded(
      sql`INSERT INTO clinical_keys (patient_id, key_id, created_at)
          VALUES (${patientId}::uuid, ${key.ownerId}::uuid, ${at(createdAt)}) ON CONFLICT DO NOTHING RETURNING 1`,
      'clinical_key',
    ),
    sql`INSERT INTO data_keys (owner_id, ring_key_id, wrapped, created_at)
        VALUES (${key.ownerId}::uuid, ${key.ringKeyId}, ${key.wrapped}::bytea, ${at(createdAt)})`,
  ],
  'clinical_hold.placed': ({ patientId, key, reason, by, at: heldAt }, cipher) => [
    guarded(
      sql`UPDATE clinical_keys SET held_at = ${at(heldAt)}, held_by = ${by}::uuid,
            hold_reason = ${sealingRow(cipher, key, 'clinical_keys', patientId).text('hold_reason', reason)}::bytea
          WHERE patient_id = ${patientId}::uuid AND held_at IS NULL RETURNING 1`,
      'clinical_hold',
    ),
  ],
  'clinical_hold.lifted': ({ patientId }) => [
    guarded(
      sql`UPDATE clinical_keys SET held_at = NULL, held_by = NULL, hold_reason = NULL
          WHERE patient_id = ${patientId}::uuid AND held_at IS NOT NULL RETURNING 1`,
      'clinical_hold',
    ),
  ],
  'user.erased': (change, cipher) => [
    // Future appointments were cancelled by earlier changes of this batch. If one was booked meanwhile, the batch is decided again.
    sql`SELECT require_applied(${isDone(change.userId, change.at)}::int, 'person')`,
    // A record that was merged into this one meanwhile is erased too.
    sql`SELECT require_applied(((SELECT count(*) FROM users WHERE merged_into = ${change.userId}::uuid) = ${change.aliases.length}::int)::int, 'person')`,
    ...change.aliases.flatMap((alias) => eraseAlias(alias, change.at)),
    ...erasureStatements(change.userId, change.at),
    ...(change.clinical === null ? [] : [keepIdentity(change.userId, change.clinical, change.at, cipher)]),
  ],
  'retention.applied': ({ kind, before, limit }) => {
    if (kind === 'clinical_keys') return destroyClinical(before, limit);
    const { table, condition, oldestFirst } = overdueRows(kind, before);
    return [
      sql`DELETE FROM ${table} WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM ${table} WHERE ${condition} ORDER BY ${oldestFirst} LIMIT ${limit}::int))`,
    ];
  },
};

/** Its clinical text was sealed anew under the survivor's key; what is under a legal hold stays. */
function eraseAlias(alias: string, now: Instant): Sql[] {
  return [
    sql`DELETE FROM data_keys d USING clinical_keys c
        WHERE c.patient_id = ${alias}::uuid AND c.held_at IS NULL AND d.owner_id = c.key_id`,
    sql`DELETE FROM clinical_keys WHERE patient_id = ${alias}::uuid AND held_at IS NULL`,
    ...erasureStatements(alias, now),
  ];
}

function keepIdentity(
  patientId: string,
  { key, name, dateOfBirth }: ClinicalIdentity,
  now: Instant,
  cipher: FieldCipher,
) {
  const sealed = sealingRow(cipher, key, 'clinical_keys', patientId);
  return sql`UPDATE clinical_keys SET name = ${sealed.text('name', name)}::bytea,
      date_of_birth = ${sealed.optional('date_of_birth', dateOfBirth)}::bytea, erased_at = ${at(now)}
    WHERE patient_id = ${patientId}::uuid`;
}

/** Destroys clinical text together with its key. Locks the row, so that a concurrent legal hold comes before or after it. */
function destroyClinical(before: Instant, limit: number): Sql[] {
  const { table, condition, oldestFirst } = overdueRows('clinical_keys', before);
  return [
    sql`WITH due AS (
          SELECT patient_id, key_id FROM ${table} WHERE ${condition} ORDER BY ${oldestFirst} LIMIT ${limit}::int FOR UPDATE
        ), keys AS (
          DELETE FROM data_keys d USING due WHERE d.owner_id = due.key_id
        ), documents AS (
          DELETE FROM files f USING due WHERE f.patient_id = due.patient_id AND f.origin = 'clinic'
        ), notes AS (
          UPDATE appointments a SET notes = NULL, version = a.version + 1
          FROM due WHERE a.patient_id = due.patient_id AND a.notes IS NOT NULL
        )
        DELETE FROM clinical_keys c USING due WHERE c.patient_id = due.patient_id`,
  ];
}
