/** Settings of traces and error reports. The names with `OTEL_` are those of OpenTelemetry. */
import { z } from 'zod';
import { flag, setting, url } from './setting.ts';

/** `name=value,name=value` with values in percent-encoding, as OpenTelemetry writes headers (W3C Baggage). */
export function parseHeaders(text: string): Readonly<Record<string, string>> | undefined {
  const headers: Record<string, string> = {};
  for (const pair of text.split(',')) {
    const [, name = '', value = ''] = /^\s*([A-Za-z0-9!#$%&'*+.^_`|~-]+)\s*=(.*)$/.exec(pair) ?? [];
    try {
      headers[name] = decodeURIComponent(value.trim());
    } catch {
      return undefined;
    }
    if (name === '' || !/^[\x20-\x7e]*$/.test(headers[name] ?? '')) return undefined;
  }
  return headers;
}

export const TRACING_SETTINGS = {
  OTEL_EXPORTER_OTLP_ENDPOINT: setting(
    url(['http:', 'https:']).optional(),
    'none',
    'Address of an OpenTelemetry collector, which gets traces by OTLP/HTTP in JSON at `/v1/traces` below it. Without it nothing is recorded',
  ),
  OTEL_EXPORTER_OTLP_HEADERS: setting(
    z
      .string()
      .transform((text, context) => {
        const headers = parseHeaders(text);
        if (headers !== undefined) return headers;
        context.addIssue({ code: 'custom', message: 'expected name=value,name=value with values in percent-encoding' });
        return z.NEVER;
      })
      .optional(),
    'none',
    'Headers for the collector, such as `Authorization=Bearer%20…`, separated by commas',
  ),
  OTEL_SERVICE_NAME: setting(
    z
      .string()
      .regex(/^[\w.-]{1,100}$/, { error: 'expected letters, digits, dots, hyphens and underscores' })
      .default('patient-portal'),
    'patient-portal',
    'Name of this portal in traces',
  ),
  TRACE_SAMPLE_RATIO: setting(
    z.coerce
      .number({ error: 'expected a number from 0 to 1' })
      .min(0, { error: 'expected 0 or more' })
      .max(1, { error: 'expected 1 or less' })
      .default(0.1),
    '0.1',
    'Share of the traces that are exported, from 0 to 1. Where the caller sends `traceparent`, the caller decides. Requests that end with 5xx and jobs that fail are always exported',
  ),
  TRACE_WEBHOOKS: setting(
    flag.default(false),
    '0',
    'Send `traceparent` to the receivers of webhooks. Other third parties never get it',
  ),
  SENTRY_DSN: setting(
    url(['http:', 'https:'])
      .refine((text) => /^\/\d+$/.test(new URL(text).pathname) && new URL(text).username !== '', {
        error: 'expected https://KEY@HOST/PROJECT',
      })
      .optional(),
    'none',
    'Address of an error tracker that speaks the protocol of Sentry. It is told of bugs: class, code, stack, route and ids, never messages, bodies, headers or addresses',
  ),
} as const;
