/** Which files a viewer may see (R26, R28). */
import type { Viewer } from '../../../domain/shared/viewer.ts';
import { isPatientOf, isProxyOf, isReachable } from '../access/record-access.ts';
import { type Sql, sql } from '../driver/sql.ts';

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
