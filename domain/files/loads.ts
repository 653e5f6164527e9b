/** What the context files loads. */
import type { Load } from '../shared/changes.ts';
import type { RecordedLoad } from '../shared/database.ts';
import type { AppointmentId, UserId } from '../shared/ids.ts';
import type { Instant } from '../shared/time.ts';
import type { Viewer } from '../shared/viewer.ts';
import type { DownloadLink, DownloadLinkId } from './download-link.ts';
import type { FileAttempt, FileId, FileKind, FilePart, KeyedFile, PatientFile } from './file.ts';
import type { FilePurge } from './purge.ts';
import type { FileUsage } from './quota.ts';
import type { Thumbnail, ThumbnailAttempt, ThumbnailSize } from './thumbnail.ts';
import type { UploadState } from './upload.ts';

export interface FileFilter {
  readonly kind: FileKind | null;
  readonly tag: string | null;
  /** Of the upload, inclusive. */
  readonly from: Instant | null;
  /** Exclusive. */
  readonly to: Instant | null;
  /** Deleted ones that can be restored, instead of all others. */
  readonly deleted: boolean;
}

export interface FilePlace {
  readonly at: Instant;
  readonly id: FileId;
}

/** A file with everything that its bytes are read with. */
export interface StoredParts extends KeyedFile {
  readonly parts: readonly FilePart[];
}

/** @see appending the attempt of the request that appends; `null` if none does */
export interface StoredUpload extends StoredParts {
  readonly appending: string | null;
}

/** A picture with what its thumbnails are made with. */
export interface Rendering extends StoredParts {
  readonly lastAttempt: ThumbnailAttempt | null;
}

/** A file with its thumbnail; `null` if there is none that may be opened. */
export interface FoundThumbnail {
  readonly file: PatientFile;
  readonly thumbnail: Thumbnail | null;
}

export interface FileLoads {
  /** `undefined` if there is no such patient, or none for whom the viewer may act. */
  uploadState(ownerId: UserId, viewer: Viewer, appointmentId: AppointmentId | null): Load<UploadState | undefined>;
  /** A file that the viewer may see, also a deleted one, with the words of a legal hold on documents of the clinic. */
  file(id: FileId, viewer: Viewer): Load<(KeyedFile & { readonly isHeld: boolean }) | undefined>;
  fileRead(id: FileId, viewer: Viewer): RecordedLoad<PatientFile | undefined>;
  /** Recorded only if there is a thumbnail that may be opened: of a file that is clean and not deleted (R53). */
  thumbnailRead(id: FileId, size: ThumbnailSize, viewer: Viewer): RecordedLoad<FoundThumbnail | undefined>;
  /** The newest first, one more than `limit` if there is a next page; `undefined` if the viewer may not know the person. */
  filesRead(
    ownerId: UserId,
    filter: FileFilter,
    viewer: Viewer,
    page: { readonly after: FilePlace | null; readonly limit: number },
  ): RecordedLoad<PatientFile[] | undefined>;
  usage(ownerId: UserId): Load<FileUsage>;
  /** Whoever asks: for links that are signed, for scans and for exports. */
  stored(id: FileId): Load<StoredUpload | undefined>;
  /** `undefined` once it has ended; its session may have ended all the same. */
  downloadLink(id: DownloadLinkId, now: Instant): Load<DownloadLink | undefined>;
  attempts(id: FileId): Load<FileAttempt[]>;
  rendering(id: FileId): Load<Rendering | undefined>;
  /** Clean pictures whose thumbnails were never queued. */
  withoutThumbnails(limit: number): Load<FileId[]>;
  /** Clean files of a person, the oldest first. */
  cleanOf(ownerId: UserId, page: { readonly after: FileId | null; readonly limit: number }): Load<FileId[]>;
  /** Files that wait for a scan or are kept from everybody, the oldest first. */
  quarantineRead(page: { readonly after: FileId | null; readonly limit: number }): RecordedLoad<PatientFile[]>;
  /** Uploads that ended before. */
  expiredUploads(before: Instant, limit: number): Load<FileId[]>;
  /** Purges that have something to do. */
  purges(now: Instant, limit: number): Load<FilePurge[]>;
}
