/** Reads the traffic of all isolates by the SQL API of Analytics Engine. */
import type { Traffic, TrafficSource } from '../../domain/platform/traffic.ts';
import { Unavailable } from '../../domain/shared/ports.ts';

export interface AnalyticsOptions {
  /** Default: Cloudflare's API. */
  readonly endpoint?: string | undefined;
  readonly accountId: string;
  /** Of Cloudflare's API, with the permission Account Analytics: Read. */
  readonly token: string;
  /** As in wrangler.toml: letters, digits and underscores. */
  readonly dataset: string;
}

const ENDPOINT = 'https://api.cloudflare.com/client/v4';
const TIMEOUT_MS = 2_000;

type Row = Readonly<Record<string, unknown>>;

export function analyticsTraffic({ endpoint = ENDPOINT, accountId, token, dataset }: AnalyticsOptions): TrafficSource {
  const ask = async (query: string): Promise<readonly Row[]> => {
    try {
      const response = await fetch(`${endpoint}/accounts/${accountId}/analytics_engine/sql`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${token}` },
        body: `${query} FORMAT JSON`,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (!response.ok) throw new Error(`answered ${response.status}`);
      const { data } = (await response.json()) as { readonly data?: readonly Row[] };
      return data ?? [];
    } catch (error) {
      throw new Unavailable('analytics engine', { cause: error });
    }
  };
  return {
    async read(minutes) {
      const [counts, [latency]] = await Promise.all([
        ask(requestsQuery(dataset, minutes)),
        ask(latencyQuery(dataset, minutes)),
      ]);
      return trafficOf(minutes, counts, latency);
    },
  };
}

const within = (minutes: number) => `timestamp > NOW() - INTERVAL '${minutes}' MINUTE`;

/** Of `portal_http_requests_total`, whose labels are method, route and status. */
function requestsQuery(dataset: string, minutes: number): string {
  return `SELECT blob3 AS status, SUM(_sample_interval * double1) AS requests FROM ${dataset}
    WHERE index1 = 'portal_http_requests_total' AND ${within(minutes)} GROUP BY status`;
}

function latencyQuery(dataset: string, minutes: number): string {
  const quantile = (level: number) => `quantileExactWeighted(${level})(double1, _sample_interval)`;
  return `SELECT ${quantile(0.5)} AS p50, ${quantile(0.95)} AS p95, ${quantile(0.99)} AS p99 FROM ${dataset}
    WHERE index1 = 'portal_http_request_duration_seconds' AND ${within(minutes)}`;
}

/** Numbers of 64 bits arrive as text. */
const numberIn = (row: Row | undefined, name: string) => Number(row?.[name] ?? 0);

function trafficOf(minutes: number, counts: readonly Row[], latency: Row | undefined): Traffic {
  const count = (status?: string) =>
    counts
      .filter((row) => status === undefined || row.status === status)
      .reduce((sum, row) => sum + numberIn(row, 'requests'), 0);
  const requests = Math.round(count());
  const [p50, p95, p99] = ['p50', 'p95', 'p99'].map((name) => numberIn(latency, name));
  return {
    minutes,
    requests,
    clientErrors: Math.round(count('4xx')),
    serverErrors: Math.round(count('5xx')),
    latencySeconds: requests === 0 ? null : { p50: p50 ?? 0, p95: p95 ?? 0, p99: p99 ?? 0 },
  };
}
