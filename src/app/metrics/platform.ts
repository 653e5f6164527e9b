/** Metrics of what the portal runs on: database, Redis, process, queues, audit log and providers. */
import type { MetricTable } from '../../../domain/shared/metrics.ts';

/** Bounds of durations of one round trip, in seconds. */
const TRIP_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] as const;

export const DATABASE_METRICS = {
  portal_database_trips_total: {
    kind: 'counter',
    help: 'Round trips to the database, of requests and jobs. The outcome is ok, refused by a statement, or why the database was unavailable.',
    labels: ['mode', 'outcome'],
  },
  portal_database_trip_duration_seconds: {
    kind: 'histogram',
    help: 'Time of a round trip to the database, with the wait for a connection.',
    labels: ['mode'],
    bounds: TRIP_SECONDS,
  },
  portal_database_slow_trips_total: {
    kind: 'counter',
    help: 'Round trips that took SLOW_STATEMENT_MS or longer.',
    labels: ['mode'],
  },
  portal_database_connections: {
    kind: 'gauge',
    help: 'Connections of this process to the database: busy ones, batches that wait for one (waiting), and how many there may be (limit).',
    labels: ['state'],
  },
  portal_cache_lookups_total: {
    kind: 'counter',
    help: 'Look-ups in the cache, by kind and whether they spared a load.',
    labels: ['kind', 'outcome'],
  },
  portal_redis_trips_total: {
    kind: 'counter',
    help: 'Calls to Redis, by outcome: ok, or unavailable.',
    labels: ['outcome'],
  },
  portal_redis_trip_duration_seconds: {
    kind: 'histogram',
    help: 'Time of a call to Redis. Calls of one turn of the event loop share a round trip.',
    labels: [],
    bounds: TRIP_SECONDS,
  },
} as const satisfies MetricTable;

export const PROCESS_METRICS = {
  portal_process_cpu_seconds_total: {
    kind: 'counter',
    help: 'Processor time of the process.',
    labels: ['mode'],
  },
  portal_process_memory_bytes: {
    kind: 'gauge',
    help: 'Memory of the process: resident, of the heap, used of the heap, and outside of the heap.',
    labels: ['kind'],
  },
  portal_process_start_time_seconds: {
    kind: 'gauge',
    help: 'When the process started, in seconds since 1970.',
    labels: [],
  },
  portal_event_loop_delay_seconds: {
    kind: 'gauge',
    help: 'How late timers fired since the last scrape: mean, p99 and max.',
    labels: ['quantile'],
  },
  portal_admission_level: {
    kind: 'gauge',
    help: 'How many kinds of requests are refused because there are too many: 0 none, 1 what can wait, 2 also what is ordinary, 3 all but what is vital.',
    labels: [],
  },
  portal_requests_shed_total: {
    kind: 'counter',
    help: 'Requests that were refused because there were too many, by their importance.',
    labels: ['importance'],
  },
  portal_metrics_database_up: {
    kind: 'gauge',
    help: 'Whether the last scrape could read the gauges from the database. If 0, they are missing.',
    labels: [],
  },
} as const satisfies MetricTable;

export const QUEUE_METRICS = {
  portal_queue_jobs: {
    kind: 'gauge',
    help: 'Open jobs of the outbox by topic: due, scheduled for later, retrying after a failure. Each up to 10,000.',
    labels: ['topic', 'state'],
  },
  portal_queue_oldest_age_seconds: {
    kind: 'gauge',
    help: 'For how long the oldest due job of a topic is due.',
    labels: ['topic'],
  },
  portal_queue_finished_jobs: {
    kind: 'gauge',
    help: 'Jobs that ended in the last five minutes by topic: done, given_up.',
    labels: ['topic', 'outcome'],
  },
  portal_dead_letters: {
    kind: 'gauge',
    help: 'Messages that were given up, by channel; none: no channel has taken them. Each up to 10,000.',
    labels: ['channel'],
  },
  portal_audit_unsealed_events: {
    kind: 'gauge',
    help: 'Events of the audit log that are not sealed yet, up to 10,000.',
    labels: [],
  },
  portal_audit_sealing_lag_seconds: {
    kind: 'gauge',
    help: 'Age of the oldest event of the audit log that is not sealed yet; 0 if there is none.',
    labels: [],
  },
  portal_audit_sealing_stopped: {
    kind: 'gauge',
    help: 'Whether sealing has stopped and an operator has to decide (docs/audit.md).',
    labels: [],
  },
  portal_audit_verification_failed: {
    kind: 'gauge',
    help: 'Whether the newest verification of the audit log found a fault.',
    labels: [],
  },
  portal_audit_verification_time_seconds: {
    kind: 'gauge',
    help: 'When the newest verification of the audit log ended, in seconds since 1970; absent if none has.',
    labels: [],
  },
  portal_provider_state: {
    kind: 'gauge',
    help: '1 for the state in which this process sees a provider of messages: untried, up, failing, paused.',
    labels: ['provider', 'state'],
  },
  portal_provider_failures_in_a_row: {
    kind: 'gauge',
    help: 'Failures of a provider of messages since it last answered.',
    labels: ['provider'],
  },
  portal_provider_certificate_expiry_seconds: {
    kind: 'gauge',
    help: 'When the TLS certificate of a provider expires, in seconds since 1970. Read under Deno only.',
    labels: ['provider'],
  },
} as const satisfies MetricTable;
