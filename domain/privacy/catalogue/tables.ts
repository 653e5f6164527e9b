/**
 * The one declaration of what becomes of each column (R79). The copy and the erasure are made from it, and a test
 * compares it with the migrated database.
 *
 * To classify a new column, add its line to the file of its context beside this one: `[in the copy, after erasure]` in a
 * table whose rows are kept, what is in the copy alone in one whose rows are deleted.
 */
import { AUDIT_TABLES } from './audit.ts';
import { CLINIC_TABLES } from './clinic.ts';
import type { Chapter, DeletedTable, Exported, Form, KeptTable, TableFate } from './fates.ts';
import { FILE_TABLES } from './files.ts';
import { IDENTITY_TABLES } from './identity.ts';
import { MERGE_TABLES } from './merges.ts';
import { MFA_TABLES } from './mfa.ts';
import { NOTIFICATION_TABLES } from './notifications.ts';
import { PROTECTION_TABLES } from './protection.ts';
import { RECORD_TABLES } from './records.ts';
import { SCHEDULING_TABLES } from './scheduling.ts';
import { WEBHOOK_TABLES } from './webhooks.ts';

/** By name; deleted in this order, so that rows go before those that say whose they are. */
export const TABLES: Readonly<Record<string, TableFate>> = {
  ...IDENTITY_TABLES,
  ...MFA_TABLES,
  ...SCHEDULING_TABLES,
  ...CLINIC_TABLES,
  ...NOTIFICATION_TABLES,
  ...RECORD_TABLES,
  ...FILE_TABLES,
  ...WEBHOOK_TABLES,
  ...PROTECTION_TABLES,
  ...AUDIT_TABLES,
  ...MERGE_TABLES,
};

export type PersonalTable = DeletedTable | KeptTable;

export function isPersonal(table: TableFate): table is PersonalTable {
  return table.rows === 'deleted' || table.rows === 'kept';
}

/** Tables whose rows belong to a person. */
export const PERSONAL_TABLES: readonly (readonly [name: string, table: PersonalTable])[] = Object.entries(
  TABLES,
).flatMap(([name, table]) => (isPersonal(table) ? [[name, table] as const] : []));

/** A chapter of the copy, and the columns it is made of. */
export interface ChapterSource {
  readonly table: string;
  readonly chapter: Chapter;
  readonly columns: readonly (Exported & { readonly column: string; readonly name: string })[];
}

function camelCase(column: string): string {
  return column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** What a table puts into the copy, or one chapter of it. */
export function exportedColumns(table: PersonalTable, chapter?: Chapter): ChapterSource['columns'] {
  const shown = chapter?.columns;
  return Object.entries(table.columns).flatMap(([column, fate]) => {
    const copy = 'length' in fate ? fate[0] : fate;
    return 'exported' in copy && shown?.includes(column) !== false
      ? [{ ...copy, column, name: copy.as ?? camelCase(column) }]
      : [];
  });
}

/** The chapters of the copy, in the order in which they are written. */
export const CHAPTERS: readonly ChapterSource[] = PERSONAL_TABLES.flatMap(([table, fate]) =>
  (fate.chapters ?? []).map((chapter) => ({ table, chapter, columns: exportedColumns(fate, chapter) })),
);

/** A field of a record in the copy. */
export interface CopyField {
  readonly name: string;
  readonly form: Exclude<Form, 'doctor' | 'appointmentType' | 'message'>;
}

/** Where the name of a doctor stands, beside the id. */
export function besideDoctor(name: string): string {
  return name.replace(/Id$/, 'Name');
}

/** The fields of a chapter's records, with those that are made of a column or beside it. */
export function copyFields({ chapter, columns }: ChapterSource): readonly CopyField[] {
  const fields = columns.flatMap(({ name, exported: form }): CopyField[] => {
    switch (form) {
      case 'doctor':
        return [
          { name, form: 'id' },
          { name: besideDoctor(name), form: 'text' },
        ];
      case 'appointmentType':
        return [{ name, form: 'text' }];
      case 'message':
        return ['subject', 'text'].map((part) => ({ name: part, form: 'text' }));
      default:
        return [{ name, form }];
    }
  });
  return [...fields, ...(chapter.words ?? []).map((name) => ({ name, form: 'text' }) as const)];
}
