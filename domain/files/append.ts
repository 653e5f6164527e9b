/**
 * Appending to an upload after its offset (draft-ietf-httpbis-resumable-upload-12, ADR 0258). Bytes that fill no part are kept as a
 * short last part, which the next append replaces by a longer one.
 */
import { decided } from '../shared/changes.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import type { Decision } from './decision.ts';
import {
  type FileAttempt,
  type FileId,
  type FilePart,
  PART_BYTES,
  type PatientFile,
  partCount,
  partSize,
} from './file.ts';
import type { StoredUpload } from './loads.ts';
import { type FileNotFound, isUploadOpen } from './upload.ts';

export type AppendChange =
  /** Ends the append that runs. Guarded: the upload is open, and has these parts. */
  | {
      readonly type: 'file.append_begun';
      readonly id: FileId;
      readonly attempt: FileAttempt;
      readonly parts: readonly FilePart[];
      readonly at: Instant;
    }
  /** Guarded: the upload is open, and no other append has begun or ended this one. */
  | { readonly type: 'file.part_appended'; readonly id: FileId; readonly part: FilePart; readonly at: Instant }
  /** The append is over. Guarded as above. @see last number of the last object of the attempt; `null` if there is none */
  | {
      readonly type: 'file.append_settled';
      readonly id: FileId;
      readonly attempt: string;
      readonly parts: readonly FilePart[];
      readonly last: number | null;
      readonly at: Instant;
    }
  /** Ends the append that runs. Guarded: the upload has these parts. */
  | { readonly type: 'file.append_ended'; readonly id: FileId; readonly parts: readonly FilePart[] }
  /** The object of a part that was replaced is deleted. */
  | { readonly type: 'file.object_forgotten'; readonly id: FileId; readonly part: FilePart };

/** The upload is complete: nothing can be appended or cancelled. */
export type UploadCompleted = { readonly code: 'file_upload_completed' };
/** In bytes. */
export type OffsetMismatch = {
  readonly code: 'file_offset_mismatch';
  readonly 'expected-offset': number;
  readonly 'provided-offset': number;
};
/** @see expected in bytes: what was declared when the upload began */
export type LengthInconsistent = { readonly code: 'file_length_inconsistent'; readonly expected: number };
/** Another request has asked for the offset, appends, or has cancelled the upload. */
export type AppendSuperseded = { readonly code: 'file_append_superseded' };
/** The content of the request has another hash than its `Content-Digest`; none of it was appended. */
export type ContentDigestMismatch = { readonly code: 'file_content_digest_mismatch' };

export type AppendRefusal = FileNotFound | UploadCompleted | OffsetMismatch | LengthInconsistent;

/** Where the next bytes go. */
export interface AppendPlace {
  /** Bytes that are stored from the beginning on, without a gap. */
  readonly offset: number;
  /** Number of the part that the next byte belongs to. */
  readonly next: number;
  /** That part, if bytes of it are stored. */
  readonly tail: FilePart | undefined;
}

export function appendPlace({ file: { sizeBytes }, parts }: Pick<StoredUpload, 'file' | 'parts'>): AppendPlace {
  const gap = parts.findIndex(
    ({ number, sizeBytes: stored }, index) => number !== index + 1 || stored < partSize(sizeBytes, number),
  );
  const whole = gap === -1 ? parts : parts.slice(0, gap);
  const after = parts[gap];
  const tail = after?.number === gap + 1 ? after : undefined;
  const offset = whole.reduce((sum, part) => sum + part.sizeBytes, 0) + (tail?.sizeBytes ?? 0);
  return { offset, next: whole.length + 1, tail };
}

/** What the head of a request says of what it appends. */
export interface AppendRequest {
  readonly offset: number;
  /** Whether the upload is complete with it. */
  readonly completes: boolean;
  /** Of the whole file. */
  readonly declaredLength: number | null;
  /** Of the content; `null` if it is not known before. */
  readonly contentLength: number | null;
}

/** @returns where the content goes */
export function placeOfAppend(
  stored: StoredUpload,
  { offset, completes, declaredLength, contentLength }: AppendRequest,
  now: Instant,
): Result<AppendPlace, AppendRefusal> {
  const { file } = stored;
  const expected = file.sizeBytes;
  const inconsistent = { code: 'file_length_inconsistent', expected } as const;
  if (file.completedAt !== null) return refuse(contentLength === 0 ? { code: 'file_upload_completed' } : inconsistent);
  if (!isUploadOpen(file, now) || file.fileKey === null) return refuse({ code: 'file_not_found' });
  const place = appendPlace(stored);
  if (offset !== place.offset) {
    return refuse({ code: 'file_offset_mismatch', 'expected-offset': place.offset, 'provided-offset': offset });
  }
  const end = contentLength === null ? null : offset + contentLength;
  const isInconsistent =
    (declaredLength !== null && declaredLength !== expected) ||
    (end !== null && (completes ? end !== expected : end > expected));
  return isInconsistent ? refuse(inconsistent) : ok(place);
}

/** The parts that a request may store: up to its end, if that is known. */
export function partsOfAppend(
  { sizeBytes }: PatientFile,
  { offset, next }: AppendPlace,
  contentLength: number | null,
): Pick<FileAttempt, 'first' | 'last'> {
  const end = contentLength === null ? sizeBytes : offset + contentLength;
  return { first: next, last: Math.max(next, partCount(end)) };
}

/** The most bytes that the parts from the place on hold. */
export function roomAfter({ sizeBytes }: PatientFile, { next }: AppendPlace): number {
  return sizeBytes - (next - 1) * PART_BYTES;
}

export function beginAppend<T extends { readonly stored: StoredUpload; readonly attempt: FileAttempt }>(
  append: T,
  now: Instant,
): Decision<AppendChange, T> {
  const { file, parts } = append.stored;
  const begun = { type: 'file.append_begun', id: file.id, attempt: append.attempt, parts, at: now } as const;
  return decided({ value: append, changes: [begun], audit: [] });
}

/** What is known of an upload: its offset, and whether it is complete. An append that runs is ended, so that the offset stays true. */
export function lookAtUpload(
  stored: StoredUpload,
  now: Instant,
): Result<Decision<AppendChange, { readonly file: PatientFile; readonly offset: number }>, FileNotFound> {
  const { file, parts, appending } = stored;
  if (file.uploadExpiresAt <= now) return refuse({ code: 'file_not_found' });
  const isComplete = file.completedAt !== null;
  const offset = isComplete ? file.sizeBytes : appendPlace(stored).offset;
  const ended = { type: 'file.append_ended', id: file.id, parts } as const;
  const changes = isComplete || appending === null ? [] : [ended];
  return ok(decided({ value: { file, offset }, changes, audit: [] }));
}
