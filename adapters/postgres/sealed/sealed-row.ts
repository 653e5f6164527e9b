/** What is sealed, and by which index it is found again: the same for those who write and those who read. */
import type { Location } from '../../../domain/identity/sign-in-risk.ts';
import { toHex } from '../../../domain/shared/bytes.ts';
import type { BlindIndex, DataKey, FieldCipher } from '../../../domain/shared/ports.ts';
import { placeOf, type SealedColumnOf, type SealedTable, UNREADABLE } from '../../../domain/shared/sealed-columns.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { at, join, raw, type Sql, sql } from '../driver/sql.ts';

/** The sealed columns of one row, to be read. A damaged value costs itself: the rest of the row is read (R78). */
export interface SealedRow<T extends SealedTable> {
  /** For fields that hold text whatever happened: damaged, it reads as U+FFFD. */
  text(column: SealedColumnOf<T>, box: unknown): string;
  /** Null when nothing is stored, or when it is damaged. */
  optional(column: SealedColumnOf<T>, box: unknown): string | null;
  json<V>(column: SealedColumnOf<T>, box: unknown): V | null;
  /** What could not be opened so far, in the spelling of the API. */
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
    const opened = cipher.open(key, placeOf(table, column, row), (box ?? null) as Uint8Array | null);
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

/** To be spread into what was read: nothing where nothing is damaged. */
export function damageOf(row: { readonly damaged: readonly string[] }): { readonly damaged?: readonly string[] } {
  return row.damaged.length === 0 ? {} : { damaged: row.damaged };
}

function inCamelCase(column: string): string {
  return column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Seals the columns of one row. */
export function sealingRow<T extends SealedTable>(cipher: FieldCipher, key: DataKey, table: T, row: string) {
  return {
    text: (column: SealedColumnOf<T>, text: string): Uint8Array => cipher.seal(key, placeOf(table, column, row), text),
    optional: (column: SealedColumnOf<T>, text: string | null): Uint8Array | null =>
      text === null ? null : cipher.seal(key, placeOf(table, column, row), text),
    /** Null when the person's data key is damaged: what is new goes on without it, and reads as damaged. */
    ifUsable: (column: SealedColumnOf<T>, text: string | null): Uint8Array | null =>
      text === null || !cipher.isUsable(key) ? null : cipher.seal(key, placeOf(table, column, row), text),
    /**
     * For an update: a value that could not be opened, and that nobody has given anew, stays as it is stored. It may be
     * repaired from a backup.
     */
    update(column: SealedColumnOf<T>, text: string | null, damaged: readonly string[] = []): Sql {
      const isUntouched = damaged.includes(inCamelCase(column)) && (text === null || text === UNREADABLE);
      if (isUntouched) return raw(column);
      return sql`${text === null ? null : cipher.seal(key, placeOf(table, column, row), text)}::bytea`;
    },
  };
}

/** @param email normalised */
export function emailIndex(index: BlindIndex, email: string): Uint8Array {
  return index.of('users.email', email);
}

/** Under each key of the ring: to look an address up. */
export function emailIndexes(index: BlindIndex, email: string): Sql {
  return anyOf(index.all('users.email', email));
}

/**
 * The least of the indexes under all keys of the ring. Instances whose rings have the same keys in another order, as in the middle
 * of a rotation, agree on it: its constraint keeps one address from two accounts then.
 */
export function emailClaim(index: BlindIndex, email: string): Uint8Array {
  const [least, ...others] = index.all('users.email', email);
  if (least === undefined) throw new Error('the ring of index keys is empty');
  return others.reduce((one, other) => (toHex(other) < toHex(one) ? other : one), least);
}

/**
 * Goes after what stores an address. A trigger looks for the address under the key it was stored under; this looks under every key
 * of the ring, where there are several: others may have stored it, or left it, under another one.
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

/** Under each key of the ring: to compare with what is stored. */
export function hasSpecialty(column: Sql, index: BlindIndex, specialty: string | null): Sql {
  if (specialty === null) return sql`${column} IS NULL`;
  return sql`${column} ${anyOf(index.all('doctors.specialty', specialty.toLowerCase()))}`;
}

/** In whatever case it is written. */
export function specialtyIndex(index: BlindIndex, specialty: string | null): Uint8Array | null {
  return specialty === null ? null : index.of('doctors.specialty', specialty.toLowerCase());
}

/** @param address of a client, as limits count it: under every key by which one may have been stored */
export function addressIndexes(index: BlindIndex, address: string): readonly Uint8Array[] {
  return index.all('audit_addresses.address', address);
}

export function addressIndex(index: BlindIndex, address: string): Uint8Array {
  return index.of('audit_addresses.address', address);
}

/** A counter of failed sign-ins. Whoever counts hands in a hash already, which alone could be guessed. */
export function counterIndex(index: BlindIndex, counter: Uint8Array): Uint8Array {
  return index.of('sign_in_failures.subject', counter);
}

/** `null` when nothing is known of where it was. */
export function openLocation(sealed: SealedRow<'sessions'>, box: unknown): Location | null {
  return sealed.json<Location>('location', box);
}
