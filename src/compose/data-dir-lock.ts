/** Locks the data folder for one process, because two processes would corrupt the embedded database. */
import { ConfigRefused } from '../config.ts';

/**
 * Creates the folder if it is missing. The operating system releases the lock when the process ends, even after a
 * crash.
 * @throws ConfigRefused if the folder cannot be written, or another process holds the lock
 */
export async function lockDataDir(dataDir: string): Promise<{ close(): void }> {
  let file: Deno.FsFile;
  try {
    await Deno.mkdir(dataDir, { recursive: true, mode: 0o700 });
    file = await Deno.open(`${dataDir}/lock`, { create: true, write: true });
  } catch (error) {
    const why = (error as Error).name;
    throw new ConfigRefused([
      `DATA_DIR: ${dataDir} cannot be written (${why}). Make it writable for this user, or set another folder`,
    ]);
  }
  if (await file.tryLock(true)) return file;
  file.close();
  throw new ConfigRefused([`DATA_DIR: ${dataDir} is in use by another portal. Stop that one, or set another folder`]);
}
