/** One process for each data folder: two on one embedded database would destroy it. */
import { ConfigRefused } from '../config.ts';

/**
 * Makes the folder where it is missing. The system drops the lock when the process dies, however.
 * @throws ConfigRefused when it cannot be written, or another process has it
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
