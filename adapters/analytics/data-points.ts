/**
 * Metrics as data points of Cloudflare's Workers Analytics Engine: an isolate cannot be scraped, so each value is written when it is
 * recorded, and counted when it is queried. `index1` is the name of the metric, `double1` the value, and `blob1` to `blob20` are the
 * values of the labels in the alphabetical order of their names.
 */
import type { MetricsOf, MetricTable } from '../../domain/shared/metrics.ts';

/** The binding. */
export interface Dataset {
  writeDataPoint(point: {
    readonly indexes: readonly string[];
    readonly blobs: readonly string[];
    readonly doubles: readonly number[];
  }): void;
}

/** Cloudflare drops what exceeds 250 points of one invocation, and the counts of a large batch of jobs are one point each. */
const POINTS_OF_INVOCATION = 240;

/**
 * @param dataset of one invocation. Points beyond its limit are dropped: the counts of that invocation are then too low
 */
export function analyticsMetrics<T extends MetricTable>(dataset: Dataset): MetricsOf<T> {
  let written = 0;
  const write = (name: string, labels: Readonly<Record<string, string>>, value: number) => {
    if (written >= POINTS_OF_INVOCATION) return;
    written += 1;
    const blobs = Object.keys(labels)
      .sort()
      .map((label) => labels[label] ?? '');
    try {
      dataset.writeDataPoint({ indexes: [name], blobs, doubles: [value] });
    } catch {
      // A metric that cannot be written must not fail the request that it describes.
    }
  };
  return {
    count: (name, labels, by = 1) => write(name, labels, by),
    observe: write,
    set: write,
  };
}
