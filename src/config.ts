/**
 * The environment, parsed once. All faults are reported together, each with the variable and what was expected. The table
 * of settings in the README is generated from `settings.ts`.
 */
import type { z } from 'zod';
import { mailProviders, providerFaults } from './provider-settings.ts';
import { SETTINGS } from './settings.ts';

export type Mode = 'embedded' | 'self-hosted' | 'edge';

type Name = keyof typeof SETTINGS;
type Parsed = { readonly [K in Name]: z.infer<(typeof SETTINGS)[K]['schema']> };

export interface Config extends Parsed {
  readonly mode: Mode;
  /** Whether mails are kept in `/dev/mailbox` instead of being sent. */
  readonly keepMails: boolean;
  /** Whether mails are really sent; without a provider they wait in the outbox. */
  readonly sendsMail: boolean;
  /** Whether a demo clinic is seeded into an empty database. */
  readonly seedDemo: boolean;
}

/** Names of all variables; Deno needs a permission for each. */
export const VARIABLES = Object.keys(SETTINGS) as readonly Name[];

export const SETTING_DOCS: readonly { readonly name: string; readonly default: string; readonly about: string }[] =
  VARIABLES.map((name) => ({ name, default: SETTINGS[name].default, about: SETTINGS[name].about }));

/** The faults of the environment, one per line. */
export class ConfigRefused extends Error {
  override readonly name = 'ConfigRefused';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`The settings cannot be used:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

const SECRETS = ['TOKEN_KEYS', 'FIELD_KEYS', 'INDEX_KEY', 'CHECKPOINT_KEYS'] as const;
/** Required for serving, where nothing is generated. An operator's command names its own requirements. */
const SERVING_NEEDS = ['PUBLIC_URL', ...SECRETS] as const satisfies readonly Name[];
const EDGE_NEEDS = [
  'DATABASE_URL',
  'PUBLIC_URL',
  ...SECRETS,
  'UPSTASH_REDIS_REST_URL',
  'UPSTASH_REDIS_REST_TOKEN',
  'QSTASH_TOKEN',
  'QSTASH_CURRENT_SIGNING_KEY',
  'QSTASH_NEXT_SIGNING_KEY',
] as const satisfies readonly Name[];

/**
 * @param environment an empty value counts as unset
 * @param needs the settings required unless `APP_ENV` is development. Default: everything that serving needs, including
 *   mail
 * @throws ConfigRefused with all faults at once; values are never repeated, because they may be secrets
 */
export function parseConfig(
  environment: Readonly<Record<string, unknown>>,
  runtime: 'worker' | 'deno',
  needs?: readonly (typeof SERVING_NEEDS)[number][],
): Config {
  const faults: string[] = [];
  const values: Partial<Record<Name, unknown>> = {};
  for (const name of VARIABLES) {
    const given = environment[name];
    const known = given !== '' || name === 'MFA_REQUIRED_ROLES';
    const parsed = SETTINGS[name].schema.safeParse(known ? given : undefined);
    if (parsed.success) values[name] = parsed.data;
    else faults.push(`${name}: ${parsed.error.issues.map((issue) => issue.message).join('; ')}`);
  }
  if (faults.length > 0) throw new ConfigRefused(faults);

  const parsed = values as Parsed;
  const mode: Mode = runtime === 'worker' ? 'edge' : parsed.DATABASE_URL === undefined ? 'embedded' : 'self-hosted';
  faults.push(...crossFaults(parsed, mode, needs));
  if (faults.length > 0) throw new ConfigRefused(faults);
  const isPlayground = mode === 'embedded' && parsed.APP_ENV === 'development';
  return {
    ...parsed,
    mode,
    keepMails: parsed.DEV_MAILBOX ?? isPlayground,
    sendsMail: mailProviders(parsed).length > 0,
    seedDemo: isPlayground && parsed.DEMO,
  };
}

function crossFaults(config: Parsed, mode: Mode, needs?: readonly Name[]): string[] {
  const faults: string[] = [];
  const deployed = config.APP_ENV !== 'development';
  const needed: readonly Name[] = mode === 'edge' ? EDGE_NEEDS : deployed ? (needs ?? SERVING_NEEDS) : [];
  for (const name of needed) {
    if (config[name] === undefined)
      faults.push(`${name}: must be set ${mode === 'edge' ? 'at the edge' : `when APP_ENV is ${config.APP_ENV}`}`);
  }
  if ((config.ADMIN_EMAIL === undefined) !== (config.ADMIN_PASSWORD === undefined)) {
    faults.push('ADMIN_EMAIL, ADMIN_PASSWORD: set both or neither');
  }
  faults.push(...providerFaults(config, { isEdge: mode === 'edge', isProduction: config.APP_ENV === 'production' }));
  if (deployed && config.DEV_MAILBOX === true) faults.push(`DEV_MAILBOX: refused when APP_ENV is ${config.APP_ENV}`);
  if (config.DATABASE_POOLER === 'transaction' && config.DATABASE_URL !== undefined && config.MIGRATE) {
    faults.push(
      'DATABASE_POOLER: with transaction set MIGRATE=0, because migrations lock sessions; run them past the pooler',
    );
  }
  if (config.DATABASE_LOCK_TIMEOUT_MS > config.DATABASE_STATEMENT_TIMEOUT_MS)
    faults.push('DATABASE_LOCK_TIMEOUT_MS: must not exceed DATABASE_STATEMENT_TIMEOUT_MS');
  if (mode === 'edge' && config.FILE_SCANNER?.kind === 'clamd')
    faults.push('FILE_SCANNER: clamd cannot be reached from the edge; name the scanner service');
  if (deployed && config.WEBHOOKS_ALLOW_LOCALHOST)
    faults.push(`WEBHOOKS_ALLOW_LOCALHOST: refused when APP_ENV is ${config.APP_ENV}`);
  if (config.CORS_ORIGINS.includes('*')) faults.push('CORS_ORIGINS: name each origin; * is refused (R36)');
  if (config.APP_ENV === 'production') {
    if (config.RATE_LIMIT_FACTOR === 0) faults.push('RATE_LIMIT_FACTOR: 0 is refused in production');
    if (config.PUBLIC_URL !== undefined && !config.PUBLIC_URL.startsWith('https://'))
      faults.push('PUBLIC_URL: must start with https:// in production');
    if (needs === undefined && mailProviders(config).length === 0) {
      faults.push('SENDGRID_API_KEY, SMTP_URL: one of them must be set in production, or no mail can be sent');
    }
  }
  return faults;
}

/** The addresses to which webhooks may be sent. */
export function webhookAddresses(
  config: Pick<Config, 'mode' | 'APP_ENV' | 'WEBHOOK_HOSTS' | 'WEBHOOKS_ALLOW_LOCALHOST'>,
) {
  const { mode, APP_ENV, WEBHOOK_HOSTS, WEBHOOKS_ALLOW_LOCALHOST } = config;
  // Elsewhere the operator names them: the process has no permission for other connections.
  const isOpen = mode === 'edge' || (mode === 'embedded' && APP_ENV === 'development');
  return { hosts: WEBHOOK_HOSTS ?? (isOpen ? ['*'] : []), localhost: WEBHOOKS_ALLOW_LOCALHOST };
}
