/**
 * The metrics of the edge: what the database knows, and the providers as the isolate knows them. Counters of isolates are not among
 * them: each counts for itself and ends when Cloudflare likes. They are in Analytics Engine (docs/operations.md).
 */
import { analyticsTraffic } from '../../adapters/analytics/traffic-source.ts';
import { gaugeMetrics } from '../../adapters/prometheus/gauges.ts';
import type { ProviderStatus } from '../../domain/notifications/ports.ts';
import { TRAFFIC_MINUTES, type TrafficReport } from '../../domain/platform/traffic.ts';
import type { Exposition } from '../../domain/shared/metrics.ts';
import type { Log } from '../app/log.ts';
import { COLLECTED } from '../app/metrics/gauges.ts';
import { METRICS } from '../app/metrics.ts';
import type { Config } from '../config.ts';
import { createExposition, type Exposing } from './exposition.ts';

const NOTE =
  '# At the edge each isolate counts for itself: counters and durations are in Analytics Engine, under the same names.\n';

export async function exposeEdgeMetrics(
  deps: Exposing['deps'],
  providers: readonly ProviderStatus[],
): Promise<Exposition> {
  // A registry for each answer: the gauges of an isolate that lives long would tell of what is over.
  const metrics = gaugeMetrics(METRICS, [...COLLECTED, 'portal_metrics_database_up']);
  const { contentType, text } = await createExposition({
    metrics,
    deps,
    providers: () => providers,
    collect: () => {},
  })();
  return { contentType, text: `${NOTE}${text}` };
}

/** The traffic of all isolates, if the settings let the Worker ask for it. */
export async function recentEdgeTraffic(config: Config, log: Log): Promise<TrafficReport> {
  const { ANALYTICS_ACCOUNT_ID: accountId, ANALYTICS_TOKEN: token, ANALYTICS_DATASET: dataset } = config;
  if (accountId === undefined || token === undefined) return { source: null, reason: 'not_configured' };
  const source = analyticsTraffic({ accountId, token, dataset });
  try {
    const windows = await Promise.all(TRAFFIC_MINUTES.map((minutes) => source.read(minutes)));
    return { source: 'analytics_engine', windows };
  } catch (error) {
    log.failure('traffic_not_read', error);
    return { source: null, reason: 'unreachable' };
  }
}
