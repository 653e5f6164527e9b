/** Settings of what the portal measures of itself. */
import { secret, setting } from './setting.ts';

export const METRICS_SETTINGS = {
  METRICS_TOKEN: setting(
    secret.optional(),
    'none',
    'Token with which Prometheus may read `/metrics`, as `Authorization: Bearer`; without it only administrators may',
  ),
} as const;
