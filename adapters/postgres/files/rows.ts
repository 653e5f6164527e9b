/** Files as the domain knows them. */
import type {
  FileAttempt,
  FileDetails,
  FileId,
  FileKind,
  FileOrigin,
  FilePart,
  FileState,
  KeyedFile,
  PatientFile,
  StoredThumbnails,
} from '../../../domain/files/file.ts';
import type { Thumbnail, ThumbnailAttempt, ThumbnailSize } from '../../../domain/files/thumbnail.ts';
import type { AppointmentId, UserId } from '../../../domain/shared/ids.ts';
import type { DataKey, FieldCipher } from '../../../domain/shared/ports.ts';
import type { Row } from '../driver/driver.ts';
import { raw, readDataKey, type Sql, sql } from '../driver/sql.ts';
import { sealedRow } from '../sealed/sealed-row.ts';

/**
 * Under the alias `f`, with the owner's key `k`; of an erased person only the clinical key `k` is left, which opens the clinic's
 * documents.
 */
export const FILE_COLUMNS = raw(`f.id, f.patient_id, f.uploaded_by, f.origin, f.kind, f.state, f.mime_type,
  f.size_bytes, f.appointment_id, f.details, f.file_key, f.clinical_details, f.clinical_file_key, f.created_at, f.completed_at,
  f.scanned_at, f.deleted_at, f.upload_expires_at, f.version, f.thumbnails, k.owner_id AS key_owner, k.ring_key_id, k.wrapped,
  CASE WHEN k.owner_id = f.patient_id AND d.owner_id IS NOT NULL
    THEN d.owner_id || ' ' || d.ring_key_id || ' ' || encode(d.wrapped, 'hex') END AS clinical_key`);
export const FILE_TABLES = raw(`files f LEFT JOIN clinical_keys ck ON ck.patient_id = f.patient_id
  LEFT JOIN data_keys d ON d.owner_id = ck.key_id LEFT JOIN data_keys p ON p.owner_id = f.patient_id
  JOIN data_keys k ON k.owner_id = coalesce(p.owner_id, d.owner_id)`);

export function readKeyedFile(found: Row, cipher: FieldCipher): KeyedFile {
  const key = readDataKey(found);
  return { file: readFile(found, key, cipher), key };
}

function readFile(found: Row, key: DataKey, cipher: FieldCipher): PatientFile {
  const origin = found.origin as FileOrigin;
  const id = found.id as FileId;
  const sealed = sealedRow(cipher, key, 'files', id);
  return {
    id,
    ownerId: found.patient_id as UserId,
    uploadedBy: found.uploaded_by as UserId,
    origin,
    kind: found.kind as FileKind,
    state: found.state as FileState,
    mimeType: found.mime_type as string,
    sizeBytes: Number(found.size_bytes),
    appointmentId: found.appointment_id as AppointmentId | null,
    details:
      origin === 'own'
        ? sealed.json<FileDetails>('details', found.details)
        : sealed.json<FileDetails>('clinical_details', found.clinical_details),
    fileKey:
      origin === 'own'
        ? sealed.optional('file_key', found.file_key)
        : sealed.optional('clinical_file_key', found.clinical_file_key),
    thumbnails: found.thumbnails as StoredThumbnails,
    createdAt: found.created_at as number,
    completedAt: found.completed_at as number | null,
    scannedAt: found.scanned_at as number | null,
    deletedAt: found.deleted_at as number | null,
    uploadExpiresAt: found.upload_expires_at as number,
    version: found.version as number,
  };
}

/** The parts of a file, in order, for {@link readPart}. */
export function partsOf(id: FileId): Sql {
  return sql`SELECT number, attempt, header, size_bytes FROM file_parts WHERE file_id = ${id}::uuid ORDER BY number`;
}

export function readPart(found: Row): FilePart {
  return {
    number: found.number as number,
    attempt: found.attempt as string,
    header: found.header as Uint8Array,
    sizeBytes: found.size_bytes as number,
  };
}

export function readAttempt(found: Row): FileAttempt {
  return {
    attempt: found.attempt as string,
    first: found.first_part as number,
    last: found.last_part as number,
  };
}

export function readThumbnail(found: Row): Thumbnail {
  return {
    size: found.size as ThumbnailSize,
    attempt: found.attempt as string,
    header: found.header as Uint8Array,
    sizeBytes: found.size_bytes as number,
    width: found.width as number,
    height: found.height as number,
  };
}

/** @returns `null` if none was begun */
export function readThumbnailAttempt(found: Row): ThumbnailAttempt | null {
  const { thumbnail_attempt: attempt, thumbnail_until: until } = found;
  return attempt === null ? null : { attempt: attempt as string, until: until as number };
}
