/** What was done with one file. */
import type { AuditLoads, ShownEvent } from '../../../domain/audit/ports.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import { isAfter, rows, type SqlRecordedLoad, sql } from '../driver/sql.ts';
import { EVENT_COLUMNS, readShownEvent, SHOWN_COLUMNS, SHOWN_WITH } from './rows.ts';

export function createFileHistory(cipher: FieldCipher): Pick<AuditLoads, 'fileHistoryRead'> {
  return {
    fileHistoryRead: (ownerId, fileId, { after, limit }): SqlRecordedLoad<ShownEvent[] | undefined> => {
      const owned = sql`SELECT f.patient_id AS stream FROM files f
        WHERE f.id = ${fileId}::uuid AND f.patient_id = ${ownerId}::uuid AND f.completed_at IS NOT NULL`;
      // Of a record that was merged the events stay in the stream of before, so the file finds them, by its index.
      const events = rows(
        sql`SELECT ${EVENT_COLUMNS}, ${SHOWN_COLUMNS} FROM (SELECT h.* FROM audit_events h
              WHERE h.resource_id = ${fileId} AND starts_with(h.event_type, 'file.') AND EXISTS (${owned})
                AND ${isAfter(sql`h.occurred_at`, sql`h.id`, after)}
              ORDER BY h.occurred_at DESC, h.id DESC LIMIT ${limit + 1}::int) e ${SHOWN_WITH}
            ORDER BY e.occurred_at DESC, e.id DESC`,
        (found) => readShownEvent(found, cipher),
      );
      return {
        load: {
          statements: [owned, ...events.statements],
          read: ([file, ...found]) => (file?.[0] === undefined ? undefined : events.read(found)),
        },
        streams: owned,
      };
    },
  };
}
