/** The loads of calendar feeds. */
import type { CalendarFeed } from '../../../domain/scheduling/calendar-feed.ts';
import { visitOf } from '../../../domain/scheduling/calendar-visit.ts';
import type { CalendarFeedId } from '../../../domain/scheduling/ids.ts';
import type { CalendarLoads, FeedContent } from '../../../domain/scheduling/ports.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { Role } from '../../../domain/shared/permissions.ts';
import type { Row } from '../driver/driver.ts';
import { at, raw, rows, type Sql, type SqlRecordedLoad, sql } from '../driver/sql.ts';
import { clinicLoads } from './clinic-settings.ts';
import { APPOINTMENT_COLUMNS, doctorName, readAppointmentWithoutText, readVenue } from './rows.ts';

const FEED_COLUMNS = raw(`f.id, f.user_id, f.secret_hash, f.created_at`);

function readFeed(found: Row): CalendarFeed {
  return {
    id: found.id as CalendarFeedId,
    userId: found.user_id as UserId,
    secretHash: found.secret_hash as Uint8Array,
    createdAt: found.created_at as number,
  };
}

export function createCalendarLoads(): CalendarLoads {
  return {
    liveFeeds: (userId) =>
      rows(
        sql`SELECT ${FEED_COLUMNS} FROM calendar_feeds f
            WHERE f.user_id = ${userId}::uuid AND f.revoked_at IS NULL ORDER BY f.id`,
        readFeed,
      ),
    feedRead: (secretHash, { from, now, past, toCome }): SqlRecordedLoad<FeedContent | undefined> => {
      const feed = sql`FROM calendar_feeds f JOIN users u ON u.id = f.user_id
        WHERE f.secret_hash = ${secretHash}::bytea AND f.revoked_at IS NULL
          AND u.deleted_at IS NULL AND u.status <> 'closed'`;
      const clinic = clinicLoads.clinic();
      const owner = sql`(SELECT f.user_id ${feed})`;
      const own = (when: Sql) => sql`(
        SELECT * FROM appointments p WHERE p.patient_id = ${owner} AND p.status <> 'held' AND ${when}
        UNION ALL
        SELECT * FROM appointments d WHERE d.doctor_id = ${owner} AND d.status <> 'held' AND ${when}) o`;
      return {
        load: {
          statements: [
            sql`SELECT ${FEED_COLUMNS}, u.role ${feed}`,
            sql`SELECT ${APPOINTMENT_COLUMNS}, du.first_name AS doctor_first_name,
                  du.last_name AS doctor_last_name
                FROM (
                  (SELECT * FROM ${own(sql`starts_at < ${at(now)} AND starts_at >= ${at(from)}`)}
                   ORDER BY starts_at DESC, id DESC LIMIT ${past}::int)
                  UNION ALL
                  (SELECT * FROM ${own(sql`starts_at >= ${at(now)}`)} ORDER BY starts_at, id LIMIT ${toCome}::int)
                ) a JOIN doctors du ON du.user_id = a.doctor_id
                ORDER BY a.starts_at, a.id`,
            ...clinic.statements,
          ],
          read: ([feeds, appointments, ...ofClinic]) => {
            const found = feeds?.[0];
            if (found === undefined) return undefined;
            return {
              feed: readFeed(found),
              ownerRole: found.role as Role,
              appointments: (appointments ?? []).map((row) => ({
                ...visitOf(readAppointmentWithoutText(row), readVenue(row).location),
                doctorName: doctorName(row, 'doctor_'),
              })),
              clinic: clinic.read(ofClinic),
            };
          },
        },
        streams: sql`SELECT f.user_id AS stream ${feed}`,
      };
    },
  };
}
