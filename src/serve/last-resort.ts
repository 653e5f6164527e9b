/** What nobody caught: the log says why in one line, and the process ends. What it holds in memory cannot be relied on any more. */
import type { Log } from '../app/log.ts';

/** The supervisor starts the process anew; what it was asked to do is in the database. */
export function endOnUncaught(log: Log): void {
  const end = (event: Event, name: string, error: unknown) => {
    // Deno would print the error's own text, which may quote what somebody typed (R56).
    event.preventDefault();
    log.failure(name, error, { exitCode: 1 });
    Deno.exit(1);
  };
  globalThis.addEventListener('error', (event) => end(event, 'uncaught_exception', event.error));
  globalThis.addEventListener('unhandledrejection', (event) => end(event, 'unhandled_rejection', event.reason));
}
