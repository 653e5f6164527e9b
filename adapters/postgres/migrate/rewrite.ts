/** Writing tables anew, so that their files hold no former versions of rows. */

import type { PgliteDriver } from '../driver/pglite.ts';
import type { MigrationTarget } from './migrate.ts';
import { asOwner, asTarget } from './owner.ts';

/**
 * Writes anew what a migration has put on the list, so that the files hold no old versions of rows. A table leaves the list
 * when it is written and not before: interrupted, the next one goes on. To be called when nothing clear is left in them.
 * @returns the tables that were written
 */
export async function rewriteTables(target: MigrationTarget): Promise<string[]> {
  const listed = await target.run('SELECT name FROM tables_to_rewrite ORDER BY name');
  const names = listed.map(({ name }) => name as string);
  for (const name of names) {
    await target.run(`VACUUM FULL "${name}"`);
    await target.run(`DELETE FROM tables_to_rewrite WHERE name = '${name}'`);
  }
  return names;
}

export function rewritePglite(driver: PgliteDriver): Promise<string[]> {
  return rewriteTables(asTarget(driver));
}

/** For as long as it takes: each table is locked while it is written. */
export function rewriteServer(url: string): Promise<string[]> {
  return asOwner(url, rewriteTables);
}

/** How long to wait for those who use the keys, before the next attempt. */
const KEY_LOCK_TIMEOUT = '2s';

/**
 * Writes the table of wrapped data keys anew (VACUUM FULL, as the owner and outside a transaction), so that no dead row of
 * its files holds the key of an erased person (R74). The table is locked while it is written: it has one short row a person.
 */
async function rewriteKeys(target: MigrationTarget): Promise<void> {
  await target.run(`SET lock_timeout = '${KEY_LOCK_TIMEOUT}'`);
  try {
    await target.run('VACUUM (FULL, ANALYZE) data_keys');
  } finally {
    await target.run('RESET lock_timeout');
  }
}

/** @param url as the owner of the tables */
export function rewriteKeysOnServer(url: string): Promise<void> {
  return asOwner(url, rewriteKeys);
}

/** The embedded database acts as the application's role; its one process is the owner as well. */
export async function rewriteKeysEmbedded(driver: PgliteDriver, role: string): Promise<void> {
  await driver.pglite.exec('RESET ROLE');
  try {
    await rewriteKeys(asTarget(driver));
    await driver.pglite.exec('CHECKPOINT');
  } finally {
    await driver.actAs(role);
  }
}
