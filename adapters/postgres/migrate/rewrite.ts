/** Rewrites tables, so that their files hold no old versions of rows. */

import type { PgliteDriver } from '../driver/pglite.ts';
import type { MigrationTarget } from './migrate.ts';
import { asOwner, asTarget } from './owner.ts';

/**
 * Rewrites the tables that a migration has listed, so that their files hold no old versions of rows. A table leaves the
 * list after it is rewritten, so that a run after an interruption continues. Call it when the tables hold no more
 * plaintext.
 * @returns the rewritten tables
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

/** Takes as long as it needs; each table is locked while it is rewritten. */
export function rewriteServer(url: string): Promise<string[]> {
  return asOwner(url, rewriteTables);
}

/** How long to wait for the readers and writers of the keys before this attempt is given up. */
const KEY_LOCK_TIMEOUT = '2s';

/**
 * Rewrites the table of wrapped data keys (VACUUM FULL, as the owner and outside a transaction), so that no dead row in
 * its files holds the key of an erased person (R74). The table is locked meanwhile, but it has one short row per
 * person.
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

/** The embedded database acts as the application's role, so the role is reset for the rewrite. */
export async function rewriteKeysEmbedded(driver: PgliteDriver, role: string): Promise<void> {
  await driver.pglite.exec('RESET ROLE');
  try {
    await rewriteKeys(asTarget(driver));
    await driver.pglite.exec('CHECKPOINT');
  } finally {
    await driver.actAs(role);
  }
}
