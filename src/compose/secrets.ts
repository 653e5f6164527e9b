/** Secrets that a self-hoster did not set: generated once into the data folder, readable for its owner only. */

import { chmod, readFile, rename, writeFile } from 'node:fs/promises';
import { generateCheckpointSeed } from '../../adapters/crypto/checkpoint-signer.ts';
import { generateFieldKey } from '../../adapters/crypto/field-cipher.ts';
import { generateTokenKey, parseTokenKeys } from '../../adapters/crypto/token-keys.ts';

export interface Secrets {
  readonly TOKEN_KEYS: string;
  readonly FIELD_KEYS: string;
  readonly CHECKPOINT_KEYS: string;
}

async function generate(): Promise<Secrets> {
  return {
    TOKEN_KEYS: JSON.stringify([await generateTokenKey()]),
    FIELD_KEYS: JSON.stringify([generateFieldKey('1')]),
    CHECKPOINT_KEYS: JSON.stringify([generateCheckpointSeed()]),
  };
}

/** Losing this file means losing every personal field: it is written completely before it takes its name. */
export async function storedSecrets(dataDir: string): Promise<Secrets> {
  const path = `${dataDir}/secrets.json`;
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Secrets;
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
  }
  const secrets = await generate();
  await replaceSecrets(dataDir, secrets);
  return secrets;
}

/** Written completely before it takes the old one's place. */
export async function replaceSecrets(dataDir: string, secrets: Secrets): Promise<void> {
  const path = `${dataDir}/secrets.json`;
  await writeFile(`${path}.new`, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  await chmod(`${path}.new`, 0o600);
  await rename(`${path}.new`, path);
}

/**
 * A fresh key in front. Of the token keys the one before goes on verifying what it signed, without its private part; all
 * field keys stay, for what they wrap must still be opened.
 */
export async function withFreshKey(secrets: Secrets, which: 'token' | 'field'): Promise<Secrets> {
  if (which === 'token') {
    const [current] = parseTokenKeys(secrets.TOKEN_KEYS);
    const { d: _, ...verifier } = { d: '', ...current };
    return { ...secrets, TOKEN_KEYS: JSON.stringify([await generateTokenKey(), verifier]) };
  }
  const ring = JSON.parse(secrets.FIELD_KEYS) as { id: string }[];
  const ids = new Set(ring.map(({ id }) => id));
  let next = ring.length + 1;
  while (ids.has(String(next))) next += 1;
  return { ...secrets, FIELD_KEYS: JSON.stringify([generateFieldKey(String(next)), ...ring]) };
}
