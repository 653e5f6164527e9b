/**
 * Every metric of the portal. Dashboards and alert rules may name only these, which a test checks, and only these can be
 * recorded. At the edge the same names are written to Analytics Engine.
 */
import type { MetricsOf, MetricTable } from '../../domain/shared/metrics.ts';
import { BUSINESS_METRICS } from './metrics/business.ts';
import { DATABASE_METRICS, PROCESS_METRICS, QUEUE_METRICS } from './metrics/platform.ts';

/** Bounds of durations of requests, in seconds: dense around what the objectives name (120 ms, 250 ms, 1 s). */
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.08, 0.12, 0.25, 0.5, 1, 2.5, 5] as const;

export const METRICS = {
  portal_http_requests_total: {
    kind: 'counter',
    help: 'Requests that were answered, by route template and class of the status.',
    labels: ['method', 'route', 'status'],
  },
  portal_http_request_duration_seconds: {
    kind: 'histogram',
    help: 'Time from the head of a request to its answer, without sending the body of the answer.',
    labels: ['method', 'route'],
    bounds: REQUEST_SECONDS,
  },
  portal_dependency_broken: {
    kind: 'gauge',
    help: 'Whether the circuit breaker of a dependency is open: 1 from its first opening until it is closed, else 0.',
    labels: ['dependency'],
  },
  portal_dependency_failures_total: {
    kind: 'counter',
    help: 'How often the circuit breaker of a dependency was opened, failed trials included.',
    labels: ['dependency'],
  },
  portal_dependency_retries_total: {
    kind: 'counter',
    help: 'Calls of a dependency that were repeated after a failure.',
    labels: ['dependency'],
  },
  ...DATABASE_METRICS,
  ...PROCESS_METRICS,
  ...QUEUE_METRICS,
  ...BUSINESS_METRICS,
  portal_rate_limit_uses_total: {
    kind: 'counter',
    help: 'Uses of rate limits, by limit and whether it allowed the use.',
    labels: ['limit', 'outcome'],
  },
  portal_address_blocks_total: {
    kind: 'counter',
    help: 'Addresses that the portal has blocked, by reason.',
    labels: ['reason'],
  },
  portal_security_findings_total: {
    kind: 'counter',
    help: 'Findings of the detection that were raised, by rule and severity.',
    labels: ['rule', 'severity'],
  },
  portal_trace_spans_exported_total: {
    kind: 'counter',
    help: 'Spans of traces that the collector has taken.',
    labels: [],
  },
  portal_trace_spans_dropped_total: {
    kind: 'counter',
    help: 'Spans that were not exported: because too many waited, the collector refused them, or their trace was too long.',
    labels: ['reason'],
  },
} as const satisfies MetricTable;

export type MetricName = keyof typeof METRICS;
export type Metrics = MetricsOf<typeof METRICS>;
