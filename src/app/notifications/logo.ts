/** Reads the clinic's logo for its mails. A mail does not wait for it for long, and goes without it if it cannot be read. */
import { LARGEST_LOGO, type Logo, logoOf } from '../../../domain/mail-logo.ts';
import type { Clinic } from '../../../domain/scheduling/clinic-settings.ts';
import { concat } from '../../../domain/shared/bytes.ts';
import { type StoredFile, Unavailable } from '../../../domain/shared/ports.ts';
import type { Deps } from '../context.ts';

/** How long messages wait for the storage. What is loaded for them stays good for as long. */
const LONGEST_MS = 2_000;
/** How long mails go without the logo once the storage did not answer. */
const AWAY_MS = 60_000;

/** @returns `null` if there is none, it is too large, or the storage is away */
export async function mailLogo(deps: Deps, { logoKey: key }: Pick<Clinic, 'logoKey'>): Promise<Logo | null> {
  const { logoMemory: memory, clock, log } = deps;
  if (key === null) return null;
  if (memory.held?.key === key) return memory.held.logo;
  if (clock.now() < memory.awayUntil) return null;
  try {
    // The value is remembered and not the promise: at the edge a request must not wait for what another one reads.
    const logo = await inTime(read(deps, key));
    memory.held = { key, logo };
    return logo;
  } catch (error) {
    memory.awayUntil = clock.now() + AWAY_MS;
    log.failure('mails_without_logo', error);
    return null;
  }
}

async function read({ files, settings }: Deps, key: string): Promise<Logo | null> {
  const file = await files.get(key);
  // Deleted since the settings were loaded.
  if (file === undefined) return null;
  if (file.sizeBytes > LARGEST_LOGO) {
    await file.body.cancel();
    return null;
  }
  return logoOf(key, file.contentType, await bytesOf(file), settings.publicUrl);
}

async function bytesOf({ body }: StoredFile): Promise<Uint8Array> {
  const reader = body.getReader();
  const parts: Uint8Array[] = [];
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) parts.push(part.value ?? concat());
  } finally {
    await reader.cancel();
  }
  return concat(...parts);
}

function inTime<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Unavailable('files', { reason: 'timeout' }));
    const timer = setTimeout(late, LONGEST_MS);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
