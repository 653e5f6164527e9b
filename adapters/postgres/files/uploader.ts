/** Whether who has begun an upload may still act for the person whose file it will be. */
import type { FileId } from '../../../domain/files/file.ts';
import type { UploaderChange } from '../../../domain/files/upload.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { personMayActFor } from '../access/record-access.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import { guarded, raw, type Sql, sql } from '../driver/sql.ts';

/** Who may have files: expects the person as `u`. */
export const RECEIVES_FILES = raw(`u.role = 'patient' AND u.merged_into IS NULL AND u.deleted_at IS NULL`);

/** Expects the file as `f`. An account that became one of another kind has no part in what it began before. */
export function uploaderMayAct(now: Instant, hasGround: boolean): Sql {
  return sql`EXISTS (SELECT FROM users u JOIN users w ON w.id = f.uploaded_by WHERE u.id = f.patient_id AND ${RECEIVES_FILES}
    AND w.deleted_at IS NULL AND (w.role = 'patient') = (f.origin = 'own')
    AND ${personMayActFor(sql`u.id`, now, hasGround)})`;
}

export const uploaderWriters: ChangeWriters<UploaderChange> = {
  // What could end the right is locked first: it ends before, and is seen, or after this commit.
  'file.uploader_relied_on': ({ id, hasGround, at: now }) => [
    sql`SELECT 1 FROM users WHERE id IN (${ofFile(id, sql`patient_id`)}, ${ofFile(id, sql`uploaded_by`)}) ORDER BY id FOR SHARE`,
    sql`SELECT 1 FROM proxies WHERE patient_id = ${ofFile(id, sql`patient_id`)} AND person_id = ${ofFile(id, sql`uploaded_by`)}
        AND revoked_at IS NULL FOR SHARE`,
    sql`SELECT 1 FROM emergency_accesses WHERE patient_id = ${ofFile(id, sql`patient_id`)}
        AND doctor_id = ${ofFile(id, sql`uploaded_by`)} AND ended_at IS NULL FOR SHARE`,
    guarded(sql`SELECT 1 FROM files f WHERE f.id = ${id}::uuid AND ${uploaderMayAct(now, hasGround)}`, 'uploader'),
  ],
};

function ofFile(id: FileId, column: Sql): Sql {
  return sql`(SELECT ${column} FROM files WHERE id = ${id}::uuid)`;
}
