/**
 * The metrics of the edge: what the database knows, and the providers as the isolate knows them. Counters of isolates are not among
 * them: each counts for itself and ends when Cloudflare likes. They are in Analytics Engine (docs/operations.md).
 */
import { prometheusMetrics } from '../../adapters/prometheus/registry.ts';
import type { ProviderStatus } from '../../domain/notifications/ports.ts';
import type { Exposition } from '../../domain/shared/metrics.ts';
import { COLLECTED } from '../app/metrics/gauges.ts';
import { METRICS } from '../app/metrics.ts';
import { createExposition, type Exposing } from './exposition.ts';

const NOTE =
  '# At the edge each isolate counts for itself: counters and durations are in Analytics Engine, under the same names.\n';

export async function exposeEdgeMetrics(
  deps: Exposing['deps'],
  providers: readonly ProviderStatus[],
): Promise<Exposition> {
  // A registry for each answer: the gauges of an isolate that lives long would tell of what is over.
  const metrics = prometheusMetrics(METRICS, [...COLLECTED, 'portal_metrics_database_up']);
  const { contentType, text } = await createExposition({
    metrics,
    deps,
    providers: () => providers,
    collect: () => {},
  })();
  return { contentType, text: `${NOTE}${text}` };
}
