/** Settings of what the portal measures of itself. */
import { z } from 'zod';
import { secret, setting, whole } from './setting.ts';

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
  SHED_AFTER_MS: setting(
    whole(0, 60_000).default(500),
    '500',
    'Milliseconds that reads may wait for a connection to the database, or the event loop be late, in the median of a second; from there on the least important requests are refused with 503. 0 refuses none',
  ),
  ANALYTICS_ACCOUNT_ID: setting(
    z
      .string()
      .regex(/^[0-9a-f]{32}$/, { error: 'expected the 32 hexadecimal digits of an account' })
      .optional(),
    '',
    'Account of Cloudflare whose Analytics Engine holds the metrics, so that `/admin/overview` can show the traffic (edge)',
  ),
  ANALYTICS_TOKEN: setting(
    secret.optional(),
    '',
    'Token of Cloudflare’s API with the permission Account Analytics: Read; see `ANALYTICS_ACCOUNT_ID` (edge)',
  ),
  ANALYTICS_DATASET: setting(
    z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]{0,95}$/, { error: 'expected letters, digits and underscores' })
      .default('patient_portal'),
    'patient_portal',
    'Dataset of Analytics Engine, as `wrangler.toml` binds it to `METRICS` (edge)',
  ),
} as const;
