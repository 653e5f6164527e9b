/** What the process measures under Deno, and how it is read. */
import type { PoolUse } from '../../adapters/postgres/driver/tcp.ts';
import { prometheusMetrics } from '../../adapters/prometheus/registry.ts';
import { createRecentTraffic } from '../app/metrics/recent-traffic.ts';
import { METRICS, type Metrics } from '../app/metrics.ts';
import type { Config } from '../config.ts';
import type { Platform } from '../http/platform.ts';
import { createCertificateReader, tlsEndpoints } from './certificates.ts';
import { loggedDoor } from './door.ts';
import { createExposition, type Exposing } from './exposition.ts';
import { createProcessMetrics } from './process-metrics.ts';
import { systemClock } from './shared.ts';
import { watchWaits } from './waits.ts';

interface Measured extends Pick<Platform, 'exposeMetrics' | 'recentTraffic' | 'door'> {
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
  readonly readWait: () => number;
}

export function beginMeasuring(): Measuring {
  const registry = prometheusMetrics(METRICS);
  const traffic = createRecentTraffic(systemClock);
  return {
    metrics: traffic.watching(registry),
    complete({ config, poolUse, readWait, ...known }) {
      const door = loggedDoor(config, known.deps.log);
      const endWatching = watchWaits(door, readWait);
      const used = createProcessMetrics(registry, poolUse);
      const readCertificates = createCertificateReader(tlsEndpoints(config), registry, known.deps.clock);
      const collect = () => {
        used.collect();
        registry.set('portal_admission_level', {}, door.level());
        void readCertificates();
      };
      return {
        door,
        exposeMetrics: createExposition({ ...known, metrics: registry, collect }),
        recentTraffic: async () => traffic.report(),
        endMeasuring() {
          used.close();
          endWatching();
        },
      };
    },
  };
}
