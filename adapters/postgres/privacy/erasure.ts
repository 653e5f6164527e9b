/** Erasing a person, as the catalogue of tables declares it (R79). */
import type { DeletedTable, KeptTable, Ownership } from '../../../domain/privacy/catalogue/fates.ts';
import { isPersonal, PERSONAL_TABLES, type PersonalTable, TABLES } from '../../../domain/privacy/catalogue/tables.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { at, join, raw, type Sql, sql } from '../driver/sql.ts';

/** The id of a person, or an expression for it. */
type Person = string | Sql;

/** Whether a row of the table, under the alias `t`, is the person's. */
export function isOwnedBy(owners: readonly Ownership[], person: Person): Sql {
  return sql`(${join(
    owners.map((owner) => holdsPerson(owner, person)),
    ' OR ',
  )})`;
}

function holdsPerson(owner: Ownership, person: Person): Sql {
  const column = raw(`t.${owner.column}`);
  if ('in' in owner) {
    const { table, column: source } = owner.in;
    return sql`${column} IN (SELECT ${raw(`t.${source}`)} FROM ${raw(table)} t WHERE ${isOwnedBy(ownersOf(table), person)})`;
  }
  const match = matches(column, owner.holds ?? 'uuid', person);
  return owner.orUnknown === true ? sql`(${match} OR ${column} IS NULL)` : match;
}

function matches(column: Sql, holds: 'uuid' | 'text' | 'prefix', person: Person): Sql {
  switch (holds) {
    case 'uuid':
      return sql`${column} = ${person}::uuid`;
    case 'text':
      return sql`${column} = ${person}::text`;
    case 'prefix':
      return sql`starts_with(${column}, ${person}::text || ' ')`;
  }
}

function ownersOf(name: string): readonly Ownership[] {
  const table = TABLES[name];
  if (table === undefined || !isPersonal(table)) throw new Error(`${name} holds nobody's rows`);
  return table.owners;
}

/** Destroys the person's keys, deletes rows that belong to the person alone, and overwrites personal columns of rows that stay. */
export function erasureStatements(person: string, erasedAt: Instant): Sql[] {
  return [
    ...PERSONAL_TABLES.flatMap(([name, table]) => eraseFrom(name, table, person)),
    sql`UPDATE users SET deleted_at = coalesce(deleted_at, ${at(erasedAt)}::timestamptz),
          updated_at = ${at(erasedAt)}::timestamptz WHERE id = ${person}::uuid`,
  ];
}

/** Deletes the person's rows of a table. */
export function deletePersonsRows(name: string, person: Person): Sql {
  return deleteRows(name, ownersOf(name), person);
}

/** Overwrites the personal columns of the person's account. @param except columns that keep what they have */
export function emptyAccount(person: Person, except: readonly string[]): Sql {
  return sql`UPDATE users t SET ${join(emptied(TABLES.users as KeptTable, except))} WHERE t.id = ${person}::uuid`;
}

function eraseFrom(name: string, table: PersonalTable, person: Person): Sql[] {
  return table.rows === 'deleted' ? [deleteRows(name, table.owners, person)] : empty(name, table, person);
}

function deleteRows(name: string, owners: DeletedTable['owners'], person: Person, where?: Sql): Sql {
  const condition = where === undefined ? sql`` : sql` AND ${where}`;
  return sql`DELETE FROM ${raw(name)} t WHERE ${isOwnedBy(owners, person)}${condition}`;
}

function emptied(table: KeptTable, except: readonly string[] = []): Sql[] {
  return Object.entries(table.columns).flatMap(([column, [, fate]]) =>
    'becomes' in fate && !except.includes(column) ? [sql`${raw(column)} = ${fate.becomes}`] : [],
  );
}

function empty(name: string, table: KeptTable, person: Person): Sql[] {
  const { except } = table;
  const values = emptied(table);
  const counted = table.version === undefined ? [] : [raw(`${table.version} = t.${table.version} + 1`)];
  return [
    ...(except === undefined
      ? []
      : [
          deleteRows(
            name,
            except.owners,
            person,
            except.where && sql`${raw(`t.${except.where.column}`)} = ${except.where.is}`,
          ),
        ]),
    ...(values.length === 0
      ? []
      : [sql`UPDATE ${raw(name)} t SET ${join([...values, ...counted])} WHERE ${isOwnedBy(table.owners, person)}`]),
  ];
}
