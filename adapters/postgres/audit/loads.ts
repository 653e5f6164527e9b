/** What the audit context reads. */
import type { Affected, AuditLoads, LogPage, LogState, ProofState } from '../../../domain/audit/ports.ts';
import { TILE_WIDTH, type Tile } from '../../../domain/audit/tiles.ts';
import type { BlindIndex, FieldCipher } from '../../../domain/shared/ports.ts';
import { personsOf } from '../access/persons-of.ts';
import type { Row } from '../driver/driver.ts';
import { raw, row, type SqlLoad, type SqlRecordedLoad, sql } from '../driver/sql.ts';
import { createCheckpointLoads, NEWEST_PUBLISHED } from './checkpoint-loads.ts';
import { affectedBy, historyOf } from './disclosures.ts';
import {
  EVENT_COLUMNS,
  readCheckpoint,
  readEvent,
  readShownEvent,
  readTile,
  SHOWN_COLUMNS,
  SHOWN_TABLES,
} from './rows.ts';
import { createSearchLoads } from './search.ts';
import { createVerificationLoads } from './verification-loads.ts';

type Results = readonly (readonly Row[])[];

const LOG = raw('SELECT origin, size, root FROM audit_log');
const EDGE = raw(`SELECT level, index, width, hashes FROM audit_tiles WHERE width < ${TILE_WIDTH} ORDER BY level`);
const OWN_STREAM = raw(`SELECT 'system' AS stream`);

function readLog([log]: readonly Row[] = []) {
  return { origin: (log?.origin ?? null) as string | null, size: log?.size as number, root: log?.root as Uint8Array };
}

function logState(): SqlLoad<LogState> {
  return {
    statements: [
      sql`${LOG}`,
      sql`${EDGE}`,
      sql`SELECT stream, sequence, head_hash FROM audit_streams WHERE sequence > 0 ORDER BY stream`,
      sql`${NEWEST_PUBLISHED}`,
      sql`SELECT coalesce(max(size), 0) AS size FROM audit_checkpoints`,
    ],
    read: ([log, edge = [], heads = [], checkpoint = [], newest = []]: Results) => ({
      ...readLog(log),
      checkpoint: (checkpoint[0]?.note ?? null) as string | null,
      newestSize: newest[0]?.size as number,
      edge: edge.map(readTile),
      heads: new Map(
        heads.map((found) => [
          found.stream as string,
          { sequence: found.sequence as number, hash: found.head_hash as Uint8Array },
        ]),
      ),
    }),
  };
}

export function createAuditLoads(cipher: FieldCipher, index: BlindIndex): AuditLoads {
  const shown = (found: Row) => readShownEvent(found, cipher);
  return {
    sealingState: (limit): SqlLoad<ReturnType<typeof readSealing>> => ({
      statements: [
        sql`${LOG}`,
        sql`${EDGE}`,
        sql`SELECT q.place, e.current_hash FROM audit_unsealed q JOIN audit_events e USING (stream, sequence)
            ORDER BY q.place LIMIT ${limit}::int`,
      ],
      read: readSealing,
    }),
    ...createCheckpointLoads(),
    ...createSearchLoads(cipher, index),
    ...createVerificationLoads(),
    tile: ({ level, index, width }) =>
      row(
        sql`SELECT level, index, width, hashes FROM audit_tiles
            WHERE level = ${level}::smallint AND index = ${index}::bigint AND width >= ${width}::smallint`,
        readTile,
      ),
    tiles: (ids): SqlLoad<{ size: number; tiles: Tile[] }> => ({
      statements: [
        sql`${LOG}`,
        sql`SELECT t.level, t.index, t.width, t.hashes
            FROM unnest(${ids.map(({ level }) => level)}::smallint[], ${ids.map(({ index }) => index)}::bigint[]) w (level, index)
              JOIN audit_tiles t ON t.level = w.level AND t.index = w.index`,
      ],
      read: ([log, tiles = []]: Results) => ({ size: readLog(log).size, tiles: tiles.map(readTile) }),
    }),
    logState,
    logStateRead: (): SqlRecordedLoad<LogState> => ({ load: logState(), streams: sql`${OWN_STREAM}` }),
    logPage: (after, limit): SqlLoad<LogPage> => ({
      statements: [
        sql`SELECT l.leaf_index, ${EVENT_COLUMNS} FROM audit_leaves l JOIN audit_events e USING (stream, sequence)
            WHERE l.leaf_index > ${after.leafIndex}::bigint ORDER BY l.leaf_index LIMIT ${limit}::int`,
        sql`SELECT q.place, ${EVENT_COLUMNS} FROM audit_unsealed q JOIN audit_events e USING (stream, sequence)
            WHERE q.place > ${after.place}::bigint ORDER BY q.place LIMIT ${limit}::int`,
        sql`SELECT level, index, width, hashes FROM audit_tiles
            WHERE level = 0 AND index BETWEEN ${Math.floor((after.leafIndex + 1) / TILE_WIDTH)}::bigint
              AND ${Math.floor((after.leafIndex + limit) / TILE_WIDTH)}::bigint`,
      ],
      read: ([sealed = [], unsealed = [], tiles = []]: Results) => ({
        sealed: sealed.map((found) => ({ ...readEvent(found), leafIndex: found.leaf_index as number })),
        unsealed: unsealed.map((found) => ({ ...readEvent(found), place: found.place as number })),
        tiles: tiles.map(readTile),
      }),
    }),
    strays: (after, limit): ReturnType<AuditLoads['strays']> & SqlLoad<ReturnType<typeof readStrays>> => {
      const stretch = sql`SELECT stream, sequence, id FROM audit_events
        WHERE ${after?.stream ?? null}::text IS NULL
          OR (stream, sequence) > (${after?.stream ?? null}::text, ${after?.sequence ?? 0}::bigint)
        ORDER BY stream, sequence LIMIT ${limit}::int`;
      return {
        statements: [
          sql`SELECT e.stream, e.sequence, e.id FROM (${stretch}) e
              WHERE NOT EXISTS (SELECT 1 FROM audit_leaves l WHERE l.stream = e.stream AND l.sequence = e.sequence)
                AND NOT EXISTS (SELECT 1 FROM audit_unsealed q WHERE q.stream = e.stream AND q.sequence = e.sequence)
              ORDER BY e.stream, e.sequence LIMIT 100`,
          sql`SELECT stream, sequence FROM (${stretch}) e ORDER BY stream DESC, sequence DESC LIMIT 1`,
        ],
        read: readStrays,
      };
    },
    denial: (asker, ids): SqlRecordedLoad<void> => ({
      load: { statements: [], read: () => undefined },
      streams: sql`SELECT ${asker}::text AS stream UNION ${personsOf(ids)}`,
    }),
    eventRead: (id): SqlRecordedLoad<ReturnType<typeof shown> | undefined> => ({
      load: row(sql`SELECT ${EVENT_COLUMNS}, ${SHOWN_COLUMNS} FROM ${SHOWN_TABLES} WHERE e.id = ${id}::uuid`, shown),
      streams: sql`SELECT e.stream FROM audit_events e WHERE e.id = ${id}::uuid`,
    }),
    ownHistory: (userId, page): SqlRecordedLoad<ReturnType<typeof shown>[]> => ({
      load: historyOf(userId, page, cipher),
      streams: sql`SELECT ${userId}::text AS stream`,
    }),
    moreOwnHistory: (userId, page) => historyOf(userId, page, cipher),
    affectedRead: (question, page): SqlRecordedLoad<Affected> => ({
      load: affectedBy(question, page, cipher),
      streams: sql`${OWN_STREAM}`,
    }),
    moreAffected: (question, page) => affectedBy(question, page, cipher),
    proofRead: (id, stream): SqlRecordedLoad<ProofState | undefined> => ({
      load: {
        statements: [
          sql`SELECT ${EVENT_COLUMNS}, l.leaf_index
              FROM audit_events e LEFT JOIN audit_leaves l ON l.stream = e.stream AND l.sequence = e.sequence
              WHERE e.id = ${id}::uuid AND (${stream}::text IS NULL OR e.stream = ${stream})`,
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
        WHERE e.id = ${id}::uuid AND (${stream}::text IS NULL OR e.stream = ${stream})`,
    }),
  };
}

function readSealing([log, edge = [], pending = []]: Results) {
  return {
    ...readLog(log),
    edge: edge.map(readTile),
    pending: pending.map((found) => ({
      place: found.place as number,
      currentHash: found.current_hash as Uint8Array,
    })),
  };
}

function readStrays([found = [], last = []]: Results) {
  const [end] = last;
  return {
    found: found.map((stray) => ({
      stream: stray.stream as string,
      sequence: stray.sequence as number,
      eventId: stray.id as string,
    })),
    last: end === undefined ? null : { stream: end.stream as string, sequence: end.sequence as number },
  };
}
