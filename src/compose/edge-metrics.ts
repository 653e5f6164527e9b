/** The metrics of the edge: what the database knows. Counters of isolates are not among them: see docs/operations.md. */
import { prometheusMetrics } from '../../adapters/prometheus/registry.ts';
import type { Exposition } from '../../domain/shared/metrics.ts';
import { METRICS } from '../app/metrics.ts';

export async function exposeEdgeMetrics(): Promise<Exposition> {
  const { contentType, text } = await prometheusMetrics(METRICS).expose();
  const note = '# At the edge each isolate counts for itself, so its counters are in Analytics Engine and not here.\n';
  return { contentType, text: `${note}${text}` };
}
