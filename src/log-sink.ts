/** Log outputs: JSON for machines, one readable line per event for a terminal. */
import type { LogLine } from './app/log.ts';

/** Errors go to stderr, so that they can be separated without parsing. */
export function jsonSink(line: LogLine): void {
  const text = JSON.stringify(line);
  if (line.level === 'error') console.error(text);
  else console.log(text);
}

/** Writes at once. @returns how many of the bytes were written, at least one */
type Write = (bytes: Uint8Array) => number;

/** As {@link jsonSink}, without `console`, whose formatting takes twice as long as the rest of a line. */
export function jsonLines(output: Write, errors: Write): (line: LogLine) => void {
  const encoder = new TextEncoder();
  return (line) => {
    const write = line.level === 'error' ? errors : output;
    try {
      let rest: Uint8Array = encoder.encode(`${JSON.stringify(line)}\n`);
      while (rest.length > 0) rest = rest.subarray(write(rest));
    } catch {
      // Whoever read the log has gone. `console` says nothing then either, and requests are served without a log.
    }
  };
}

export function terminalSink(line: LogLine): void {
  const text = readable(line);
  if (line.level === 'error') console.error(text);
  else console.log(text);
}

/** `12:00:00 GET /api/v1/users/me 200 12 ms`, or the event with its fields. */
export function readable({ time, level, event, requestId, ...fields }: LogLine): string {
  const clock = time.slice(11, 19);
  if (event === 'request') {
    const { method, route, status, ms, trips } = fields;
    return `${clock} ${method} ${route} ${status} ${ms} ms, ${trips} round trips`;
  }
  const shown = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) =>
      Array.isArray(value) ? value.map((entry) => `\n  ${entry}`).join('') : `${name}=${value}`,
    );
  return [clock, level, event, ...shown].join(' ');
}
