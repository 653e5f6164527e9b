/** Loads of checkpoints and origins. */
import type { AuditLoads, NumberedCheckpoint, PublicationState, StopSource } from '../../../domain/audit/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type { Row } from '../driver/driver.ts';
import { raw, row, rows, type SqlLoad, sql } from '../driver/sql.ts';
import { readCheckpoint } from './rows.ts';

type Results = readonly (readonly Row[])[];
type CheckpointLoads = Pick<
  AuditLoads,
  | 'publicationState'
  | 'status'
  | 'sealingStoppedBy'
  | 'latestCheckpoint'
  | 'checkpointOf'
  | 'checkpoints'
  | 'numberedCheckpoints'
  | 'origins'
>;

/** The newest checkpoint that was published. */
export const NEWEST_PUBLISHED = raw(
  'SELECT * FROM audit_checkpoints WHERE published_at IS NOT NULL ORDER BY size DESC LIMIT 1',
);
const ORIGINS = raw('SELECT * FROM audit_origins ORDER BY generation DESC');

export function createCheckpointLoads(): CheckpointLoads {
  return {
    publicationState,
    status: (): SqlLoad<Awaited<ReturnType<typeof readStatus>>> => {
      const publication = publicationState(1);
      return {
        statements: [
          sql`SELECT count(*)::int AS waiting FROM audit_unsealed`,
          sql`${ORIGINS}`,
          ...publication.statements,
        ],
        read: ([waiting, origins, ...rest]: Results) => readStatus(waiting, origins, publication.read(rest)),
      };
    },
    sealingStoppedBy: (): SqlLoad<StopSource | null> => ({
      statements: [sql`SELECT stopped_by FROM audit_log`],
      read: ([log]: Results) => (log?.[0]?.stopped_by ?? null) as StopSource | null,
    }),
    latestCheckpoint: () => row(sql`${NEWEST_PUBLISHED}`, readCheckpoint),
    checkpointOf: (size) => row(sql`SELECT * FROM audit_checkpoints WHERE size = ${size}::bigint`, readCheckpoint),
    checkpoints: (afterSize, limit) =>
      rows(
        sql`SELECT * FROM audit_checkpoints WHERE size > ${afterSize}::bigint ORDER BY size LIMIT ${limit}::int`,
        readCheckpoint,
      ),
    numberedCheckpoints: (after, limit) =>
      rows(
        sql`SELECT * FROM audit_checkpoints WHERE number IS NOT NULL
              AND (generation, number) > (${after?.generation ?? 0}::int, ${after?.number ?? 0}::bigint)
            ORDER BY generation, number LIMIT ${limit}::int`,
        readNumbered,
      ),
    origins: (): SqlLoad<{ generation: number; origin: string }[]> => ({
      statements: [sql`SELECT origin FROM audit_log`, sql`${ORIGINS}`],
      read: ([log, later = []]: Results) => {
        const first = (later.at(-1)?.former_origin ?? log?.[0]?.origin ?? null) as string | null;
        return [
          ...later.map(({ generation, origin }) => ({ generation: generation as number, origin: origin as string })),
          ...(first === null ? [] : [{ generation: 1, origin: first }]),
        ];
      },
    }),
  };
}

function publicationState(limit: number): SqlLoad<PublicationState> {
  return {
    statements: [
      sql`SELECT * FROM audit_log`,
      sql`SELECT c.* FROM audit_checkpoints c JOIN audit_log l USING (generation)
          WHERE c.number IS NOT NULL ORDER BY c.number DESC LIMIT 1`,
      sql`SELECT c.* FROM audit_checkpoints c JOIN audit_log l USING (generation)
          WHERE c.published_at IS NULL ORDER BY c.size LIMIT ${limit}::int`,
    ],
    read: ([log = [], last = [], waiting = []]: Results) => ({
      origin: (log[0]?.origin ?? null) as string | null,
      size: log[0]?.size as number,
      root: log[0]?.root as Uint8Array,
      generation: log[0]?.generation as number,
      stopped: readStop(log[0]),
      last: last[0] === undefined ? null : readNumbered(last[0]),
      waiting: waiting.map(readCheckpoint),
    }),
  };
}

function readStop(log: Row | undefined): PublicationState['stopped'] {
  if (log === undefined || log.stopped_at === null) return null;
  return {
    since: log.stopped_at as Instant,
    source: log.stopped_by as StopSource,
    note: log.stopped_checkpoint as string,
  };
}

function readNumbered(found: Row): NumberedCheckpoint {
  return { ...readCheckpoint(found), number: found.number as number };
}

function readStatus([counted]: readonly Row[] = [], origins: readonly Row[] = [], publication: PublicationState) {
  return {
    publication,
    waitingEvents: counted?.waiting as number,
    origins: origins.map((found) => ({
      origin: found.origin as string,
      formerOrigin: found.former_origin as string,
      formerCheckpoint: found.former_checkpoint as string,
      beganAtSize: found.began_at_size as number,
      beganAt: found.began_at as Instant,
    })),
  };
}
