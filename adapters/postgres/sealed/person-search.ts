/** The keyed hashes by which people are found. */
import { type SearchTerm, searchTerms } from '../../../domain/identity/patient-search.ts';
import type { PersonFields } from '../../../domain/identity/user.ts';
import { toHex } from '../../../domain/shared/bytes.ts';
import type { BlindIndex } from '../../../domain/shared/ports.ts';
import { join, type Sql, sql } from '../driver/sql.ts';

/** Of the 32 bytes of a hash. Two different terms of a database share one about once in 10^15 databases of 10^7 terms. */
const TOKEN_BYTES = 12;

/** The hashes of a person under the current key, in hexadecimal, sorted. */
export function searchTokens(index: BlindIndex, person: PersonFields): readonly string[] {
  return searchTerms(person)
    .map(({ field, value }) => toHex(index.of(field, value).subarray(0, TOKEN_BYTES)))
    .sort();
}

/** The stored hashes of terms, under each key of the ring. */
export function tokensOf(index: BlindIndex, terms: readonly SearchTerm[]): readonly Uint8Array[] {
  return terms.flatMap(({ field, value }) => index.all(field, value)).map((hash) => hash.subarray(0, TOKEN_BYTES));
}

/** Whether a stored hash is that of one of the terms, under any key of the ring. */
export function isOneOf(token: Sql, index: BlindIndex, terms: readonly SearchTerm[]): Sql {
  return sql`${token} IN (${join(tokensOf(index, terms).map((each) => sql`${each}::bytea`))})`;
}

/**
 * Stores the hashes of a person in place of the former ones.
 * @param version of the account that the person was read from: without effect when it has another meanwhile. `null` in the
 *   batch that writes the person, which holds the lock on the row
 */
export function indexPerson(index: BlindIndex, userId: string, person: PersonFields, version: number | null): Sql {
  const tokens = [...searchTokens(index, person)];
  return sql`WITH person AS (
      SELECT u.id FROM users u WHERE u.id = ${userId}::uuid AND u.deleted_at IS NULL
        AND (${version}::int IS NULL OR u.version = ${version}::int) FOR NO KEY UPDATE
    ), former AS (
      DELETE FROM person_search s USING person p WHERE s.user_id = p.id AND encode(s.token, 'hex') <> ALL(${tokens}::text[])
    ), done AS (
      DELETE FROM person_search_pending q USING person p WHERE q.user_id = p.id
    )
    INSERT INTO person_search (token, user_id)
    SELECT decode(t.token, 'hex'), p.id FROM person p, unnest(${tokens}::text[]) t (token) ON CONFLICT DO NOTHING`;
}
