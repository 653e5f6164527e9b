/** Apart from the table of the metrics, which the start of a Worker does not need (ADR 0213). */
import type { Metrics } from './metrics.ts';

/** Records nothing: for commands of the operator, which nobody scrapes, and for a Worker without Analytics Engine. */
export const NO_METRICS: Metrics = { count: () => {}, observe: () => {}, set: () => {} };
