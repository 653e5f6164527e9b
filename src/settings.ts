/** Every setting: how it is parsed, its default, and its line in the README. */
import { z } from 'zod';
import { parseRetention, RETENTION_DAYS, RETENTION_KINDS } from '../domain/privacy/retention.ts';
import { LOG_LEVELS } from './app/log.ts';
import { DETECTION_SETTINGS } from './detection-settings.ts';
import { FILE_SETTINGS } from './file-settings.ts';
import { METRICS_SETTINGS } from './metrics-settings.ts';
import { PROVIDER_SETTINGS } from './provider-settings.ts';
import { SENDING_SETTINGS } from './sending-settings.ts';
import { flag, networks, roles, secret, setting, url, whole } from './setting.ts';
import { TRACING_SETTINGS } from './tracing-settings.ts';

export const SETTINGS = {
  APP_ENV: setting(
    z
      .enum(['development', 'staging', 'production'], { error: 'expected development, staging or production' })
      .default('development'),
    'development',
    'In `staging` and `production` every secret must be set, because none is generated, and development aids are refused',
  ),
  HOST: setting(z.string().min(1).default('127.0.0.1'), '127.0.0.1', 'Address to listen on (Deno)'),
  PORT: setting(whole(0, 65535).default(8787), '8787', 'Port to listen on (Deno); 0 takes any free port'),
  MAX_CONNECTIONS: setting(
    whole(16, 100_000).default(800),
    '800',
    'Maximum number of open connections of one process (Deno). Keep it 200 below the limit of open files (`ulimit -n`, `LimitNOFILE` of systemd)',
  ),
  REQUEST_TIMEOUT_MS: setting(
    whole(100, 60_000).default(4_800),
    '4800',
    'Milliseconds that a request may take once its body has arrived; after that it is answered with 503. In a stream, each step has this limit',
  ),
  DRAIN_SECONDS: setting(
    whole(0, 600).default(0),
    '0',
    'Seconds for which `/health/traffic` answers 503 before the process stops accepting requests (Deno). Set the time that the load balancer needs to notice',
  ),
  PUBLIC_URL: setting(
    url(['http:', 'https:'])
      .transform((text) => text.replace(/\/+$/, ''))
      .optional(),
    '`http://HOST:PORT`',
    'Public address of the portal. Links in mails start with it and lead to pages of the clinic’s own application, which is served beside the API',
  ),
  DATA_DIR: setting(
    z.string().min(1).default('.data'),
    '.data',
    'Folder for the embedded database, files and generated secrets (Deno)',
  ),
  DATABASE_CONNECTIONS: setting(
    whole(2, 500).default(10),
    '10',
    'Connections to PostgreSQL of one process (Deno). Two to three per core of the database serve best; all processes together stay below its `max_connections`',
  ),
  DATABASE_PREPARED_STATEMENTS: setting(
    whole(0, 1_000).default(100),
    '100',
    'Statements that each connection keeps prepared (Deno), at 50 to 200 kB of the memory of PostgreSQL each. Set 0 behind a PgBouncer older than 1.21, or without `max_prepared_statements`; otherwise the start is refused',
  ),
  DATABASE_POOLER: setting(
    z.enum(['none', 'transaction'], { error: 'expected none or transaction' }).default('none'),
    'none',
    '`transaction`: `DATABASE_URL` names a PgBouncer in transaction mode (Deno). Needs `MIGRATE=0`; migrations and backups use `MIGRATION_DATABASE_URL` past it',
  ),
  DATABASE_STATEMENT_TIMEOUT_MS: setting(
    whole(100, 60_000).default(4_000),
    '4000',
    'Milliseconds that a statement may run (Deno). A request ends with `REQUEST_TIMEOUT_MS` in any case, so a longer time serves jobs alone',
  ),
  DATABASE_LOCK_TIMEOUT_MS: setting(
    whole(100, 60_000).default(1_000),
    '1000',
    'Milliseconds that a statement waits for a lock (Deno), after which the client gets 503. Keep it below `DATABASE_STATEMENT_TIMEOUT_MS`',
  ),
  SWEEP_ROWS: setting(
    whole(10, 100_000).default(5_000),
    '5000',
    'Rows of each kind that the daily retention deletes in one transaction. Less holds locks for a shorter time, more ends sooner',
  ),
  CLOSING_ROWS: setting(
    whole(1, 1_000).default(100),
    '100',
    'Appointments and waitlist entries that closing an account ends in one transaction. Each is told by messages, which are encrypted in the process',
  ),
  EXPORT_ROWS: setting(
    whole(10, 10_000).default(500),
    '500',
    'Rows that exports and copies of one’s data read at once. Memory grows with it, round trips shrink',
  ),
  DATABASE_URL: setting(
    url(['postgres:', 'postgresql:']).optional(),
    'embedded database',
    'PostgreSQL 15 or newer, or Neon',
  ),
  MIGRATE: setting(
    flag.default(true),
    '1',
    'Apply pending migrations at start-up (Deno). With 0 the portal does not start on a database that lacks a migration',
  ),
  REDIS_URL: setting(
    url(['redis:', 'rediss:']).optional(),
    'in process',
    'Redis for rate limits and cache (self-hosted)',
  ),
  LOG_LEVEL: setting(
    z.enum(LOG_LEVELS, { error: `expected one of ${LOG_LEVELS.join(', ')}` }).default('info'),
    'info',
    'Lowest level that is logged: `info` adds a line for each request, `error` is only for failures, `silent` logs nothing. Lines are JSON, and readable text at a terminal',
  ),
  ADMIN_EMAIL: setting(
    z.email({ error: 'expected an e-mail address' }).optional(),
    '',
    'E-mail address of the first administrator, who is created in an empty database. Set `ADMIN_PASSWORD` too',
  ),
  ADMIN_PASSWORD: setting(
    z.string().min(12, { error: 'expected at least 12 characters' }).optional(),
    '',
    'Password of the first administrator; see `ADMIN_EMAIL`',
  ),
  DEMO: setting(flag.default(true), '1', 'Create a demo clinic in an empty embedded database'),
  DEV_MAILBOX: setting(
    flag.optional(),
    '1 when embedded in development, else 0',
    'Keep mails in `/dev/mailbox` instead of sending them. Refused in production',
  ),
  MFA_REQUIRED_ROLES: setting(roles, 'admin,staff,doctor', 'Roles that must enrol a second factor; empty for none'),
  PASSWORD_MIN_LENGTH: setting(whole(8, 64).default(12), '12', 'Minimum length of a password, in Unicode code points'),
  CANCEL_NOTICE_MINUTES: setting(
    whole(0, 43_200).default(0),
    '0',
    'Minutes before the start of an appointment until which patients may cancel it; 0 allows it until the start. Does not apply to the clinic. Applies until the clinic saves its settings',
  ),
  RESCHEDULE_NOTICE_MINUTES: setting(
    whole(0, 43_200).default(0),
    '0',
    'Minutes before the start of an appointment until which patients may move it; 0 allows it until the start. Does not apply to the clinic. Applies until the clinic saves its settings',
  ),
  PARENT_PROXY_UNTIL_AGE: setting(
    whole(1, 150).default(18),
    '18',
    'The age in years at which a parent no longer acts for a child. Applies until the clinic saves its settings',
  ),
  MAX_RESCHEDULES: setting(
    whole(0, 100).default(10),
    '10',
    'How many times a patient may move one appointment. Applies until the clinic saves its settings',
  ),
  CHECK_IN_OPENS_MINUTES: setting(
    whole(0, 43_200).default(1440),
    '1440',
    'Minutes before the start of an appointment from which it can be checked in; 0 allows it from the start. Applies until the clinic saves its settings',
  ),
  NO_SHOW_AFTER_MINUTES: setting(
    whole(0, 1440).default(0),
    '0',
    'Minutes after the start of an appointment from which it can be marked as a no-show; 0 allows it from the start. Applies until the clinic saves its settings',
  ),
  WAITLIST_OFFER_MINUTES: setting(
    whole(1, 10_080).default(30),
    '30',
    'Minutes for which an offer of the waitlist can be accepted. Applies until the clinic saves its settings',
  ),
  WEBHOOK_HOSTS: setting(
    z
      .string()
      .transform((text) =>
        text
          .split(',')
          .map((name) => name.trim())
          .filter((name) => name !== ''),
      )
      .refine((names) => names.every((name) => name === '*' || /^\.?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name)), {
        error: 'expected names of hosts, separated by commas, or *',
      })
      .optional(),
    '`*` at the edge and when embedded in development, else none',
    'Hosts to which webhooks may be sent, separated by commas; with a dot in front all hosts below, `*` for the whole public internet',
  ),
  WEBHOOKS_ALLOW_LOCALHOST: setting(
    flag.default(false),
    '0',
    'Allow webhooks to http and https addresses of this machine, for trying receivers. Refused unless `APP_ENV` is development',
  ),
  RATE_LIMIT_FACTOR: setting(
    z.coerce.number({ error: 'expected a number' }).min(0, { error: 'expected 0 or more' }).max(1_000_000).default(1),
    '1',
    'Factor by which every rate limit is multiplied; 0 switches the limits off and is refused in production',
  ),
  TRUSTED_ADDRESSES: setting(
    networks,
    '',
    'Networks to which no limit by address and no block applies, in CIDR notation, separated by commas: those of the clinic. Administrators add further ones at `/admin/trusted-addresses`',
  ),
  TRUSTED_PROXY_HEADER: setting(
    z
      .string()
      .regex(/^[A-Za-z0-9-]+$/, { error: 'expected the name of a header' })
      .optional(),
    '',
    'Header in which your proxy writes the client address. Set it only if no client can bypass the proxy',
  ),
  CORS_ORIGINS: setting(
    z
      .string()
      .default('')
      .transform((text) =>
        text
          .split(',')
          .map((origin) => origin.trim())
          .filter((origin) => origin !== ''),
      ),
    '',
    'Origins of browser applications that may call the API, separated by commas',
  ),
  TOKEN_KEYS: setting(
    secret.optional(),
    'generated into `DATA_DIR`',
    'Keys that sign access tokens: a JSON array of private JWKs (Ed25519 or P-256), the current one first',
  ),
  FIELD_KEYS: setting(
    secret.optional(),
    'generated into `DATA_DIR`',
    'Keys that encrypt (wrap) the data key of each person: a JSON array of `{ id, key }`, the current one first',
  ),
  INDEX_KEY: setting(
    z
      .string()
      .regex(/^([A-Za-z0-9_-]{43}|\[.+\])$/, { error: 'expected base64url of 32 bytes, or a JSON array of { key }' })
      .optional(),
    'generated into `DATA_DIR`',
    'Key of the index by which encrypted e-mail addresses are found: base64url of 32 bytes. With another key no account is found. During a rotation: a JSON array of `{ key }`, the current one first',
  ),
  CHECKPOINT_KEYS: setting(
    secret.optional(),
    'generated into `DATA_DIR`',
    'Seeds of the keys that sign the audit log: a JSON array, the current one first',
  ),
  CHECKPOINT_WITNESS_URL: setting(
    url(['http:', 'https:']).optional(),
    'none',
    'Address at which another party keeps the newest checkpoint of the audit log as a signed note (C2SP tlog-checkpoint). Sealing stops if the log contradicts it',
  ),
  AUDIT_VERIFY_DAILY: setting(
    flag.default(true),
    '1',
    'Verify the whole audit log once a day; administrators get a mail if the verification finds a fault',
  ),
  RETENTION: setting(
    z
      .string()
      .default('')
      .transform((text, context) => {
        const periods = parseRetention(text);
        if (periods !== undefined) return periods;
        const known = RETENTION_KINDS.join(', ');
        context.addIssue({
          code: 'custom',
          message: `expected kind=days, separated by commas; the kinds are ${known}`,
        });
        return z.NEVER;
      }),
    RETENTION_KINDS.map((kind) => `${kind}=${RETENTION_DAYS[kind]}`).join(','),
    'Days for which each kind of data is kept after it is no longer needed; kinds that are not named keep their default',
  ),
  ...DETECTION_SETTINGS,
  NEON_ENDPOINT: setting(
    url(['http:', 'https:']).optional(),
    'the host of `DATABASE_URL`',
    'Address of Neon’s `/sql`, if it is not at the host of the database (edge)',
  ),
  UPSTASH_REDIS_REST_URL: setting(url(['http:', 'https:']).optional(), '', 'Address of Upstash Redis (edge)'),
  UPSTASH_REDIS_REST_TOKEN: setting(secret.optional(), '', 'Token of Upstash Redis (edge)'),
  QSTASH_URL: setting(
    url(['http:', 'https:']).default('https://qstash.upstash.io'),
    'https://qstash.upstash.io',
    'Address of Upstash QStash (edge)',
  ),
  QSTASH_TOKEN: setting(secret.optional(), '', 'Token of Upstash QStash (edge)'),
  QSTASH_PARALLELISM: setting(
    whole(1, 1_000).default(10),
    '10',
    'Callbacks of one topic of jobs that Upstash QStash makes at once (edge). Its plan has an upper bound',
  ),
  QSTASH_CURRENT_SIGNING_KEY: setting(
    secret.optional(),
    '',
    'Key that signs the callbacks of Upstash QStash now (edge)',
  ),
  QSTASH_NEXT_SIGNING_KEY: setting(
    secret.optional(),
    '',
    'Key that will sign the callbacks of Upstash QStash next (edge)',
  ),
  ...FILE_SETTINGS,
  ...METRICS_SETTINGS,
  ...TRACING_SETTINGS,
  ...SENDING_SETTINGS,
  ...PROVIDER_SETTINGS,
} as const;
