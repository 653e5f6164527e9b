/** Opens the embedded database, and explains why if the folder cannot be opened. */
import { open } from 'node:fs/promises';
import { createPgliteDriver, type PgliteDriver } from '../../adapters/postgres/driver/pglite.ts';
import { ConfigRefused } from '../config.ts';

/** @throws ConfigRefused with what to do, because the database itself only reports that it aborted */
export async function openEmbedded(dataDir: string): Promise<PgliteDriver> {
  const folder = `${dataDir}/database`;
  try {
    return await createPgliteDriver({ dataDir: folder });
  } catch (error) {
    throw new ConfigRefused([await faultOf(folder, error)]);
  }
}

async function faultOf(folder: string, error: unknown): Promise<string> {
  const { code } = (error ?? {}) as { code?: unknown };
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return `DATA_DIR: the disk of ${folder} is full. Make room and start again`;
  const opened = await open(`${folder}/PG_VERSION`, 'r+').catch((fault: { code?: unknown }) => fault);
  if ('close' in opened) await opened.close();
  else if (opened.code !== 'ENOENT') {
    return `DATA_DIR: the database in ${folder} cannot be read and written by this user: check the owner and the permissions of the folder`;
  }
  return (
    `DATA_DIR: the database in ${folder} is damaged, or was created by another version of PostgreSQL. Restore a backup ` +
    '(docs/self-hosting.md); keep the folder aside until the backup has started. Nothing was changed'
  );
}
