/**
 * Gauges in the text format of Prometheus 0.0.4, for the edge: prom-client is made for Node, and its parts for clusters and processes do
 * not bundle for workerd.
 */
import type { Exposition, MetricTable, NamesOf } from '../../domain/shared/metrics.ts';
import type { PrometheusMetrics } from './registry.ts';

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * @param only the gauges that are kept
 * @returns metrics that ignore counters and histograms, which no isolate can tell
 */
export function gaugeMetrics<T extends MetricTable>(
  table: T,
  only: readonly NamesOf<T, 'gauge'>[],
): PrometheusMetrics<T> {
  const values = new Map<string, Map<string, number>>(only.map((name) => [name, new Map()]));
  return {
    count: () => {},
    observe: () => {},
    set: (name, labels, value) => void values.get(name)?.set(labelText(labels), value),
    clear: (name) => values.get(name)?.clear(),
    async expose(): Promise<Exposition> {
      const parts = [...values].map(([name, samples]) => {
        const lines = [...samples].map(([labels, value]) => `${name}${labels} ${value}\n`);
        return `# HELP ${name} ${escaped(table[name]?.help ?? '')}\n# TYPE ${name} gauge\n${lines.join('')}`;
      });
      return { contentType: CONTENT_TYPE, text: parts.join('\n') };
    },
  };
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value).replaceAll('"', '\\"')}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const escaped = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
