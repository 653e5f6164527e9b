/**
 * Refuses to start with keys that did not seal the data: every record would be unreadable, and the audit log would look
 * forged.
 */
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { SqlError } from '../../adapters/postgres/driver/fault.ts';
import { PERSONAL_KEY_COLUMNS, readDataKey, sql } from '../../adapters/postgres/driver/sql.ts';
import { openCheckpoint, parseCheckpointText } from '../../domain/audit/checkpoint.ts';
import type { CheckpointSigner } from '../../domain/audit/ports.ts';
import { parseNote } from '../../domain/audit/signed-note.ts';
import { equalBytes } from '../../domain/shared/bytes.ts';
import { type BlindIndex, type FieldCipher, Unavailable } from '../../domain/shared/ports.ts';
import { type BindingState, type BoxFormat, sealedPlaceOf } from '../../domain/shared/sealed-columns.ts';
import type { Log } from '../app/log.ts';
import { ConfigRefused } from '../config.ts';

export interface SealingKeys {
  readonly cipher: FieldCipher;
  readonly index: BlindIndex;
  /** Read from the database; the cipher uses it. */
  readonly format: BoxFormat;
}

/** How many values are tried before the setting, not the stored value, is considered wrong. */
const TRIED = 3;

/** Which tables and columns the checks can use; a database of earlier migrations has fewer. */
interface Shape {
  readonly dataKeys: boolean;
  readonly emailIndex: boolean;
  readonly format: boolean;
}

const CURRENT: Shape = { dataKeys: true, emailIndex: true, format: true };
const NONE = sql`SELECT WHERE false`;

/**
 * As {@link requireKnownKeys}, on a schema of any age: runs before migrations, so that wrong keys change nothing (R85).
 * @throws ConfigRefused if the database holds data that these keys did not seal
 */
export async function requireKeysBeforeMigrating(driver: SqlDriver, keys: SealingKeys): Promise<void> {
  const [[found] = []] = await driver.run(
    [
      sql`SELECT to_regclass('public.data_keys') IS NOT NULL AS data_keys,
            to_regclass('public.sealed_format') IS NOT NULL AS format,
            EXISTS (SELECT FROM information_schema.columns
              WHERE table_schema = 'public' AND table_name = 'users' AND column_name = 'email_index') AS email_index`,
    ],
    'snapshot',
  );
  const shape = {
    dataKeys: found?.data_keys === true,
    emailIndex: found?.email_index === true,
    format: found?.format === true,
  };
  await requireKnownKeys(driver, keys, shape, 'Nothing was changed');
}

/**
 * Unwraps one data key for each key of the ring that is in use, and looks up one account by its address.
 * @param whatWasDone for the message: after migrations the schema has changed, but not the data
 * @throws ConfigRefused if a key or all accounts fail
 */
export async function requireKnownKeys(
  driver: SqlDriver,
  { cipher, index, format }: SealingKeys,
  shape: Shape = CURRENT,
  whatWasDone = 'No data was changed with these keys',
): Promise<void> {
  const [samples = [], accounts = [], formats = []] = await driver.run(
    [
      // Jumps from one ring key to the next through the index, because a scan of all data keys would take time per
      // person.
      shape.dataKeys
        ? sql`WITH RECURSIVE used AS (
            (SELECT ring_key_id AS id FROM data_keys ORDER BY ring_key_id LIMIT 1)
            UNION ALL
            SELECT (SELECT d.ring_key_id FROM data_keys d WHERE d.ring_key_id > used.id ORDER BY d.ring_key_id LIMIT 1)
            FROM used WHERE used.id IS NOT NULL
          )
          SELECT ${PERSONAL_KEY_COLUMNS} FROM used
            CROSS JOIN LATERAL (SELECT * FROM data_keys d WHERE d.ring_key_id = used.id LIMIT ${TRIED}::int) k`
        : NONE,
      shape.emailIndex
        ? sql`SELECT u.id, u.email, u.email_index, ${PERSONAL_KEY_COLUMNS} FROM users u JOIN data_keys k ON k.owner_id = u.id
          WHERE u.email IS NOT NULL ORDER BY u.id DESC LIMIT ${TRIED}::int`
        : NONE,
      shape.format ? sql`SELECT state FROM sealed_format` : NONE,
    ],
    'snapshot',
  );
  format.state = (formats[0]?.state as BindingState | undefined) ?? 'unbound';
  const keys = samples.map(readDataKey);
  const known = new Set(keys.filter((key) => attempt(() => cipher.rewrap(key))).map(({ ringKeyId }) => ringKeyId));
  const unknown = [...new Set(keys.map(({ ringKeyId }) => ringKeyId))].filter((id) => !known.has(id));
  if (unknown.length > 0) {
    const ids = unknown.map((id) => `"${id}"`).join(', ');
    throw new ConfigRefused([
      `FIELD_KEYS: the database holds personal data under ${ids}, which these keys cannot open. Set the keys it was created ` +
        `with, or restore secrets.json into DATA_DIR. ${whatWasDone}`,
    ]);
  }
  const found = accounts.flatMap((account) => {
    const place = sealedPlaceOf('users', 'email', account.id as string);
    const email = cipher.tryOpen(readDataKey(account), place, account.email as Uint8Array);
    return !email.ok || email.value === null
      ? []
      : [index.all('users.email', email.value).some((each) => equalBytes(each, account.email_index as Uint8Array))];
  });
  if (found.length === 0 || found.includes(true)) return;
  throw new ConfigRefused([
    'INDEX_KEY: with this key no account of the database can be found by its e-mail address. Set the key it was created with, ' +
      `or restore secrets.json into DATA_DIR. ${whatWasDone}`,
  ]);
}

/**
 * An origin of the audit log whose checkpoints are suddenly signed by an unknown key looks forged from there on, and a
 * published checkpoint cannot be taken back. So this runs before anything is changed, on a schema of any age (R85).
 * @throws ConfigRefused if none of the newest checkpoints is signed by a key of the ring
 */
export async function requireKnownLogKeys(
  driver: SqlDriver,
  signers: (origin: string) => readonly CheckpointSigner[],
): Promise<void> {
  const [[found] = []] = await driver.run(
    [
      sql`SELECT to_regclass('public.audit_checkpoints') IS NOT NULL AS checkpoints,
            EXISTS (SELECT FROM information_schema.columns
              WHERE table_schema = 'public' AND table_name = 'audit_log' AND column_name = 'generation') AS generations`,
    ],
    'snapshot',
  );
  if (found?.checkpoints !== true) return;
  const ofThisOrigin =
    found.generations === true ? sql`WHERE generation = (SELECT generation FROM audit_log)` : sql`WHERE true`;
  const [newest = []] = await driver.run(
    [sql`SELECT note FROM audit_checkpoints ${ofThisOrigin} ORDER BY size DESC LIMIT ${TRIED}::int`],
    'snapshot',
  );
  const notes = newest.map(({ note }) => note as string);
  if (notes.length === 0 || notes.some((note) => isSignedBy(note, signers))) return;
  throw new ConfigRefused([
    'CHECKPOINT_KEYS: the newest checkpoints of the audit log are signed by none of these keys. Set the keys that signed ' +
      'them, or restore secrets.json into DATA_DIR. To change the key, put the new one first and keep the previous one behind ' +
      'it. If the previous one is lost: npm run admin -- audit new-origin. Nothing was changed',
  ]);
}

/** @param signers of the ring for an origin; the names of their keys contain it */
function isSignedBy(note: string, signers: (origin: string) => readonly CheckpointSigner[]): boolean {
  const parsed = parseNote(note);
  const claim = parsed.ok ? parseCheckpointText(parsed.value.text) : undefined;
  return claim !== undefined && attempt(() => openCheckpoint(note, signers(claim.origin)).ok) === true;
}

function attempt<T>(open: () => T): T | undefined {
  try {
    return open();
  } catch {
    return undefined;
  }
}

/**
 * Whether the keys were verified. A flag instead of a promise, because requests of a Worker must not wait for each
 * other.
 */
export interface KeyMemory {
  known: boolean;
}

/**
 * Verifies the keys before the first batch, until that has succeeded once: nothing is read or written with wrong keys.
 * Used on Workers, which have no start-up at which to verify. If the database refuses the format of a box, it has moved
 * on to the next format (ADR 0107): the keys and the format are read again.
 */
export function verifyingKeys(driver: SqlDriver, keys: SealingKeys, memory: KeyMemory, log: Log): SqlDriver {
  return {
    ...driver,
    async run(statements, mode, bounds) {
      if (!memory.known) {
        try {
          await requireKnownKeys(driver, keys);
        } catch (error) {
          if (!(error instanceof ConfigRefused)) throw error;
          log.write('error', 'settings_refused', { faults: error.faults });
          throw new Unavailable('database', { cause: error, reason: 'wrong_keys', retryAfterSeconds: 60 });
        }
        memory.known = true;
      }
      try {
        return await driver.run(statements, mode, bounds);
      } catch (error) {
        if (!isFormatRefused(error)) throw error;
        memory.known = false;
        throw new Unavailable('database', { cause: error, retryAfterSeconds: 1 });
      }
    },
  };
}

const CHECK_VIOLATION = '23514';

function isFormatRefused(error: unknown): boolean {
  return (
    error instanceof SqlError && error.sqlState === CHECK_VIOLATION && error.constraint?.endsWith('_sealed') === true
  );
}
