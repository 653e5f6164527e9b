/**
 * Runs the local cloud until it is interrupted.
 *
 *     node tools/cloud/main.ts [--neon-port 4444] [--upstash-port 8079] [--qstash-port 8080] [--sendgrid-port 8025]
 *                              [--push-port 8026] [--database-url postgres://…] [--redis-url redis://…] [--latency-ms 0]
 *
 * Each option can come from the environment instead: CLOUD_NEON_PORT, CLOUD_UPSTASH_PORT, CLOUD_QSTASH_PORT,
 * CLOUD_SENDGRID_PORT, CLOUD_PUSH_PORT, CLOUD_DATABASE_URL, CLOUD_REDIS_URL, CLOUD_LATENCY_MS.
 */
import { parseArgs } from 'node:util';
import { type Cloud, type CloudOptions, LOCAL_CREDENTIALS, startCloud, Unreachable } from './cloud.ts';
import { PortTaken } from './http.ts';

class WrongOption extends Error {}

const DEFAULTS = {
  'neon-port': '4444',
  'upstash-port': '8079',
  'qstash-port': '8080',
  'sendgrid-port': '8025',
  'push-port': '8026',
  'database-url': 'postgres://postgres@127.0.0.1:5432/postgres',
  'redis-url': 'redis://127.0.0.1:6379/0',
  'latency-ms': '0',
};

type OptionName = keyof typeof DEFAULTS;

function readOptions(): CloudOptions {
  const names = Object.keys(DEFAULTS) as OptionName[];
  const accepted = Object.fromEntries(names.map((name) => [name, { type: 'string' }])) as Record<
    OptionName,
    { type: 'string' }
  >;
  const { values } = parseArgs({ options: accepted });
  const text = (name: OptionName): string => {
    const environmentName = `CLOUD_${name.toUpperCase().replaceAll('-', '_')}`;
    return values[name] ?? process.env[environmentName] ?? DEFAULTS[name];
  };
  const integer = (name: OptionName): number => {
    const value = Number(text(name));
    if (!Number.isInteger(value) || value < 0 || value > 65_535)
      throw new WrongOption(`--${name} is not a number from 0 to 65535`);
    return value;
  };
  return {
    databaseUrl: text('database-url'),
    redisUrl: text('redis-url'),
    ports: {
      neon: integer('neon-port'),
      upstash: integer('upstash-port'),
      qstash: integer('qstash-port'),
      sendgrid: integer('sendgrid-port'),
      push: integer('push-port'),
    },
    latencyMilliseconds: integer('latency-ms'),
  };
}

function banner({ neon, upstash, qstash, sendgrid, push }: Cloud, { databaseUrl, redisUrl }: CloudOptions): string {
  const { upstashToken, qstashToken, qstashSigningKeys, sendgridKey } = LOCAL_CREDENTIALS;
  const shown = (url: string) => new URL(url).host + new URL(url).pathname;
  return `
  Local cloud is running. Ctrl-C stops it.

  Neon       ${neon.url}/sql        over PostgreSQL at ${shown(databaseUrl)}
  Upstash    ${upstash.url}            over Redis at ${shown(redisUrl)}
             token ${upstashToken}
  QStash     ${qstash.url}            token ${qstashToken}
             signing keys ${qstashSigningKeys.current}, ${qstashSigningKeys.next}
             jump ahead: curl -X POST ${qstash.url}/__clock/advance -d '{"seconds": 3600}'
  SendGrid   ${sendgrid.url}            key ${sendgridKey}
             read mails: curl '${sendgrid.url}/__mailbox?to=someone@example.org'
  Push       ${push.url}            Web Push and Firebase Cloud Messaging
             settings that lead here: curl ${push.url}/__settings
             subscribe: curl -X POST ${push.url}/__subscriptions, read: curl ${push.url}/__pushes
`;
}

async function main(): Promise<void> {
  const options = readOptions();
  const cloud = await startCloud(options);
  console.log(banner(cloud, options));
  const stop = async () => {
    await cloud.close();
    process.exit(0);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

try {
  await main();
} catch (error) {
  const isExpected =
    error instanceof PortTaken ||
    error instanceof Unreachable ||
    error instanceof WrongOption ||
    isArgumentError(error);
  if (!isExpected) throw error;
  console.error(`Local cloud did not start. ${error.message}`);
  process.exit(1);
}

function isArgumentError(error: unknown): error is TypeError & { readonly code: string } {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
