/** The changes of files as SQL. */
import type { FileChange } from '../../../domain/files/changes.ts';
import type { FilePart, PatientFile } from '../../../domain/files/file.ts';
import { MAXIMUM_FILES } from '../../../domain/files/quota.ts';
import { wantsThumbnails } from '../../../domain/files/thumbnail.ts';
import type { DataKey, FieldCipher } from '../../../domain/shared/ports.ts';
import { notMerged } from '../access/record-access.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import { at, atOrNull, guarded, join, type Sql, sql } from '../driver/sql.ts';
import { sealingRow } from '../sealed/sealed-row.ts';
import { tagHashes } from '../sealed/tag-hashes.ts';
import { downloadLinkWriters } from './download-links.ts';
import { isOpenable } from './openable.ts';
import { shareWriters } from './share-changes.ts';
import { thumbnailWriters } from './thumbnail-changes.ts';
import { uploaderWriters } from './uploader.ts';

export const fileWriters: ChangeWriters<FileChange> = {
  ...downloadLinkWriters,
  ...shareWriters,
  ...thumbnailWriters,
  ...uploaderWriters,
  'file.begun': ({ file: f, key, limits, attempt }, cipher, index) => [
    notMerged(f.ownerId),
    sql`INSERT INTO files (id, patient_id, uploaded_by, origin, kind, state, mime_type, size_bytes, appointment_id, tag_hashes,
          details, clinical_details, file_key, clinical_file_key, created_at, upload_expires_at, version)
        VALUES (${f.id}::uuid, ${f.ownerId}::uuid, ${f.uploadedBy}::uuid, ${f.origin}, ${f.kind}, ${f.state}, ${f.mimeType},
          ${f.sizeBytes}::bigint, ${f.appointmentId}::uuid, ${tagHashes(index, f.details?.tags ?? [])},
          ${sealedAs('own', f, key, cipher)}::bytea, ${sealedAs('clinic', f, key, cipher)}::bytea,
          ${keyAs('own', f, key, cipher)}::bytea, ${keyAs('clinic', f, key, cipher)}::bytea,
          ${at(f.createdAt)}, ${at(f.uploadExpiresAt)}, ${f.version}::int)`,
    // The row of the person's usage is locked by the insert: uploads of one person are counted one after another.
    ...(f.origin === 'clinic'
      ? []
      : [
          guarded(
            sql`SELECT 1 FROM file_usage WHERE patient_id = ${f.ownerId}::uuid AND files <= ${MAXIMUM_FILES}::int
                  AND reserved_bytes + used_bytes <= ${limits.personBytes}::bigint`,
            'file_usage',
          ),
        ]),
    guarded(
      sql`SELECT 1 WHERE (SELECT sum(bytes) FROM clinic_file_usage) <= ${limits.clinicBytes}::bigint`,
      'clinic_file_usage',
    ),
    ...(attempt === null ? [] : [attemptRow(f.id, attempt)]),
  ],
  'file.attempt_begun': ({ id, attempt, at: now }) => [open(id, at(now)), attemptRow(id, attempt)],
  'file.parts_stored': ({ id, parts, at: now }) => [open(id, at(now)), partRows(id, parts)],
  'file.append_begun': ({ id, attempt, parts, at: now }) => [
    guarded(
      sql`UPDATE files SET appending = ${attempt.attempt} WHERE id = ${id}::uuid AND state = 'uploading'
            AND upload_expires_at > ${at(now)}::timestamptz RETURNING 1`,
      'file',
    ),
    sameParts(id, parts),
    attemptRow(id, attempt),
  ],
  'file.part_appended': ({ id, part, at: now }) => [appendable(id, part.attempt, at(now)), partRows(id, [part])],
  'file.append_settled': ({ id, attempt, parts, last, at: now }) => [
    appendable(id, attempt, at(now)),
    ...(parts.length === 0 ? [] : [partRows(id, parts)]),
    sql`UPDATE files SET appending = NULL WHERE id = ${id}::uuid`,
    last === null
      ? sql`DELETE FROM file_attempts WHERE file_id = ${id}::uuid AND attempt = ${attempt}`
      : sql`UPDATE file_attempts SET last_part = ${last}::int WHERE file_id = ${id}::uuid AND attempt = ${attempt}`,
  ],
  'file.append_ended': ({ id, parts }) => [
    guarded(sql`UPDATE files SET appending = NULL WHERE id = ${id}::uuid AND state = 'uploading' RETURNING 1`, 'file'),
    sameParts(id, parts),
  ],
  // A short part is the last that its append has stored.
  'file.object_forgotten': ({ id, part: { number, attempt } }) => [
    sql`DELETE FROM file_attempts WHERE file_id = ${id}::uuid AND attempt = ${attempt} AND first_part = ${number}::int`,
    sql`UPDATE file_attempts SET last_part = ${number - 1}::int
        WHERE file_id = ${id}::uuid AND attempt = ${attempt} AND last_part = ${number}::int`,
  ],
  'file.completed': ({ file: f, key, parts, areStored }, cipher, index) => [
    guarded(
      sql`UPDATE files SET state = ${f.state}, kind = ${f.kind}, mime_type = ${f.mimeType}, size_bytes = ${f.sizeBytes}::bigint,
            completed_at = ${atOrNull(f.completedAt)}::timestamptz, ${described(f, key, cipher)},
            tag_hashes = ${tagHashes(index, f.details?.tags ?? [])}, version = ${f.version}::int
          WHERE id = ${f.id}::uuid AND state = 'uploading' AND version = ${f.version - 1}::int
            AND upload_expires_at > ${atOrNull(f.completedAt)}::timestamptz RETURNING 1`,
      'file',
    ),
    areStored ? sameParts(f.id, parts) : partRows(f.id, parts),
    sql`DELETE FROM file_attempts WHERE file_id = ${f.id}::uuid`,
  ],
  'file.abandoned': ({ id }) => [sql`DELETE FROM files WHERE id = ${id}::uuid AND completed_at IS NULL`],
  'file.scanned': ({ file: f, key }, cipher) => [
    guarded(
      sql`UPDATE files SET state = ${f.state}, scanned_at = ${atOrNull(f.scannedAt)}::timestamptz, ${described(f, key, cipher)},
            version = ${f.version}::int, thumbnails_queued = thumbnails_queued OR ${wantsThumbnails(f)}
          WHERE id = ${f.id}::uuid AND state = 'scanning' AND version = ${f.version - 1}::int RETURNING 1`,
      'file',
    ),
  ],
  'file.rescan_begun': ({ file: f }) => [
    guarded(sql`UPDATE files SET state = ${f.state}, scanned_at = NULL, ${next(f)} RETURNING 1`, 'file'),
  ],
  'file.edited': ({ file: f, key }, cipher, index) => [
    guarded(
      sql`UPDATE files SET kind = ${f.kind}, ${described(f, key, cipher)}, tag_hashes = ${tagHashes(index, f.details?.tags ?? [])},
            ${next(f)} RETURNING 1`,
      'file',
    ),
  ],
  'file.deleted': ({ file: f }) => [
    // A hold that is placed at this moment comes before, or finds the file deleted: it is not purged then.
    ...(f.origin === 'own' ? [] : [sql`SELECT 1 FROM clinical_keys WHERE patient_id = ${f.ownerId}::uuid FOR SHARE`]),
    guarded(sql`UPDATE files SET deleted_at = ${atOrNull(f.deletedAt)}::timestamptz, ${next(f)} RETURNING 1`, 'file'),
    ...(f.origin === 'own'
      ? []
      : [
          guarded(
            sql`SELECT 1 WHERE NOT EXISTS (SELECT FROM clinical_keys WHERE patient_id = ${f.ownerId}::uuid AND held_at IS NOT NULL)`,
            'clinical_hold',
          ),
        ]),
  ],
  'file.restored': ({ file: f }) => [guarded(sql`UPDATE files SET deleted_at = NULL, ${next(f)} RETURNING 1`, 'file')],
  'file.opened': ({ id }) => [isOpenable(id)],
  'file.purged': ({ ids, at: now }) => [
    sql`UPDATE file_purges SET emptied = true WHERE file_id = ANY(${[...ids]}::uuid[])`,
    sql`DELETE FROM file_purges WHERE file_id = ANY(${[...ids]}::uuid[]) AND settled_at <= ${at(now)}::timestamptz`,
  ],
};

/** Locks the file, so that parts are not stored while it is completed or abandoned. */
function open(id: string, now: string): Sql {
  return guarded(
    sql`SELECT 1 FROM files WHERE id = ${id}::uuid AND state = 'uploading' AND upload_expires_at > ${now}::timestamptz
        FOR NO KEY UPDATE`,
    'file',
  );
}

/** As {@link open}, for the append that was begun last. */
function appendable(id: string, attempt: string, now: string): Sql {
  return guarded(
    sql`SELECT 1 FROM files WHERE id = ${id}::uuid AND state = 'uploading' AND appending = ${attempt}
          AND upload_expires_at > ${now}::timestamptz FOR NO KEY UPDATE`,
    'file',
  );
}

function attemptRow(id: string, { attempt, first, last }: { attempt: string; first: number; last: number }): Sql {
  return sql`INSERT INTO file_attempts (file_id, attempt, first_part, last_part)
    VALUES (${id}::uuid, ${attempt}, ${first}::int, ${last}::int)`;
}

function partRows(id: string, parts: readonly FilePart[]): Sql {
  const values = parts.map(
    ({ number, attempt, header, sizeBytes }) =>
      sql`(${id}::uuid, ${number}::int, ${attempt}, ${header}::bytea, ${sizeBytes}::int)`,
  );
  return sql`INSERT INTO file_parts (file_id, number, attempt, header, size_bytes) VALUES ${join(values)}
    ON CONFLICT (file_id, number) DO UPDATE SET attempt = excluded.attempt, header = excluded.header, size_bytes = excluded.size_bytes`;
}

/** Fails as stale if a part was replaced since the bytes were read. */
function sameParts(id: string, parts: readonly FilePart[]): Sql {
  const listed = parts.map(({ number, attempt }) => `${number}-${attempt}`);
  return sql`SELECT require_applied((coalesce(array_agg(number || '-' || attempt ORDER BY number), '{}') = ${listed}::text[])::int, 'file')
    FROM file_parts WHERE file_id = ${id}::uuid`;
}

/** The end of an update that was decided on the version before. */
function next({ id, version }: PatientFile): Sql {
  return sql`version = ${version}::int WHERE id = ${id}::uuid AND version = ${version - 1}::int`;
}

function sealedAs(
  origin: PatientFile['origin'],
  file: PatientFile,
  key: DataKey,
  cipher: FieldCipher,
): Uint8Array | null {
  if (origin !== file.origin || file.details === null) return null;
  const column = origin === 'own' ? 'details' : 'clinical_details';
  return sealingRow(cipher, key, 'files', file.id).text(column, JSON.stringify(file.details));
}

function keyAs(origin: PatientFile['origin'], file: PatientFile, key: DataKey, cipher: FieldCipher): Uint8Array | null {
  if (origin !== file.origin || file.fileKey === null) return null;
  return sealingRow(cipher, key, 'files', file.id).text(
    origin === 'own' ? 'file_key' : 'clinical_file_key',
    file.fileKey,
  );
}

/** Details that cannot be opened stay as they are stored. */
function described(file: PatientFile, key: DataKey, cipher: FieldCipher): Sql {
  if (file.details === null) return sql`details = details`;
  return file.origin === 'own'
    ? sql`details = ${sealedAs('own', file, key, cipher)}::bytea`
    : sql`clinical_details = ${sealedAs('clinic', file, key, cipher)}::bytea`;
}
