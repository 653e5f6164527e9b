/**
 * Uploading: a row first, then bytes, and the commit that says that the file is complete last. So a crash leaves no bytes that
 * no row tells of, and no complete row without its bytes.
 */
import { decided } from '../shared/changes.ts';
import type { AppointmentId, UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import type { AuditDraft } from './audit-events.ts';
import type { Decision } from './decision.ts';
import {
  type FileAttempt,
  type FileId,
  type FileKind,
  type FileOrigin,
  type FilePart,
  isWhole,
  type KeyedFile,
  type PatientFile,
  partCount,
  partSize,
  unusedObjects,
} from './file.ts';
import {
  type ClinicFull,
  type FileLimits,
  type FileTooLarge,
  type FileUsage,
  type QuotaExceeded,
  withinQuota,
} from './quota.ts';
import { scanJob } from './scan.ts';

/** How long an upload may take. */
export const UPLOAD_MS = 3_600_000;

export type UploadChange =
  /** Guarded: the owner's quota and the clinic's. */
  | {
      readonly type: 'file.begun';
      readonly file: PatientFile;
      readonly key: DataKey;
      readonly limits: FileLimits;
      readonly attempt: FileAttempt | null;
    }
  /** Guarded: the upload is open. */
  | { readonly type: 'file.attempt_begun'; readonly id: FileId; readonly attempt: FileAttempt; readonly at: Instant }
  /** Guarded: the upload is open. Parts with these numbers are replaced. */
  | {
      readonly type: 'file.parts_stored';
      readonly id: FileId;
      readonly parts: readonly FilePart[];
      readonly at: Instant;
    }
  /** Guarded: the upload is open, and no part of it was replaced since. @see parts `null`: those that are stored */
  | {
      readonly type: 'file.completed';
      readonly file: PatientFile;
      readonly key: DataKey;
      readonly parts: readonly FilePart[];
      readonly areStored: boolean;
    }
  /** With its parts; the purge deletes its objects. No effect once it is complete. */
  | { readonly type: 'file.abandoned'; readonly id: FileId };

/** Changes nothing. Guarded: who has begun the upload may still act for the owner of the file. */
export type UploaderChange = {
  readonly type: 'file.uploader_relied_on';
  readonly id: FileId;
  readonly hasGround: boolean;
  readonly at: Instant;
};

export type FileNotFound = { readonly code: 'file_not_found' };
/** The upload is complete, was abandoned, or took too long. */
export type UploadOver = { readonly code: 'file_upload_over' };
export type AppointmentUnknown = { readonly code: 'file_appointment_unknown' };
/** @see expected in bytes */
export type FileIncomplete = { readonly code: 'file_incomplete'; readonly expected: number; readonly received: number };
export type HashMismatch = { readonly code: 'file_hash_mismatch' };

/** What is known of a file when its upload begins. */
export interface FileDraft {
  readonly name: string;
  readonly mimeType: string;
  readonly sizeBytes: number;
  readonly kind: FileKind;
  readonly description: string | null;
  readonly tags: readonly string[];
  readonly sha256: string | null;
  readonly appointmentId: AppointmentId | null;
}

/** What beginning an upload has to know. */
export interface UploadState {
  readonly key: DataKey;
  readonly usage: FileUsage;
  readonly clinicUsedBytes: number;
  /** Whether the named appointment is the person's; true if none is named. */
  readonly appointmentFits: boolean;
}

export interface Beginning {
  readonly id: FileId;
  readonly ownerId: UserId;
  readonly uploadedBy: UserId;
  readonly origin: FileOrigin;
  /** Base64url of the key of the bytes. */
  readonly fileKey: string;
  readonly attempt: FileAttempt | null;
  readonly limits: FileLimits;
  readonly now: Instant;
}

export function beginUpload(
  draft: FileDraft,
  { key, usage, clinicUsedBytes, appointmentFits }: UploadState,
  { id, ownerId, uploadedBy, origin, fileKey, attempt, limits, now }: Beginning,
): Result<Decision<UploadChange, KeyedFile>, QuotaExceeded | ClinicFull | FileTooLarge | AppointmentUnknown> {
  const { name, mimeType, sizeBytes, kind, description, tags, sha256, appointmentId } = draft;
  if (!appointmentFits) return refuse({ code: 'file_appointment_unknown' });
  const within = withinQuota(sizeBytes, origin, usage, clinicUsedBytes, limits);
  if (!within.ok) return within;
  const file: PatientFile = {
    ...{ id, ownerId, uploadedBy, origin, kind, mimeType, sizeBytes, appointmentId },
    state: 'uploading',
    details: { name, description, tags, sha256, finding: null },
    fileKey,
    thumbnails: null,
    createdAt: now,
    completedAt: null,
    scannedAt: null,
    deletedAt: null,
    uploadExpiresAt: now + UPLOAD_MS,
    version: 1,
  };
  return ok(
    decided({ value: { file, key }, changes: [{ type: 'file.begun', file, key, limits, attempt }], audit: [] }),
  );
}

interface OngoingUpload {
  readonly file: Pick<PatientFile, 'uploadedBy' | 'deletedAt'>;
  readonly uploaderMayAct: boolean;
}

/**
 * Whether the person may go on with the upload, ask for it or cancel it: who has begun it, as long as they could begin it. What is
 * left of the others is swept when their time is over.
 */
export function isUploadOf<U extends OngoingUpload>(stored: U | undefined, userId: UserId): stored is U {
  return stored?.file.uploadedBy === userId && stored.file.deletedAt === null && stored.uploaderMayAct;
}

export function isUploadOpen({ state, uploadExpiresAt }: PatientFile, now: Instant): boolean {
  return state === 'uploading' && now < uploadExpiresAt;
}

/** Numbers and size of what one request of an upload may send. */
export interface Slice {
  readonly first: number;
  readonly last: number;
  readonly sizeBytes: number;
}

/** @param part `null`: all parts in one request */
export function sliceOf({ sizeBytes }: PatientFile, part: number | null): Slice | undefined {
  const count = partCount(sizeBytes);
  if (part === null) return { first: 1, last: count, sizeBytes };
  return part >= 1 && part <= count ? { first: part, last: part, sizeBytes: partSize(sizeBytes, part) } : undefined;
}

export function beginAttempt(
  file: PatientFile,
  attempt: FileAttempt,
  now: Instant,
): Result<Decision<UploadChange, void>, UploadOver> {
  if (!isUploadOpen(file, now)) return refuse({ code: 'file_upload_over' });
  return ok(
    decided({ value: undefined, changes: [{ type: 'file.attempt_begun', id: file.id, attempt, at: now }], audit: [] }),
  );
}

export function storeParts(
  file: PatientFile,
  parts: readonly FilePart[],
  now: Instant,
): Result<Decision<UploadChange, void>, UploadOver> {
  if (!isUploadOpen(file, now)) return refuse({ code: 'file_upload_over' });
  return ok(
    decided({ value: undefined, changes: [{ type: 'file.parts_stored', id: file.id, parts, at: now }], audit: [] }),
  );
}

/** What was found in the bytes. */
export interface Received {
  readonly mimeType: string;
  readonly sizeBytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** The parts of an upload as they are when it is completed. */
export interface UploadedParts {
  readonly parts: readonly FilePart[];
  readonly attempts: readonly FileAttempt[];
  /** Whether rows say so already. */
  readonly areStored: boolean;
}

/** A file that is complete, with the keys of objects that are none of its parts. */
export interface CompletedUpload extends KeyedFile {
  readonly unused: readonly string[];
}

/**
 * From now on the file is in quarantine, and waits for its scan.
 *
 * @param edits what the client said of the file after its bytes
 */
export function completeUpload(
  { file, key }: KeyedFile,
  received: Received,
  { parts, attempts, areStored }: UploadedParts,
  now: Instant,
  edits: Partial<Pick<FileDraft, 'kind' | 'description' | 'tags'>> = {},
): Result<Decision<UploadChange, CompletedUpload>, UploadOver | FileIncomplete | HashMismatch> {
  const { details } = file;
  if (!isUploadOpen(file, now) || details === null) return refuse({ code: 'file_upload_over' });
  const { sizeBytes, sha256, mimeType } = received;
  if (!isWhole(parts, sizeBytes)) {
    const stored = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
    return refuse({ code: 'file_incomplete', expected: sizeBytes, received: stored });
  }
  if (details.sha256 !== null && details.sha256 !== sha256) return refuse({ code: 'file_hash_mismatch' });
  const { kind = file.kind, description = details.description, tags = details.tags } = edits;
  const completed: PatientFile = {
    ...file,
    ...{ kind, mimeType, sizeBytes },
    state: 'scanning',
    completedAt: now,
    details: { ...details, description, tags, sha256 },
    version: file.version + 1,
  };
  return ok(
    decided({
      value: { file: completed, key, unused: unusedObjects(file.id, attempts, parts) },
      changes: [{ type: 'file.completed', file: completed, key, parts, areStored }],
      audit: [uploaded(completed)],
      jobs: [scanJob(file.id)],
    }),
  );
}

function uploaded({ id, ownerId, origin, kind, sizeBytes }: PatientFile): AuditDraft {
  return {
    type: 'file.uploaded',
    stream: ownerId,
    outcome: 'success',
    resource: { type: 'file', id },
    details: { origin, kind, bytes: sizeBytes },
  };
}

export function abandonUpload(id: FileId): Decision<UploadChange, void> {
  return decided({ value: undefined, changes: [{ type: 'file.abandoned', id }], audit: [] });
}
