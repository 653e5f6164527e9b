/** Lists of messages. */
import { RECORD_CATEGORIES } from '../../../domain/notifications/categories.ts';
import type {
  DeliveryRecord,
  ListedMessage,
  ListedPage,
  MessageQuery,
  MessageRecord,
  PersonMessageRecord,
  PersonMessagesPage,
} from '../../../domain/notifications/lists.ts';
import { MOST_UNREAD } from '../../../domain/notifications/lists.ts';
import type { NotificationLoads } from '../../../domain/notifications/ports.ts';
import type { NotificationStatus } from '../../../domain/notifications/states.ts';
import { type Clinic, senderOf } from '../../../domain/scheduling/clinic-settings.ts';
import type { AppointmentId, NotificationId, UserId } from '../../../domain/shared/ids.ts';
import type { MessageCategory } from '../../../domain/shared/messages.ts';
import type { DataKey, FieldCipher } from '../../../domain/shared/ports.ts';
import { UNREADABLE } from '../../../domain/shared/sealed-columns.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { URGENT_PRIORITY } from '../../../domain/shared/topic-rates.ts';
import { knownPatient } from '../access/record-access.ts';
import { OPEN_JOB } from '../commit/open-jobs.ts';
import { isSpent } from '../commit/rates.ts';
import type { Row } from '../driver/driver.ts';
import {
  at,
  DATA_KEY_COLUMNS,
  isAfter,
  readDataKey,
  row,
  rows,
  type SqlLoad,
  type SqlRecordedLoad,
  sql,
  together,
} from '../driver/sql.ts';
import { sealedRow } from '../sealed/sealed-row.ts';

type ListLoads = Pick<NotificationLoads, 'listedRead' | 'unread' | 'messagesRead' | 'messagesToRead'>;

/** @param clinic loads who sends the messages */
export function createListLoads(cipher: FieldCipher, clinic: () => SqlLoad<Clinic>): ListLoads {
  return {
    listedRead: (userId, { isUnread, category, after, limit }): SqlRecordedLoad<ListedPage> => {
      const found = rows(
        sql`SELECT n.id, n.category, n.template, n.variables, n.appointment_id, n.routed_at, n.read_at,
              u.id AS user_id, u.language, ${DATA_KEY_COLUMNS}
            FROM notifications n JOIN users u ON u.id = n.user_id JOIN data_keys k ON k.owner_id = n.user_id
            WHERE n.user_id = ${userId}::uuid AND n.is_listed
              AND ${isUnread ? sql`n.read_at IS NULL` : sql`true`}
              AND ${category === null ? sql`true` : sql`n.category = ${category}`}
              AND ${isAfter(sql`n.routed_at`, sql`n.id`, after)}
            ORDER BY n.routed_at DESC, n.id DESC LIMIT ${limit + 1}::int`,
        (each) => ({ message: readListed(each, cipher), language: languageOf(each, cipher) }),
      );
      const { statements, read } = together({ found, sending: clinic() });
      return {
        load: {
          statements,
          read: (results) => {
            const { found: shown, sending } = read(results);
            return {
              messages: shown.map(({ message }) => message),
              language: shown[0]?.language ?? 'en',
              sender: senderOf(sending),
            };
          },
        },
        streams: sql`SELECT ${userId}::text AS stream`,
      };
    },
    unread: (userId) =>
      row(
        sql`SELECT count(*)::int AS count FROM (SELECT FROM notifications
            WHERE user_id = ${userId}::uuid AND is_listed AND read_at IS NULL LIMIT ${MOST_UNREAD}::int) n`,
        ({ count }) => count as number,
      ),
    messagesToRead: ({ personId, after, limit }, viewer): SqlRecordedLoad<PersonMessagesPage | undefined> => {
      // A proxy gets copies of its own.
      const known = knownPatient(personId, { ...viewer, proxyAt: null });
      const patient = row(
        sql`SELECT u.id AS user_id, u.language, ${DATA_KEY_COLUMNS} FROM users u JOIN data_keys k ON k.owner_id = u.id
            WHERE u.id IN (${known})`,
        (found) => ({ key: readDataKey(found), language: languageOf(found, cipher) }),
      );
      const found = rows(
        sql`SELECT ${recordAt(null)}, n.variables, n.key_owner AS own_key, n.written_by FROM notifications n
            WHERE n.user_id IN (${known}) AND n.category = ANY(${[...RECORD_CATEGORIES]})
              AND ${after === null ? sql`true` : sql`n.id < ${after}::uuid`}
            ORDER BY n.id DESC LIMIT ${limit + 1}::int`,
        (each) => each,
      );
      const { statements, read } = together({ patient, found, sending: clinic() });
      return {
        load: {
          statements,
          read: (results) => {
            const { patient: reader, found: shown, sending } = read(results);
            if (reader === undefined) return undefined;
            const messages = shown.map((each) => readPersonMessage(each, reader.key, cipher));
            return { messages, language: reader.language, sender: senderOf(sending) };
          },
        },
        streams: known,
      };
    },
    messagesRead: (query, now): SqlRecordedLoad<MessageRecord[]> => {
      const page = pageOf(query);
      return {
        load: rows(sql`SELECT ${recordAt(now)} ${page}`, readMessage),
        streams: sql`SELECT DISTINCT p.user_id::text AS stream FROM (SELECT n.user_id ${page}) p ORDER BY 1`,
      };
    },
  };
}

function pageOf({ userId, status, after, limit }: MessageQuery) {
  return sql`FROM notifications n
    WHERE ${userId === null ? sql`true` : sql`n.user_id = ${userId}::uuid`}
      AND ${status === null ? sql`true` : sql`n.status = ${status}`}
      AND ${after === null ? sql`true` : sql`n.id < ${after}::uuid`}
    ORDER BY n.id DESC LIMIT ${limit + 1}::int`;
}

type Time = 'send_at' | 'next_attempt_at' | 'sent_at' | 'delivered_at' | 'read_at';
const MILLIS = {
  send_at: sql`(extract(epoch FROM d.send_at) * 1000)::bigint`,
  next_attempt_at: sql`(extract(epoch FROM d.next_attempt_at) * 1000)::bigint`,
  sent_at: sql`(extract(epoch FROM d.sent_at) * 1000)::bigint`,
  delivered_at: sql`(extract(epoch FROM d.delivered_at) * 1000)::bigint`,
  read_at: sql`(extract(epoch FROM d.read_at) * 1000)::bigint`,
} as const;
const millis = (column: Time) => MILLIS[column];

/** Of `deliveries d`: due, and waiting because the rate of its channel is used up. By the index `outbox_by_delivery`. */
function waitsForRate(now: Instant) {
  return sql`d.state IN ('pending', 'scheduled') AND EXISTS (SELECT FROM outbox o JOIN sending_rates r ON r.topic = o.topic
    WHERE o.payload->>'deliveryId' = d.id::text AND ${OPEN_JOB} AND o.priority > ${URGENT_PRIORITY}::int
      AND o.not_before <= ${at(now)}::timestamptz AND (o.leased_until IS NULL OR o.leased_until <= ${at(now)}::timestamptz)
      AND ${isSpent(now)})`;
}

/** Of `notifications n`, with the deliveries. @param now to tell which deliveries wait for the rate of their channel; `null`: not told */
function recordAt(now: Instant | null) {
  const isHeld = now === null ? sql`false` : waitsForRate(now);
  return sql`n.id, n.user_id, n.category, n.template, n.status, n.last_error, n.appointment_id, n.created_at,
  n.send_at, n.sent_at, n.is_listed, n.read_at,
  (SELECT json_agg(json_build_object('id', d.id, 'channel', d.channel,
      'state', CASE WHEN h.held THEN 'scheduled' ELSE d.state END, 'reason', CASE WHEN h.held THEN 'rate_limit' ELSE d.reason END,
      'provider', d.provider, 'attempts', d.attempts, 'isOutcomeUnknown', d.outcome_unknown,
      'sendAt', ${millis('send_at')}, 'nextAttemptAt', ${millis('next_attempt_at')},
      'sentAt', ${millis('sent_at')}, 'deliveredAt', ${millis('delivered_at')}, 'readAt', ${millis('read_at')})
      ORDER BY d.channel, d.id)
    FROM deliveries d, LATERAL (SELECT ${isHeld} AS held) h WHERE d.notification_id = n.id) AS deliveries`;
}

function languageOf(found: Row, cipher: FieldCipher): string {
  const language = sealedRow(cipher, readDataKey(found), 'users', found.user_id as string).text(
    'language',
    found.language,
  );
  return language === UNREADABLE ? 'en' : language;
}

function readListed(found: Row, cipher: FieldCipher): ListedMessage {
  const sealed = sealedRow(cipher, readDataKey(found), 'notifications', found.id as string);
  return {
    id: found.id as NotificationId,
    category: found.category as MessageCategory,
    template: found.template as string,
    variables: sealed.json<object>('variables', found.variables),
    appointmentId: found.appointment_id as AppointmentId | null,
    at: found.routed_at as Instant,
    readAt: found.read_at as Instant | null,
  };
}

function readPersonMessage(found: Row, key: DataKey, cipher: FieldCipher): PersonMessageRecord {
  const sealed = sealedRow(cipher, key, 'notifications', found.id as string);
  return {
    ...readMessage(found),
    variables: found.own_key === null ? sealed.json<object>('variables', found.variables) : null,
    writtenBy: found.written_by as UserId | null,
  };
}

function readMessage(found: Row): MessageRecord {
  return {
    id: found.id as NotificationId,
    userId: found.user_id as UserId,
    category: found.category as MessageCategory,
    template: found.template as string,
    status: found.status as NotificationStatus,
    reason: found.last_error as string | null,
    appointmentId: found.appointment_id as AppointmentId | null,
    createdAt: found.created_at as Instant,
    sendAt: found.send_at as Instant,
    sentAt: found.sent_at as Instant | null,
    isListed: found.is_listed as boolean,
    readAt: found.read_at as Instant | null,
    deliveries: (found.deliveries as readonly DeliveryRecord[] | null) ?? [],
  };
}
