/** Migration files: their order, their checksums, and what a file may hold that is applied outside a transaction. */
import { sha256 } from '@noble/hashes/sha2.js';
import { toHex, utf8 } from '../../../domain/shared/bytes.ts';

export interface Migration {
  /** File name: `0001_name.sql`. */
  readonly name: string;
  readonly sql: string;
}

/** The files and the database disagree about what was applied, or a file is not allowed. Nothing was applied. */
export class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused';
}

const NAME = /^\d{4}_[a-z0-9_]+\.sql$/;
/** A line of a migration after which the version before it cannot work on the schema any more (R85). */
const BREAKS = /^-- Breaks the version before\b/m;
/** A line of a migration whose statements run one by one, each in a transaction of its own or in none. */
const OUTSIDE = /^-- Outside a transaction\b/m;

export function breaksFormerVersion({ sql }: Migration): boolean {
  return BREAKS.test(sql);
}

/** Line ends do not count: a checkout may rewrite them. */
export function checksum({ sql }: Migration): string {
  return toHex(sha256(utf8(sql.replaceAll('\r\n', '\n'))));
}

/**
 * What is still to be applied, in order.
 * @throws MigrationRefused when an applied file was changed or is missing, or a new file sorts before an applied one
 */
export function pendingMigrations(
  migrations: readonly Migration[],
  applied: readonly { readonly name: string; readonly checksum: string }[],
): Migration[] {
  const files = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const { name } of migrations) {
    if (!NAME.test(name)) throw new MigrationRefused(`${name}: a migration is named like 0001_name.sql`);
  }
  for (const { name, checksum: expected } of applied) {
    const file = files.get(name);
    if (file === undefined) {
      throw new MigrationRefused(`${name} was applied to this database but is missing here: restore the file`);
    }
    if (checksum(file) !== expected) {
      throw new MigrationRefused(
        `${name} was changed after it was applied: restore it and add a new migration instead`,
      );
    }
  }
  const done = new Set(applied.map(({ name }) => name));
  const last = applied.at(-1)?.name ?? '';
  const pending = migrations.filter(({ name }) => !done.has(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { name } of pending) {
    if (name < last)
      throw new MigrationRefused(`${name} comes before ${last}, which is applied: give it a later number`);
  }
  return pending;
}

/** One statement of a file that is applied outside a transaction. Each may be run again after an interruption. */
export type OutsideStep =
  | { readonly kind: 'create_index'; readonly index: string; readonly text: string }
  | { readonly kind: 'drop_index'; readonly text: string }
  /** `ALTER TABLE … VALIDATE CONSTRAINT`: reads the whole table, and locks out neither readers nor writers. */
  | { readonly kind: 'validate'; readonly text: string }
  /** Run again and again, until it returns no row. */
  | { readonly kind: 'batch'; readonly text: string };

const CREATE_INDEX = /^CREATE (?:UNIQUE )?INDEX CONCURRENTLY IF NOT EXISTS ([a-z_][a-z0-9_]*) ON /i;
const DROP_INDEX = /^DROP INDEX CONCURRENTLY IF EXISTS [a-z_][a-z0-9_]*$/i;
const VALIDATE = /^ALTER TABLE [a-z_][a-z0-9_]* VALIDATE CONSTRAINT [a-z_][a-z0-9_]*$/i;
const BATCH = /^(?:WITH|UPDATE|DELETE|INSERT) .*\bLIMIT \d+\b.*\bRETURNING .+$/i;

/**
 * @returns the steps of a file that is applied outside a transaction; `undefined` for a file that is applied in one
 * @throws MigrationRefused when it holds anything that could not be run again after an interruption
 */
export function outsideSteps({ name, sql }: Migration): readonly OutsideStep[] | undefined {
  if (!OUTSIDE.test(sql)) return undefined;
  return statementsOf(sql).map((text) => {
    const flat = text.replace(/\s+/g, ' ');
    const [, index] = CREATE_INDEX.exec(flat) ?? [];
    if (index !== undefined) return { kind: 'create_index', index, text };
    if (DROP_INDEX.test(flat)) return { kind: 'drop_index', text };
    if (VALIDATE.test(flat)) return { kind: 'validate', text };
    if (BATCH.test(flat)) return { kind: 'batch', text };
    throw new MigrationRefused(
      `${name}: outside a transaction a file may hold CREATE INDEX CONCURRENTLY IF NOT EXISTS, DROP INDEX CONCURRENTLY IF ` +
        'EXISTS, ALTER TABLE … VALIDATE CONSTRAINT, and changes of rows with LIMIT and RETURNING that are repeated until ' +
        `none is left, and not: ${flat.slice(0, 80)}`,
    );
  });
}

/** The same for a database that nobody else uses, within a transaction. */
export function withoutConcurrently({ text }: OutsideStep): string {
  return text.replace(/\bCONCURRENTLY\s+/i, '');
}

const PIECES = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|;|[^'";-]+|-/g;

/** The statements of a script without function bodies, and without comments. */
function statementsOf(script: string): string[] {
  const statements = [''];
  for (const [piece] of script.matchAll(PIECES)) {
    if (piece === ';') statements.push('');
    else if (!piece.startsWith('--')) statements[statements.length - 1] += piece;
  }
  return statements.map((statement) => statement.trim()).filter((statement) => statement !== '');
}
