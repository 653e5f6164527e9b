/** Small pictures of a picture, made in the background once it is clean (ADR 0254). */
import { decided, type JobDraft } from '../shared/changes.ts';
import type { Instant } from '../shared/time.ts';
import type { Decision } from './decision.ts';
import { type FileId, fileFolder, type PatientFile, THUMBNAIL_FAULTS, type ThumbnailFault } from './file.ts';
import { isPicture } from './picture.ts';
import type { Shape } from './ports.ts';

/** `thumbnail` is for lists; `preview` for a look at the picture on a screen without its download. */
export const THUMBNAIL_SIZES = ['thumbnail', 'preview'] as const;
export type ThumbnailSize = (typeof THUMBNAIL_SIZES)[number];

/** The length of the longer side in pixels; a smaller picture keeps its size. */
export const THUMBNAIL_SHAPES: Readonly<Record<ThumbnailSize, Shape>> = {
  thumbnail: { side: 320, fit: 'inside' },
  preview: { side: 1280, fit: 'inside' },
};

export const NO_THUMBNAIL_REASONS = ['type', 'quarantined', ...THUMBNAIL_FAULTS] as const;
export type NoThumbnailReason = (typeof NO_THUMBNAIL_REASONS)[number];

export type ThumbnailState =
  | { readonly state: 'pending' }
  | { readonly state: 'ready' }
  | { readonly state: 'none'; readonly reason: NoThumbnailReason };

export function thumbnailState({ state, mimeType, thumbnails }: PatientFile): ThumbnailState {
  if (!isPicture(mimeType)) return { state: 'none', reason: 'type' };
  if (state === 'infected' || state === 'unscannable') return { state: 'none', reason: 'quarantined' };
  if (thumbnails === null || (thumbnails === 'ready' && state !== 'clean')) return { state: 'pending' };
  return thumbnails === 'ready' ? { state: 'ready' } : { state: 'none', reason: thumbnails };
}

export const MAKE_THUMBNAILS = 'file.thumbnail';

export function thumbnailJob(id: FileId): JobDraft {
  return { topic: MAKE_THUMBNAILS, payload: { fileId: id } };
}

/** Whether its thumbnails are to be made now: never of bytes that are not clean (R53). */
export function wantsThumbnails({ state, mimeType, thumbnails }: PatientFile): boolean {
  return state === 'clean' && thumbnails === null && isPicture(mimeType);
}

/** How long an attempt may take. Until then its objects may appear, and no other attempt begins. */
export const THUMBNAIL_MS = 15 * 60_000;
/** How often making them is tried before it counts as failed. */
export const THUMBNAIL_ATTEMPTS = 4;

/** Objects of a file's thumbnails that exist or may appear until a time. */
export interface ThumbnailAttempt {
  /** 16 hexadecimal digits. */
  readonly attempt: string;
  readonly until: Instant;
}

/** A sealed thumbnail: what its row holds. */
export interface Thumbnail {
  readonly size: ThumbnailSize;
  readonly attempt: string;
  readonly header: Uint8Array;
  /** Before sealing. */
  readonly sizeBytes: number;
  readonly width: number;
  readonly height: number;
}

export type ThumbnailChange =
  /** Guarded: it is clean, has no thumbnails, and no other attempt began since. */
  | {
      readonly type: 'file.thumbnails_begun';
      readonly id: FileId;
      readonly attempt: ThumbnailAttempt;
      readonly former: ThumbnailAttempt | null;
    }
  /** Guarded: the attempt is the last one, and there are none yet. */
  | {
      readonly type: 'file.thumbnails_made';
      readonly id: FileId;
      readonly attempt: string;
      readonly thumbnails: readonly Thumbnail[];
    }
  /** No effect if there are thumbnails, or a reason is noted. */
  | { readonly type: 'file.thumbnails_refused'; readonly id: FileId; readonly fault: ThumbnailFault }
  /** Their jobs are queued. */
  | { readonly type: 'file.thumbnails_queued'; readonly ids: readonly FileId[] };

/** The object of a thumbnail. It lies in the folder of its file, so a purge deletes it with the file. */
export function thumbnailKey(id: FileId, { size, attempt }: Pick<Thumbnail, 'size' | 'attempt'>): string {
  return `${fileFolder(id)}/${size}-${attempt}`;
}

/** What a sealed thumbnail is bound to. */
export function thumbnailPlace(id: FileId, size: ThumbnailSize): string {
  return `${fileFolder(id)}/${size}`;
}

export function thumbnailKeys(id: FileId, attempt: string): string[] {
  return THUMBNAIL_SIZES.map((size) => thumbnailKey(id, { size, attempt }));
}

export function beginThumbnails(
  { id }: PatientFile,
  former: ThumbnailAttempt | null,
  attempt: string,
  now: Instant,
): Decision<ThumbnailChange, ThumbnailAttempt> {
  const begun = { attempt, until: now + THUMBNAIL_MS };
  return decided({
    value: begun,
    changes: [{ type: 'file.thumbnails_begun', id, attempt: begun, former }],
    audit: [],
  });
}

/** Jobs for pictures that have none yet: those that are older than thumbnails. */
export function queueThumbnails(ids: readonly FileId[]): Decision<ThumbnailChange, void> {
  return decided({
    value: undefined,
    changes: [{ type: 'file.thumbnails_queued', ids }],
    audit: [],
    jobs: ids.map(thumbnailJob),
  });
}
