/** Loads of what metrics and the overview show. Each count stops at a bound, and follows an index. */
import {
  ACTIVE_MINUTES,
  COUNTED_AT_MOST,
  ENDED_SESSIONS_MINUTES,
  type EventCount,
  type Gauges,
  type PlatformLoads,
} from '../../../domain/platform/gauges.ts';
import { type Instant, MILLISECONDS_PER_DAY, MILLISECONDS_PER_MINUTE } from '../../../domain/shared/time.ts';
import type { Row } from '../driver/driver.ts';
import { at, type Sql, type SqlLoad, sql } from '../driver/sql.ts';

const HOUR_MS = 60 * MILLISECONDS_PER_MINUTE;
/** Of the newest events or sessions, which bounds the work on a busy day. */
const ROWS_AT_MOST = 20_000;
const MOST = sql`LIMIT ${COUNTED_AT_MOST}::int`;

export const platformLoads: PlatformLoads = {
  gauges: (now): SqlLoad<Gauges> => ({
    statements: [auditState(), activePeople(now), sessionLengths(now)],
    read: readGauges,
  }),
  eventCounts: (types, now): SqlLoad<readonly EventCount[]> => ({
    statements: [eventCounts(types, now)],
    read: ([counts = []]) =>
      counts.map((found) => ({
        type: found.type as string,
        lastHour: found.last_hour as number,
        lastDay: found.last_day as number,
      })),
  }),
};

function auditState(): Sql {
  return sql`SELECT (SELECT count(*)::int FROM (SELECT 1 FROM audit_unsealed ${MOST}) f) AS unsealed,
      (SELECT e.occurred_at FROM audit_unsealed q JOIN audit_events e USING (stream, sequence) ORDER BY q.place LIMIT 1) AS oldest,
      (SELECT stopped_by FROM audit_log) AS stopped_by, v.status, v.finished_at
    FROM (SELECT 1) one LEFT JOIN LATERAL (SELECT status, finished_at FROM audit_verifications WHERE finished_at IS NOT NULL
      ORDER BY requested_at DESC, id DESC LIMIT 1) v ON true`;
}

/** By the index `audit_events_by_type`: sessions have none by their last activity, which changes with each renewal. */
function activePeople(now: Instant): Sql {
  const since = at(now - ACTIVE_MINUTES * MILLISECONDS_PER_MINUTE);
  const newest = (
    type: string,
  ) => sql`(SELECT stream FROM audit_events WHERE event_type = ${type} AND occurred_at > ${since}::timestamptz
      ORDER BY occurred_at DESC, id DESC LIMIT ${ROWS_AT_MOST}::int)`;
  return sql`SELECT count(DISTINCT f.stream)::int AS people
    FROM (${newest('login.succeeded')} UNION ALL ${newest('refresh_token.rotated')}) f`;
}

/** By the index `sessions_by_age`. */
function sessionLengths(now: Instant): Sql {
  return sql`SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY f.seconds) AS median,
      percentile_cont(0.95) WITHIN GROUP (ORDER BY f.seconds) AS p95
    FROM (SELECT extract(epoch FROM coalesce(s.revoked_at, s.last_activity_at) - s.created_at)::float8 AS seconds FROM sessions s
      WHERE coalesce(s.revoked_at, s.expires_at) > ${at(now - ENDED_SESSIONS_MINUTES * MILLISECONDS_PER_MINUTE)}::timestamptz
        AND coalesce(s.revoked_at, s.expires_at) <= ${at(now)}::timestamptz
      ORDER BY coalesce(s.revoked_at, s.expires_at) DESC LIMIT ${ROWS_AT_MOST}::int) f`;
}

/** By the index `audit_events_by_type`. */
function eventCounts(types: readonly string[], now: Instant): Sql {
  const since = (ms: number) => sql`(SELECT count(*)::int FROM (SELECT 1 FROM audit_events e
      WHERE e.event_type = t.type AND e.occurred_at > ${at(now - ms)}::timestamptz ${MOST}) f)`;
  return sql`SELECT t.type, ${since(HOUR_MS)} AS last_hour, ${since(MILLISECONDS_PER_DAY)} AS last_day
    FROM unnest(${[...types]}::text[]) t (type)`;
}

function readGauges([audit = [], active = [], sessions = []]: readonly (readonly Row[])[]): Gauges {
  const [state] = audit;
  const [lengths] = sessions;
  const finishedAt = (state?.finished_at ?? null) as Instant | null;
  return {
    audit: {
      unsealed: (state?.unsealed ?? 0) as number,
      oldestUnsealedAt: (state?.oldest ?? null) as Instant | null,
      isSealingStopped: (state?.stopped_by ?? null) !== null,
      verification: finishedAt === null ? null : { isSound: state?.status === 'sound', finishedAt },
    },
    activePeople: (active[0]?.people ?? 0) as number,
    sessionSeconds:
      lengths === undefined || lengths.median === null
        ? null
        : { median: lengths.median as number, p95: lengths.p95 as number },
  };
}
