/** Loads of a verification in steps. Each reads one page. */

import { linkOf } from '../../../domain/audit/log-verifier.ts';
import type { AuditLoads, Verification } from '../../../domain/audit/ports.ts';
import { TILE_WIDTH } from '../../../domain/audit/tiles.ts';
import type { ChainPage, VerificationState } from '../../../domain/audit/verification.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type { Row } from '../driver/driver.ts';
import { DATA_KEY_COLUMNS, isAfter, readDataKey, row, rows, type SqlLoad, sql } from '../driver/sql.ts';
import { ACTIVE_ADMIN } from '../identity/access-changes.ts';
import { EVENT_COLUMNS, readCheckpoint, readEvent, readTile } from './rows.ts';

type Results = readonly (readonly Row[])[];
type VerificationLoads = Pick<
  AuditLoads,
  'verification' | 'verifications' | 'logExtent' | 'chainPage' | 'leafPage' | 'administrators'
>;

export function createVerificationLoads(): VerificationLoads {
  return {
    verification: (id) => row(sql`SELECT * FROM audit_verifications WHERE id = ${id}::uuid`, readVerification),
    verifications: (after, limit) =>
      rows(
        sql`SELECT * FROM audit_verifications v WHERE ${isAfter(sql`v.requested_at`, sql`v.id`, after)}
            ORDER BY v.requested_at DESC, v.id DESC LIMIT ${limit}::int`,
        readVerification,
      ),
    logExtent: (): SqlLoad<{ size: number; events: number }> => ({
      statements: [sql`SELECT size, size + (SELECT count(*) FROM audit_unsealed) AS events FROM audit_log`],
      read: ([found]: Results) => ({ size: found?.[0]?.size as number, events: found?.[0]?.events as number }),
    }),
    chainPage,
    leafPage,
    administrators: () =>
      rows(
        sql`SELECT u.id, ${DATA_KEY_COLUMNS} FROM users u JOIN data_keys k ON k.owner_id = u.id
            WHERE u.id IN (SELECT id FROM users WHERE ${ACTIVE_ADMIN}) ORDER BY u.id LIMIT 50`,
        (found) => ({ userId: found.id as UserId, dataKey: readDataKey(found) }),
      ),
  };
}

function chainPage(after: Parameters<AuditLoads['chainPage']>[0], limit: number): SqlLoad<ChainPage> {
  const from = after?.stream ?? '';
  const page = sql`SELECT * FROM audit_events e
    WHERE (e.stream, e.sequence) > (${from}, ${after?.sequence ?? 0}::bigint)
    ORDER BY e.stream, e.sequence LIMIT ${limit}::int`;
  // Up to the last stream of the page; if the page is the last one, to the end.
  const within = sql`s.stream >= ${from} AND s.sequence > 0 AND s.stream <= (
    SELECT CASE WHEN count(*) < ${limit}::int THEN (SELECT max(stream) FROM audit_streams) ELSE max(p.stream) END FROM (${page}) p)`;
  return {
    statements: [
      sql`SELECT ${EVENT_COLUMNS}, l.leaf_index, l.stream IS NULL AND NOT EXISTS (
            SELECT 1 FROM audit_unsealed q WHERE q.stream = e.stream AND q.sequence = e.sequence) AS is_stray
          FROM (${page}) e LEFT JOIN audit_leaves l ON l.stream = e.stream AND l.sequence = e.sequence
          ORDER BY e.stream, e.sequence`,
      sql`SELECT s.stream, s.sequence, s.head_hash FROM audit_streams s WHERE ${within}`,
      sql`SELECT s.stream, s.sequence FROM audit_streams s
          WHERE ${within} AND s.stream <> ${from} AND NOT EXISTS (SELECT 1 FROM audit_events e WHERE e.stream = s.stream)
          ORDER BY s.stream LIMIT 100`,
    ],
    read: ([events = [], heads = [], emptied = []]: Results) => ({
      links: events.map((found) => ({
        ...linkOf({ ...readEvent(found), leafIndex: found.leaf_index as number | null }),
        isStray: found.is_stray as boolean,
      })),
      heads: new Map(
        heads.map((found) => [
          found.stream as string,
          { sequence: found.sequence as number, hash: found.head_hash as Uint8Array },
        ]),
      ),
      emptied: emptied.map((found) => ({ stream: found.stream as string, sequence: found.sequence as number })),
      isLast: events.length < limit,
    }),
  };
}

function leafPage(next: number, end: number, checkpoints: number): SqlLoad<ReturnType<typeof readLeaves>> {
  const signed = sql`SELECT * FROM audit_checkpoints c WHERE c.size > ${next}::bigint AND c.size <= ${end}::bigint
    ORDER BY c.size LIMIT ${checkpoints}::int`;
  // A page ends with its last checkpoint, which bounds the number of signatures that it verifies.
  const until = sql`SELECT CASE WHEN count(*) < ${checkpoints}::int THEN ${end}::bigint ELSE max(s.size) END FROM (${signed}) s`;
  return {
    statements: [
      sql`SELECT l.leaf_index, e.id, e.current_hash FROM audit_leaves l LEFT JOIN audit_events e USING (stream, sequence)
          WHERE l.leaf_index >= ${next}::bigint AND l.leaf_index < (${until}) ORDER BY l.leaf_index`,
      sql`SELECT level, index, width, hashes FROM audit_tiles WHERE level = 0
          AND index BETWEEN ${Math.floor(next / TILE_WIDTH)}::bigint AND ${Math.floor(Math.max(next, end - 1) / TILE_WIDTH)}::bigint`,
      signed,
      until,
    ],
    read: readLeaves,
  };
}

function readLeaves([leaves = [], tiles = [], checkpoints = [], until = []]: Results) {
  return {
    leaves: leaves.map((found) => ({
      index: found.leaf_index as number,
      eventId: found.id as string | null,
      hash: found.current_hash as Uint8Array | null,
    })),
    tiles: tiles.map(readTile),
    checkpoints: checkpoints.map(readCheckpoint),
    until: Object.values(until[0] ?? {})[0] as number,
  };
}

function readVerification(found: Row): Verification {
  return {
    id: found.id as Verification['id'],
    isScheduled: found.is_scheduled as boolean,
    status: found.status as Verification['status'],
    state: found.state as VerificationState,
    version: found.version as number,
    requestedAt: found.requested_at as Instant,
    updatedAt: found.updated_at as Instant,
    finishedAt: found.finished_at as Instant | null,
  };
}
