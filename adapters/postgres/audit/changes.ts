/** The sealer's changes as SQL: through functions, for the application's role cannot write to the log itself (R45). */
import type { AuditChange } from '../../../domain/audit/changes.ts';
import { toHex } from '../../../domain/shared/bytes.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import { at, guarded, sql } from '../driver/sql.ts';

export const auditWriters: ChangeWriters<AuditChange> = {
  'audit_log.sealed': (change) => {
    const tiles = change.tiles.map(({ level, index, width, hashes }) => ({
      level,
      index,
      width,
      hashes: toHex(hashes),
    }));
    return [
      sql`SELECT audit_seal(${change.origin}, ${change.expectedSize}::bigint, ${[...change.places]}::bigint[],
            ${change.root}::bytea, ${JSON.stringify(tiles)}::jsonb, ${change.checkpoint}, ${at(change.at)}::timestamptz)`,
    ];
  },
  'checkpoint.published': (change) => [
    sql`SELECT audit_checkpoint_numbered(${change.size}::bigint, ${change.number}::bigint, ${at(change.at)}::timestamptz)`,
  ],
  'audit_log.sealing_stopped': ({ source, note, at: since }) => [
    sql`SELECT audit_sealing_stopped(${source}, ${note}, ${at(since)}::timestamptz)`,
  ],
  'audit_verification.requested': ({ verification }) => [
    guarded(
      sql`INSERT INTO audit_verifications (id, is_scheduled, status, state, version, requested_at, updated_at)
          SELECT ${verification.id}::uuid, ${verification.isScheduled}::boolean, 'running',
            ${JSON.stringify(verification.state)}::jsonb, ${verification.version}::int,
            ${at(verification.requestedAt)}::timestamptz, ${at(verification.updatedAt)}::timestamptz
          ON CONFLICT DO NOTHING RETURNING 1`,
      'audit_verification',
    ),
  ],
  'audit_verification.advanced': (change) => [
    guarded(
      sql`UPDATE audit_verifications SET state = ${JSON.stringify(change.state)}::jsonb, version = version + 1,
            updated_at = ${at(change.at)}::timestamptz
          WHERE id = ${change.id}::uuid AND status = 'running' AND version = ${change.version}::int RETURNING 1`,
      'audit_verification',
    ),
  ],
  'audit_verification.finished': (change) => [
    guarded(
      sql`UPDATE audit_verifications SET status = ${change.status}, state = ${JSON.stringify(change.state)}::jsonb,
            version = version + 1, updated_at = ${at(change.at)}::timestamptz, finished_at = ${at(change.at)}::timestamptz
          WHERE id = ${change.id}::uuid AND status = 'running' AND version = ${change.version}::int RETURNING 1`,
      'audit_verification',
    ),
  ],
  'audit_log.sealing_resumed': () => [sql`SELECT audit_sealing_stopped(NULL, NULL, NULL)`],
  'audit_log.origin_began': (change) => [
    sql`SELECT audit_origin_began(${change.expectedGeneration}::int, ${change.expectedSize}::bigint,
          ${change.generation}::int, ${change.origin}, ${change.formerCheckpoint}, ${at(change.at)}::timestamptz)`,
  ],
};
