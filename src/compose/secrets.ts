/** Secrets that a self-hoster did not set: generated once into the data folder, readable for its owner only. */

import { chmod, readFile, rename, writeFile } from 'node:fs/promises';
import { generateIndexKey } from '../../adapters/crypto/blind-index.ts';
import { generateCheckpointSeed } from '../../adapters/crypto/checkpoint-signer.ts';
import { generateFieldKey } from '../../adapters/crypto/field-cipher.ts';
import { generateTokenKey } from '../../adapters/crypto/token-keys.ts';

export interface Secrets {
  readonly TOKEN_KEYS: string;
  readonly FIELD_KEYS: string;
  readonly INDEX_KEY: string;
  readonly CHECKPOINT_KEYS: string;
}

const SECRETS = ['TOKEN_KEYS', 'FIELD_KEYS', 'INDEX_KEY', 'CHECKPOINT_KEYS'] as const satisfies (keyof Secrets)[];

async function generate(): Promise<Secrets> {
  return {
    TOKEN_KEYS: JSON.stringify([await generateTokenKey()]),
    FIELD_KEYS: JSON.stringify([generateFieldKey('1')]),
    INDEX_KEY: generateIndexKey(),
    CHECKPOINT_KEYS: JSON.stringify([generateCheckpointSeed()]),
  };
}

/**
 * Losing this file means losing every personal field: it is written completely before it takes its name. A file of an
 * earlier version keeps its keys and gets those that have come since.
 */
export async function storedSecrets(dataDir: string): Promise<Secrets> {
  const stored = await readSecrets(dataDir);
  const missing = SECRETS.filter((name) => stored[name] === undefined);
  if (missing.length === 0) return stored as Secrets;
  const secrets = { ...(await generate()), ...stored };
  await replaceSecrets(dataDir, secrets);
  return secrets;
}

/** What the folder holds, without making anything. */
export async function readSecrets(dataDir: string): Promise<Partial<Secrets>> {
  try {
    return JSON.parse(await readFile(`${dataDir}/secrets.json`, 'utf8')) as Partial<Secrets>;
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
    return {};
  }
}

/** Written completely before it takes the old one's place. */
export async function replaceSecrets(dataDir: string, secrets: Secrets): Promise<void> {
  const path = `${dataDir}/secrets.json`;
  await writeFile(`${path}.new`, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  await chmod(`${path}.new`, 0o600);
  await rename(`${path}.new`, path);
}
