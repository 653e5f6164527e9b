/** Reports of bugs by the Sentry protocol (envelopes, by toucan-js, which is loaded with the first report). */
import type { BugReport } from '../../domain/shared/bug-report.ts';

export interface SentryOptions {
  /** `https://<public key>@<host>/<project>`. */
  readonly dsn: string;
  readonly release: string;
  readonly environment: string;
  /** Where it runs: `deno` or `workerd`. */
  readonly runtime: string;
}

const TIMEOUT_MS = 2_000;

/** @returns sends one report. Never rejects: an error tracker that is away costs a report */
export function sentryReports({
  dsn,
  release,
  environment,
  runtime,
}: SentryOptions): (bug: BugReport) => Promise<void> {
  return async (bug) => {
    try {
      const { Toucan } = await import('toucan-js');
      const sentry = new Toucan({
        ...{ dsn, release, environment, defaultIntegrations: false },
        beforeSend({ request: _request, user: _user, breadcrumbs: _breadcrumbs, server_name: _server, ...event }) {
          return event;
        },
      });
      sentry.captureEvent(eventOf(bug, runtime));
      await sentry.getClient()?.flush(TIMEOUT_MS);
    } catch {
      // What it would have told is in the log.
    }
  };
}

function eventOf({ event, name, code, stack, fields }: BugReport, runtime: string) {
  const frames = stack.map(frameOf).reverse();
  return {
    level: 'error' as const,
    logger: event,
    // Sentry calls it a message. Ours is never told, because databases and providers quote values in theirs.
    exception: {
      values: [{ type: name, value: code ?? event, ...(frames.length === 0 ? {} : { stacktrace: { frames } }) }],
    },
    tags: { event, runtime, ...fields },
    fingerprint: [event, name, code ?? '', stack[0] ?? ''],
  };
}

/** `at handler (file:///app/src/http/app.ts:12:3)` or `at file:///app/src/x.ts:12:3`. */
function frameOf(line: string) {
  const [, called, file = line.trim(), row, column] = /^\s*at (?:(.*?) \()?(.*?):(\d+):(\d+)\)?$/.exec(line) ?? [];
  const isOurs = !file.includes('node_modules') && !file.startsWith('node:') && !file.startsWith('ext:');
  return {
    filename: file.replace(/^file:\/\//, ''),
    in_app: isOurs,
    ...(called === undefined ? {} : { function: called }),
    ...(row === undefined ? {} : { lineno: Number(row), colno: Number(column) }),
  };
}
