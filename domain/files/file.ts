/** A document of a person: what is known of it, and the parts in which its bytes are kept (ADR 0244). */
import type { AppointmentId, Id, UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import type { Instant } from '../shared/time.ts';
import type { SealedPart } from './ports.ts';

export type FileId = Id<'file'>;
export type FileShareId = Id<'file_share'>;

export const FILE_KINDS = ['medical_record', 'lab_result', 'prescription', 'imaging', 'insurance', 'other'] as const;
export type FileKind = (typeof FILE_KINDS)[number];

/**
 * - `uploading`: its bytes arrive
 * - `scanning`: it waits for the scanner
 * - `clean`: the only state in which it can be downloaded (R53)
 * - `infected`, `unscannable`: it is kept from everybody until an administrator has it scanned again
 */
export const FILE_STATES = ['uploading', 'scanning', 'clean', 'infected', 'unscannable'] as const;
export type FileState = (typeof FILE_STATES)[number];

/** Whose it is to change and to keep: the person's, or the clinic's (R76). */
export type FileOrigin = 'own' | 'clinic';

/**
 * Why there will be no small pictures of a picture:
 * - `too_large`: it has more bytes or pixels than are decoded
 * - `damaged`: it cannot be decoded
 * - `failed`: making it failed or took too long, several times
 */
export const THUMBNAIL_FAULTS = ['too_large', 'damaged', 'failed'] as const;
export type ThumbnailFault = (typeof THUMBNAIL_FAULTS)[number];

/** What is known of the thumbnails of a file; `null` while none were made, and none refused. */
export type StoredThumbnails = 'ready' | ThumbnailFault | null;

/** What is encrypted of a file's row. */
export interface FileDetails {
  readonly name: string;
  readonly description: string | null;
  readonly tags: readonly string[];
  /** Hexadecimal. As declared while it is uploaded, `null` if it was not; of the bytes afterwards. */
  readonly sha256: string | null;
  /** The name that the scanner gives to what it found. */
  readonly finding: string | null;
}

export interface PatientFile {
  readonly id: FileId;
  readonly ownerId: UserId;
  readonly uploadedBy: UserId;
  readonly origin: FileOrigin;
  readonly kind: FileKind;
  readonly state: FileState;
  /** As declared while it is uploaded, as found in the bytes afterwards. */
  readonly mimeType: string;
  /** Reserved while it is uploaded. */
  readonly sizeBytes: number;
  readonly appointmentId: AppointmentId | null;
  /** `null` if they cannot be opened. */
  readonly details: FileDetails | null;
  /** Base64url of the key of the bytes; `null` if it cannot be opened. */
  readonly fileKey: string | null;
  readonly thumbnails: StoredThumbnails;
  readonly createdAt: Instant;
  readonly completedAt: Instant | null;
  readonly scannedAt: Instant | null;
  readonly deletedAt: Instant | null;
  readonly uploadExpiresAt: Instant;
  readonly version: number;
}

/** A file with the key that seals its details: the owner's, which holds the clinical key if there is one. */
export interface KeyedFile {
  readonly file: PatientFile;
  readonly key: DataKey;
}

/** Before sealing. Every part but the last has this size. */
export const PART_BYTES = 8 * 1024 * 1024;

/** A part in file storage. */
export interface FilePart extends SealedPart {
  /** From 1. */
  readonly number: number;
  /** Which of several objects that were stored for the part; 16 hexadecimal digits. */
  readonly attempt: string;
}

/** Objects that may exist: of the parts `first` to `last`. */
export interface FileAttempt {
  readonly attempt: string;
  readonly first: number;
  readonly last: number;
}

export const ATTEMPT_BYTES = 8;

export function fileFolder(id: FileId): string {
  return `files/${id}`;
}

/** Where the object of a part is stored. */
export function objectKey(id: FileId, { number, attempt }: Pick<FilePart, 'number' | 'attempt'>): string {
  return `${fileFolder(id)}/${number}-${attempt}`;
}

/** What a sealed part is bound to. */
export function partPlace(id: FileId, number: number): string {
  return `${fileFolder(id)}/${number}`;
}

/** A file without bytes has one part, empty. */
export function partCount(sizeBytes: number): number {
  return Math.max(1, Math.ceil(sizeBytes / PART_BYTES));
}

/** @param number from 1 */
export function partSize(sizeBytes: number, number: number): number {
  return Math.min(PART_BYTES, sizeBytes - (number - 1) * PART_BYTES);
}

/** Whether the parts are all that make a file of this size, in order. */
export function isWhole(parts: readonly FilePart[], sizeBytes: number): boolean {
  return (
    parts.length === partCount(sizeBytes) &&
    parts.every((part, index) => part.number === index + 1 && part.sizeBytes === partSize(sizeBytes, part.number))
  );
}

/** The objects of attempts that are none of the file's parts. */
export function unusedObjects(
  id: FileId,
  attempts: readonly FileAttempt[],
  parts: readonly Pick<FilePart, 'number' | 'attempt'>[],
): string[] {
  const used = new Set(parts.map((part) => objectKey(id, part)));
  return attempts
    .flatMap(({ attempt, first, last }) =>
      Array.from({ length: last - first + 1 }, (_, n) => objectKey(id, { number: first + n, attempt })),
    )
    .filter((key) => !used.has(key));
}
