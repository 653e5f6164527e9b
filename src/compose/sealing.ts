/** Sealing what earlier versions stored in the clear, at start-up and in `npm run migrate`. */

import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import type { PgliteDriver } from '../../adapters/postgres/driver/pglite.ts';
import { createTcpDriver } from '../../adapters/postgres/driver/tcp.ts';
import { rewritePglite, rewriteServer } from '../../adapters/postgres/migrate/rewrite.ts';
import { type Bound, bindBoxes } from '../../adapters/postgres/sealed/bind-boxes.ts';
import { encryptLegacyColumns } from '../../adapters/postgres/sealed/encrypt-legacy-columns.ts';
import type { Log } from '../app/log.ts';
import { requireKnownKeys, type SealingKeys } from './known-keys.ts';

/** Hears of what takes its time. */
type Tell = (step: string) => void;

/** As many rows are sealed in the time it takes to read about it. */
const WORTH_TELLING = 2_000;

async function seal(driver: SqlDriver, keys: SealingKeys, tell: Tell): Promise<number> {
  const { cipher, index } = keys;
  await requireKnownKeys(driver, keys);
  let told = 0;
  return encryptLegacyColumns(driver, cipher, index, (sealed, total) => {
    if (total < WORTH_TELLING || sealed - told < WORTH_TELLING) return;
    told = sealed;
    tell(`Sealing what earlier versions stored in the clear: ${sealed} of ${total} rows`);
  });
}

/** @param driver as the owner of the tables */
export async function sealEmbedded(driver: PgliteDriver, keys: SealingKeys, tell: Tell, log: Log): Promise<void> {
  await seal(driver, keys, tell);
  // One process alone has the database: nobody is left who knows only the former format.
  reportUnbound(await bindBoxes(driver, keys.cipher, keys.format), log);
  if ((await rewritePglite(driver)).length > 0) await driver.pglite.exec('CHECKPOINT');
}

/** @param url as the owner of the tables */
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

/**
 * Binds every box to its row. To be run when every instance reads format 2.
 * @param url as the owner of the tables
 */
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
