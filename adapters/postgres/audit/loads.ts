/** The loads of the audit context. */
import type { Affected, AuditLoads, HistoryEvent, ProofState } from '../../../domain/audit/ports.ts';
import type { AuditEventId } from '../../../domain/shared/ids.ts';
import type { BlindIndex, FieldCipher } from '../../../domain/shared/ports.ts';
import { personsBehindIds } from '../access/persons-of.ts';
import type { Row } from '../driver/driver.ts';
import { row, type SqlRecordedLoad, sql } from '../driver/sql.ts';
import { createCheckpointLoads, NEWEST_PUBLISHED } from './checkpoint-loads.ts';
import { affectedBy, historyOf } from './disclosures.ts';
import { createFileHistory } from './file-history.ts';
import { createLogLoads, LOG, OWN_STREAM, readLog } from './log-loads.ts';
import {
  EVENT_COLUMNS,
  readCheckpoint,
  readEvent,
  readShownEvent,
  readTile,
  SHOWN_COLUMNS,
  SHOWN_TABLES,
} from './rows.ts';
import { createSearchLoads, ofSubject } from './search.ts';
import { createVerificationLoads } from './verification-loads.ts';

type Results = readonly (readonly Row[])[];

export function createAuditLoads(cipher: FieldCipher, index: BlindIndex): AuditLoads {
  const shown = (found: Row) => readShownEvent(found, cipher);
  return {
    ...createLogLoads(),
    ...createCheckpointLoads(),
    ...createSearchLoads(cipher, index),
    ...createVerificationLoads(),
    ...createFileHistory(cipher),
    denial: (asker, ids): SqlRecordedLoad<void> => ({
      load: { statements: [], read: () => undefined },
      streams: sql`SELECT ${asker}::text AS stream UNION ${personsBehindIds(ids)}`,
    }),
    eventRead: (id): SqlRecordedLoad<ReturnType<typeof shown> | undefined> => ({
      load: row(sql`SELECT ${EVENT_COLUMNS}, ${SHOWN_COLUMNS} FROM ${SHOWN_TABLES} WHERE e.id = ${id}::uuid`, shown),
      streams: sql`SELECT e.stream FROM audit_events e WHERE e.id = ${id}::uuid`,
    }),
    ownHistory: (userId, page): SqlRecordedLoad<HistoryEvent[]> => ({
      load: historyOf(userId, page, cipher),
      streams: sql`SELECT ${userId}::text AS stream`,
    }),
    moreOwnHistory: (userId, page) => historyOf(userId, page, cipher),
    affectedRead: (question, page): SqlRecordedLoad<Affected> => ({
      load: affectedBy(question, page, cipher),
      streams: sql`${OWN_STREAM}`,
    }),
    moreAffected: (question, page) => affectedBy(question, page, cipher),
    proofRead,
  };
}

function proofRead(id: AuditEventId, stream: string | null): SqlRecordedLoad<ProofState | undefined> {
  const isInRecord = stream === null ? sql`true` : ofSubject(stream);
  return {
    load: {
      statements: [
        sql`SELECT ${EVENT_COLUMNS}, l.leaf_index
            FROM audit_events e LEFT JOIN audit_leaves l ON l.stream = e.stream AND l.sequence = e.sequence
            WHERE e.id = ${id}::uuid AND ${isInRecord}`,
        sql`${LOG}`,
        sql`${NEWEST_PUBLISHED}`,
        // The column of tiles above the leaf, which hold its siblings, and the right edge of the published tree.
        sql`SELECT t.level, t.index, t.width, t.hashes FROM audit_tiles t
            WHERE (t.level, t.index) IN (
              SELECT h.level, c.size >> (8 * (h.level + 1)) FROM (${NEWEST_PUBLISHED}) c, generate_series(0, 6) h (level))
              OR (t.level, t.index) IN (
              SELECT h.level, l.leaf_index >> (8 * (h.level + 1))
              FROM audit_events e JOIN audit_leaves l ON l.stream = e.stream AND l.sequence = e.sequence,
                generate_series(0, 6) h (level)
              WHERE e.id = ${id}::uuid)`,
      ],
      read: ([events = [], log, checkpoints = [], tiles = []]: Results) => {
        const [event] = events;
        if (event === undefined) return undefined;
        const { size, root } = readLog(log);
        return {
          event: { ...readEvent(event), leafIndex: event.leaf_index as number | null },
          size,
          root,
          checkpoint: checkpoints[0] === undefined ? null : readCheckpoint(checkpoints[0]),
          tiles: tiles.map(readTile),
        };
      },
    },
    streams: sql`SELECT e.stream FROM audit_events e
      WHERE e.id = ${id}::uuid AND ${isInRecord}`,
  };
}
