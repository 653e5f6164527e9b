/** Alerts to many people as SQL. */
import {
  type Alert,
  type AlertAudience,
  type AlertChange,
  type AlertDeliveries,
  type AlertDetail,
  type AlertId,
  type AlertKind,
  type AlertPortion,
  type AlertProgress,
  type AlertWords,
  LISTED_TO_CALL,
  TOLD_AT_ONCE,
} from '../../../domain/notifications/alert.ts';
import { MISSED_STATES } from '../../../domain/notifications/alert-reach.ts';
import type { SendingChannel } from '../../../domain/notifications/categories.ts';
import type { NotificationLoads } from '../../../domain/notifications/ports.ts';
import type { NotificationStatus } from '../../../domain/notifications/states.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { BlindIndex, FieldCipher } from '../../../domain/shared/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { isRestricted } from '../access/record-access.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import type { Row } from '../driver/driver.ts';
import {
  at,
  guarded,
  PERSONAL_KEY_COLUMNS,
  readDataKey,
  row,
  rows,
  type Sql,
  type SqlLoad,
  type SqlRecordedLoad,
  sql,
  together,
} from '../driver/sql.ts';
import { sealedRow, sealingRow } from '../sealed/sealed-row.ts';
import { reachLoad } from './alert-reach.ts';

type AlertLoads = Pick<NotificationLoads, 'alertReceivers' | 'alertPortion' | 'alerts' | 'alertRead'>;

/** Those whom an alert concerns, by id; for a record that was merged, the survivor. */
function concerned(audience: AlertAudience): Sql {
  if (audience.kind === 'persons')
    return sql`SELECT DISTINCT coalesce(u.merged_into, u.id) AS id FROM users u WHERE u.id = ANY(${[...audience.ids]}::uuid[])`;
  const { from, until, doctorIds, locationId } = audience;
  const isOfDoctors =
    doctorIds === null
      ? sql`true`
      : sql`(a.doctor_id = ANY(${[...doctorIds]}::uuid[]) OR EXISTS (SELECT FROM appointment_participants p
          WHERE p.appointment_id = a.id AND p.additional AND p.participant_id = ANY(${[...doctorIds]}::uuid[])))`;
  return sql`SELECT DISTINCT coalesce(u.merged_into, u.id) AS id FROM appointments a JOIN users u ON u.id = a.patient_id
    WHERE a.status <> 'held' AND a.status IN ('requested', 'scheduled', 'confirmed', 'arrived', 'roomed')
      AND a.starts_at >= ${at(from)}::timestamptz AND a.starts_at < ${at(until)}::timestamptz AND ${isOfDoctors}
      AND ${locationId === null ? sql`true` : sql`a.location_id = ${locationId}::uuid`}`;
}

/**
 * Who is told, each once: those who are concerned and have an account, and who acts for somebody who is concerned. With
 * `is_reachable` false, those who have no account and for whom nobody acts.
 */
function toldOf(audience: AlertAudience, now: Instant): Sql {
  return sql`WITH concerned AS MATERIALIZED (
      SELECT u.id, u.status IN ('active', 'invited') AS has_account FROM (${concerned(audience)}) c
        JOIN users u ON u.id = c.id WHERE u.deleted_at IS NULL AND u.status <> 'closed'),
    acting AS MATERIALIZED (
      SELECT y.person_id AS id, y.patient_id AS about FROM concerned c JOIN proxies y ON y.patient_id = c.id
        JOIN users p ON p.id = y.person_id AND p.status IN ('active', 'invited') AND p.deleted_at IS NULL
      WHERE y.accepted_at IS NOT NULL AND y.revoked_at IS NULL AND (y.ends_at IS NULL OR y.ends_at > ${at(now)}::timestamptz)
        AND NOT ${isRestricted(sql`y.patient_id`)}),
    told AS (
      SELECT id, NULL::uuid AS about, true AS is_reachable FROM concerned WHERE has_account
      UNION ALL SELECT id, about, true FROM acting
      UNION ALL SELECT c.id, NULL, false FROM concerned c
        WHERE NOT c.has_account AND NOT EXISTS (SELECT FROM acting x WHERE x.about = c.id))
    SELECT id, bool_or(is_reachable) AS is_reachable,
      CASE WHEN bool_or(about IS NULL) OR count(DISTINCT about) > 1 THEN NULL ELSE (array_agg(about))[1] END AS about
    FROM told GROUP BY id`;
}

export const alertWriters: ChangeWriters<AlertChange> = {
  'alert.created': ({ id, words, audience, dataKey, createdBy, at: now }, cipher) => [
    sql`INSERT INTO data_keys (owner_id, ring_key_id, wrapped, created_at)
        VALUES (${dataKey.ownerId}::uuid, ${dataKey.ringKeyId}, ${dataKey.wrapped}::bytea, ${at(now)})`,
    sql`INSERT INTO alerts (id, kind, words, created_by, created_at, version)
        VALUES (${id}::uuid, ${words.kind}, ${sealingRow(cipher, dataKey, 'alerts', id).text('words', JSON.stringify(words))}::bytea,
          ${createdBy}::uuid, ${at(now)}, 1)`,
    sql`INSERT INTO alert_receivers (alert_id, person_id, about_id, state)
        SELECT ${id}::uuid, t.id, t.about, CASE WHEN t.is_reachable THEN 'pending' ELSE 'unreachable' END
        FROM (${toldOf(audience, now)}) t`,
  ],
  'alert.portion_told': ({ id, expectedVersion, told, isLast, at: now }) => [
    guarded(
      sql`UPDATE alerts SET version = version + 1, finished_at = ${isLast ? at(now) : null}::timestamptz
          WHERE id = ${id}::uuid AND version = ${expectedVersion}::int AND finished_at IS NULL RETURNING 1`,
      'alert',
    ),
    sql`UPDATE alert_receivers r SET state = 'told', notification_id = t.notification_id
        FROM unnest(${told.map(({ personId }) => personId)}::uuid[], ${told.map(({ notificationId }) => notificationId)}::uuid[])
          AS t (person_id, notification_id)
        WHERE r.alert_id = ${id}::uuid AND r.person_id = t.person_id`,
    // From now on only the messages hold what it says, sealed for each receiver.
    ...(isLast ? [sql`DELETE FROM data_keys WHERE owner_id = ${id}::uuid`] : []),
  ],
};

const COLUMNS = sql`a.id, a.kind, a.created_by, a.created_at, a.finished_at, a.version`;
/** Of `alert_receivers r`: who cannot be told, or was not reached. A message that has ended with its retention is not known to have failed. */
const IS_MISSED = sql`(r.state = 'unreachable' OR (r.state = 'told' AND EXISTS (SELECT FROM notifications n
  WHERE n.id = r.notification_id AND n.status = ANY(${[...MISSED_STATES]}::text[]) AND n.read_at IS NULL)))`;
const COUNTS = sql`(SELECT count(*) FROM alert_receivers r WHERE r.alert_id = a.id AND r.state = 'told')::int AS told,
  (SELECT count(*) FROM alert_receivers r WHERE r.alert_id = a.id AND r.state = 'pending')::int AS pending,
  (SELECT count(*) FROM alert_receivers r WHERE r.alert_id = a.id AND ${IS_MISSED})::int AS unreachable`;

function readAlert(found: Row): Alert {
  return {
    id: found.id as AlertId,
    kind: found.kind as AlertKind,
    createdBy: found.created_by as UserId,
    createdAt: found.created_at as Instant,
    finishedAt: found.finished_at as Instant | null,
    version: found.version as number,
  };
}

function readProgress(found: Row): AlertProgress {
  return {
    alert: readAlert(found),
    told: found.told as number,
    pending: found.pending as number,
    unreachable: found.unreachable as number,
  };
}

/** The alert with the next portion of those who are not told yet, in the order of their ids. */
function portionLoad(id: AlertId, cipher: FieldCipher): SqlLoad<AlertPortion | undefined> {
  const alert = row(
    sql`SELECT ${COLUMNS}, a.words, ${PERSONAL_KEY_COLUMNS} FROM alerts a JOIN data_keys k ON k.owner_id = a.id
        WHERE a.id = ${id}::uuid AND a.finished_at IS NULL`,
    (found) => ({
      alert: readAlert(found),
      words: sealedRow(cipher, readDataKey(found), 'alerts', id).json<AlertWords>('words', found.words),
    }),
  );
  const receivers = rows(
    sql`SELECT r.person_id, r.about_id, ${PERSONAL_KEY_COLUMNS} FROM alert_receivers r JOIN data_keys k ON k.owner_id = r.person_id
        WHERE r.alert_id = ${id}::uuid AND r.state = 'pending' ORDER BY r.person_id LIMIT ${TOLD_AT_ONCE}::int`,
    (found) => ({
      personId: found.person_id as UserId,
      aboutId: found.about_id as UserId | null,
      dataKey: readDataKey(found),
    }),
  );
  const { statements, read } = together({ alert, receivers });
  return {
    statements,
    read: (results) => {
      const { alert: found, receivers: next } = read(results);
      if (found === undefined) return undefined;
      if (found.words === null) throw new Error('the words of the alert cannot be opened');
      return { alert: found.alert, words: found.words, receivers: next };
    },
  };
}

export function createAlertLoads(cipher: FieldCipher, index: BlindIndex): AlertLoads {
  return {
    alertReceivers: (audience, now, after) => reachLoad(toldOf(audience, now), after, cipher, index),
    alertPortion: (id) => portionLoad(id, cipher),
    alerts: ({ after, limit }) =>
      rows(
        sql`SELECT ${COLUMNS}, ${COUNTS} FROM alerts a WHERE ${after === null ? sql`true` : sql`a.id < ${after}::uuid`}
            ORDER BY a.id DESC LIMIT ${limit + 1}::int`,
        readProgress,
      ),
    alertRead: (id): SqlRecordedLoad<AlertDetail | undefined> => {
      const toCall = sql`SELECT r.person_id AS stream FROM alert_receivers r
        WHERE r.alert_id = ${id}::uuid AND ${IS_MISSED} ORDER BY r.person_id LIMIT ${LISTED_TO_CALL}::int`;
      const { statements, read } = together({
        progress: row(sql`SELECT ${COLUMNS}, ${COUNTS} FROM alerts a WHERE a.id = ${id}::uuid`, readProgress),
        deliveries: rows(
          sql`SELECT d.channel, d.state, count(*)::int AS count FROM alert_receivers r JOIN deliveries d ON d.notification_id = r.notification_id
              WHERE r.alert_id = ${id}::uuid GROUP BY d.channel, d.state ORDER BY d.channel, d.state`,
          (found): AlertDeliveries => ({
            channel: found.channel as SendingChannel,
            state: found.state as NotificationStatus,
            count: found.count as number,
          }),
        ),
        called: rows(toCall, ({ stream }) => stream as UserId),
      });
      return {
        load: {
          statements,
          read: (results) => {
            const { progress, deliveries, called } = read(results);
            return progress === undefined ? undefined : { ...progress, deliveries, toCall: called };
          },
        },
        streams: toCall,
      };
    },
  };
}
