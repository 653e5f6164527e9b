/** Starting with other keys than the data was sealed with would make every record unreadable, and the log look forged. */
import type { SqlDriver } from '../../adapters/postgres/driver.ts';
import { emailIndex } from '../../adapters/postgres/sealed.ts';
import { DATA_KEY_COLUMNS, readDataKey, sql } from '../../adapters/postgres/sql.ts';
import { equalBytes } from '../../domain/shared/bytes.ts';
import { type BlindIndex, type FieldCipher, Unavailable } from '../../domain/shared/ports.ts';
import { ConfigRefused } from '../config.ts';

export interface SealingKeys {
  readonly cipher: FieldCipher;
  readonly index: BlindIndex;
}

/** How many are tried before it is the setting that is taken to be wrong, and not what is stored. */
const TRIED = 3;

/**
 * Unwraps somebody's key for each key of the ring that is in use, and finds one account by its address.
 * @throws ConfigRefused when none can be
 */
export async function requireKnownKeys(driver: SqlDriver, cipher: FieldCipher, index: BlindIndex): Promise<void> {
  const [samples = [], accounts = []] = await driver.run(
    [
      // From one key of the ring to the next by the index: reading all the keys would take as long as there are people.
      sql`WITH RECURSIVE used AS (
            (SELECT ring_key_id AS id FROM data_keys ORDER BY ring_key_id LIMIT 1)
            UNION ALL
            SELECT (SELECT d.ring_key_id FROM data_keys d WHERE d.ring_key_id > used.id ORDER BY d.ring_key_id LIMIT 1)
            FROM used WHERE used.id IS NOT NULL
          )
          SELECT ${DATA_KEY_COLUMNS} FROM used
            CROSS JOIN LATERAL (SELECT * FROM data_keys d WHERE d.ring_key_id = used.id LIMIT ${TRIED}::int) k`,
      sql`SELECT u.email, u.email_index, ${DATA_KEY_COLUMNS} FROM users u JOIN data_keys k ON k.owner_id = u.id
          WHERE u.email IS NOT NULL ORDER BY u.id DESC LIMIT ${TRIED}::int`,
    ],
    'snapshot',
  );
  const keys = samples.map(readDataKey);
  const known = new Set(keys.filter((key) => attempt(() => cipher.rewrap(key))).map(({ ringKeyId }) => ringKeyId));
  const unknown = [...new Set(keys.map(({ ringKeyId }) => ringKeyId))].filter((id) => !known.has(id));
  if (unknown.length > 0) {
    const ids = unknown.map((id) => `"${id}"`).join(', ');
    throw new ConfigRefused([
      `FIELD_KEYS: the database holds personal data under ${ids}, which these keys cannot open. Set the keys it was made ` +
        'with, or restore secrets.json into DATA_DIR. Nothing was changed',
    ]);
  }
  const found = accounts.flatMap((account) => {
    const email = attempt(() => cipher.open(readDataKey(account), 'users.email', account.email as Uint8Array));
    return email === undefined ? [] : [equalBytes(emailIndex(index, email), account.email_index as Uint8Array)];
  });
  if (found.length === 0 || found.includes(true)) return;
  throw new ConfigRefused([
    'INDEX_KEY: with this key no account of the database is found by its e-mail address. Set the key it was made with, ' +
      'or restore secrets.json into DATA_DIR. Nothing was changed',
  ]);
}

function attempt<T>(open: () => T): T | undefined {
  try {
    return open();
  } catch {
    return undefined;
  }
}

/** Whether the keys were found to be the ones: a flag and no promise, for a Worker's requests may not wait for each other. */
export interface KeyMemory {
  known: boolean;
}

/**
 * Asks the database whether it knows these keys before anything else, until it has said so once: nothing is read or written
 * with others. For a Worker, which has no start at which this could be asked.
 */
export function askingFirst(driver: SqlDriver, keys: SealingKeys, memory: KeyMemory): SqlDriver {
  return {
    ...driver,
    async run(statements, mode, bounds) {
      if (!memory.known) {
        try {
          await requireKnownKeys(driver, keys.cipher, keys.index);
        } catch (error) {
          if (!(error instanceof ConfigRefused)) throw error;
          console.error(JSON.stringify({ level: 'error', event: 'settings_refused', faults: error.faults }));
          throw new Unavailable('database', { cause: error, retryAfterSeconds: 60 });
        }
        memory.known = true;
      }
      return driver.run(statements, mode, bounds);
    },
  };
}
