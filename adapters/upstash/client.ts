/**
 * The Upstash Redis client. Make one for each request: on Workers nothing that does I/O may pass from one request to
 * another. Making it costs no I/O, and commands of one turn on the same client share one HTTP request.
 */
import { Redis } from '@upstash/redis/cloudflare';
import { Unavailable } from '../../domain/shared/ports.ts';

export interface UpstashOptions {
  readonly url: string;
  readonly token: string;
  /** For one request, its one retry included. Default 1000: a cold TLS connection to the next region fits in. */
  readonly timeoutMilliseconds?: number;
}

const DEFAULT_TIMEOUT_MILLISECONDS = 1000;
const RETRY_PAUSE_MILLISECONDS = 50;

export function upstashClient({
  url,
  token,
  timeoutMilliseconds = DEFAULT_TIMEOUT_MILLISECONDS,
}: UpstashOptions): Redis {
  return new Redis({
    url,
    token,
    enableAutoPipelining: true,
    // Values are strings to us; the client would turn "123" into a number.
    automaticDeserialization: false,
    enableTelemetry: false,
    retry: { retries: 1, backoff: () => RETRY_PAUSE_MILLISECONDS },
    // As a function it makes the client throw on time-out; as a plain signal it would answer with the reason as a value.
    signal: () => AbortSignal.timeout(timeoutMilliseconds),
  });
}

/**
 * Runs one command.
 *
 * @throws Unavailable when Upstash refuses, cannot be reached or is too slow
 */
export async function ask<T>(command: () => Promise<T>): Promise<T> {
  try {
    return await command();
  } catch (error) {
    throw new Unavailable('upstash redis', { cause: withoutCommand(error) });
  }
}

/** The client repeats the command in its message, which may hold personal data and must not reach a log (R56). */
function withoutCommand(error: unknown): Error {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new Error(message.split(/, command was: |body: /, 1)[0]);
}
