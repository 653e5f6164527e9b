/** Composes what `/metrics` answers under Deno. */
import type { PoolUse } from '../../adapters/postgres/driver/tcp.ts';
import type { Exposition } from '../../domain/shared/metrics.ts';
import type { Config } from '../config.ts';
import { createCertificateReader, tlsEndpoints } from './certificates.ts';
import { createExposition, type Exposing } from './exposition.ts';
import { createProcessMetrics } from './process-metrics.ts';

export interface Measured {
  expose(): Promise<Exposition>;
  close(): void;
}

export function composeMeasured({
  config,
  poolUse,
  ...exposing
}: Omit<Exposing, 'collect'> & { readonly config: Config; readonly poolUse: (() => PoolUse) | null }): Measured {
  const { metrics, deps } = exposing;
  const used = createProcessMetrics(metrics, poolUse);
  const readCertificates = createCertificateReader(tlsEndpoints(config), metrics, deps.clock);
  const collect = () => {
    used.collect();
    void readCertificates();
  };
  return { expose: createExposition({ ...exposing, collect }), close: () => used.close() };
}
