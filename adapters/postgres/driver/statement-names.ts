/**
 * Names for prepared statements. A connection parses and plans a named statement once, so statements that come back are
 * named. The server keeps each in the memory of each connection, so their number is limited.
 */

/** Default of how many statements a connection keeps prepared. A plan takes 50 to 200 kB of the server's memory. */
export const PREPARED_STATEMENTS = 100;
/** A statement gets a name when it is run for this time: texts with lists of varying length come and go. */
const RUNS_BEFORE = 3;
/** How many texts are counted at the same time. */
const COUNTED = 2_000;

/** @returns the name to prepare the statement under, if it is to be prepared */
export type StatementNames = (text: string) => { readonly name?: string };

/** @param limit how many names are given; 0 gives none */
export function createStatementNames(limit: number): StatementNames {
  const names = new Map<string, { readonly name: string }>();
  const runs = new Map<string, number>();
  const none = {};
  return (text) => {
    const known = names.get(text);
    if (known !== undefined) return known;
    if (names.size >= limit) return none;
    const count = (runs.get(text) ?? 0) + 1;
    if (count < RUNS_BEFORE) {
      if (runs.size >= COUNTED) runs.clear();
      runs.set(text, count);
      return none;
    }
    runs.delete(text);
    const given = { name: `p${names.size + 1}` };
    names.set(text, given);
    return given;
  };
}
