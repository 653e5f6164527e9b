/** Loads of shares. */
import type { FileId } from '../../../domain/files/file.ts';
import type { FileLoads, SharedFile, ShownShare } from '../../../domain/files/loads.ts';
import type { FileShare, ShareReceiver, ShareState } from '../../../domain/files/share.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type { Viewer } from '../../../domain/shared/viewer.ts';
import { actsFor, isOwnPatient } from '../access/record-access.ts';
import type { Row } from '../driver/driver.ts';
import {
  at,
  DATA_KEY_COLUMNS,
  PERSONAL_KEY_COLUMNS,
  raw,
  readDataKey,
  row,
  type Sql,
  type SqlLoad,
  type SqlRecordedLoad,
  sql,
} from '../driver/sql.ts';
import { sealedRow } from '../sealed/sealed-row.ts';
import { FILE_COLUMNS, FILE_TABLES, readKeyedFile } from './rows.ts';
import { isShared, visibleFile } from './visible.ts';

export const SHARE =
  raw(`s.id AS share_id, s.file_id AS share_file_id, s.origin AS share_origin, s.shared_by AS share_by,
  s.receiver_id AS share_receiver, s.created_at AS share_created_at, s.expires_at AS share_expires_at,
  s.revoked_at AS share_revoked_at, s.opened_at AS share_opened_at, s.openings AS share_openings,
  s.passcode_hash IS NOT NULL AS share_has_passcode, s.version AS share_version`);

export function readShare(found: Row): FileShare {
  return {
    id: found.share_id as FileShare['id'],
    fileId: found.share_file_id as FileId,
    origin: found.share_origin as FileShare['origin'],
    sharedBy: found.share_by as UserId,
    receiverId: found.share_receiver as UserId | null,
    hasPasscode: found.share_has_passcode as boolean,
    createdAt: found.share_created_at as number,
    expiresAt: found.share_expires_at as number,
    revokedAt: found.share_revoked_at as number | null,
    openedAt: found.share_opened_at as number | null,
    openings: found.share_openings as number,
    version: found.share_version as number,
  };
}

export type ShareLoads = Pick<FileLoads, 'shareState' | 'share' | 'sharesRead' | 'sharedWithRead'>;

export function createShareLoads(cipher: FieldCipher): ShareLoads {
  return {
    shareState: (id, receiverId, viewer, now) => shareState(id, receiverId, viewer, now, cipher),
    share: (fileId, id) =>
      row(sql`SELECT ${SHARE} FROM file_shares s WHERE s.id = ${id}::uuid AND s.file_id = ${fileId}::uuid`, readShare),
    sharesRead: (id, viewer, { after, limit }): SqlRecordedLoad<ShownShare[] | undefined> => {
      const visible = sql`f.id = ${id}::uuid AND ${visibleFile(viewer)}`;
      const page = sql`SELECT ${SHARE} FROM file_shares s WHERE s.file_id = ${id}::uuid
          AND ${viewer.role === 'patient' ? sql`true` : sql`s.origin = 'clinic'`}
          AND ${after === null ? sql`true` : sql`s.id < ${after}::uuid`} ORDER BY s.id DESC LIMIT ${limit + 1}::int`;
      return {
        load: {
          statements: [
            sql`SELECT f.id FROM ${FILE_TABLES} WHERE ${visible}`,
            page,
            namesOf(sql`SELECT unnest(ARRAY[p.share_by, p.share_receiver]) FROM (${page}) p`),
          ],
          read: ([[file] = [undefined], shares = [], persons = []]) => {
            if (file === undefined) return undefined;
            const names = readNames(persons, cipher);
            return shares.map(readShare).map((share) => ({
              share,
              sharedByName: names.get(share.sharedBy) ?? null,
              receiverName: share.receiverId === null ? null : (names.get(share.receiverId) ?? null),
            }));
          },
        },
        streams: sql`SELECT f.patient_id AS stream FROM ${FILE_TABLES} WHERE ${visible}`,
      };
    },
    sharedWithRead: (viewer, now, { after, limit }): SqlRecordedLoad<SharedFile[]> => {
      const page = sql`SELECT ${FILE_COLUMNS}, ${SHARE} FROM file_shares s, ${FILE_TABLES}
        WHERE f.id = s.file_id AND s.receiver_id = ${viewer.userId}::uuid AND ${isShared(viewer, now)}
          AND ${after === null ? sql`true` : sql`s.id < ${after}::uuid`} ORDER BY s.id DESC LIMIT ${limit + 1}::int`;
      return {
        load: {
          statements: [page, namesOf(sql`SELECT p.share_by FROM (${page}) p`)],
          read: ([found = [], persons = []]) => {
            const names = readNames(persons, cipher);
            return found.map((one) => {
              const share = readShare(one);
              return {
                share,
                file: readKeyedFile(one, cipher).file,
                sharedByName: names.get(share.sharedBy) ?? null,
              };
            });
          },
        },
        streams: sql`SELECT DISTINCT p.patient_id AS stream FROM (${page}) p`,
      };
    },
  };
}

function shareState(
  id: FileId,
  receiverId: UserId,
  viewer: Viewer,
  now: Instant,
  cipher: FieldCipher,
): SqlLoad<ShareState | undefined> {
  const ofFile = sql`s.file_id = ${id}::uuid AND s.revoked_at IS NULL`;
  return {
    statements: [
      sql`SELECT ${FILE_COLUMNS} FROM ${FILE_TABLES} WHERE f.id = ${id}::uuid AND ${visibleFile(viewer)}`,
      sql`SELECT u.id, u.role, ${actsFor(receiverId, sql`f.patient_id`, now)} AS is_proxy,
            u.role = 'doctor' AND ${isOwnPatient(sql`f.patient_id`, receiverId)} AS is_doctor, ${DATA_KEY_COLUMNS}
          FROM users u JOIN data_keys k ON k.owner_id = u.id JOIN files f ON f.id = ${id}::uuid
          WHERE u.id = ${receiverId}::uuid AND u.status = 'active' AND u.deleted_at IS NULL`,
      sql`SELECT ${SHARE} FROM file_shares s WHERE ${ofFile} AND s.receiver_id = ${receiverId}::uuid`,
      countLive(id, now),
    ],
    read: ([[file] = [undefined], [person] = [undefined], [current] = [undefined], [counted] = [undefined]]) =>
      file === undefined
        ? undefined
        : {
            ...readKeyedFile(file, cipher),
            receiver: person === undefined ? undefined : readReceiver(person),
            current: current === undefined ? undefined : readShare(current),
            live: counted?.live as number,
          },
  };
}

/** Of all shares of a file, those that go on. */
export function countLive(id: FileId, now: Instant): Sql {
  return sql`SELECT count(*)::int AS live FROM file_shares s
    WHERE s.file_id = ${id}::uuid AND s.revoked_at IS NULL AND s.expires_at > ${at(now)}::timestamptz`;
}

function readReceiver(found: Row): ShareReceiver {
  const { clinical: _, ...dataKey } = readDataKey(found);
  return {
    userId: found.id as UserId,
    role: found.role as ShareReceiver['role'],
    dataKey,
    isProxy: found.is_proxy as boolean,
    isDoctorOfPatient: found.is_doctor as boolean,
  };
}

/** @param ids of persons, whose accounts may be closed */
function namesOf(ids: Sql): Sql {
  return sql`SELECT u.id, u.first_name, u.last_name, ${PERSONAL_KEY_COLUMNS}
    FROM users u JOIN data_keys k ON k.owner_id = u.id WHERE u.id IN (${ids}) AND u.status <> 'closed'`;
}

function readNames(found: readonly Row[], cipher: FieldCipher): ReadonlyMap<string, string> {
  return new Map(
    found.map((row) => {
      const sealed = sealedRow(cipher, readDataKey(row), 'users', row.id as string);
      return [
        row.id as string,
        `${sealed.text('first_name', row.first_name)} ${sealed.text('last_name', row.last_name)}`,
      ];
    }),
  );
}
