/**
 * Migration files: their order, their checksums, and the statements allowed in a file that is applied outside a
 * transaction.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { toHex, utf8 } from '../../../domain/shared/bytes.ts';

export interface Migration {
  /** File name: `0001_name.sql`. */
  readonly name: string;
  readonly sql: string;
}

/** The files do not match what the database has applied, or a file is not allowed. Nothing was applied. */
export class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused';
}

const NAME = /^\d{4}_[a-z0-9_]+\.sql$/;
/** Marks a migration after which the previous version of the portal no longer works on the schema (R85). */
const BREAKS = /^-- Breaks the version before\b/m;
/** Marks a migration whose statements run one by one, each in a transaction of its own or in none. */
const OUTSIDE = /^-- Outside a transaction\b/m;

export function breaksFormerVersion({ sql }: Migration): boolean {
  return BREAKS.test(sql);
}

/** Line endings are normalised, because a checkout may rewrite them. */
export function checksum({ sql }: Migration): string {
  return toHex(sha256(utf8(sql.replaceAll('\r\n', '\n'))));
}

/**
 * The migrations that have to be applied, in order.
 * @throws MigrationRefused if an applied file was changed or is missing, or a new file sorts before an applied one
 */
export function pendingMigrations(
  migrations: readonly Migration[],
  applied: readonly { readonly name: string; readonly checksum: string }[],
): Migration[] {
  const files = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const { name } of migrations) {
    if (!NAME.test(name)) throw new MigrationRefused(`${name}: a migration must be named like 0001_name.sql`);
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
      throw new MigrationRefused(`${name} sorts before ${last}, which was applied already: give it a higher number`);
  }
  return pending;
}

/** One statement of a file that is applied outside a transaction. It may be repeated after an interruption. */
export type OutsideStep =
  | { readonly kind: 'create_index'; readonly index: string; readonly text: string }
  | { readonly kind: 'drop_index'; readonly text: string }
  /** `ALTER TABLE … VALIDATE CONSTRAINT`: reads the whole table without blocking readers or writers. */
  | { readonly kind: 'validate'; readonly text: string }
  /** Repeated until it returns no row. */
  | { readonly kind: 'batch'; readonly text: string };

const CREATE_INDEX = /^CREATE (?:UNIQUE )?INDEX CONCURRENTLY IF NOT EXISTS ([a-z_][a-z0-9_]*) ON /i;
const DROP_INDEX = /^DROP INDEX CONCURRENTLY IF EXISTS [a-z_][a-z0-9_]*$/i;
const VALIDATE = /^ALTER TABLE [a-z_][a-z0-9_]* VALIDATE CONSTRAINT [a-z_][a-z0-9_]*$/i;
const BATCH = /^(?:WITH|UPDATE|DELETE|INSERT) .*\bLIMIT \d+\b.*\bRETURNING .+$/i;

/**
 * @returns the steps of a file that is applied outside a transaction; `undefined` for a file that is applied in one
 * @throws MigrationRefused if the file holds a statement that could not be repeated after an interruption
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
      `${name}: outside a transaction only these are allowed: CREATE INDEX CONCURRENTLY IF NOT EXISTS, DROP INDEX CONCURRENTLY IF ` +
        'EXISTS, ALTER TABLE … VALIDATE CONSTRAINT, and changes of rows with LIMIT and RETURNING that are repeated until ' +
        `none is left. Not allowed: ${flat.slice(0, 80)}`,
    );
  });
}

/** The same statement for a database that nobody else uses, inside a transaction. */
export function withoutConcurrently({ text }: OutsideStep): string {
  return text.replace(/\bCONCURRENTLY\s+/i, '');
}

const PIECES = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|;|[^'";-]+|-/g;

/** Splits a script into statements, without comments. The script must not contain function bodies. */
function statementsOf(script: string): string[] {
  const statements = [''];
  for (const [piece] of script.matchAll(PIECES)) {
    if (piece === ';') statements.push('');
    else if (!piece.startsWith('--')) statements[statements.length - 1] += piece;
  }
  return statements.map((statement) => statement.trim()).filter((statement) => statement !== '');
}
