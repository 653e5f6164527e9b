/** Reads of the context files. */
import type { FileId, KeyedFile, PatientFile } from '../../../domain/files/file.ts';
import type {
  FileFilter,
  FileLoads,
  FilePlace,
  ReachedFile,
  StoredParts,
  StoredUpload,
} from '../../../domain/files/loads.ts';
import { type FileUsage, NO_FILES } from '../../../domain/files/quota.ts';
import type { UploadState } from '../../../domain/files/upload.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { BlindIndex, FieldCipher } from '../../../domain/shared/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type { Viewer } from '../../../domain/shared/viewer.ts';
import { knownPatient, mayActFor } from '../access/record-access.ts';
import type { Row } from '../driver/driver.ts';
import {
  at,
  DATA_KEY_COLUMNS,
  isAfter,
  join,
  readDataKey,
  row,
  rows,
  type Sql,
  type SqlLoad,
  type SqlRecordedLoad,
  sql,
} from '../driver/sql.ts';
import { tagIndexes } from '../sealed/tag-hashes.ts';
import { downloadLink } from './download-links.ts';
import { createPublicLinkLoads, type PublicLinkLoads } from './public-link-loads.ts';
import { FILE_COLUMNS, FILE_TABLES, partsOf, readAttempt, readKeyedFile, readPart } from './rows.ts';
import { createShareLoads, type ShareLoads } from './shares.ts';
import { createThumbnailLoads } from './thumbnail-loads.ts';
import { RECEIVES_FILES, uploaderMayAct } from './uploader.ts';
import { isShared, visibleFile } from './visible.ts';

const FILES = sql`SELECT ${FILE_COLUMNS} FROM ${FILE_TABLES}`;

export function createFileLoads(cipher: FieldCipher, index: BlindIndex): FileLoads {
  return {
    ...ofViewers(cipher, index),
    ...ofThePortal(cipher),
    ...createShareLoads(cipher),
    ...createPublicLinkLoads(cipher),
    ...createThumbnailLoads(cipher),
    uploadState,
    usage,
  };
}

type OfViewers = Pick<FileLoads, 'file' | 'reached' | 'reachedRead' | 'filesRead' | 'quarantineRead'>;
type OfThumbnails = 'thumbnailRead' | 'rendering' | 'withoutThumbnails';

function ofViewers(cipher: FieldCipher, index: BlindIndex): OfViewers {
  const read = (found: Row) => readKeyedFile(found, cipher).file;
  return {
    file: (id, viewer) =>
      row(
        sql`SELECT ${FILE_COLUMNS}, ck.held_at IS NOT NULL AS is_held FROM ${FILE_TABLES}
            WHERE f.id = ${id}::uuid AND ${visibleFile(viewer)}`,
        (found): KeyedFile & { isHeld: boolean } => ({
          ...readKeyedFile(found, cipher),
          isHeld: found.is_held as boolean,
        }),
      ),
    reached: (id, viewer, now) => row(reached(id, viewer, now), (found) => readReached(found, cipher)),
    reachedRead: (id, viewer, now): SqlRecordedLoad<ReachedFile | undefined> => ({
      load: row(reached(id, viewer, now), (found) => readReached(found, cipher)),
      streams: sql`SELECT r.patient_id AS stream FROM (${reached(id, viewer, now)}) r`,
    }),
    filesRead: (ownerId, filter, viewer, page): SqlRecordedLoad<PatientFile[] | undefined> => {
      const known = knownOwner(ownerId, viewer);
      const conditions = join([...matching(ownerId, filter, page.after, index), visibleFile(viewer)], ' AND ');
      const statement = sql`${FILES} WHERE ${conditions}
        ORDER BY f.created_at DESC, f.id DESC LIMIT ${page.limit + 1}::int`;
      return {
        load: {
          statements: [known, statement],
          read: ([person, found = []]) => (person?.[0] === undefined ? undefined : found.map(read)),
        },
        streams: known,
      };
    },
    quarantineRead: ({ after, limit }): SqlRecordedLoad<PatientFile[]> => {
      const page = sql`${FILES} WHERE f.state IN ('scanning', 'infected', 'unscannable') AND f.deleted_at IS NULL
        AND ${after === null ? sql`true` : sql`f.id > ${after}::uuid`} ORDER BY f.id LIMIT ${limit + 1}::int`;
      return { load: rows(page, read), streams: sql`SELECT s.patient_id AS stream FROM (${page}) s` };
    },
  };
}

/** A file that the viewer may read by the record or by a share. */
function reached(id: FileId, viewer: Viewer, now: Instant): Sql {
  return sql`SELECT ${FILE_COLUMNS}, ${visibleFile(viewer)} AS by_record, h.id AS share_id
    FROM ${FILE_TABLES} LEFT JOIN LATERAL (SELECT s.id FROM file_shares s WHERE s.file_id = f.id
      AND s.receiver_id = ${viewer.userId}::uuid AND ${isShared(viewer, now)}) h ON true
    WHERE f.id = ${id}::uuid AND (${visibleFile(viewer)} OR h.id IS NOT NULL)`;
}

function readReached(found: Row, cipher: FieldCipher): ReachedFile {
  return {
    ...readKeyedFile(found, cipher),
    via: found.by_record === true ? 'record' : 'share',
    shareId: found.share_id as ReachedFile['shareId'],
  };
}

/** Whoever asks: the callers decide who may. */
function ofThePortal(
  cipher: FieldCipher,
): Omit<
  FileLoads,
  keyof OfViewers | keyof ShareLoads | keyof PublicLinkLoads | OfThumbnails | 'uploadState' | 'usage'
> {
  return {
    stored: (id): SqlLoad<StoredParts | undefined> => ({
      statements: [sql`${FILES} WHERE f.id = ${id}::uuid`, partsOf(id)],
      read: ([[found] = [undefined], parts = []]) =>
        found === undefined ? undefined : { ...readKeyedFile(found, cipher), parts: parts.map(readPart) },
    }),
    upload: (id, now, hasGround): SqlLoad<StoredUpload | undefined> => ({
      statements: [
        sql`SELECT ${FILE_COLUMNS}, f.appending, ${uploaderMayAct(now, hasGround)} AS uploader_may_act
            FROM ${FILE_TABLES} WHERE f.id = ${id}::uuid`,
        partsOf(id),
      ],
      read: ([[found] = [undefined], parts = []]) =>
        found === undefined
          ? undefined
          : {
              ...readKeyedFile(found, cipher),
              parts: parts.map(readPart),
              appending: found.appending as string | null,
              uploaderMayAct: found.uploader_may_act as boolean,
            },
    }),
    downloadLink,
    attempts: (id) =>
      rows(
        sql`SELECT attempt, first_part, last_part FROM file_attempts WHERE file_id = ${id}::uuid ORDER BY attempt`,
        readAttempt,
      ),
    cleanOf: (ownerId, { after, limit }) =>
      rows(
        sql`SELECT f.id FROM files f WHERE f.patient_id = ${ownerId}::uuid AND f.completed_at IS NOT NULL
              AND f.state = 'clean' AND f.deleted_at IS NULL
              AND ${after === null ? sql`true` : sql`f.id > ${after}::uuid`} ORDER BY f.id LIMIT ${limit}::int`,
        ({ id }) => id as FileId,
      ),
    expiredUploads: (before, limit) =>
      rows(
        sql`SELECT id FROM files WHERE completed_at IS NULL AND upload_expires_at <= ${at(before)}::timestamptz
            ORDER BY upload_expires_at LIMIT ${limit}::int`,
        ({ id }) => id as FileId,
      ),
    purges: (now, limit) =>
      rows(
        sql`SELECT file_id, settled_at FROM file_purges
            WHERE NOT emptied OR settled_at <= ${at(now)}::timestamptz ORDER BY settled_at, file_id LIMIT ${limit}::int`,
        (found) => ({ id: found.file_id as FileId, settledAt: found.settled_at as number }),
      ),
  };
}

/** A person who may have files, whom the viewer may know; what is left of an erased one is for administrators. */
function knownOwner(ownerId: UserId, viewer: Viewer): Sql {
  const isLeft = viewer.role === 'admin' ? sql`true` : sql`u.deleted_at IS NULL`;
  return sql`${knownPatient(ownerId, viewer)} AND ${isLeft}`;
}

function uploadState(ownerId: UserId, viewer: Viewer, appointmentId: string | null): SqlLoad<UploadState | undefined> {
  const fits =
    appointmentId === null
      ? sql`true`
      : sql`EXISTS (SELECT FROM appointments a WHERE a.id = ${appointmentId}::uuid AND a.patient_id = u.id AND a.status <> 'held')`;
  return {
    statements: [
      sql`SELECT ${DATA_KEY_COLUMNS}, ${fits} AS appointment_fits FROM users u JOIN data_keys k ON k.owner_id = u.id
          WHERE u.id = ${ownerId}::uuid AND ${RECEIVES_FILES}
            AND ${mayActFor(sql`u.id`, viewer)}`,
      usageOf(ownerId),
      sql`SELECT coalesce(sum(bytes), 0)::bigint AS bytes FROM clinic_file_usage`,
    ],
    read: ([[found] = [undefined], [used] = [undefined], [clinic] = [undefined]]) =>
      found === undefined
        ? undefined
        : {
            key: readDataKey(found),
            usage: readUsage(used),
            clinicUsedBytes: Number(clinic?.bytes ?? 0),
            appointmentFits: found.appointment_fits as boolean,
          },
  };
}

function usageOf(ownerId: UserId): Sql {
  return sql`SELECT reserved_bytes, used_bytes, files FROM file_usage WHERE patient_id = ${ownerId}::uuid`;
}

function usage(ownerId: UserId): SqlLoad<FileUsage> {
  return { statements: [usageOf(ownerId)], read: ([[found] = [undefined]]) => readUsage(found) };
}

function readUsage(found: Row | undefined): FileUsage {
  if (found === undefined) return NO_FILES;
  return {
    reservedBytes: Number(found.reserved_bytes),
    usedBytes: Number(found.used_bytes),
    files: found.files as number,
  };
}

/** In the order of the index `files_by_owner`; the rest is looked at row by row, of one person's files. */
function matching(ownerId: UserId, filter: FileFilter, after: FilePlace | null, index: BlindIndex): Sql[] {
  const { kind, tag, from, to, deleted } = filter;
  return [
    sql`f.patient_id = ${ownerId}::uuid AND f.completed_at IS NOT NULL`,
    deleted ? sql`f.deleted_at IS NOT NULL` : sql`f.deleted_at IS NULL`,
    isAfter(sql`f.created_at`, sql`f.id`, after),
    ...(kind === null ? [] : [sql`f.kind = ${kind}`]),
    ...(tag === null ? [] : [sql`f.tag_hashes && ${tagIndexes(index, tag)}`]),
    ...(from === null ? [] : [sql`f.created_at >= ${at(from)}::timestamptz`]),
    ...(to === null ? [] : [sql`f.created_at < ${at(to)}::timestamptz`]),
  ];
}
