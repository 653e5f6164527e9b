/** Messages are locked before their deliveries, so that no two batches wait for each other. */
import type { Change } from '../../../domain/changes.ts';
import { type Sql, sql } from '../driver/sql.ts';

/**
 * Locks the messages whose deliveries a batch changes, in id order, before its first change. A report of a provider can come while
 * its message is noted with others, and two batches of two channels can have messages in common.
 */
export function lockMessages(changes: readonly Change[]): Sql[] {
  // What is begun is written to the delivery alone.
  const touched = changes.flatMap((change) =>
    'notificationId' in change && change.type !== 'delivery.begun' ? [change.notificationId] : [],
  );
  if (touched.length === 0) return [];
  const ids = [...new Set(touched)];
  return [sql`SELECT 1 FROM notifications n WHERE n.id = ANY(${ids}::uuid[]) ORDER BY n.id FOR NO KEY UPDATE`];
}
