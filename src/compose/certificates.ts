/** Reads when the certificates of the providers expire, in the background of a scrape (Deno). */
import { certificateExpiry } from '../../adapters/tls/certificate-expiry.ts';
import type { Clock } from '../../domain/shared/ports.ts';
import type { Instant } from '../../domain/shared/time.ts';
import type { Metrics } from '../app/metrics.ts';
import type { Config } from '../config.ts';

/** Certificates are renewed weeks before they expire. */
const AGAIN_AFTER_MS = 6 * 3_600_000;

interface Endpoint {
  readonly provider: string;
  readonly host: string;
  readonly port: number;
}

/**
 * The providers that are called over TLS. A mail server with STARTTLS is not among them: its certificate is shown only within
 * a conversation of SMTP.
 */
export function tlsEndpoints(config: Config): readonly Endpoint[] {
  const urls: Readonly<Record<string, string | undefined>> = {
    sendgrid: config.SENDGRID_API_KEY && config.SENDGRID_URL,
    twilio: config.TWILIO_ACCOUNT_SID && config.TWILIO_URL,
    fcm: config.FCM_SERVICE_ACCOUNT && config.FCM_URL,
    s3: config.S3_URL?.endpoint,
    witness: config.CHECKPOINT_WITNESS_URL,
  };
  const overHttps = Object.entries(urls).flatMap(([provider, text]): Endpoint[] => {
    if (text === undefined || !text.startsWith('https:')) return [];
    const { hostname, port } = new URL(text);
    return [{ provider, host: hostname, port: Number(port || 443) }];
  });
  const { SMTP_URL: mail } = config;
  return mail?.tls === 'implicit' ? [...overHttps, { provider: 'smtp', host: mail.host, port: mail.port }] : overHttps;
}

/** @returns what begins to read the certificates if it is time to; the values appear in a later scrape */
export function createCertificateReader(
  endpoints: readonly Endpoint[],
  metrics: Metrics,
  clock: Clock,
  read: typeof certificateExpiry = certificateExpiry,
): () => Promise<void> {
  let readAt: Instant | undefined;
  return async () => {
    const now = clock.now();
    if (readAt !== undefined && now - readAt < AGAIN_AFTER_MS) return;
    readAt = now;
    await Promise.all(
      endpoints.map(async ({ provider, host, port }) => {
        const expiry = await read(host, port);
        // A provider that cannot be reached keeps the date that was read last.
        if (expiry !== null) metrics.set('portal_provider_certificate_expiry_seconds', { provider }, expiry / 1000);
      }),
    );
  };
}
