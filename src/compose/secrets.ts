/** Secrets that a self-hoster did not set: generated once into the data folder, readable only by its owner. */

import { chmod, readFile, rename, writeFile } from 'node:fs/promises';
import { generateIndexKey } from '../../adapters/crypto/blind-index.ts';
import { generateCheckpointSeed } from '../../adapters/crypto/checkpoint-signer.ts';
import { generateFieldKey } from '../../adapters/crypto/field-cipher.ts';
import { generateTokenKey } from '../../adapters/crypto/token-keys.ts';
import { ConfigRefused } from '../config.ts';

export interface Secrets {
  readonly TOKEN_KEYS: string;
  readonly FIELD_KEYS: string;
  readonly INDEX_KEY: string;
  readonly CHECKPOINT_KEYS: string;
}

const SECRETS = ['TOKEN_KEYS', 'FIELD_KEYS', 'INDEX_KEY', 'CHECKPOINT_KEYS'] as const satisfies (keyof Secrets)[];

/** Generates new secrets without storing them. */
export async function generateSecrets(): Promise<Secrets> {
  return {
    TOKEN_KEYS: JSON.stringify([await generateTokenKey()]),
    FIELD_KEYS: JSON.stringify([generateFieldKey('1')]),
    INDEX_KEY: generateIndexKey(),
    CHECKPOINT_KEYS: JSON.stringify([generateCheckpointSeed()]),
  };
}

export interface PreparedSecrets {
  readonly secrets: Secrets;
  /** Stores generated secrets. Call it once the database is known to hold nothing that other keys have sealed (R85). */
  save(): Promise<void>;
}

/** Keeps the keys of an existing file, and adds those that earlier versions did not have. */
export async function prepareSecrets(dataDir: string): Promise<PreparedSecrets> {
  const stored = await readSecrets(dataDir);
  const missing = SECRETS.filter((name) => stored[name] === undefined);
  if (missing.length === 0) return { secrets: stored as Secrets, save: async () => {} };
  const secrets = { ...(await generateSecrets()), ...stored };
  return { secrets, save: () => replaceSecrets(dataDir, secrets) };
}

/** For a folder whose keys belong to no database yet, or were compared with it before. */
export async function storedSecrets(dataDir: string): Promise<Secrets> {
  const { secrets, save } = await prepareSecrets(dataDir);
  await save();
  return secrets;
}

/** Reads the secrets of the folder without generating any. @throws ConfigRefused if the file exists but is damaged */
export async function readSecrets(dataDir: string): Promise<Partial<Secrets>> {
  const path = `${dataDir}/secrets.json`;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === 'ENOENT') return {};
    throw new ConfigRefused([`DATA_DIR: ${path} cannot be read (${String(code)}): check its owner and permissions`]);
  }
  const secrets = parseSecrets(text);
  if (secrets !== undefined) return secrets;
  // Leaves out the parser's message, because it quotes the text.
  throw new ConfigRefused([
    `DATA_DIR: ${path} is damaged. Restore it from a backup: with other keys no personal data can be read. Nothing was changed`,
  ]);
}

function parseSecrets(text: string): Partial<Secrets> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const named = SECRETS.map((name) => (value as Readonly<Record<string, unknown>>)[name]);
  const isWhole = named.every((secret) => secret === undefined || (typeof secret === 'string' && secret !== ''));
  return isWhole ? (value as Partial<Secrets>) : undefined;
}

/** Written completely before it replaces the old file. */
export async function replaceSecrets(dataDir: string, secrets: Partial<Secrets>): Promise<void> {
  const path = `${dataDir}/secrets.json`;
  await writeFile(`${path}.new`, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  await chmod(`${path}.new`, 0o600);
  await rename(`${path}.new`, path);
}
