/** Starting with other keys than the data was sealed with would make every record unreadable, and the log look forged. */
import type { SqlDriver } from '../../adapters/postgres/driver.ts';
import { emailIndex } from '../../adapters/postgres/sealed.ts';
import { DATA_KEY_COLUMNS, readDataKey, sql } from '../../adapters/postgres/sql.ts';
import { equalBytes } from '../../domain/shared/bytes.ts';
import type { BlindIndex, FieldCipher } from '../../domain/shared/ports.ts';
import { ConfigRefused } from '../config.ts';

/**
 * Unwraps one person's key for each key of the ring that was ever used, and finds one account by its address.
 * @throws ConfigRefused when one cannot be
 */
export async function requireKnownKeys(driver: SqlDriver, cipher: FieldCipher, index: BlindIndex): Promise<void> {
  const [samples = [], accounts = []] = await driver.run(
    [
      sql`SELECT DISTINCT ON (ring_key_id) owner_id AS key_owner, ring_key_id, wrapped FROM data_keys
          ORDER BY ring_key_id, created_at DESC`,
      sql`SELECT u.email, u.email_index, ${DATA_KEY_COLUMNS} FROM users u JOIN data_keys k ON k.owner_id = u.id
          WHERE u.email IS NOT NULL ORDER BY u.id DESC LIMIT 1`,
    ],
    'snapshot',
  );
  const unknown = samples.map(readDataKey).filter((key) => !opens(cipher, key));
  if (unknown.length > 0) {
    const ids = unknown.map(({ ringKeyId }) => `"${ringKeyId}"`).join(', ');
    throw new ConfigRefused([
      `FIELD_KEYS: the database holds personal data under ${ids}, which these keys cannot open. Set the keys it was made ` +
        'with, or restore secrets.json into DATA_DIR. Nothing was changed',
    ]);
  }
  const [account] = accounts;
  if (account === undefined) return;
  const email = cipher.open(readDataKey(account), 'users.email', account.email as Uint8Array);
  if (equalBytes(emailIndex(index, email), account.email_index as Uint8Array)) return;
  throw new ConfigRefused([
    'INDEX_KEY: with this key no account of the database is found by its e-mail address. Set the key it was made with, ' +
      'or restore secrets.json into DATA_DIR. Nothing was changed',
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
