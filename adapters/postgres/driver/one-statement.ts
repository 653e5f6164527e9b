/**
 * Runs several reads as one statement. One statement has one snapshot in every isolation level, is sent in one message
 * and is planned at once. Each read becomes a JSON array in the one row that comes back.
 *
 * JSON tells neither `bytea` nor `timestamptz` from text. So when a read is seen for the first time, its columns are asked
 * for in the same batch, by running it with `LIMIT 0`, and remembered by its text.
 */
import type { Column, Row, Rows } from './driver.ts';
import { join, raw, type Sql, sql } from './sql.ts';
import { type DecodeJson, JSON_DECODERS } from './types.ts';

/** How many reads are remembered. Their texts are written in this code, so there are a few hundred. */
const REMEMBERED = 2_000;

/** The columns of a read that JSON does not carry as the drivers decode them. */
type Conversions = readonly (readonly [column: string, convert: DecodeJson])[];

export interface OneStatement {
  /** To be run as one batch. The first reads everything; the others describe columns and return no rows. */
  readonly statements: readonly Sql[];
  /** @returns the rows of each read, as if it had been run alone */
  split(results: readonly Rows[]): Row[][];
}

/** What the statement does beside reading. */
export interface Effects {
  /** `WITH` expressions, without the word. */
  readonly expressions: readonly Sql[];
  /** Columns that make the server evaluate them. */
  readonly columns: readonly Sql[];
}

const NO_EFFECTS: Effects = { expressions: [], columns: [] };

export type MergeReads = (reads: readonly Sql[], effects?: Effects) => OneStatement;

export function createMergeReads(): MergeReads {
  const remembered = new Map<string, Conversions>();

  const remember = (text: string, columns: readonly Column[]): Conversions => {
    const conversions = conversionsOf(columns);
    if (remembered.size >= REMEMBERED) remembered.clear();
    remembered.set(text, conversions);
    return conversions;
  };

  return (reads, { expressions, columns } = NO_EFFECTS) => {
    const arrays = reads.map(
      (read, place) => sql`(SELECT json_agg(one_row.*) FROM (${read}) one_row) AS ${raw(named(place))}`,
    );
    const before = expressions.length === 0 ? sql`` : sql`WITH ${join(expressions)} `;
    const everything = sql`${before}SELECT ${join([...arrays, ...columns])}`;
    const known = reads.map(({ text }) => remembered.get(text));
    const unknown = reads.filter((_, place) => known[place] === undefined);
    return {
      statements: [everything, ...unknown.map((read) => sql`SELECT * FROM (${read}) one_row LIMIT 0`)],
      split([all, ...described]) {
        const learned = unknown.map(({ text }, place) => remember(text, described[place]?.columns ?? []));
        return known.map((conversions = learned.shift() ?? [], place) =>
          convertAll((all?.[0]?.[named(place)] ?? []) as Record<string, unknown>[], conversions),
        );
      },
    };
  };
}

const named = (place: number) => `read_${place}`;

function conversionsOf(columns: readonly Column[]): Conversions {
  return columns.flatMap(({ name, oid }) => {
    const convert = JSON_DECODERS[oid];
    return convert === undefined ? [] : [[name, convert] as const];
  });
}

/** Changes the rows in place: they were parsed for this call alone. */
function convertAll(rows: Record<string, unknown>[], conversions: Conversions): Row[] {
  for (const row of rows) {
    for (const [column, convert] of conversions) {
      const value = row[column];
      if (value !== null) row[column] = convert(value);
    }
  }
  return rows;
}
