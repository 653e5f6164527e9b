/** Which files a viewer may see (R26, R28). */

import type { Instant } from '../../../domain/shared/time.ts';
import type { Viewer } from '../../../domain/shared/viewer.ts';
import { isPatientOf, isProxyOf, isReachable, isRestricted } from '../access/record-access.ts';
import { at, type Sql, sql } from '../driver/sql.ts';

/**
 * A person: their own files, and those of persons for whom they are a proxy. A doctor: those of own patients. Staff and
 * administrators: all. While a file is uploaded, whoever uploads it is the only one to see it. A file with malware is shown to the
 * person and to administrators. What is left of an erased person is shown to administrators alone.
 *
 * Expects the file as `f`, and the person's own key as `p`.
 */
export function visibleFile(viewer: Viewer): Sql {
  const { userId, role } = viewer;
  const uploader = sql`(f.completed_at IS NOT NULL OR f.uploaded_by = ${userId}::uuid)`;
  const owner = sql`f.patient_id`;
  const theirs = sql`(${owner} = ${userId}::uuid OR ${isProxyOf(owner, viewer)})`;
  if (role === 'patient' || !viewer.ofPatients) return sql`(${theirs} AND ${uploader})`;
  const ofClinic =
    role === 'doctor'
      ? sql`(${isPatientOf(owner, viewer)} AND ${isReachable(owner, viewer)})`
      : isReachable(owner, viewer);
  const forAll = role === 'admin' ? sql`true` : sql`(f.state <> 'infected' AND p.owner_id IS NOT NULL)`;
  return sql`((${theirs} OR (${ofClinic} AND ${forAll})) AND ${uploader})`;
}

/** Whether the link of the share `s` opens the file `f`, while the clinic allows links. Expects the person's own key as `p`. */
export function isPublic(now: Instant): Sql {
  return sql`(s.secret_hash IS NOT NULL AND s.revoked_at IS NULL AND s.expires_at > ${at(now)}::timestamptz
    AND f.state = 'clean' AND f.deleted_at IS NULL AND p.owner_id IS NOT NULL AND NOT ${isRestricted(sql`f.patient_id`)}
    AND (SELECT c.public_file_links FROM clinic_settings c))`;
}

/**
 * Whether the share `s`, whose receiver is the viewer, lets them read the file `f`: it goes on, the file can be opened, and the relation
 * for which it was made is there. Expects the person's own key as `p`.
 */
export function isShared(viewer: Viewer, now: Instant): Sql {
  const owner = sql`f.patient_id`;
  const isDoctor = viewer.role === 'doctor' && viewer.ofPatients;
  return sql`(s.revoked_at IS NULL AND s.expires_at > ${at(now)}::timestamptz AND f.state = 'clean' AND f.deleted_at IS NULL
    AND p.owner_id IS NOT NULL AND NOT ${isRestricted(owner)}
    AND (${isDoctor}::boolean OR ${owner} = ${viewer.userId}::uuid OR ${isProxyOf(owner, viewer)}))`;
}

/** Whether a share lets the viewer read the file `f`. Expects the person's own key as `p`. */
export function isSharedWith(viewer: Viewer, now: Instant): Sql {
  return sql`EXISTS (SELECT FROM file_shares s WHERE s.file_id = f.id AND s.receiver_id = ${viewer.userId}::uuid
    AND ${isShared(viewer, now)})`;
}
