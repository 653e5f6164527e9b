/** What the context files loads. */
import type { Load } from '../shared/changes.ts';
import type { RecordedLoad } from '../shared/database.ts';
import type { AppointmentId, UserId } from '../shared/ids.ts';
import type { Instant } from '../shared/time.ts';
import type { Viewer } from '../shared/viewer.ts';
import type { DownloadLink, DownloadLinkId } from './download-link.ts';
import type { FileAttempt, FileId, FileKind, FilePart, FileShareId, KeyedFile, PatientFile } from './file.ts';
import type { PublicLink, PublicLinkState } from './public-link.ts';
import type { FilePurge } from './purge.ts';
import type { FileUsage } from './quota.ts';
import type { FileShare, ShareState } from './share.ts';
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

export interface StoredUpload extends StoredParts {
  /** The attempt of the request that appends; `null` if none does. */
  readonly appending: string | null;
  /** Whether who has begun it could still begin it: for the owner, as a proxy, or as the clinic. */
  readonly uploaderMayAct: boolean;
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

/** A file that somebody may read, and by what. */
export interface ReachedFile extends KeyedFile {
  /** `share`: by a share alone, which lets them read it and nothing else. */
  readonly via: 'record' | 'share';
  /** Of a share with the reader that goes on. */
  readonly shareId: FileShareId | null;
}

/** A share with the names of both sides; `null` if the account is closed. */
export interface ShownShare {
  readonly share: FileShare;
  readonly sharedByName: string | null;
  readonly receiverName: string | null;
}

export interface SharedFile extends Omit<ShownShare, 'receiverName'> {
  readonly file: PatientFile;
}

/** The newest first. */
export interface SharePage {
  readonly after: FileShareId | null;
  readonly limit: number;
}

export interface FileLoads {
  /** `undefined` if there is no such patient, or none for whom the viewer may act. */
  uploadState(ownerId: UserId, viewer: Viewer, appointmentId: AppointmentId | null): Load<UploadState | undefined>;
  /** A file that the viewer may see, also a deleted one, with the words of a legal hold on documents of the clinic. */
  file(id: FileId, viewer: Viewer): Load<(KeyedFile & { readonly isHeld: boolean }) | undefined>;
  /** Recorded only if there is a thumbnail that may be opened: of a file that is clean and not deleted (R53). */
  thumbnailRead(
    id: FileId,
    size: ThumbnailSize,
    viewer: Viewer,
    now: Instant,
  ): RecordedLoad<FoundThumbnail | undefined>;
  /** The same, and files that are shared with the viewer. */
  reached(id: FileId, viewer: Viewer, now: Instant): Load<ReachedFile | undefined>;
  reachedRead(id: FileId, viewer: Viewer, now: Instant): RecordedLoad<ReachedFile | undefined>;
  /** The newest first, one more than `limit` if there is a next page; `undefined` if the viewer may not know the person. */
  filesRead(
    ownerId: UserId,
    filter: FileFilter,
    viewer: Viewer,
    page: { readonly after: FilePlace | null; readonly limit: number },
  ): RecordedLoad<PatientFile[] | undefined>;
  /** `undefined` if the viewer may not see the file, or only by a share. */
  shareState(id: FileId, receiverId: UserId, viewer: Viewer, now: Instant): Load<ShareState | undefined>;
  /** `undefined` if the viewer may not see the file, or only by a share. */
  publicLinkState(id: FileId, viewer: Viewer, now: Instant): Load<PublicLinkState | undefined>;
  /** A link that goes on, of a file that can be opened, while the clinic allows links. */
  publicLink(
    by: { readonly secretHash: Uint8Array } | { readonly id: FileShareId; readonly fileId: FileId },
    now: Instant,
  ): Load<PublicLink | undefined>;
  share(fileId: FileId, id: FileShareId): Load<FileShare | undefined>;
  /** One more than `limit` if there is a next page. Ended ones too; for the clinic those that it has made. */
  sharesRead(id: FileId, viewer: Viewer, page: SharePage): RecordedLoad<ShownShare[] | undefined>;
  /** Those that go on, of files that can be opened. */
  sharedWithRead(viewer: Viewer, now: Instant, page: SharePage): RecordedLoad<SharedFile[]>;
  usage(ownerId: UserId): Load<FileUsage>;
  /** Whoever asks: for links that are signed, for scans and for exports. */
  stored(id: FileId): Load<StoredParts | undefined>;
  /** For whoever goes on with the upload. @see hasGround whether an administrator states one for a restricted record */
  upload(id: FileId, now: Instant, hasGround: boolean): Load<StoredUpload | undefined>;
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
