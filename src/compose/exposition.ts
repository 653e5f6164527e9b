/** What `/metrics` answers: what this process has counted, and the gauges that are read when somebody asks. */
import type { PrometheusMetrics } from '../../adapters/prometheus/registry.ts';
import type { ProviderStatus } from '../../domain/notifications/ports.ts';
import type { Exposition } from '../../domain/shared/metrics.ts';
import type { Deps } from '../app/context.ts';
import { COLLECTED, type Known, readKnown, setKnown, setProviders } from '../app/metrics/gauges.ts';
import type { METRICS } from '../app/metrics.ts';

/** The database is asked at most once in this time, however many ask for the metrics. */
const GAUGES_MS = 5_000;

export interface Exposing {
  readonly metrics: PrometheusMetrics<typeof METRICS>;
  /** The database without the limits of a request. */
  readonly deps: Pick<Deps, 'database' | 'loads' | 'settings' | 'clock' | 'log'>;
  readonly providers: () => readonly ProviderStatus[];
  /** Sets what only this platform knows. */
  readonly collect: () => void;
}

/** @returns what exposes the metrics. It does not fail when the database does: its gauges are left out */
export function createExposition({ metrics, deps, providers, collect }: Exposing): () => Promise<Exposition> {
  let known: Known | undefined;
  return async () => {
    const now = deps.clock.now();
    if (known === undefined || now < known.at || now - known.at >= GAUGES_MS) known = await knownAt(deps, now);
    for (const name of COLLECTED) metrics.clear(name);
    if (known !== undefined) setKnown(metrics, known);
    metrics.set('portal_metrics_database_up', {}, known === undefined ? 0 : 1);
    setProviders(metrics, providers());
    collect();
    return metrics.expose();
  };
}

async function knownAt(deps: Exposing['deps'], now: number): Promise<Known | undefined> {
  try {
    return await readKnown(deps, now);
  } catch (error) {
    deps.log.failure('gauges_not_read', error);
    return undefined;
  }
}
