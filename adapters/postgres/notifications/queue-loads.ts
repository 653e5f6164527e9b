/** The queues as administrators see them. Work follows the open jobs, up to a bound, and not those that have ended. */
import { SENDING_CHANNELS } from '../../../domain/notifications/categories.ts';
import type { NotificationLoads } from '../../../domain/notifications/ports.ts';
import {
  type DailyUse,
  DEEPEST,
  ENDED_AT_MOST,
  type QueueState,
  type Queues,
  type RateState,
  WINDOW_SECONDS,
} from '../../../domain/notifications/queues.ts';
import type { SendingDay } from '../../../domain/notifications/sending-day.ts';
import type { Clinic } from '../../../domain/scheduling/clinic-settings.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { type TopicRates, URGENT_PRIORITY } from '../../../domain/shared/topic-rates.ts';
import { localDateAt } from '../../../domain/shared/zone.ts';
import { LOTS, OPEN_JOB } from '../commit/open-jobs.ts';
import { begunAt, isSpent } from '../commit/rates.ts';
import type { Row } from '../driver/driver.ts';
import { at, rows, type Sql, type SqlLoad, type SqlRecordedLoad, sql, together } from '../driver/sql.ts';
import { readSendingDay, sendingDaysStatement } from './sending-days.ts';

/** @param clinic loads what may leave in a day */
export function queueLoads(clinic: () => SqlLoad<Clinic>): Pick<NotificationLoads, 'queuesRead' | 'queues'> {
  return {
    queues: jobsLoad,
    queuesRead: (now, rates): SqlRecordedLoad<Queues> => {
      const days = rows(sendingDaysStatement(now), readSendingDay);
      const { statements, read } = together({ jobs: jobsLoad(now, rates), settings: clinic(), days });
      return {
        load: {
          statements,
          read: (results) => {
            const { jobs, settings, days: counted } = read(results);
            return { ...jobs, today: todayOf(settings, counted, now) };
          },
        },
        streams: sql`SELECT 'system' AS stream`,
      };
    },
  };
}

function jobsLoad(now: Instant, rates: TopicRates): SqlLoad<Omit<Queues, 'today'>> {
  return {
    statements: [openStatement(now), failingStatement(), endedStatement(now), ratesStatement(now, rates)],
    read: ([open = [], failing = [], ended = [], rated = []]) => {
      const numberIn = (found: readonly Row[], topic: string, column: string) =>
        (found.find((row) => row.topic === topic)?.[column] as number | undefined) ?? 0;
      const names = new Set([...open, ...ended].map(({ topic }) => topic as string));
      const topics = [...names].toSorted().map((topic): QueueState => {
        const found = open.find((row) => row.topic === topic);
        return {
          topic,
          due: Math.min(DEEPEST, numberIn(open, topic, 'due')),
          scheduled: Math.min(DEEPEST, numberIn(open, topic, 'scheduled')),
          oldestDueAt: (found?.oldest ?? null) as Instant | null,
          nextDueAt: (found?.next ?? null) as Instant | null,
          retrying: numberIn(failing, topic, 'retrying'),
          done: numberIn(ended, topic, 'done'),
          givenUp: numberIn(ended, topic, 'given_up'),
        };
      });
      const limited = Object.entries(rates).map(
        ([topic, perMinute]): RateState => ({
          ...{ topic, perMinute },
          begun: numberIn(rated, topic, 'begun'),
          held: numberIn(rated, topic, 'held'),
        }),
      );
      return { topics, rates: limited, windowSeconds: windowOf(ended, now) };
    },
  };
}

/** A lot of each topic and priority, since the index has them in this order. */
function openStatement(now: Instant): Sql {
  const some = (when: Sql) => sql`LATERAL (SELECT count(*)::int AS n, min(f.not_before) AS first FROM (
      SELECT o.not_before FROM outbox o WHERE ${OPEN_JOB} AND o.topic = l.topic AND o.priority = l.priority AND ${when}
      ORDER BY o.not_before LIMIT ${DEEPEST}::int) f)`;
  return sql`WITH RECURSIVE ${LOTS}
    SELECT l.topic, sum(d.n)::int AS due, min(d.first) AS oldest, sum(s.n)::int AS scheduled, min(s.first) AS next
    FROM lots l, ${some(sql`o.not_before <= ${at(now)}::timestamptz`)} d, ${some(sql`o.not_before > ${at(now)}::timestamptz`)} s
    GROUP BY l.topic`;
}

/** Up to the bound for each topic: one whose provider is down hides no other. By the index `outbox_failing`. */
function failingStatement(): Sql {
  return sql`WITH RECURSIVE ${LOTS}
    SELECT t.topic, f.n AS retrying FROM (SELECT DISTINCT l.topic FROM lots l) t, LATERAL (SELECT count(*)::int AS n FROM (
      SELECT 1 FROM outbox o WHERE ${OPEN_JOB} AND o.last_error IS NOT NULL AND o.topic = t.topic LIMIT ${DEEPEST}::int) e) f`;
}

/** A topic of which none was claimed yet has no row: nothing waits. */
function ratesStatement(now: Instant, rates: TopicRates): Sql {
  return sql`WITH RECURSIVE ${LOTS}
    SELECT r.topic, ${begunAt(now)} AS begun, CASE WHEN ${isSpent(now)} THEN (SELECT least(${DEEPEST}::int, sum(f.n))::int
      FROM lots l, LATERAL (SELECT count(*) AS n FROM (SELECT 1 FROM outbox o
        WHERE ${OPEN_JOB} AND o.topic = l.topic AND o.priority = l.priority AND o.not_before <= ${at(now)}::timestamptz
          AND (o.leased_until IS NULL OR o.leased_until <= ${at(now)}::timestamptz) LIMIT ${DEEPEST}::int) w) f
      WHERE l.topic = r.topic AND l.priority > ${URGENT_PRIORITY}::int) END AS held
    FROM sending_rates r WHERE r.topic = ANY(${Object.keys(rates)}::text[])`;
}

function todayOf({ timezone, dailyCaps }: Clinic, days: readonly SendingDay[], now: Instant): DailyUse[] {
  const today = localDateAt(timezone, now);
  return SENDING_CHANNELS.map((channel) => {
    const day = days.find((each) => each.channel === channel && each.date === today);
    return { channel, used: day?.used ?? 0, cap: dailyCaps[channel] };
  });
}

function endedStatement(now: Instant): Sql {
  return sql`SELECT f.topic, count(*) FILTER (WHERE f.state = 'done')::int AS done,
      count(*) FILTER (WHERE f.state = 'dead')::int AS given_up, count(*)::int AS ended, min(f.finished_at) AS first
    FROM (SELECT o.topic, o.state, o.finished_at FROM outbox o
      WHERE o.finished_at IS NOT NULL AND o.finished_at > ${at(now - WINDOW_SECONDS * 1000)}::timestamptz
      ORDER BY o.finished_at DESC LIMIT ${ENDED_AT_MOST}::int) f
    GROUP BY f.topic`;
}

/** Shorter if more jobs have ended in the window than are counted. */
function windowOf(ended: readonly Row[], now: Instant): number {
  const count = ended.reduce((sum, row) => sum + (row.ended as number), 0);
  if (count < ENDED_AT_MOST) return WINDOW_SECONDS;
  return Math.max(1, Math.ceil((now - Math.min(...ended.map(({ first }) => first as Instant))) / 1000));
}
