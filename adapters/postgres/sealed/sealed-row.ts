/** Sealing, opening and indexing the columns of a row: the same code for writers and readers. */
import type { Location } from '../../../domain/identity/sign-in-risk.ts';
import { addressOf, type PushTarget } from '../../../domain/notifications/push-subscription.ts';
import { toHex } from '../../../domain/shared/bytes.ts';
import type { BlindIndex, DataKey, FieldCipher } from '../../../domain/shared/ports.ts';
import {
  type SealedColumnOf,
  type SealedTable,
  sealedPlaceOf,
  UNREADABLE,
} from '../../../domain/shared/sealed-columns.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { at, join, raw, type Sql, sql } from '../driver/sql.ts';

/** Reads the sealed columns of one row. A damaged value does not affect the rest of the row (R78). */
export interface SealedRow<T extends SealedTable> {
  /** For fields that cannot be null: a damaged value reads as U+FFFD. */
  text(column: SealedColumnOf<T>, box: unknown): string;
  /** Null if nothing is stored, or if the value is damaged. */
  optional(column: SealedColumnOf<T>, box: unknown): string | null;
  json<V>(column: SealedColumnOf<T>, box: unknown): V | null;
  /** Names, in the API's spelling, of the columns that could not be opened so far. */
  readonly damaged: readonly string[];
}

export function sealedRow<T extends SealedTable>(
  cipher: FieldCipher,
  key: DataKey,
  table: T,
  row: string,
): SealedRow<T> {
  const damaged: string[] = [];
  const open = (column: SealedColumnOf<T>, box: unknown): string | null | undefined => {
    const opened = cipher.open(key, sealedPlaceOf(table, column, row), (box ?? null) as Uint8Array | null);
    if (opened.ok) return opened.value;
    damaged.push(inCamelCase(column));
    return undefined;
  };
  return {
    text: (column, box) => open(column, box) ?? UNREADABLE,
    optional: (column, box) => open(column, box) ?? null,
    json<V>(column: SealedColumnOf<T>, box: unknown) {
      const text = open(column, box) ?? null;
      return text === null ? null : (JSON.parse(text) as V);
    },
    damaged,
  };
}

/** To be spread into a record: empty if nothing is damaged. */
export function damageOf(row: { readonly damaged: readonly string[] }): { readonly damaged?: readonly string[] } {
  return row.damaged.length === 0 ? {} : { damaged: row.damaged };
}

function inCamelCase(column: string): string {
  return column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Seals the columns of one row. */
export function sealingRow<T extends SealedTable>(cipher: FieldCipher, key: DataKey, table: T, row: string) {
  return {
    text: (column: SealedColumnOf<T>, text: string): Uint8Array =>
      cipher.seal(key, sealedPlaceOf(table, column, row), text),
    optional: (column: SealedColumnOf<T>, text: string | null): Uint8Array | null =>
      text === null ? null : cipher.seal(key, sealedPlaceOf(table, column, row), text),
    /**
     * Null if the person's data key is damaged: the new row is written without the value, which then reads as damaged.
     */
    ifUsable: (column: SealedColumnOf<T>, text: string | null): Uint8Array | null =>
      text === null || !cipher.isUsable(key) ? null : cipher.seal(key, sealedPlaceOf(table, column, row), text),
    /**
     * For an update: a value that could not be opened and was not replaced stays as stored, because it may be repaired
     * from a backup.
     */
    update(column: SealedColumnOf<T>, text: string | null, damaged: readonly string[] = []): Sql {
      const isUntouched = damaged.includes(inCamelCase(column)) && (text === null || text === UNREADABLE);
      if (isUntouched) return raw(column);
      return sql`${text === null ? null : cipher.seal(key, sealedPlaceOf(table, column, row), text)}::bytea`;
    },
  };
}

/** @param email normalised */
export function emailIndex(index: BlindIndex, email: string): Uint8Array {
  return index.of('users.email', email);
}

/** The indexes under each key of the ring, for looking up an address. */
export function emailIndexes(index: BlindIndex, email: string): Sql {
  return anyOf(index.all('users.email', email));
}

/**
 * The smallest of the indexes under all keys of the ring. Instances whose rings hold the same keys in another order, as
 * in the middle of a rotation, compute the same value, so its unique constraint prevents two accounts with one address.
 */
export function emailClaim(index: BlindIndex, email: string): Uint8Array {
  const [least, ...others] = index.all('users.email', email);
  if (least === undefined) throw new Error('the ring of index keys is empty');
  return others.reduce((one, other) => (toHex(other) < toHex(one) ? other : one), least);
}

/**
 * Place it after the statement that stores an address. A trigger checks the address under the key it was stored under;
 * this checks it under every key of the ring if there are several, because another instance may have used another key.
 */
export function freeUnderEveryKey(index: BlindIndex, email: string, userId: string, now: Instant): Sql[] {
  const indexes = index.all('users.email', email);
  if (indexes.length === 1) return [];
  const array = join(indexes.map((each) => sql`${each}::bytea`));
  return [sql`SELECT require_free_email(${userId}::uuid, ARRAY[${array}], ${at(now)}::timestamptz)`];
}

function anyOf(indexes: readonly Uint8Array[]): Sql {
  return sql`IN (${join(indexes.map((each) => sql`${each}::bytea`))})`;
}

/** Compares a stored specialty under each key of the ring. */
export function hasSpecialty(column: Sql, index: BlindIndex, specialty: string | null): Sql {
  if (specialty === null) return sql`${column} IS NULL`;
  return sql`${column} ${anyOf(index.all('doctors.specialty', specialty.toLowerCase()))}`;
}

/** Case-insensitive. */
export function specialtyIndex(index: BlindIndex, specialty: string | null): Uint8Array | null {
  return specialty === null ? null : index.of('doctors.specialty', specialty.toLowerCase());
}

/** @param address of a client, grouped as rate limits group addresses; under every key it may have been stored with */
export function addressIndexes(index: BlindIndex, address: string): readonly Uint8Array[] {
  return index.all('audit_addresses.address', address);
}

export function addressIndex(index: BlindIndex, address: string): Uint8Array {
  return index.of('audit_addresses.address', address);
}

/** The range, or the site, of a block. */
export function rangeIndex(index: BlindIndex, range: string): Uint8Array {
  return index.of('ip_blocks.range', range);
}

export function rangeIndexes(index: BlindIndex, range: string): readonly Uint8Array[] {
  return index.all('ip_blocks.range', range);
}

/** @param address normalised */
export function suppressionIndex(index: BlindIndex, channel: 'email' | 'sms', address: string): Uint8Array {
  return index.of(`suppressions.${channel}`, address);
}

/** The indexes under each key of the ring. */
export function suppressionIndexes(index: BlindIndex, channel: 'email' | 'sms', address: string): Sql {
  return anyOf(index.all(`suppressions.${channel}`, address));
}

export function pushIndex(index: BlindIndex, target: PushTarget): Uint8Array {
  return index.of(`push_subscriptions.${target.kind}`, addressOf(target));
}

/** The indexes under each key of the ring. */
export function pushIndexes(index: BlindIndex, target: PushTarget): Sql {
  return anyOf(index.all(`push_subscriptions.${target.kind}`, addressOf(target)));
}

/** The index of a counter of failed sign-ins. The caller passes a hash, but a plain hash alone could be guessed. */
export function counterIndex(index: BlindIndex, counter: Uint8Array): Uint8Array {
  return index.of('sign_in_failures.subject', counter);
}

/** BCP 47; English if it cannot be opened. */
export function openLanguage(sealed: SealedRow<'users'>, box: unknown): string {
  const language = sealed.text('language', box);
  return language === UNREADABLE ? 'en' : language;
}

/** @returns `null` if the location is unknown */
export function openLocation(sealed: SealedRow<'sessions'>, box: unknown): Location | null {
  return sealed.json<Location>('location', box);
}
