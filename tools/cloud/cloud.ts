/**
 * The whole local cloud: stand-ins of Neon, Upstash Redis, QStash, SendGrid and the push services, over a real
 * PostgreSQL and a real Redis.
 */
import { Redis } from 'ioredis';
import pg from 'pg';
import { type NeonServer, startNeon } from './neon.ts';
import { type PushServer, startPush } from './push.ts';
import { type QStashServer, startQStash } from './qstash.ts';
import type { SigningKeys } from './qstash-signature.ts';
import { type SendGridServer, startSendGrid } from './sendgrid.ts';
import { startUpstash, type UpstashServer } from './upstash.ts';

export interface CloudOptions {
  /** The PostgreSQL behind Neon, as `postgres://user@host:port/database`. */
  readonly databaseUrl: string;
  /** The Redis behind Upstash, as `redis://host:port/db`. */
  readonly redisUrl: string;
  readonly ports: {
    readonly neon: number;
    readonly upstash: number;
    readonly qstash: number;
    readonly sendgrid: number;
    /** Default: any free port. */
    readonly push?: number;
  };
  /** Added to every answer. Default 0. */
  readonly latencyMilliseconds?: number;
}

export interface Cloud {
  readonly neon: NeonServer;
  readonly upstash: UpstashServer;
  readonly qstash: QStashServer;
  readonly sendgrid: SendGridServer;
  readonly push: PushServer;
  close(): Promise<void>;
}

/** Public and worthless: the stand-ins listen on the loopback interface only. */
export const LOCAL_CREDENTIALS: {
  readonly upstashToken: string;
  readonly qstashToken: string;
  readonly qstashSigningKeys: SigningKeys;
  readonly sendgridKey: string;
} = {
  upstashToken: 'local-upstash-token',
  qstashToken: 'local-qstash-token',
  qstashSigningKeys: { current: 'sig_local_current_signing_key', next: 'sig_local_next_signing_key' },
  sendgridKey: 'SG.local-sendgrid-key',
};

/** A service behind the local cloud does not answer; the message says which one and why. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/**
 * @throws Unreachable if PostgreSQL or Redis does not answer
 * @throws PortTaken if a port is in use; everything started before is stopped again
 */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const { databaseUrl, redisUrl, ports, latencyMilliseconds = 0 } = options;
  await Promise.all([checkPostgres(databaseUrl), checkRedis(redisUrl)]);
  const credentials = LOCAL_CREDENTIALS;
  const started: { close(): Promise<void> }[] = [];
  async function remember<S extends { close(): Promise<void> }>(starting: Promise<S>): Promise<S> {
    const server = await starting;
    started.push(server);
    return server;
  }
  const close = async () => {
    await Promise.all(started.map((server) => server.close()));
  };
  try {
    const shared = { latencyMilliseconds };
    return {
      neon: await remember(startNeon({ ...shared, port: ports.neon, databaseUrl })),
      upstash: await remember(
        startUpstash({ ...shared, port: ports.upstash, redisUrl, token: credentials.upstashToken }),
      ),
      qstash: await remember(
        startQStash({
          ...shared,
          port: ports.qstash,
          token: credentials.qstashToken,
          signingKeys: credentials.qstashSigningKeys,
          requiresFlowControl: true,
        }),
      ),
      sendgrid: await remember(startSendGrid({ ...shared, port: ports.sendgrid, apiKey: credentials.sendgridKey })),
      push: await remember(startPush({ ...shared, port: ports.push ?? 0 })),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function checkPostgres(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 3000 });
  try {
    await client.connect();
    await client.end();
  } catch (error) {
    throw new Unreachable(`PostgreSQL does not answer at ${withoutPassword(databaseUrl)}: ${reason(error)}`);
  }
}

async function checkRedis(redisUrl: string): Promise<void> {
  const client = new Redis(redisUrl, {
    lazyConnect: true,
    retryStrategy: null,
    connectTimeout: 3000,
    commandTimeout: 3000,
  });
  let cause: unknown;
  client.on('error', (error) => {
    cause = error;
  });
  try {
    await client.connect();
    await client.ping();
  } catch (error) {
    throw new Unreachable(`Redis does not answer at ${withoutPassword(redisUrl)}: ${reason(cause ?? error)}`);
  } finally {
    client.disconnect();
  }
}

function withoutPassword(url: string): string {
  if (!URL.canParse(url)) return url;
  const shown = new URL(url);
  shown.password = '';
  return shown.href;
}

/** A refused connection to a name with several addresses is an AggregateError whose own message is empty. */
function reason(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reason).join(', ');
  return error instanceof Error ? error.message : String(error);
}
