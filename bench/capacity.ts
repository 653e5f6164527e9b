/**
 * What a large clinic needs, computed from what one request of the mix costs. Every assumption is a constant here; change it
 * and run `npm run bench:mixed` again.
 */

/** CPU time of one request of the mix in milliseconds. */
export interface MeasuredCost {
  readonly server: number;
  readonly database: number;
}

/** Of all people; each with this many requests, most of them within the busiest hours. */
const ACTIVE_SHARE_A_DAY = 0.1;
const REQUESTS_A_DAY = 40;
const SHARE_OF_BUSIEST_HOUR = 0.15;
const PEAK_WITHIN_HOUR = 3;
/** The mean of a month, as a share of the peak. */
const MEAN_OF_PEAK = 1 / (24 * SHARE_OF_BUSIEST_HOUR * PEAK_WITHIN_HOUR);

function peakOf(people: number): number {
  const aDay = people * ACTIVE_SHARE_A_DAY * REQUESTS_A_DAY;
  return (aDay * SHARE_OF_BUSIEST_HOUR * PEAK_WITHIN_HOUR) / 3600;
}

/** How large. */
const TARGETS = [
  { name: '100,000 people', requestsPerSecond: peakOf(100_000) },
  { name: '10,000 requests/s', requestsPerSecond: 10_000 },
] as const;

/** How much of a core is used at the peak: beyond, queues grow. */
const UTILISATION = 0.6;

/** Assumed list prices in dollars: check them before planning with them. */
const PRICES = {
  /** Of a million requests to a Worker, and of a million milliseconds of its CPU. */
  workerRequests: 0.3,
  workerCpu: 0.02,
  /** Of one compute unit of Neon (a core) for an hour. */
  neonHour: 0.16,
  /** Of 100,000 commands to Upstash; a request sends about two. */
  upstashCommands: 0.2,
  /** Of a core of a rented server for a month, for self-hosters. */
  coreMonth: 15,
} as const;
const COMMANDS_A_REQUEST = 2;
const HOURS_A_MONTH = 730;

/** @returns a table for people */
export function needs(cost: MeasuredCost): string {
  const rows = TARGETS.map(({ name, requestsPerSecond }) => rowOf(name, requestsPerSecond, cost));
  const columns = ['', 'peak/s', 'portal cores', 'PgSQL cores', 'own servers', 'at the edge'];
  const line = (cells: readonly string[]) =>
    cells.map((each, column) => (column === 0 ? each.padEnd(20) : each.padStart(14))).join('');
  return [
    `What follows from ${cost.server.toFixed(2)} ms of the portal and ${cost.database.toFixed(2)} ms of PostgreSQL for each request (cores busy up to ${UTILISATION * 100} %; dollars a month by the prices in bench/capacity.ts):`,
    line(columns),
    ...rows.map(line),
  ].join('\n');
}

function rowOf(name: string, peak: number, { server, database }: MeasuredCost): readonly string[] {
  const cores = (milliseconds: number) => Math.max(1, Math.ceil((peak * milliseconds) / 1000 / UTILISATION));
  const [portal, postgres] = [cores(server), cores(database)];
  const millions = (peak * MEAN_OF_PEAK * 3600 * HOURS_A_MONTH) / 1e6;
  const edge =
    millions * PRICES.workerRequests +
    millions * server * PRICES.workerCpu +
    millions * 10 * COMMANDS_A_REQUEST * PRICES.upstashCommands +
    postgres * PRICES.neonHour * HOURS_A_MONTH;
  const dollars = (amount: number) => `$${Math.ceil(amount).toLocaleString('en')}`;
  const own = (portal + postgres) * PRICES.coreMonth;
  return [name, peak.toFixed(0), String(portal), String(postgres), dollars(own), dollars(edge)];
}
