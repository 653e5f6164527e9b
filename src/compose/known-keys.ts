/** Starting with other keys than the data was sealed with would make every record unreadable, and the log look forged. */
import type { SqlDriver } from '../../adapters/postgres/driver.ts';
import { readDataKey, sql } from '../../adapters/postgres/sql.ts';
import type { FieldCipher } from '../../domain/shared/ports.ts';
import { ConfigRefused } from '../config.ts';

/**
 * Unwraps one person's key for each key of the ring that was ever used.
 * @throws ConfigRefused when one cannot be
 */
export async function requireKnownKeys(driver: SqlDriver, cipher: FieldCipher): Promise<void> {
  const [samples = []] = await driver.run(
    [
      sql`SELECT DISTINCT ON (ring_key_id) owner_id AS key_owner, ring_key_id, wrapped FROM data_keys
          ORDER BY ring_key_id, created_at DESC`,
    ],
    'snapshot',
  );
  const unknown = samples.map(readDataKey).filter((key) => !opens(cipher, key));
  if (unknown.length === 0) return;
  const ids = unknown.map(({ ringKeyId }) => `"${ringKeyId}"`).join(', ');
  throw new ConfigRefused([
    `FIELD_KEYS: the database holds personal data under ${ids}, which these keys cannot open. Set the keys it was made ` +
      'with, or restore secrets.json into DATA_DIR. Nothing was changed',
  ]);
}

function opens(cipher: FieldCipher, key: Parameters<FieldCipher['rewrap']>[0]): boolean {
  try {
    cipher.rewrap(key);
    return true;
  } catch {
    return false;
  }
}
