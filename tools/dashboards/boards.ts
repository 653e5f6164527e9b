/** The dashboards. `npm run docs` writes them to `ops/grafana/dashboards/`. */
import { AUDIT, BUSINESS, QUEUES, SECURITY } from './clinic-boards.ts';
import type { Dashboard, Panel } from './panels.ts';
import { buckets, inWindow, known, perSecond, quantiles, requests, slowest } from './queries.ts';

const ERRORS: Panel = {
  title: 'Share of faults',
  queries: { '5xx': 'portal:http_errors:ratio5m' },
  unit: 'percentunit',
  alarm: 0.05,
};
const BUDGET: Panel = {
  title: 'Error budget: how many times too fast it burns',
  about:
    '1 uses up the budget of 99.9 % in 30 days exactly. Alerts begin at 14.4 in an hour, 6 in six hours, 3 in a day.',
  queries: {
    '1 h': 'portal:http_errors:ratio1h / 0.001',
    '6 h': 'portal:http_errors:ratio6h / 0.001',
    '3 d': 'portal:http_errors:ratio3d / 0.001',
  },
  alarm: 6,
};

const OVERVIEW: readonly Panel[] = [
  { title: 'Processes', as: 'stat', queries: { up: 'sum(up{job="patient-portal"})' } },
  { title: 'Database', as: 'stat', queries: { '1 = up': 'min(portal_metrics_database_up)' } },
  { title: 'People active', as: 'stat', queries: { people: 'max(portal_active_people)' } },
  {
    title: 'Jobs that wait',
    as: 'stat',
    queries: { jobs: `sum(${known('portal_queue_jobs{state=~"due|retrying"}', 'topic, state')})` },
    alarm: 10_000,
  },
  { title: 'Dead letters', as: 'stat', queries: { messages: `sum(${known('portal_dead_letters', 'channel')})` } },
  {
    title: 'Audit log: seal',
    as: 'stat',
    unit: 's',
    queries: { behind: 'max(portal_audit_sealing_lag_seconds)' },
    alarm: 300,
  },
  { title: 'Requests', unit: 'reqps', queries: { '{{status}}': `sum by (status) (${perSecond(requests())})` } },
  ERRORS,
  { title: 'Time of requests', unit: 's', queries: quantiles(buckets), alarm: 1 },
  BUDGET,
  {
    title: 'Processor',
    queries: { '{{instance}} {{mode}}': perSecond('portal_process_cpu_seconds_total') },
    about: 'Cores that a process uses.',
  },
  { title: 'Memory', unit: 'bytes', queries: { '{{instance}} {{kind}}': 'portal_process_memory_bytes' } },
  {
    title: 'Delay of the event loop',
    unit: 's',
    queries: { '{{instance}} {{quantile}}': 'portal_event_loop_delay_seconds' },
    alarm: 0.5,
  },
  { title: 'Starts', queries: { '{{instance}}': 'changes(portal_process_start_time_seconds[30m])' } },
  {
    title: 'Requests refused because there are too many',
    unit: 'reqps',
    queries: { '{{importance}}': `sum by (importance) (${perSecond('portal_requests_shed_total')})` },
  },
  {
    title: 'Level of refusal',
    about: '0 none, 1 what can wait, 2 also what is ordinary, 3 all but what is vital.',
    queries: { '{{instance}}': 'portal_admission_level' },
    alarm: 2,
  },
  {
    title: 'Spans',
    queries: {
      exported: `sum(${perSecond('portal_trace_spans_exported_total')})`,
      'dropped: {{reason}}': `sum by (reason) (${perSecond('portal_trace_spans_dropped_total')})`,
    },
  },
];

const REQUESTS: readonly Panel[] = [
  {
    title: 'Requests by route',
    unit: 'reqps',
    queries: { '{{method}} {{route}}': `topk(15, sum by (method, route) (${perSecond(requests())}))` },
  },
  {
    title: 'Faults by route',
    unit: 'reqps',
    queries: { '{{method}} {{route}}': `sum by (method, route) (${perSecond(requests(', status="5xx"'))}) > 0` },
  },
  {
    title: 'Refusals by route',
    unit: 'reqps',
    queries: { '{{method}} {{route}}': `topk(15, sum by (method, route) (${perSecond(requests(', status="4xx"'))}))` },
  },
  {
    title: 'Slowest routes (p95)',
    unit: 's',
    queries: { '{{method}} {{route}}': `topk(15, ${slowest(0.95, buckets, 'le, method, route')})` },
    alarm: 1,
  },
  { title: 'Time of reads', unit: 's', queries: quantiles(buckets.replace('}', ', method="GET"}')), alarm: 0.12 },
  {
    title: 'Time of bookings',
    unit: 's',
    queries: quantiles('portal_http_request_duration_seconds_bucket{method="POST", route="/api/v1/appointments"}'),
    alarm: 0.25,
  },
  {
    title: 'Requests and time by route, last hour',
    as: 'table',
    queries: { requests: `sort_desc(sum by (method, route) (increase(${requests()}[1h])))` },
  },
];

const DEPENDENCIES: readonly Panel[] = [
  {
    title: 'Trips to the database',
    unit: 'ops',
    queries: { '{{mode}} {{outcome}}': `sum by (mode, outcome) (${perSecond('portal_database_trips_total')})` },
  },
  {
    title: 'Time of a trip to the database',
    unit: 's',
    queries: quantiles('portal_database_trip_duration_seconds_bucket'),
  },
  {
    title: 'Connections',
    queries: { '{{instance}} {{state}}': 'portal_database_connections' },
    about: 'Busy ones, batches that wait for one, and how many there may be.',
  },
  {
    title: 'Slow trips',
    unit: 'ops',
    queries: { '{{mode}}': `sum by (mode) (${perSecond('portal_database_slow_trips_total')})` },
    about: 'The log names the statements: slow_statement.',
  },
  {
    title: 'Calls of Redis',
    unit: 'ops',
    queries: { '{{outcome}}': `sum by (outcome) (${perSecond('portal_redis_trips_total')})` },
  },
  { title: 'Time of a call of Redis', unit: 's', queries: quantiles('portal_redis_trip_duration_seconds_bucket') },
  {
    title: 'Look-ups in the cache that spared a load',
    unit: 'percentunit',
    queries: {
      '{{kind}}': `sum by (kind) (${perSecond('portal_cache_lookups_total{outcome="hits"}')}) / sum by (kind) (${perSecond('portal_cache_lookups_total')})`,
    },
  },
  {
    title: 'Look-ups in the cache',
    unit: 'ops',
    queries: { '{{kind}} {{outcome}}': `sum by (kind, outcome) (${perSecond('portal_cache_lookups_total')})` },
  },
  {
    title: 'Broken dependencies',
    queries: { '{{dependency}}': known('portal_dependency_broken', 'dependency') },
    alarm: 1,
  },
  {
    title: 'Failures and retries',
    queries: {
      '{{dependency}} opened': `sum by (dependency) (${inWindow('portal_dependency_failures_total')})`,
      '{{dependency}} retried': `sum by (dependency) (${inWindow('portal_dependency_retries_total')})`,
    },
  },
  {
    title: 'Providers of messages',
    queries: { '{{provider}} {{state}}': `${known('portal_provider_state', 'provider, state')} == 1` },
  },
  {
    title: 'Failures of providers in a row',
    queries: { '{{provider}}': known('portal_provider_failures_in_a_row', 'provider') },
  },
  {
    title: 'Certificates of providers: time left',
    unit: 's',
    queries: { '{{provider}}': 'min by (provider) (portal_provider_certificate_expiry_seconds) - time()' },
  },
];

export const DASHBOARDS: readonly Dashboard[] = [
  { name: 'overview', title: 'overview', panels: OVERVIEW },
  { name: 'requests', title: 'requests by route', panels: REQUESTS },
  { name: 'dependencies', title: 'dependencies and cache', panels: DEPENDENCIES },
  { name: 'queues', title: 'queues and messages', panels: QUEUES },
  { name: 'audit', title: 'audit log', panels: AUDIT },
  { name: 'security', title: 'security and limits', panels: SECURITY },
  { name: 'business', title: 'the clinic', panels: BUSINESS },
];
