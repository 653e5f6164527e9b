/** Shared by backup and restore: the settings, the database as its owner, and the messages of faults. */

import { existsSync } from 'node:fs';
import { createPgliteDriver } from '../../adapters/postgres/driver/pglite.ts';
import { embeddedSession, type Session, serverSession } from '../../adapters/postgres/migrate/session.ts';
import { lockDataDir } from '../../src/compose/data-dir-lock.ts';
import { readSecrets, type Secrets } from '../../src/compose/secrets.ts';
import { type Config, parseConfig, VARIABLES } from '../../src/config.ts';
import { explainStart } from '../../src/start-faults.ts';
import { ArchiveRefused, type Lock } from './archive.ts';

/** A mistake in the command line. */
export class UsageRefused extends Error {
  override readonly name = 'UsageRefused';
}

const LEAST_PASSPHRASE = 16;

export function lockOf(recipients: readonly string[] | undefined, passphrase: string | undefined): Lock {
  if (recipients !== undefined) {
    const wrong = recipients.find((recipient) => !recipient.startsWith('age1'));
    if (wrong !== undefined) throw new UsageRefused(`${wrong} is no age recipient; one begins with age1`);
    return { recipients };
  }
  if (passphrase === undefined || passphrase.length < LEAST_PASSPHRASE) {
    throw new UsageRefused(`give --to RECIPIENT, or set BACKUP_PASSPHRASE to ${LEAST_PASSPHRASE} characters or more`);
  }
  return { passphrase };
}

export interface BackupTarget {
  readonly config: Config;
  readonly session: Session;
  readonly files: string;
  /** @throws UsageRefused if one is missing */
  secrets(): Secrets;
  /** Closes the database and keeps the lock of the folder. */
  closeSession(): Promise<void>;
  close(): Promise<void>;
}

/** @param purpose a missing database is created for a restore, and an error for a backup */
export async function openTarget(purpose: 'backup' | 'restore'): Promise<BackupTarget> {
  const config = parseConfig(
    Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]]).filter(([name]) => !isFirstAdmin(name))),
    'deno',
    // Keys may be in the archive or in the folder: `secretsOf` reports those that are nowhere.
    [],
  );
  const database = `${config.DATA_DIR}/database`;
  if (config.mode === 'embedded' && purpose === 'backup' && !existsSync(database)) {
    throw new UsageRefused(`DATA_DIR: there is no database in ${config.DATA_DIR}; DATABASE_URL is not set`);
  }
  // With a database server the folder only holds files, which several processes may read.
  const lock = config.mode === 'embedded' ? await lockDataDir(config.DATA_DIR) : undefined;
  const stored = await readSecrets(config.DATA_DIR);
  const url = process.env.MIGRATION_DATABASE_URL || config.DATABASE_URL;
  let session: Session | undefined =
    url === undefined ? embeddedSession(await createPgliteDriver({ dataDir: database })) : await serverSession(url);
  const opened = session;
  const closeSession = async () => {
    await session?.close();
    session = undefined;
  };
  return {
    config: url === undefined ? config : { ...config, DATABASE_URL: url },
    session: opened,
    files: `${config.DATA_DIR}/files`,
    secrets: () => secretsOf(config, stored),
    closeSession,
    async close() {
      await closeSession();
      lock?.close();
    },
  };
}

function secretsOf(config: Config, stored: Partial<Secrets>): Secrets {
  const of = (name: keyof Secrets): string => {
    const secret = config[name] ?? stored[name];
    if (secret !== undefined) return secret;
    throw new UsageRefused(`${name} is neither set nor in ${config.DATA_DIR}/secrets.json`);
  };
  return {
    TOKEN_KEYS: of('TOKEN_KEYS'),
    FIELD_KEYS: of('FIELD_KEYS'),
    INDEX_KEY: of('INDEX_KEY'),
    CHECKPOINT_KEYS: of('CHECKPOINT_KEYS'),
  };
}

function isFirstAdmin(name: string | undefined): boolean {
  return name === 'ADMIN_EMAIL' || name === 'ADMIN_PASSWORD';
}

/** Runs the command, prints its result, and ends the process. */
export async function runCommand(help: string, work: (given: string[]) => Promise<string>): Promise<void> {
  try {
    console.log(await work(process.argv.slice(2)));
    process.exit(0);
  } catch (error) {
    console.error(toldOf(error, help));
    process.exit(1);
  }
}

const INSUFFICIENT_PRIVILEGE = '42501';

/** Detects the application's role, which may neither read everything nor create tables. */
function isOwnerMissing(error: unknown): boolean {
  const { code, sqlState = code, cause } = (error ?? {}) as { code?: unknown; sqlState?: unknown; cause?: unknown };
  return sqlState === INSUFFICIENT_PRIVILEGE || (cause !== undefined && isOwnerMissing(cause));
}

function toldOf(error: unknown, help: string): string {
  const { code, message } = error as { code?: string; message: string };
  if (error instanceof UsageRefused || code?.startsWith('ERR_PARSE_ARGS')) return `error: ${message}\n\n${help}`;
  if (error instanceof ArchiveRefused) return `error: ${message}`;
  if (isOwnerMissing(error)) {
    return `\nThe database refuses: ${message}\n${process.env.MIGRATION_DATABASE_URL ? 'MIGRATION_DATABASE_URL' : 'DATABASE_URL'} is not the database's owner. Set MIGRATION_DATABASE_URL to the database as its owner, as for npm run migrate.\n`;
  }
  return explainStart(error);
}
