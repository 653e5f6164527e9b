/** Sealing what earlier versions stored in the clear, at start-up and in `npm run migrate`. */
import type { SqlDriver } from '../../adapters/postgres/driver.ts';
import { rewritePglite, rewriteServer } from '../../adapters/postgres/migrate.ts';
import type { PgliteDriver } from '../../adapters/postgres/pglite.ts';
import { sealFormer } from '../../adapters/postgres/seal-former.ts';
import { createTcpDriver } from '../../adapters/postgres/tcp.ts';
import { requireKnownKeys, type SealingKeys } from './known-keys.ts';

/** As many rows are sealed in the time it takes to read about it. */
const WORTH_TELLING = 2_000;

async function seal(driver: SqlDriver, { cipher, index }: SealingKeys): Promise<number> {
  await requireKnownKeys(driver, cipher, index);
  let told = 0;
  return sealFormer(driver, cipher, index, (sealed, total) => {
    if (total < WORTH_TELLING || sealed - told < WORTH_TELLING) return;
    told = sealed;
    console.log(`Sealing what earlier versions stored in the clear: ${sealed} of ${total} rows`);
  });
}

/** @param driver as the owner of the tables */
export async function sealEmbedded(driver: PgliteDriver, keys: SealingKeys): Promise<void> {
  await seal(driver, keys);
  if ((await rewritePglite(driver)).length > 0) await driver.pglite.exec('CHECKPOINT');
}

/** @param url as the owner of the tables */
export async function sealServer(url: string, keys: SealingKeys): Promise<number> {
  const driver = createTcpDriver({ url, maxConnections: 1 });
  try {
    const sealed = await seal(driver, keys);
    await rewriteServer(url);
    return sealed;
  } finally {
    await driver.close();
  }
}
