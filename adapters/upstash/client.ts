/**
 * The Upstash Redis client. Create one per request: on Workers nothing that does I/O may be shared between requests.
 * Creating it costs no I/O, and commands of one turn on the same client share one HTTP request.
 */
import { Redis } from '@upstash/redis/cloudflare';
import { Unavailable } from '../../domain/shared/ports.ts';

export interface UpstashOptions {
  readonly url: string;
  readonly token: string;
  /**
   * Time-out of one request. Default 1000: enough for a cold TLS connection to the next region.
   */
  readonly timeoutMilliseconds?: number;
}

const DEFAULT_TIMEOUT_MILLISECONDS = 1000;

export function upstashClient({
  url,
  token,
  timeoutMilliseconds = DEFAULT_TIMEOUT_MILLISECONDS,
}: UpstashOptions): Redis {
  return new Redis({
    url,
    token,
    enableAutoPipelining: true,
    // All values are strings; the client would turn "123" into a number.
    automaticDeserialization: false,
    enableTelemetry: false,
    // A use that was counted must not be counted again, and one that was given back not be given back again.
    retry: false,
    // With a function the client throws on time-out; with a plain signal it would return the reason as a value.
    signal: () => AbortSignal.timeout(timeoutMilliseconds),
  });
}

/**
 * Runs one command.
 *
 * @throws Unavailable if Upstash refuses, cannot be reached or is too slow
 */
export async function ask<T>(command: () => Promise<T>): Promise<T> {
  try {
    return await command();
  } catch (error) {
    throw new Unavailable('upstash redis', { cause: withoutCommand(error) });
  }
}

/**
 * Removes the command from the client's error message, because it may hold personal data that must not be logged (R56).
 */
function withoutCommand(error: unknown): Error {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new Error(message.split(/, command was: |body: /, 1)[0]);
}
