/** Calendar feeds as SQL. */
import type { CalendarChange } from '../../../domain/scheduling/calendar-feed.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import { fewerThan } from '../commit/per-owner-limit.ts';
import { at, sql } from '../driver/sql.ts';

export const calendarWriters: ChangeWriters<CalendarChange> = {
  'calendar_feed.created': ({ feed, atMost }) => [
    ...fewerThan(
      atMost,
      feed.userId,
      sql`SELECT count(*) FROM calendar_feeds WHERE user_id = ${feed.userId}::uuid AND revoked_at IS NULL`,
      'calendar_feeds',
    ),
    sql`INSERT INTO calendar_feeds (id, user_id, secret_hash, created_at, scope, doctor_id)
        VALUES (${feed.id}::uuid, ${feed.userId}::uuid, ${feed.secretHash}::bytea, ${at(feed.createdAt)},
          ${feed.scope.kind}, ${feed.scope.kind === 'doctor' ? feed.scope.doctorId : null}::uuid)`,
  ],
  'calendar_feed.revoked': (change) => [
    sql`UPDATE calendar_feeds SET revoked_at = ${at(change.at)}
        WHERE id = ${change.feedId}::uuid AND revoked_at IS NULL`,
  ],
};
