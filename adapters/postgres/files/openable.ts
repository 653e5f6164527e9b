/** The guard of what relies on a file that can be opened. */
import type { FileId } from '../../../domain/files/file.ts';
import { guarded, type Sql, sql } from '../driver/sql.ts';

/** Waits for a deletion or a new scan, and fails as stale after it. */
export function isOpenable(id: FileId): Sql {
  return guarded(
    sql`SELECT 1 FROM files WHERE id = ${id}::uuid AND state = 'clean' AND deleted_at IS NULL FOR SHARE`,
    'file',
  );
}
