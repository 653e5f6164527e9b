/** Seals what earlier versions stored in plaintext, at start-up and in `npm run migrate`. */

import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import type { PgliteDriver } from '../../adapters/postgres/driver/pglite.ts';
import { createTcpDriver } from '../../adapters/postgres/driver/tcp.ts';
import { rewritePglite, rewriteServer } from '../../adapters/postgres/migrate/rewrite.ts';
import { type Bound, bindBoxes } from '../../adapters/postgres/sealed/bind-boxes.ts';
import { encryptLegacyColumns } from '../../adapters/postgres/sealed/encrypt-legacy-columns.ts';
import type { Log } from '../app/log.ts';
import { requireKnownKeys, type SealingKeys } from './known-keys.ts';

/** Called for slow steps. */
type Tell = (step: string) => void;

/** Number of rows between two progress messages; fewer rows are sealed faster than the message is read. */
const PROGRESS_ROWS = 2_000;

async function seal(driver: SqlDriver, keys: SealingKeys, tell: Tell): Promise<number> {
  const { cipher, index } = keys;
  await requireKnownKeys(driver, keys);
  let told = 0;
  return encryptLegacyColumns(driver, cipher, index, (sealed, total) => {
    if (total < PROGRESS_ROWS || sealed - told < PROGRESS_ROWS) return;
    told = sealed;
    tell(`Encrypting what earlier versions stored in plaintext: ${sealed} of ${total} rows`);
  });
}

/** @param driver connected as the owner of the tables */
export async function sealEmbedded(driver: PgliteDriver, keys: SealingKeys, tell: Tell, log: Log): Promise<void> {
  await seal(driver, keys, tell);
  // Only one process uses this database, so no instance that only knows the previous format can be running.
  reportUnbound(await bindBoxes(driver, keys.cipher, keys.format), log);
  if ((await rewritePglite(driver)).length > 0) await driver.pglite.exec('CHECKPOINT');
}

/** @param url of the owner of the tables */
export async function sealServer(url: string, keys: SealingKeys, tell: Tell): Promise<number> {
  const driver = createTcpDriver({ url, maxConnections: 1, lockTimeoutMilliseconds: 0 });
  try {
    const sealed = await seal(driver, keys, tell);
    await rewriteServer(url);
    return sealed;
  } finally {
    await driver.close();
  }
}

/** Binds every box to its row. Run it once every instance reads format 2. @param url of the owner of the tables */
export async function bindServer(url: string, keys: SealingKeys): Promise<Bound> {
  const driver = createTcpDriver({ url, maxConnections: 1, lockTimeoutMilliseconds: 0 });
  try {
    await requireKnownKeys(driver, keys);
    return await bindBoxes(driver, keys.cipher, keys.format);
  } finally {
    await driver.close();
  }
}

function reportUnbound({ unopened }: Bound, log: Log): void {
  if (unopened.length === 0) return;
  log.write('error', 'boxes_not_bound', { unopened });
}
