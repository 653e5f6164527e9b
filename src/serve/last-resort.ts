/**
 * Handles errors that nothing caught: logs one line and ends the process, because its state in memory may be
 * inconsistent.
 */
import type { Log } from '../app/log.ts';

/** The supervisor restarts the process; unfinished work is in the database. */
/** @param report told before the process ends. Default: nobody is */
export function endOnUncaught(log: Log, report?: () => Promise<void>): void {
  const end = (event: Event, name: string, error: unknown) => {
    // Deno would print the error's message, which may quote what a user typed (R56).
    event.preventDefault();
    log.failure(name, error, { exitCode: 1 });
    if (report === undefined) Deno.exit(1);
    void report().finally(() => Deno.exit(1));
  };
  globalThis.addEventListener('error', (event) => end(event, 'uncaught_exception', event.error));
  globalThis.addEventListener('unhandledrejection', (event: PromiseRejectionEvent) =>
    end(event, 'unhandled_rejection', event.reason),
  );
}
