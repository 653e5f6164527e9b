/** Records of patients that were merged, and what moved. */
import { HISTORY_TELLS, type TableFate, WHOSE, withheld } from './fates.ts';

const MERGED = withheld('how the clinic keeps its records; the merging is in the chapter history');

export const MERGE_TABLES = {
  patient_merge_rows: {
    rows: 'deleted',
    owners: [{ column: 'merge_id', in: { table: 'patient_merges', column: 'id' } }],
    columns: { merge_id: MERGED, table_name: MERGED, row_id: MERGED, columns: MERGED },
  },
  patient_merges: {
    rows: 'deleted',
    owners: [{ column: 'survivor_id' }, { column: 'alias_id' }],
    columns: {
      id: MERGED,
      survivor_id: WHOSE,
      alias_id: WHOSE,
      alias_status: MERGED,
      merged_by: HISTORY_TELLS,
      merged_at: HISTORY_TELLS,
      undo_until: MERGED,
      filled: MERGED,
      doubled: MERGED,
      undone_by: HISTORY_TELLS,
      undone_at: HISTORY_TELLS,
    },
  },
} as const satisfies Readonly<Record<string, TableFate>>;
