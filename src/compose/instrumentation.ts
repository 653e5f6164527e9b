/** What puts spans around the ports that reach other systems. Without a collector nothing is put around them. */
import type { Redis } from '@upstash/redis/cloudflare';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import type { RedisConnection } from '../../adapters/redis/connection.ts';
import type { FileScanner } from '../../domain/files/ports.ts';
import type { MessageProviders } from '../../domain/notifications/ports.ts';
import type { FileStorage, JobQueue } from '../../domain/shared/ports.ts';
import { NO_TRACER, type Tracer } from '../../domain/shared/tracing.ts';
import type { WebhookTransport } from '../../domain/webhooks/ports.ts';

export interface Instrumentation {
  readonly tracer: Tracer;
  driver(driver: SqlDriver): SqlDriver;
  /** Commands of one turn of the event loop share a span, as they share a trip. */
  redis(connection: RedisConnection): RedisConnection;
  /** Puts a span around each HTTP request of the client. */
  upstash(client: Redis): Redis;
  providers(providers: MessageProviders): MessageProviders;
  /** @param service its name in traces */
  storage(files: FileStorage, service: string): FileStorage;
  scanner(scanner: FileScanner | null): FileScanner | null;
  queue(queue: JobQueue): JobQueue;
  webhooks(transport: WebhookTransport): WebhookTransport;
}

export const UNTRACED: Instrumentation = {
  tracer: NO_TRACER,
  driver: (driver) => driver,
  redis: (connection) => connection,
  upstash: (client) => client,
  providers: (providers) => providers,
  storage: (files) => files,
  scanner: (scanner) => scanner,
  queue: (queue) => queue,
  webhooks: (transport) => transport,
};
