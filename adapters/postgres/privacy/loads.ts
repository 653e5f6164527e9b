/** Reads of the context privacy. */
import type { ClinicalIdentity, Consent, ConsentId, DataExportId } from '../../../domain/privacy/changes.ts';
import type {
  CopyOwner,
  DataExport,
  ErasureFacts,
  PersonName,
  PrivacyLoads,
  ShownConsent,
} from '../../../domain/privacy/ports.ts';
import type { SessionId, UserId } from '../../../domain/shared/ids.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import type { Row } from '../driver/driver.ts';
import { DATA_KEY_COLUMNS, isAfter, readDataKey, row, rows, type SqlLoad, sql } from '../driver/sql.ts';
import { AVATAR_COLUMNS, readAvatar } from '../sealed/avatar-row.ts';
import { sealedRow } from '../sealed/sealed-row.ts';
import { isOpenExport } from './changes.ts';
import { createClinicalLoads } from './clinical-loads.ts';
import { chapterPage } from './copy.ts';
import { legalLoads } from './legal-loads.ts';
import { createMergeLoads } from './merge-loads.ts';
import { createRecordAccessLoads } from './record-access-loads.ts';
import { retentionLoads } from './retention.ts';

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
    ...legalLoads,
    ...createRecordAccessLoads(cipher),
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
    exportsOf: (userId) =>
      rows(sql`SELECT * FROM data_exports WHERE user_id = ${userId}::uuid ORDER BY id DESC`, readExport),
    openExport: (userId, since) =>
      row(
        sql`SELECT x.* FROM data_exports x WHERE ${isOpenExport(userId, since)} ORDER BY requested_at DESC LIMIT 1`,
        readExport,
      ),
    erasureFacts: (userId): SqlLoad<ErasureFacts | undefined> => ({
      statements: [
        sql`SELECT u.first_name, u.last_name, u.date_of_birth, ${DATA_KEY_COLUMNS},
              EXISTS (SELECT FROM appointments a WHERE a.patient_id = u.id AND a.notes IS NOT NULL) AS has_notes
            FROM users u LEFT JOIN data_keys k ON k.owner_id = u.id WHERE u.id = ${userId}::uuid`,
        sql`SELECT id FROM sessions WHERE user_id = ${userId}::uuid AND revoked_at IS NULL`,
        sql`SELECT key_hash FROM api_keys WHERE user_id = ${userId}::uuid AND revoked_at IS NULL`,
        sql`SELECT id FROM users WHERE merged_into = ${userId}::uuid ORDER BY id`,
      ],
      read: ([users = [], sessions = [], apiKeys = [], aliases = []]) =>
        users.length === 0
          ? undefined
          : {
              clinical: clinicalIdentity(userId, users[0] ?? {}, cipher),
              aliases: aliases.map(({ id }) => id as UserId),
              // Before values are bound to their rows, notes are encrypted under the person's own key and would be destroyed with it (R76).
              losesNotes: users[0]?.has_notes === true && cipher.mixesVersions(),
              sessionIds: sessions.map(({ id }) => id as SessionId),
              apiKeyHashes: apiKeys.map(({ key_hash }) => key_hash as Uint8Array),
            },
    }),
    ...createClinicalLoads(cipher),
    ...createMergeLoads(cipher),
    copyOwner: (userId) => copyOwner(userId, cipher),
    names: (ids) => names(ids, cipher),
    chapter: (source, owner, page) => chapterPage(source, owner.userId, owner.dataKey, page, cipher),
    ...retentionLoads,
  };
}

function copyOwner(userId: UserId, cipher: FieldCipher): SqlLoad<CopyOwner | undefined> {
  return {
    statements: [
      sql`SELECT ${AVATAR_COLUMNS}, u.first_name, ${DATA_KEY_COLUMNS} FROM users u JOIN data_keys k ON k.owner_id = u.id
            LEFT JOIN avatars v ON v.user_id = u.id
          WHERE u.id = ${userId}::uuid AND u.deleted_at IS NULL`,
      sql`SELECT u.id, ${DATA_KEY_COLUMNS} FROM users u JOIN data_keys k ON k.owner_id = u.id
          WHERE u.merged_into = ${userId}::uuid ORDER BY u.id`,
    ],
    read: ([[found] = [undefined], aliases = []]) =>
      found === undefined
        ? undefined
        : {
            userId,
            dataKey: readDataKey(found),
            avatar: readAvatar(found, userId, readDataKey(found), cipher),
            firstName: sealedRow(cipher, readDataKey(found), 'users', userId).text('first_name', found.first_name),
            aliases: aliases.map((alias) => ({ userId: alias.id as UserId, dataKey: readDataKey(alias) })),
          },
  };
}

function names(ids: readonly UserId[], cipher: FieldCipher): SqlLoad<ReadonlyMap<string, PersonName>> {
  return {
    statements: [
      sql`SELECT u.id, u.role, u.first_name, u.last_name, ${DATA_KEY_COLUMNS}
          FROM users u JOIN data_keys k ON k.owner_id = u.id
          WHERE u.id = ANY(${[...ids]}::uuid[]) AND u.status <> 'closed'`,
    ],
    read: ([found = []]) =>
      new Map(
        found.map((person) => {
          const sealed = sealedRow(cipher, readDataKey(person), 'users', person.id as string);
          const name = `${sealed.text('first_name', person.first_name)} ${sealed.text('last_name', person.last_name)}`;
          return [person.id as string, { name: name.trim(), role: person.role as string }];
        }),
      ),
  };
}

/** If the keys are undefined, the person was erased before, and the clinical identity was stored then. */
function clinicalIdentity(userId: UserId, found: Row, cipher: FieldCipher): ClinicalIdentity | null {
  if (typeof found.key_owner !== 'string') return null;
  const key = readDataKey(found);
  if (key.clinical === undefined) return null;
  const sealed = sealedRow(cipher, key, 'users', userId);
  const name = `${sealed.text('first_name', found.first_name)} ${sealed.text('last_name', found.last_name)}`;
  return { key: key.clinical, name, dateOfBirth: sealed.optional('date_of_birth', found.date_of_birth) };
}
