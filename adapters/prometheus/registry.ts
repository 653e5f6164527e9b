/** Metrics in the memory of the process, which Prometheus scrapes (prom-client). */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Exposition, MetricDeclaration, MetricsOf, MetricTable, NamesOf } from '../../domain/shared/metrics.ts';

export interface PrometheusMetrics<T extends MetricTable> extends MetricsOf<T> {
  /** Forgets all values of a gauge, which is then left out until it is set. */
  clear(name: NamesOf<T, 'gauge'>): void;
  /** Everything that was recorded, in the text format of Prometheus 0.0.4. */
  expose(): Promise<Exposition>;
}

type Instrument =
  | { readonly kind: 'counter'; readonly of: Counter }
  | { readonly kind: 'gauge'; readonly of: Gauge }
  | { readonly kind: 'histogram'; readonly of: Histogram };

/** @returns a registry of its own, so that two portals in one process do not mix */
export function prometheusMetrics<T extends MetricTable>(table: T): PrometheusMetrics<T> {
  const registry = new Registry();
  const instruments = new Map<string, Instrument>();
  for (const [name, declaration] of Object.entries(table)) {
    instruments.set(name, instrument(registry, name, declaration));
  }
  return {
    count(name, labels, by = 1) {
      const found = instruments.get(name);
      if (found?.kind === 'counter') found.of.inc(labels, by);
    },
    observe(name, labels, value) {
      const found = instruments.get(name);
      if (found?.kind === 'histogram') found.of.observe(labels, value);
    },
    set(name, labels, value) {
      const found = instruments.get(name);
      if (found?.kind === 'gauge') found.of.set(labels, value);
    },
    clear(name) {
      const found = instruments.get(name);
      if (found?.kind !== 'gauge') return;
      // A gauge without labels would be 0 after `reset`, which is a claim.
      if (table[name]?.labels.length === 0) found.of.remove();
      else found.of.reset();
    },
    async expose() {
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

function instrument(registry: Registry, name: string, { kind, help, labels, bounds }: MetricDeclaration): Instrument {
  const options = { name, help, labelNames: [...labels], registers: [registry] };
  if (kind === 'counter') return { kind, of: new Counter(options) };
  if (kind === 'gauge') return { kind, of: new Gauge(options) };
  return { kind, of: new Histogram({ ...options, ...(bounds === undefined ? {} : { buckets: [...bounds] }) }) };
}
