/** The loads of calendar feeds. */
import { type CalendarFeed, type FeedScope, permissionFor } from '../../../domain/scheduling/calendar-feed.ts';
import type { CalendarLoads, FeedContent } from '../../../domain/scheduling/calendar-ports.ts';
import { visitOf } from '../../../domain/scheduling/calendar-visit.ts';
import type { CalendarFeedId } from '../../../domain/scheduling/ids.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { permissionsOf, ROLES, type Role } from '../../../domain/shared/permissions.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import type { Row } from '../driver/driver.ts';
import {
  at,
  join,
  PERSONAL_KEY_COLUMNS,
  raw,
  readDataKey,
  rows,
  type Sql,
  type SqlRecordedLoad,
  sql,
} from '../driver/sql.ts';
import { openLanguage, sealedRow } from '../sealed/sealed-row.ts';
import { clinicLoads } from './clinic-settings.ts';
import { APPOINTMENT_COLUMNS, doctorName, readAppointmentWithoutText, readVenue } from './rows.ts';

const FEED_COLUMNS = raw(`f.id, f.user_id, f.secret_hash, f.created_at, f.scope, f.doctor_id`);

const SCOPES: readonly FeedScope['kind'][] = ['own', 'doctor', 'clinic'];

/** Whether the owner may still have a feed of its scope: the right may have ended in this version of the portal. */
const IS_STILL_ALLOWED = sql`(f.scope, u.role) IN (${join(
  SCOPES.flatMap((kind) => rolesWith(kind).map((role) => sql`(${kind}, ${role})`)),
)})`;

function rolesWith(kind: FeedScope['kind']): Role[] {
  return ROLES.filter((role) => permissionsOf(role).includes(permissionFor({ kind })));
}

function readFeed(found: Row): CalendarFeed {
  return {
    id: found.id as CalendarFeedId,
    userId: found.user_id as UserId,
    scope: readScope(found),
    secretHash: found.secret_hash as Uint8Array,
    createdAt: found.created_at as number,
  };
}

function readScope({ scope, doctor_id: doctorId }: Row): FeedScope {
  return scope === 'doctor' ? { kind: scope, doctorId: doctorId as UserId } : { kind: scope as 'own' | 'clinic' };
}

export function createCalendarLoads(cipher: FieldCipher): CalendarLoads {
  return {
    liveFeeds: (userId) =>
      rows(
        sql`SELECT ${FEED_COLUMNS} FROM calendar_feeds f
            WHERE f.user_id = ${userId}::uuid AND f.revoked_at IS NULL ORDER BY f.id`,
        readFeed,
      ),
    feedRead: (secretHash, { from, now, past, toCome }): SqlRecordedLoad<FeedContent | undefined> => {
      const isLive = sql`f.secret_hash = ${secretHash}::bytea AND f.revoked_at IS NULL
          AND u.deleted_at IS NULL AND u.status <> 'closed' AND ${IS_STILL_ALLOWED}`;
      const feed = sql`FROM calendar_feeds f JOIN users u ON u.id = f.user_id WHERE ${isLive}`;
      const clinic = clinicLoads.clinic();
      const doctor = sql`(SELECT coalesce(f.doctor_id, f.user_id) ${feed} AND f.scope <> 'clinic')`;
      const sources = [
        sql`appointments a WHERE a.patient_id = (SELECT f.user_id ${feed} AND f.scope = 'own')`,
        sql`appointments a WHERE a.doctor_id = ${doctor}`,
        // One look-up for each visit with additional doctors: PostgreSQL does not take this subquery apart.
        sql`appointment_participants x CROSS JOIN LATERAL (SELECT * FROM appointments v WHERE v.id = x.appointment_id OFFSET 0) a
            WHERE x.participant_id = ${doctor} AND x.additional`,
        sql`appointments a WHERE EXISTS (SELECT ${feed} AND f.scope = 'clinic')`,
      ];
      // Each branch is ordered and limited, so that its own index is read, and no further than its share.
      const nearest = (when: Sql, order: Sql, limit: number) => {
        const branches = sources.map(
          (source) => sql`(SELECT a.* FROM ${source} AND a.status <> 'held' AND ${when}
            ORDER BY ${order} LIMIT ${limit}::int)`,
        );
        return sql`(SELECT * FROM (${join(branches, ' UNION ALL ')}) b ORDER BY ${order} LIMIT ${limit}::int)`;
      };
      return {
        load: {
          statements: [
            sql`SELECT ${FEED_COLUMNS}, u.role, u.language, ${PERSONAL_KEY_COLUMNS}
                FROM calendar_feeds f JOIN users u ON u.id = f.user_id JOIN data_keys k ON k.owner_id = u.id WHERE ${isLive}`,
            sql`SELECT ${APPOINTMENT_COLUMNS}, du.first_name AS doctor_first_name,
                  du.last_name AS doctor_last_name
                FROM (
                  ${nearest(sql`starts_at < ${at(now)} AND starts_at >= ${at(from)}`, sql`starts_at DESC, id DESC`, past)}
                  UNION ALL
                  ${nearest(sql`starts_at >= ${at(now)}`, sql`starts_at, id`, toCome)}
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
              language: openLanguage(
                sealedRow(cipher, readDataKey(found), 'users', found.user_id as string),
                found.language,
              ),
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
