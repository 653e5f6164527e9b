/** What tells an error tracker of bugs, if one is set. */
import { systemClock } from '../../adapters/crypto/system.ts';
import { sentryReports } from '../../adapters/sentry/error-reports.ts';
import { type BugReports, createBugReports } from '../app/bug-reports.ts';
import type { Config } from '../config.ts';
import { API_VERSION } from '../http/document/version.ts';

export function composeReports(
  { SENTRY_DSN: dsn, APP_ENV: environment }: Pick<Config, 'SENTRY_DSN' | 'APP_ENV'>,
  runtime: 'deno' | 'workerd',
): BugReports | undefined {
  if (dsn === undefined) return undefined;
  return createBugReports(sentryReports({ dsn, release: API_VERSION, environment, runtime }), systemClock);
}
