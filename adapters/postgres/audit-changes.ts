/** The sealer's changes as SQL: through functions, for the application's role cannot write to the log itself (R45). */
import type { AuditChange } from '../../domain/audit/changes.ts';
import { toHex } from '../../domain/shared/bytes.ts';
import { at, sql } from './sql.ts';
import type { Writers } from './writers.ts';

export const auditWriters: Writers<AuditChange> = {
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
    sql`SELECT audit_checkpoint_published(${change.size}::bigint, ${at(change.at)}::timestamptz)`,
  ],
};
