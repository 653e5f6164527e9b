/** Loads of the sealed log, its queue and its tiles. */
import type { AuditLoads, LogPage, LogPosition, LogState } from '../../../domain/audit/ports.ts';
import { TILE_WIDTH, type Tile } from '../../../domain/audit/tiles.ts';
import type { Row } from '../driver/driver.ts';
import { raw, row, type SqlLoad, type SqlRecordedLoad, sql } from '../driver/sql.ts';
import { NEWEST_PUBLISHED } from './checkpoint-loads.ts';
import { EVENT_COLUMNS, readEvent, readTile } from './rows.ts';

type LogLoads = Pick<
  AuditLoads,
  'sealingState' | 'tile' | 'tiles' | 'logState' | 'logStateRead' | 'logPage' | 'strays'
>;
type Results = readonly (readonly Row[])[];

export const LOG = raw('SELECT origin, size, root FROM audit_log');
const EDGE = raw(`SELECT level, index, width, hashes FROM audit_tiles WHERE width < ${TILE_WIDTH} ORDER BY level`);
/** The portal's own streams: the event decides which. */
export const OWN_STREAM = raw(`SELECT 'system' AS stream`);

export function readLog([log]: readonly Row[] = []) {
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

export function createLogLoads(): LogLoads {
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
    logPage,
    strays,
  };
}

function logPage(after: LogPosition, limit: number): SqlLoad<LogPage> {
  return {
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
  };
}

function strays(after: Parameters<AuditLoads['strays']>[0], limit: number): SqlLoad<ReturnType<typeof readStrays>> {
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
