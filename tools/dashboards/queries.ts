/** Parts of the queries of the dashboards, in PromQL. */

/** Health checks and scrapes are not requests of people. */
const OF_PEOPLE = 'route!~"/health.*|/ready|/metrics"';
export const requests = (more = '') => `portal_http_requests_total{${OF_PEOPLE}${more}}`;
export const perSecond = (series: string) => `rate(${series}[$__rate_interval])`;
export const inWindow = (series: string) => `increase(${series}[$__rate_interval])`;
export const buckets = `portal_http_request_duration_seconds_bucket{${OF_PEOPLE}}`;
export const slowest = (level: number, series: string, by = 'le') =>
  `histogram_quantile(${level}, sum by (${by}) (${perSecond(series)}))`;
export const quantiles = (series: string) => ({
  p50: slowest(0.5, series),
  p95: slowest(0.95, series),
  p99: slowest(0.99, series),
});
/** For gauges that come from the database, which are the same in each process: the maximum, not the sum. */
export const known = (gauge: string, by: string) => `max by (${by}) (${gauge})`;
export const lastDay = (counter: string) => `sum(increase(${counter}[1d])) or vector(0)`;
