/** The requests of the last hour in the memory of this process: for the overview, where there is no Prometheus to ask. */
import { TRAFFIC_MINUTES, type Traffic, type TrafficReport } from '../../../domain/platform/traffic.ts';
import type { Clock } from '../../../domain/shared/ports.ts';
import { MILLISECONDS_PER_MINUTE } from '../../../domain/shared/time.ts';
import type { Metrics } from '../metrics.ts';
import { METRICS } from '../metrics.ts';

/** Ascending; what is slower than the last falls into one more bucket. */
const BOUNDS: readonly number[] = METRICS.portal_http_request_duration_seconds.bounds;
const KEPT_MINUTES = Math.max(...TRAFFIC_MINUTES);

interface Minute {
  /** Minutes since 1970. */
  number: number;
  requests: number;
  clientErrors: number;
  serverErrors: number;
  readonly durations: number[];
}

export interface RecentTraffic {
  /** Records what the metrics record. */
  watching(metrics: Metrics): Metrics;
  report(): TrafficReport;
}

const emptyMinute = (number: number): Minute => ({
  ...{ number, requests: 0, clientErrors: 0, serverErrors: 0 },
  durations: Array.from({ length: BOUNDS.length + 1 }, () => 0),
});

export function createRecentTraffic(clock: Clock): RecentTraffic {
  const since = clock.now();
  // One place for each minute that is kept, which is used again an hour later.
  const minutes = Array.from({ length: KEPT_MINUTES }, () => emptyMinute(Number.NEGATIVE_INFINITY));
  const numberNow = () => Math.floor(clock.now() / MILLISECONDS_PER_MINUTE);
  const current = (): Minute => {
    const number = numberNow();
    const place = number % KEPT_MINUTES;
    const kept = minutes[place];
    if (kept?.number === number) return kept;
    const begun = emptyMinute(number);
    minutes[place] = begun;
    return begun;
  };

  return {
    watching: (metrics) => ({
      ...metrics,
      count(name, labels, by = 1) {
        metrics.count(name, labels, by);
        if (name !== 'portal_http_requests_total') return;
        const { status } = labels as { readonly status: string };
        const minute = current();
        minute.requests += by;
        if (status === '4xx') minute.clientErrors += by;
        if (status === '5xx') minute.serverErrors += by;
      },
      observe(name, labels, value) {
        metrics.observe(name, labels, value);
        if (name !== 'portal_http_request_duration_seconds') return;
        const found = BOUNDS.findIndex((bound) => value <= bound);
        const bucket = found === -1 ? BOUNDS.length : found;
        const { durations } = current();
        durations[bucket] = (durations[bucket] ?? 0) + 1;
      },
    }),
    report() {
      const number = numberNow();
      const windows = TRAFFIC_MINUTES.map((length) =>
        trafficOf(
          length,
          minutes.filter((minute) => minute.number > number - length && minute.number <= number),
        ),
      );
      return { source: 'process', since, windows };
    },
  };
}

function trafficOf(length: number, within: readonly Minute[]): Traffic {
  const sum = (part: 'requests' | 'clientErrors' | 'serverErrors') =>
    within.reduce((total, minute) => total + minute[part], 0);
  const durations = BOUNDS.map((_, at) => at)
    .concat(BOUNDS.length)
    .map((at) => within.reduce((total, minute) => total + (minute.durations[at] ?? 0), 0));
  const requests = sum('requests');
  return {
    ...{ minutes: length, requests, clientErrors: sum('clientErrors'), serverErrors: sum('serverErrors') },
    latencySeconds:
      requests === 0
        ? null
        : { p50: quantile(durations, 0.5), p95: quantile(durations, 0.95), p99: quantile(durations, 0.99) },
  };
}

/** As `histogram_quantile` of Prometheus: linear within a bucket, and the last bound for what is slower. */
function quantile(durations: readonly number[], level: number): number {
  const rank = level * durations.reduce((sum, count) => sum + count, 0);
  let below = 0;
  for (const [at, count] of durations.entries()) {
    if (below + count >= rank && count > 0) {
      const upper = BOUNDS[at] ?? BOUNDS.at(-1) ?? 0;
      const lower = at === 0 ? 0 : (BOUNDS[at - 1] ?? 0);
      return at === BOUNDS.length ? upper : lower + ((upper - lower) * (rank - below)) / count;
    }
    below += count;
  }
  return 0;
}
