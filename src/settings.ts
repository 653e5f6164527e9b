/** Every setting: how it is read, what it is when it is not set, and what the README says of it. */
import { z } from 'zod';
import { parseRetention, RETENTION_DAYS, RETENTION_KINDS } from '../domain/privacy/retention.ts';
import { ROLES, type Role } from '../domain/shared/permissions.ts';
import { LOG_LEVELS } from './app/log.ts';

/** One setting: how it is read, and what the README says of it. */
interface Setting<T extends z.ZodType> {
  readonly schema: T;
  readonly about: string;
  /** As shown in the README. */
  readonly default: string;
}

function setting<T extends z.ZodType>(schema: T, defaultText: string, about: string): Setting<T> {
  return { schema, about, default: defaultText };
}

const flag = z.enum(['0', '1'], { error: 'expected 0 or 1' }).transform((text) => text === '1');
const url = (protocols: readonly string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `expected a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  });
const whole = (least: number, most: number) =>
  z.coerce
    .number({ error: `expected a whole number from ${least} to ${most}` })
    .int({ error: `expected a whole number from ${least} to ${most}` })
    .min(least, { error: `expected ${least} or more` })
    .max(most, { error: `expected ${most} or less` });
const secret = z.string().min(16, { error: 'expected at least 16 characters' });

const roles = z
  .string()
  .default('admin,staff,doctor')
  .transform((text, context): Role[] => {
    const names = text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '');
    for (const name of names) {
      if (!(ROLES as readonly string[]).includes(name)) {
        context.addIssue({ code: 'custom', message: `expected roles out of ${ROLES.join(', ')}; ${name} is none` });
      }
    }
    return names as Role[];
  });

export const SETTINGS = {
  APP_ENV: setting(
    z
      .enum(['development', 'staging', 'production'], { error: 'expected development, staging or production' })
      .default('development'),
    'development',
    'In `staging` and `production` every secret must be set; nothing is generated, and development aids are refused',
  ),
  HOST: setting(z.string().min(1).default('127.0.0.1'), '127.0.0.1', 'Address to listen on (Deno)'),
  PORT: setting(whole(0, 65535).default(8787), '8787', 'Port to listen on (Deno); 0 takes any free one'),
  MAX_CONNECTIONS: setting(
    whole(16, 100_000).default(800),
    '800',
    'Connections of one process at most (Deno). Keep it 200 below the limit of open files (`ulimit -n`, `LimitNOFILE` of systemd)',
  ),
  REQUEST_TIMEOUT_MS: setting(
    whole(100, 60_000).default(4_800),
    '4800',
    'How long a request may take once its body has arrived, in milliseconds; then it is answered with 503. Streams are bound step by step',
  ),
  DRAIN_SECONDS: setting(
    whole(0, 600).default(0),
    '0',
    'How long `/health/traffic` answers 503 before the process stops taking requests (Deno): as long as a load balancer needs to see it',
  ),
  PUBLIC_URL: setting(
    url(['http:', 'https:'])
      .transform((text) => text.replace(/\/+$/, ''))
      .optional(),
    '`http://HOST:PORT`',
    'Where people reach the portal. Links in mails start with it, and lead to pages of the clinic’s own application beside the API',
  ),
  DATA_DIR: setting(
    z.string().min(1).default('.data'),
    '.data',
    'Folder of the embedded database, files and generated secrets (Deno)',
  ),
  DATABASE_URL: setting(
    url(['postgres:', 'postgresql:']).optional(),
    'embedded database',
    'PostgreSQL 15 or newer, or Neon',
  ),
  MIGRATE: setting(
    flag.default(true),
    '1',
    'Apply pending migrations at start-up (Deno); with 0 a database that lacks some is refused',
  ),
  REDIS_URL: setting(
    url(['redis:', 'rediss:']).optional(),
    'in process',
    'Redis for rate limits and cache (self-hosted)',
  ),
  LOG_LEVEL: setting(
    z.enum(LOG_LEVELS, { error: `expected one of ${LOG_LEVELS.join(', ')}` }).default('info'),
    'info',
    'Least level that is logged: `info` has a line for each request, `error` only what failed, `silent` nothing. JSON, but readable lines at a terminal',
  ),
  ADMIN_EMAIL: setting(
    z.email({ error: 'expected an e-mail address' }).optional(),
    '',
    'With `ADMIN_PASSWORD`, the first administrator of an empty database',
  ),
  ADMIN_PASSWORD: setting(
    z.string().min(12, { error: 'expected at least 12 characters' }).optional(),
    '',
    'See `ADMIN_EMAIL`',
  ),
  DEMO: setting(flag.default(true), '1', 'Seed a demo clinic into an empty embedded database'),
  DEV_MAILBOX: setting(
    flag.optional(),
    '1 when embedded in development, else 0',
    'Keep mails in `/dev/mailbox` instead of sending them. Refused in production',
  ),
  MFA_REQUIRED_ROLES: setting(roles, 'admin,staff,doctor', 'Roles that must enrol a second factor; empty for nobody'),
  PASSWORD_MIN_LENGTH: setting(whole(8, 64).default(12), '12', 'Least length of a password, in code points'),
  CANCEL_NOTICE_MINUTES: setting(
    whole(0, 43_200).default(0),
    '0',
    'How long before the start patients may still cancel; 0 until it starts. The clinic is not bound',
  ),
  RESCHEDULE_NOTICE_MINUTES: setting(
    whole(0, 43_200).default(0),
    '0',
    'How long before the start patients may still move an appointment',
  ),
  MAX_RESCHEDULES: setting(whole(0, 100).default(10), '10', 'How often a patient may move one appointment'),
  CHECK_IN_OPENS_MINUTES: setting(
    whole(0, 43_200).default(1440),
    '1440',
    'How long before the start an appointment can be checked in; 0 from its start on',
  ),
  NO_SHOW_AFTER_MINUTES: setting(
    whole(0, 1440).default(0),
    '0',
    'How long after the start somebody who has not come is a no-show; 0 from the start on',
  ),
  WAITLIST_OFFER_MINUTES: setting(whole(1, 10_080).default(30), '30', 'How long an offer of the waitlist stands'),
  RATE_LIMIT_FACTOR: setting(
    z.coerce.number({ error: 'expected a number' }).min(0, { error: 'expected 0 or more' }).max(1_000_000).default(1),
    '1',
    'Multiplies every rate limit; 0 switches them off and is refused in production',
  ),
  TRUSTED_PROXY_HEADER: setting(
    z
      .string()
      .regex(/^[A-Za-z0-9-]+$/, { error: 'expected the name of a header' })
      .optional(),
    '',
    'Header in which a proxy of yours puts the client address. Set it only when no client can reach the portal directly',
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
    'Origins of browser applications, separated by commas',
  ),
  TOKEN_KEYS: setting(
    secret.optional(),
    'generated into `DATA_DIR`',
    'Keys of the access tokens: a JSON array of private JWKs (Ed25519 or P-256), the current one first',
  ),
  FIELD_KEYS: setting(
    secret.optional(),
    'generated into `DATA_DIR`',
    'Keys that wrap the personal data keys: a JSON array of `{ id, key }`, the current one first',
  ),
  INDEX_KEY: setting(
    z
      .string()
      .regex(/^([A-Za-z0-9_-]{43}|\[.+\])$/, { error: 'expected base64url of 32 bytes, or a JSON array of { key }' })
      .optional(),
    'generated into `DATA_DIR`',
    'Key by which sealed e-mail addresses are found again: base64url of 32 bytes. With another key nobody is found; while it is rotated, a JSON array of `{ key }`, the current one first',
  ),
  CHECKPOINT_KEYS: setting(
    secret.optional(),
    'generated into `DATA_DIR`',
    'Seeds of the keys that sign the audit log: a JSON array, the current one first',
  ),
  CHECKPOINT_WITNESS_URL: setting(
    url(['http:', 'https:']).optional(),
    'none',
    'Where somebody else keeps the newest checkpoint of the audit log as a signed note (C2SP tlog-checkpoint). Nothing is sealed that contradicts it',
  ),
  AUDIT_VERIFY_DAILY: setting(
    flag.default(true),
    '1',
    'Verify the whole audit log once a day; administrators get a mail when it is at fault',
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
    'Days each kind of data is kept once it has served; what is not named keeps its default',
  ),
  NEON_ENDPOINT: setting(
    url(['http:', 'https:']).optional(),
    'the host of `DATABASE_URL`',
    'Where Neon’s `/sql` is, when it is not at the database’s host (edge)',
  ),
  UPSTASH_REDIS_REST_URL: setting(url(['http:', 'https:']).optional(), '', 'Upstash Redis (edge)'),
  UPSTASH_REDIS_REST_TOKEN: setting(secret.optional(), '', 'Upstash Redis (edge)'),
  QSTASH_URL: setting(
    url(['http:', 'https:']).default('https://qstash.upstash.io'),
    'https://qstash.upstash.io',
    'Upstash QStash (edge)',
  ),
  QSTASH_TOKEN: setting(secret.optional(), '', 'Upstash QStash (edge)'),
  QSTASH_CURRENT_SIGNING_KEY: setting(
    secret.optional(),
    '',
    'Upstash QStash: key its callbacks are signed with (edge)',
  ),
  QSTASH_NEXT_SIGNING_KEY: setting(
    secret.optional(),
    '',
    'Upstash QStash: key its callbacks will be signed with next (edge)',
  ),
  SENDGRID_API_KEY: setting(secret.optional(), '', 'Sends e-mail through SendGrid'),
  SENDGRID_URL: setting(
    url(['http:', 'https:']).default('https://api.sendgrid.com'),
    'https://api.sendgrid.com',
    'Address of the SendGrid API',
  ),
  MAIL_FROM: setting(z.email({ error: 'expected an e-mail address' }).optional(), '', 'Sender of e-mails'),
  TWILIO_ACCOUNT_SID: setting(
    z
      .string()
      .regex(/^AC[0-9a-f]{32}$/, { error: 'expected AC and 32 hexadecimal digits' })
      .optional(),
    '',
    'Sends SMS through Twilio',
  ),
  TWILIO_AUTH_TOKEN: setting(secret.optional(), '', 'Twilio: token of the account'),
  TWILIO_FROM: setting(
    z
      .string()
      .regex(/^(\+\d{6,15}|MG[0-9a-f]{32})$/, {
        error: 'expected a number such as +15005550006, or the SID of a messaging service',
      })
      .optional(),
    '',
    'Twilio: number or messaging service that SMS come from',
  ),
  TWILIO_URL: setting(
    url(['http:', 'https:']).default('https://api.twilio.com'),
    'https://api.twilio.com',
    'Address of the Twilio API',
  ),
} as const;
