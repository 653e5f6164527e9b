/** What the privacy context reads. */
import type { Consent, ConsentId, DataExportId } from '../../domain/privacy/changes.ts';
import type { DataExport, ErasureFacts, PersonalData, PrivacyLoads, ShownConsent } from '../../domain/privacy/ports.ts';
import { RETENTION_KINDS, type RetentionKind } from '../../domain/privacy/retention.ts';
import type { SessionId, UserId } from '../../domain/shared/ids.ts';
import type { FieldCipher } from '../../domain/shared/ports.ts';
import { inArchiveForm } from './archive-form.ts';
import type { Row } from './driver.ts';
import { readUser } from './identity-loads.ts';
import { DEVICE_NAME_FIELD, PHONE_FIELD } from './mfa-changes.ts';
import { isOpenExport } from './privacy-changes.ts';
import { overdueRows } from './privacy-retention.ts';
import { openLocation, openOrNull } from './sealed.ts';
import { DATA_KEY_COLUMNS, isAfter, raw, row, rows, type Sql, type SqlLoad, sql } from './sql.ts';
import { SPECIALTY_FIELD } from './waitlist-changes.ts';

/** The newest are copied; a record with more history than this gets the rest from `/audit/me`. */
const MAX_HISTORY = 20_000;

/** Chapters that are copied as they are stored, without what would let somebody in. */
const PLAIN_CHAPTERS: readonly {
  readonly chapter: string;
  readonly record: string;
  readonly tables: string;
  /** A column that is sealed, and opened for the copy. */
  readonly sealed?: readonly [column: string, field: string];
}[] = [
  { chapter: 'consents', record: `to_jsonb(t) - 'user_id'`, tables: 'consents t WHERE t.user_id =' },
  {
    chapter: 'trustedDevices',
    record: `to_jsonb(t) - 'user_id' - 'token_hash' - 'unsealed_name'`,
    tables: 'trusted_devices t WHERE t.user_id =',
    sealed: ['name', DEVICE_NAME_FIELD],
  },
  {
    chapter: 'apiKeys',
    record: `to_jsonb(t) - 'user_id' - 'key_hash' - 'unsealed_name'`,
    tables: 'api_keys t WHERE t.user_id =',
    sealed: ['name', 'api_keys.name'],
  },
  {
    chapter: 'waitlist',
    record: `to_jsonb(t) - 'patient_id' - 'specialty_index' - 'unsealed_specialty'`,
    tables: 'waitlist_entries t WHERE t.patient_id =',
    sealed: ['specialty', SPECIALTY_FIELD],
  },
  {
    chapter: 'waitlistOffers',
    record: `to_jsonb(t) - 'patient_id' - 'hold_id'`,
    tables: 'waitlist_offers t WHERE t.patient_id =',
  },
  { chapter: 'series', record: `to_jsonb(t) - 'patient_id'`, tables: 'appointment_series t WHERE t.patient_id =' },
  {
    chapter: 'calendarFeeds',
    record: `to_jsonb(t) - 'user_id' - 'secret_hash'`,
    tables: 'calendar_feeds t WHERE t.user_id =',
  },
  {
    chapter: 'secondFactor',
    record: `jsonb_build_object('enabled_at', t.enabled_at, 'phone_verified_at', t.phone_verified_at,
      'backup_codes_left', (SELECT count(*) FROM mfa_backup_codes b WHERE b.user_id = t.user_id AND b.used_at IS NULL))`,
    tables: 'mfa_enrolments t WHERE t.user_id =',
    sealed: ['phone', PHONE_FIELD],
  },
  {
    chapter: 'messages',
    record: `jsonb_build_object('id', t.id, 'channel', t.channel, 'category', t.category, 'template', t.template,
      'status', t.status, 'sentAt', t.sent_at, 'createdAt', t.created_at)`,
    tables: 'notifications t WHERE t.user_id =',
  },
];

function readConsent(found: Row): Consent {
  return {
    id: found.id as ConsentId,
    kind: found.kind as string,
    version: found.version as string,
    given: found.given as boolean,
    at: found.at as number,
  };
}

function readExport(found: Row): DataExport {
  return {
    id: found.id as DataExportId,
    userId: found.user_id as UserId,
    status: found.status as DataExport['status'],
    fileKey: found.file_key as string | null,
    sizeBytes: found.size_bytes as number | null,
    requestedAt: found.requested_at as number,
    completedAt: found.completed_at as number | null,
    fetchedAt: found.fetched_at as number | null,
  };
}

export function createPrivacyLoads(cipher: FieldCipher): PrivacyLoads {
  return {
    consents: (userId, { after, limit }) =>
      rows(
        sql`SELECT c.*, NOT EXISTS (
              SELECT 1 FROM consents n WHERE n.user_id = c.user_id AND n.kind = c.kind AND (n.at, n.id) > (c.at, c.id)
            ) AS current
            FROM consents c WHERE c.user_id = ${userId}::uuid AND ${isAfter(sql`c.at`, sql`c.id`, after)}
            ORDER BY c.at DESC, c.id DESC LIMIT ${limit + 1}::int`,
        (found): ShownConsent => ({ ...readConsent(found), current: found.current as boolean }),
      ),
    dataExport: (id, userId) =>
      row(sql`SELECT * FROM data_exports WHERE id = ${id}::uuid AND user_id = ${userId}::uuid`, readExport),
    openExport: (userId, since) =>
      row(
        sql`SELECT x.* FROM data_exports x WHERE ${isOpenExport(userId, since)} ORDER BY requested_at DESC LIMIT 1`,
        readExport,
      ),
    erasureFacts: (userId): SqlLoad<ErasureFacts | undefined> => ({
      statements: [
        sql`SELECT 1 FROM users WHERE id = ${userId}::uuid`,
        sql`SELECT id FROM sessions WHERE user_id = ${userId}::uuid AND revoked_at IS NULL`,
        sql`SELECT key_hash FROM api_keys WHERE user_id = ${userId}::uuid AND revoked_at IS NULL`,
      ],
      read: ([users = [], sessions = [], apiKeys = []]) =>
        users.length === 0
          ? undefined
          : {
              sessionIds: sessions.map(({ id }) => id as SessionId),
              apiKeyHashes: apiKeys.map(({ key_hash }) => key_hash as Uint8Array),
            },
    }),
    personalData: (userId) => personalData(userId, cipher),
    overdue: (cutOffs): SqlLoad<Record<RetentionKind, number>> => ({
      statements: RETENTION_KINDS.map((kind) => {
        const { table, condition } = overdueRows(kind, cutOffs[kind]);
        return sql`SELECT count(*) AS overdue FROM ${table} WHERE ${condition}`;
      }),
      read: (results) =>
        Object.fromEntries(
          RETENTION_KINDS.map((kind, index) => [kind, results[index]?.[0]?.overdue as number]),
        ) as Record<RetentionKind, number>,
    }),
    overdueFiles: (before, limit) => {
      const { table, condition, oldestFirst } = overdueRows('data_exports', before);
      return rows(
        sql`SELECT file_key FROM ${table} WHERE ${condition} AND file_key IS NOT NULL
            ORDER BY ${oldestFirst} LIMIT ${limit}::int`,
        ({ file_key }) => file_key as string,
      );
    },
  };
}

function personalData(userId: UserId, cipher: FieldCipher): SqlLoad<PersonalData | undefined> {
  const plain = PLAIN_CHAPTERS.map(
    ({ record, tables, sealed: [column] = ['NULL'] }): Sql =>
      sql`SELECT ${raw(record)} AS record, ${raw(column)} AS sealed FROM ${raw(tables)} ${userId}::uuid`,
  );
  return {
    statements: [
      sql`SELECT u.*, ${DATA_KEY_COLUMNS} FROM users u JOIN data_keys k ON k.owner_id = u.id
          WHERE u.id = ${userId}::uuid AND u.deleted_at IS NULL`,
      sql`SELECT * FROM sessions WHERE user_id = ${userId}::uuid ORDER BY created_at`,
      sql`SELECT a.*, t.code AS type_code FROM appointments a JOIN appointment_types t ON t.id = a.appointment_type_id
          WHERE a.patient_id = ${userId}::uuid AND a.status <> 'held' ORDER BY a.starts_at`,
      sql`SELECT e.sequence, e.id, e.event_type, e.outcome, e.actor_kind, e.actor_id, e.occurred_at FROM audit_events e
          WHERE e.stream = ${userId} ORDER BY e.sequence DESC LIMIT ${MAX_HISTORY}::int`,
      ...plain,
    ],
    read: ([users = [], sessions = [], appointments = [], history = [], ...others]) => {
      const [found] = users;
      if (found === undefined) return undefined;
      const { dataKey, avatarKey, ...profile } = readUser(found, cipher);
      const open = (field: string, sealed: unknown) => openOrNull(cipher, dataKey, field, sealed);
      const chapters = {
        profile: { ...inArchiveForm({ ...profile, lastLoginAt: found.last_login_at }), preferences: found.preferences },
        sessions: sessions.map((session) =>
          inArchiveForm({
            id: session.id,
            deviceName: open('sessions.device_name', session.device_name),
            deviceType: session.device_type,
            ip: open('sessions.ip', session.ip),
            userAgent: open('sessions.user_agent', session.user_agent),
            location: openLocation(cipher, dataKey, session.location),
            createdAt: session.created_at,
            lastActivityAt: session.last_activity_at,
            revokedAt: session.revoked_at,
          }),
        ),
        // Without notes, which are the clinic's.
        appointments: appointments.map((appointment) =>
          inArchiveForm({
            id: appointment.id,
            doctorId: appointment.doctor_id,
            type: appointment.type_code,
            start: appointment.starts_at,
            end: appointment.ends_at,
            timezone: appointment.timezone,
            status: appointment.status,
            reason: open('appointments.reason', appointment.reason),
            symptoms: open('appointments.symptoms', appointment.symptoms),
            seriesId: appointment.series_id,
            cancelledAt: appointment.cancelled_at,
            cancelledBy: appointment.cancelled_by_kind,
            cancellationReason: open('appointments.cancellation_reason', appointment.cancellation_reason),
            createdAt: appointment.created_at,
          }),
        ),
        history: history.map(inArchiveForm),
        ...Object.fromEntries(
          PLAIN_CHAPTERS.map(({ chapter, sealed }, index) => [
            chapter,
            (others[index] ?? []).map(({ record, sealed: box }) =>
              inArchiveForm({
                ...(record as Row),
                ...(sealed === undefined ? {} : { [sealed[0]]: open(sealed[1], box) }),
              }),
            ),
          ]),
        ),
      };
      return { dataKey, avatarKey, chapters };
    },
  };
}
