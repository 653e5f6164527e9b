/** Settings of what the portal measures of itself. */
import { flag, secret, setting, whole } from './setting.ts';

export const METRICS_SETTINGS = {
  METRICS_TOKEN: setting(
    secret.optional(),
    'none',
    'Token with which Prometheus may read `/metrics`, as `Authorization: Bearer`; without it only administrators may',
  ),
  SLOW_STATEMENT_MS: setting(
    whole(0, 60_000).default(500),
    '500',
    'Milliseconds from which on a round trip to the database is logged as `slow_statement`, with the names of its statements and no values; 0 logs none',
  ),
  PROFILING: setting(
    flag.default(false),
    '0',
    'Let administrators, and who has `METRICS_TOKEN`, record profiles of the processor and of the memory of the running process at `/debug/profiles/cpu` and `/debug/profiles/heap` (Deno)',
  ),
} as const;
