/** What the process uses: processor, memory, event loop, connections. Under Deno (and Node, in tests). */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import process from 'node:process';
import type { PoolUse } from '../../adapters/postgres/driver/tcp.ts';
import type { Metrics } from '../app/metrics.ts';

export interface ProcessMetrics {
  /** Sets the gauges as they are now. */
  collect(): void;
  close(): void;
}

const RESOLUTION_MS = 10;
const NANOSECONDS = 1e9;
const MICROSECONDS = 1e6;

/** @param poolUse `null`: the embedded database has no pool */
export function createProcessMetrics(metrics: Metrics, poolUse: (() => PoolUse) | null): ProcessMetrics {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  let counted = { user: 0, system: 0 };
  const started = (performance.timeOrigin || 0) / 1000;
  return {
    collect() {
      const used = process.cpuUsage();
      for (const mode of ['user', 'system'] as const)
        metrics.count(
          'portal_process_cpu_seconds_total',
          { mode },
          Math.max(0, used[mode] - counted[mode]) / MICROSECONDS,
        );
      counted = used;
      const { rss, heapTotal, heapUsed, external } = process.memoryUsage();
      const bytes = { resident: rss, heap: heapTotal, heap_used: heapUsed, external };
      for (const [kind, value] of Object.entries(bytes)) metrics.set('portal_process_memory_bytes', { kind }, value);
      metrics.set('portal_process_start_time_seconds', {}, started);
      // Without a sample since the last scrape the mean is not a number.
      const values = { mean: delay.mean, p99: delay.percentile(99), max: delay.max };
      for (const [quantile, value] of Object.entries(values))
        metrics.set('portal_event_loop_delay_seconds', { quantile }, Number.isFinite(value) ? value / NANOSECONDS : 0);
      delay.reset();
      if (poolUse === null) return;
      const { busy, waiting, limit } = poolUse();
      for (const [state, value] of Object.entries({ busy, waiting, limit }))
        metrics.set('portal_database_connections', { state }, value);
    },
    close: () => void delay.disable(),
  };
}
