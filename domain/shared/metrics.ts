/**
 * The port for metrics. What is counted is declared in a table, and only what it declares can be recorded. Names and units follow
 * the conventions of Prometheus: base units (seconds, bytes), counters end in `_total`.
 */

export interface MetricDeclaration {
  /**
   * - `counter`: only grows; since the process started
   * - `gauge`: a value at this moment
   * - `histogram`: how often values fell below each of its bounds
   */
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /** What it counts, in one sentence, as Prometheus shows it. */
  readonly help: string;
  /** Names of labels. Each has few values: never ids, addresses or anything that somebody typed. */
  readonly labels: readonly string[];
  /** Of a histogram: its upper bounds, ascending. */
  readonly bounds?: readonly number[];
}

export type MetricTable = Readonly<Record<string, MetricDeclaration>>;

/** The names of the metrics of a kind. */
export type NamesOf<T extends MetricTable, K extends MetricDeclaration['kind']> = {
  [N in keyof T & string]: T[N]['kind'] extends K ? N : never;
}[keyof T & string];

/** A value for each label of a metric. */
export type LabelsOf<D extends MetricDeclaration> = Readonly<Record<D['labels'][number], string>>;

/** Records metrics. It never throws, never waits, and costs a few lookups in memory. */
export interface MetricsOf<T extends MetricTable> {
  /** @param by at least 0. Default: 1 */
  count<N extends NamesOf<T, 'counter'>>(name: N, labels: LabelsOf<T[N]>, by?: number): void;
  observe<N extends NamesOf<T, 'histogram'>>(name: N, labels: LabelsOf<T[N]>, value: number): void;
  set<N extends NamesOf<T, 'gauge'>>(name: N, labels: LabelsOf<T[N]>, value: number): void;
}

/** The text that Prometheus scrapes. */
export interface Exposition {
  /** The value of `Content-Type`. */
  readonly contentType: string;
  readonly text: string;
}
