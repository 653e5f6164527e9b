/** Data folders whose embedded database has its tables already, because creating them takes half of a first start. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { required } from '../tools/services.ts';

/** @returns the path of a new folder whose name begins with `prefix`. What a first start does is tested elsewhere */
export async function preparedFolder(prefix: string): Promise<string> {
  const folder = await mkdtemp(`${tmpdir()}/${prefix}`);
  await prepareFolder(folder);
  return folder;
}

/** Puts the database into a data folder, which need not exist. */
export async function prepareFolder(folder: string): Promise<void> {
  await mkdir(`${folder}/database`, { recursive: true });
  const snapshot = required(process.env.TEST_PGLITE_SNAPSHOT);
  await promisify(execFile)('tar', ['-xf', snapshot, '-C', `${folder}/database`]);
}
