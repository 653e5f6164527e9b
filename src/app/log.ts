/**
 * The log: one JSON object per line. It identifies failures by class and code (SQLSTATE, errno, dependency), never by
 * the message of an error, because databases and providers quote values in theirs (R29, R56, R84).
 */
import type { BugReport } from '../../domain/shared/bug-report.ts';
import { type Clock, Unavailable } from '../../domain/shared/ports.ts';
import type { Instant } from '../../domain/shared/time.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
type Written = Exclude<LogLevel, 'silent'>;

/** Only classes, codes, templates and numbers, never user input. */
type LogValues = Readonly<Record<string, string | number | boolean | null | undefined | readonly string[]>>;

export interface LogLine extends LogValues {
  readonly time: string;
  readonly level: Written;
  readonly event: string;
}

/** What a line has beside its time, level and event, which no field may replace. */
export type LogFields = LogValues & { readonly [Name in 'time' | 'level' | 'event']?: never };

export interface Log {
  write(level: Written, event: string, fields: LogFields): void;
  /** Logs a failure. Equal causes are logged a few times per minute; suppressed lines are counted in the next one. */
  failure(event: string, error: unknown, fields?: LogFields): void;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly clock: Clock;
  readonly sink: (line: LogLine) => void;
  /** Told of each logged failure that is a bug, not an outage. Default: nobody is. */
  readonly onBug?: ((bug: BugReport) => void) | undefined;
}

/** Lines per minute for one cause. */
const LINES_PER_CAUSE = 10;
const WINDOW_MS = 60_000;
/** Number of causes remembered. There are few codes, so only a bug can exceed it. */
const MOST_CAUSES = 1_000;

interface Reported {
  readonly since: Instant;
  count: number;
  suppressed: number;
}

export function createLog({ level, clock, sink, onBug }: LogOptions): Log {
  const least = LOG_LEVELS.indexOf(level);
  const causes = new Map<string, Reported>();

  const write: Log['write'] = (lineLevel, event, fields) => {
    if (LOG_LEVELS.indexOf(lineLevel) < least) return;
    sink({ time: new Date(clock.now()).toISOString(), level: lineLevel, event, ...fields });
  };

  /**
   * @returns how many lines of this cause were suppressed since the last one, or `undefined` to suppress this one too
   */
  const admit = (cause: string): number | undefined => {
    const now = clock.now();
    const told = causes.get(cause);
    if (told !== undefined && now - told.since < WINDOW_MS) {
      told.count += 1;
      if (told.count <= LINES_PER_CAUSE) return 0;
      told.suppressed += 1;
      return undefined;
    }
    if (causes.size >= MOST_CAUSES) causes.clear();
    causes.set(cause, { since: now, count: 1, suppressed: 0 });
    return told?.suppressed ?? 0;
  };

  return {
    write,
    failure(event, error, fields = {}) {
      const { stack, ...cause } = describeFailure(error);
      const suppressed = admit(JSON.stringify([event, cause, stack?.[0]]));
      if (suppressed === undefined) return;
      if (stack !== undefined) onBug?.(bugOf(event, cause, stack, fields));
      write('error', event, { ...fields, ...cause, stack, ...(suppressed === 0 ? {} : { suppressed }) });
    },
  };
}

/** Fields that an error tracker gets of a line. */
const REPORTED = ['requestId', 'traceId', 'method', 'route', 'topic', 'work'] as const;

function bugOf(event: string, { name, code }: Failure, stack: readonly string[], fields: LogFields): BugReport {
  const told = REPORTED.flatMap((field) =>
    typeof fields[field] === 'string' ? [[field, fields[field]] as const] : [],
  );
  return { event, name, code, stack, fields: Object.fromEntries(told) };
}

/** Codes of system errors, SQLSTATEs and similar: short and upper-case, so that no message is taken for one. */
const CODE = /^[A-Z0-9_]{2,40}$/;
const NAME = /^[A-Za-z][A-Za-z0-9]{0,60}$/;

export interface Failure {
  /** Name of the outermost error. */
  readonly name: string;
  readonly dependency?: string | undefined;
  readonly reason?: string | undefined;
  /** SQLSTATE, errno or another code of the innermost error that has one. */
  readonly code?: string | undefined;
  readonly constraint?: string | undefined;
  /** The table, column or function that is missing in the database: `column note`. */
  readonly missing?: string | undefined;
  /** Stack frames, only for bugs. */
  readonly stack?: readonly string[] | undefined;
}

/** The parts of an error that may be logged. */
export function describeFailure(error: unknown): Failure {
  const name = error instanceof Error && NAME.test(error.name) ? error.name : 'unknown';
  const code = codeOf(error);
  if (error instanceof Unavailable) {
    return { name, dependency: error.service, reason: error.reason, code, missing: missingName(error.cause) };
  }
  const { constraint } = (error ?? {}) as { constraint?: unknown };
  const stack = (error instanceof Error ? (error.stack ?? '') : '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 8);
  return { name, code, constraint: typeof constraint === 'string' ? constraint : undefined, stack };
}

/** The only database message that is repeated. It contains only names from the portal's own statements. */
const MISSING =
  /^(relation|column|type|function) "?([a-z_][a-z0-9_.]{0,80})"?(?:\(.*\))?(?: of relation "([a-z_][a-z0-9_.]{0,80})")? does not exist$/;

function missingName(cause: unknown): string | undefined {
  const { message } = (cause ?? {}) as { message?: unknown };
  const [, kind, name, table] = MISSING.exec(typeof message === 'string' ? message : '') ?? [];
  if (kind === undefined) return undefined;
  return table === undefined ? `${kind} ${name}` : `${kind} ${table}.${name}`;
}

function codeOf(error: unknown): string | undefined {
  let found: string | undefined;
  for (let at = error, depth = 0; typeof at === 'object' && at !== null && depth < 5; depth++) {
    const { sqlState, code, cause } = at as { sqlState?: unknown; code?: unknown; cause?: unknown };
    for (const candidate of [sqlState, code]) {
      if (typeof candidate === 'string' && CODE.test(candidate)) found = candidate;
    }
    at = cause;
  }
  return found;
}
