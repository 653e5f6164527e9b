/** Starts the portal under Deno with the narrowest permissions that its settings allow. */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { PUSH_SERVICES } from '../domain/notifications/push-endpoint.ts';
import { type Config, ConfigRefused, parseConfig, VARIABLES, webhookAddresses } from '../src/config.ts';
import { buildPages } from './web.ts';

const ROOT = resolve(import.meta.dirname, '..');

function permissions(config: Config): string[] {
  const dataDir = resolve(config.DATA_DIR);
  const hosts = [
    config.DATABASE_URL,
    config.REDIS_URL,
    config.SENDGRID_API_KEY && config.SENDGRID_URL,
    config.TWILIO_ACCOUNT_SID && config.TWILIO_URL,
    config.FCM_SERVICE_ACCOUNT && config.FCM_URL,
    config.FCM_SERVICE_ACCOUNT?.token_uri,
    config.VAPID_PUBLIC_KEY && config.WEB_PUSH_URL,
    config.S3_URL?.endpoint,
    config.OTEL_EXPORTER_OTLP_ENDPOINT,
    config.SENTRY_DSN,
  ]
    .filter((url): url is string => url !== undefined && url !== '')
    .map((url) => hostAndPort(new URL(url)));
  const { FILE_SCANNER: scanner } = config;
  if (scanner?.kind === 'clamd') hosts.push(`${bracketed(scanner.host)}:${scanner.port}`);
  if (scanner?.kind === 'service') hosts.push(hostAndPort(new URL(scanner.url)));
  const { SMTP_URL: mailServer } = config;
  if (mailServer !== undefined) hosts.push(`${bracketed(mailServer.host)}:${mailServer.port}`);
  if (config.VAPID_PUBLIC_KEY !== undefined) hosts.push(...pushHosts(config.WEB_PUSH_HOSTS));
  const webhooks = webhookAddresses(config);
  const host = bracketed(config.HOST);
  // The portal listens there and also connects to itself to check that it accepts. With port 0 the port is not known
  // yet.
  const own = config.PORT === 0 ? host : `${host}:${config.PORT}`;
  return [
    // The Redis client reads the whole environment when it is loaded; the PostgreSQL client reads variables of its own.
    config.mode === 'embedded' && config.REDIS_URL === undefined ? `--allow-env=${VARIABLES.join(',')}` : '--allow-env',
    `--allow-read=${ROOT},${dataDir}`,
    `--allow-write=${dataDir}`,
    webhooks.hosts.includes('*')
      ? '--allow-net'
      : `--allow-net=${[own, ...hosts, ...webhookHosts(webhooks)].join(',')}`,
  ];
}

const bracketed = (host: string) => (host.includes(':') ? `[${host}]` : host);

/** The push services of browsers, and those that the operator adds. */
const pushHosts = (added: readonly string[]) =>
  [...PUSH_SERVICES, ...added].map((name) => `${name.startsWith('.') ? `*${name}` : name}:443`);

/** Without a port, because names are looked up before they are called. */
const webhookHosts = ({ hosts, localhost }: ReturnType<typeof webhookAddresses>) => [
  ...hosts.map((name) => (name.startsWith('.') ? `*${name}` : name)),
  ...(localhost ? ['localhost', '127.0.0.1', '[::1]'] : []),
];

const PORTS: Readonly<Record<string, string>> = {
  'postgres:': '5432',
  'postgresql:': '5432',
  'redis:': '6379',
  'rediss:': '6379',
  'http:': '80',
  'https:': '443',
};

function hostAndPort(url: URL): string {
  return `${url.hostname}:${url.port || PORTS[url.protocol]}`;
}

/** @param deno the runtime that runs the portal */
async function start(deno: string): Promise<void> {
  let config: Config;
  try {
    config = parseConfig(process.env, 'deno');
  } catch (error) {
    if (!(error instanceof ConfigRefused)) throw error;
    console.error(`\n${error.message}\n`);
    process.exit(1);
  }
  // `deno task start` has built them before: it needs more permissions than this.
  if (!('Deno' in globalThis)) await buildPages();
  const child = spawn(
    deno,
    [
      'run',
      '--no-prompt',
      '--quiet',
      `--config=${ROOT}/deno.json`,
      ...permissions(config),
      resolve(ROOT, 'src/deno.ts'),
    ],
    { stdio: 'inherit', env: { ...process.env, DATA_DIR: resolve(config.DATA_DIR) } },
  );
  // Passes the signal on and waits, so that the portal can finish running requests.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
}

// Under Deno alone the runtime itself; under Node the Deno that npm has installed.
if (import.meta.main) {
  await start('Deno' in globalThis ? process.execPath : resolve(ROOT, 'node_modules/.bin/deno'));
}
