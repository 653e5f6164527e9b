/** A collector of OpenTelemetry, by OTLP/HTTP in JSON (OpenTelemetry Protocol 1.x). */
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { Unavailable } from '../../domain/shared/ports.ts';
import type { Sent } from './export-queue.ts';

export interface Collector {
  /** Base address: `/v1/traces` is added to it. */
  readonly endpoint: string;
  /** Sent with each request, such as those that authorise it. */
  readonly headers: Readonly<Record<string, string>>;
  /** Default 5000. */
  readonly timeoutMilliseconds?: number;
}

const TIMEOUT_MS = 5_000;
/** Statuses after which the same may be sent again (OTLP specification, failures). */
const RETRYABLE: readonly number[] = [429, 502, 503, 504];

/** @throws Unavailable if the collector cannot be reached, does not answer in time, or asks to be called later */
export function collectorAt({ endpoint, headers, timeoutMilliseconds = TIMEOUT_MS }: Collector) {
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
  return async (spans: readonly ReadableSpan[]): Promise<Sent> => {
    const body = JsonTraceSerializer.serializeRequest([...spans]);
    if (body === undefined) return 'refused';
    let response: Response;
    try {
      response = await fetch(url, {
        method: 'POST',
        headers: { ...headers, 'Content-Type': 'application/json' },
        body: new Uint8Array(body),
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMilliseconds),
      });
    } catch (error) {
      throw new Unavailable('trace collector', { cause: error });
    }
    await response.body?.cancel();
    if (RETRYABLE.includes(response.status)) throw new Unavailable('trace collector', { reason: 'overloaded' });
    return response.ok ? 'taken' : 'refused';
  };
}
