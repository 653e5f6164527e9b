/** What the process measures under Deno, and how it is read. */
import type { PoolUse } from '../../adapters/postgres/driver/tcp.ts';
import { prometheusMetrics } from '../../adapters/prometheus/registry.ts';
import { createRecentTraffic } from '../app/metrics/recent-traffic.ts';
import { METRICS, type Metrics } from '../app/metrics.ts';
import type { Config } from '../config.ts';
import type { Platform } from '../http/platform.ts';
import { createCertificateReader, tlsEndpoints } from './certificates.ts';
import { createExposition, type Exposing } from './exposition.ts';
import { createProcessMetrics } from './process-metrics.ts';
import { systemClock } from './shared.ts';

interface Measured extends Pick<Platform, 'exposeMetrics' | 'recentTraffic'> {
  endMeasuring(): void;
}

interface Measuring {
  readonly metrics: Metrics;
  /** Once the portal is composed. */
  complete(known: Omit<Exposing, 'collect' | 'metrics'> & Process): Measured;
}

interface Process {
  readonly config: Config;
  readonly poolUse: (() => PoolUse) | null;
}

export function beginMeasuring(): Measuring {
  const registry = prometheusMetrics(METRICS);
  const traffic = createRecentTraffic(systemClock);
  return {
    metrics: traffic.watching(registry),
    complete({ config, poolUse, ...known }) {
      const used = createProcessMetrics(registry, poolUse);
      const readCertificates = createCertificateReader(tlsEndpoints(config), registry, known.deps.clock);
      const collect = () => {
        used.collect();
        void readCertificates();
      };
      return {
        exposeMetrics: createExposition({ ...known, metrics: registry, collect }),
        recentTraffic: async () => traffic.report(),
        endMeasuring: () => used.close(),
      };
    },
  };
}
