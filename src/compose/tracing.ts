/** Composes what records traces. Loaded only if a collector is configured. */
import { systemRandom } from '../../adapters/crypto/system.ts';
import { createTracing } from '../../adapters/otlp/tracing.ts';
import { tracedDriver } from '../../adapters/postgres/driver/traced.ts';
import type { Log } from '../app/log.ts';
import type { Metrics } from '../app/metrics.ts';
import type { Config } from '../config.ts';
import { API_VERSION } from '../http/document/version.ts';
import type { Instrumentation } from './instrumentation.ts';
import { tracedProviders, tracedQueue, tracedScanner, tracedStorage, tracedWebhooks } from './traced.ts';
import { tracedRedis, tracedUpstash } from './traced-redis.ts';

/** Makes what a process or a request uses. It exports what has ended when `schedule` says so. */
export type Tracing = (schedule: (flush: () => Promise<void>) => void) => Instrumentation;

type TracingConfig = Pick<
  Config,
  'OTEL_EXPORTER_OTLP_HEADERS' | 'OTEL_SERVICE_NAME' | 'APP_ENV' | 'TRACE_SAMPLE_RATIO' | 'TRACE_WEBHOOKS'
>;

export function composeTracing(endpoint: string, config: TracingConfig, log: Log, metrics: Metrics): Tracing {
  const tracing = createTracing({
    endpoint,
    headers: config.OTEL_EXPORTER_OTLP_HEADERS ?? {},
    serviceName: config.OTEL_SERVICE_NAME,
    version: API_VERSION,
    environment: config.APP_ENV,
    sampleRatio: config.TRACE_SAMPLE_RATIO,
    random: systemRandom,
    observer: {
      exported: (spans) => metrics.count('portal_trace_spans_exported_total', {}, spans),
      dropped: (spans, reason) => metrics.count('portal_trace_spans_dropped_total', { reason }, spans),
      failed: (error) => log.failure('trace_export_failed', error),
    },
  });
  return (schedule) => {
    const tracer = tracing(schedule);
    return {
      tracer,
      driver: (driver) => tracedDriver(driver, tracer),
      redis: (connection) => tracedRedis(connection, tracer),
      upstash: (client) => tracedUpstash(client, tracer),
      providers: (providers) => tracedProviders(providers, tracer),
      storage: (files, service) => tracedStorage(files, tracer, service),
      scanner: (scanner) => tracedScanner(scanner, tracer),
      queue: (queue) => tracedQueue(queue, tracer),
      webhooks: (transport) => tracedWebhooks(transport, tracer, config.TRACE_WEBHOOKS),
    };
  };
}
