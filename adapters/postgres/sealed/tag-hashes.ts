/** Tags are found by keyed hashes. */
import type { BlindIndex } from '../../../domain/shared/ports.ts';
import { join, type Sql, sql } from '../driver/sql.ts';

const FIELD = 'files.tags';

/** Case-insensitive. */
function spelled(tag: string): string {
  return tag.toLowerCase();
}

/** The hashes that are stored, as an array. */
export function tagHashes(index: BlindIndex, tags: readonly string[]): Sql {
  return arrayOf(tags.map((tag) => tagHash(index, tag)));
}

export function tagHash(index: BlindIndex, tag: string): Uint8Array {
  return index.of(FIELD, spelled(tag));
}

/** The hash of a tag under each key of the ring, as an array. */
export function tagIndexes(index: BlindIndex, tag: string): Sql {
  return arrayOf(index.all(FIELD, spelled(tag)));
}

export function arrayOf(hashes: readonly Uint8Array[]): Sql {
  return hashes.length === 0 ? sql`'{}'::bytea[]` : sql`ARRAY[${join(hashes.map((hash) => sql`${hash}::bytea`))}]`;
}
