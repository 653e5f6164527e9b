/** Makes small pictures of clean pictures, and opens them (ADR 0254). */
import type { Change, Decision } from '../../../domain/changes.ts';
import { ATTEMPT_BYTES, type FileId, type PatientFile, type ThumbnailFault } from '../../../domain/files/file.ts';
import { withoutMetadata } from '../../../domain/files/jpeg.ts';
import type { NotClean } from '../../../domain/files/life.ts';
import type { Rendering } from '../../../domain/files/loads.ts';
import {
  isPicture,
  MAXIMUM_PICTURE_BYTES,
  type PictureFault,
  type PictureType,
  readPicture,
} from '../../../domain/files/picture.ts';
import { pngWithoutMetadata } from '../../../domain/files/png.ts';
import type { Shape, SmallPictureType } from '../../../domain/files/ports.ts';
import {
  beginThumbnails,
  type NoThumbnailReason,
  queueThumbnails,
  THUMBNAIL_ATTEMPTS,
  THUMBNAIL_SHAPES,
  THUMBNAIL_SIZES,
  type Thumbnail,
  type ThumbnailAttempt,
  type ThumbnailSize,
  thumbnailKey,
  thumbnailKeys,
  thumbnailPlace,
  thumbnailState,
  wantsThumbnails,
} from '../../../domain/files/thumbnail.ts';
import type { FileNotFound } from '../../../domain/files/upload.ts';
import { DELETE_FILES } from '../../../domain/privacy/erasure.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { toHex } from '../../../domain/shared/bytes.ts';
import { decided, type JobDraft } from '../../../domain/shared/changes.ts';
import { isId } from '../../../domain/shared/ids.ts';
import { Unavailable } from '../../../domain/shared/ports.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { viewerOf } from '../../../domain/shared/viewer.ts';
import { recordEvent } from '../audit.ts';
import { commit, execute } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import type { JobOutcome } from '../notifications/outcome.ts';
import { readBytes, readObject, storeObject } from './bytes.ts';

const DONE: JobOutcome = { kind: 'done' };

export interface SmallPicture {
  /** Without metadata. */
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
}

const WITHOUT_METADATA = { 'image/jpeg': withoutMetadata, 'image/png': pngWithoutMetadata } as const;

/**
 * Small pictures of a picture, one for each shape. What the picture says of itself is checked before it is decoded, and nothing
 * but the pixels is left.
 *
 * @throws Unavailable if it takes too long
 */
export async function smallPictures(
  { thumbnailer }: Pick<Deps, 'thumbnailer'>,
  type: PictureType,
  bytes: Uint8Array,
  shapes: readonly Shape[],
  madeType: SmallPictureType = 'image/jpeg',
): Promise<Result<readonly SmallPicture[], PictureFault>> {
  const facts = readPicture(type, bytes);
  if (!facts.ok) return facts;
  const rendered = await thumbnailer.render(bytes, facts.value, shapes, madeType);
  if (rendered === undefined) return refuse('damaged');
  return ok(
    rendered.map((each) => {
      const made = WITHOUT_METADATA[madeType](each);
      const size = readPicture(madeType, made);
      if (!size.ok) throw new Error('the thumbnailer made no picture');
      return { bytes: made, width: size.value.width, height: size.value.height };
    }),
  );
}

/**
 * A job. What fails is tried again a few times; then the file has none.
 *
 * @param attempts with this one, that failed by a fault of ours or killed their process. Outages do not count
 * @param begin extends the lease of the job
 */
export async function makeThumbnails(
  deps: Deps,
  context: Context,
  id: string,
  { attempts, begin }: { readonly attempts: number; begin(): Promise<boolean> },
): Promise<JobOutcome> {
  if (!isId<'file'>(id)) return DONE;
  if (attempts > THUMBNAIL_ATTEMPTS) {
    await noteFault(deps, context, id, 'failed');
    return DONE;
  }
  if (!(await begin())) return DONE;
  const begun = await execute(deps, context, {
    loads: [deps.loads.files.rendering(id)],
    decide: (rendering): Result<Decision<Change, Begun | null>, never> => {
      if (rendering === undefined || !wantsThumbnails(rendering.file))
        return ok(decided({ value: null, changes: [], audit: [] }));
      const attempt = toHex(deps.random.bytes(ATTEMPT_BYTES));
      const decision = beginThumbnails(rendering.file, rendering.lastAttempt, attempt, context.now);
      const jobs = deletionOf(rendering);
      return ok({ ...decision, value: { ...rendering, attempt: decision.value }, jobs });
    },
  });
  if (!begun.ok) return { kind: 'retry', at: null, error: 'contended' };
  if (begun.value === null) return DONE;
  const fault = await storeThumbnails(deps, context, begun.value);
  if (fault !== undefined) await noteFault(deps, context, id, fault);
  return DONE;
}

/** The objects of the attempt before are deleted once it can store none. */
function deletionOf({ file, lastAttempt }: Rendering): readonly JobDraft[] {
  if (lastAttempt === null) return [];
  const keys = JSON.stringify(thumbnailKeys(file.id, lastAttempt.attempt));
  return [{ topic: DELETE_FILES, payload: { keys }, notBefore: lastAttempt.until }];
}

interface Begun extends Rendering {
  readonly attempt: ThumbnailAttempt;
}

async function storeThumbnails(deps: Deps, context: Context, begun: Begun): Promise<ThumbnailFault | undefined> {
  const { file, attempt } = begun;
  const { id, fileKey, mimeType, sizeBytes } = file;
  if (!isPicture(mimeType) || fileKey === null) return 'damaged';
  if (sizeBytes > MAXIMUM_PICTURE_BYTES) return 'too_large';
  const shapes = THUMBNAIL_SIZES.map((size) => THUMBNAIL_SHAPES[size]);
  const made = await smallPictures(deps, mimeType, await wholeOf(deps, begun), shapes);
  if (!made.ok) return made.error;
  if (deps.clock.now() >= attempt.until) throw new Unavailable('thumbnails', { reason: 'timeout' });
  const thumbnails: Thumbnail[] = [];
  for (const [n, { bytes, width, height }] of made.value.entries()) {
    const size = THUMBNAIL_SIZES[n] as ThumbnailSize;
    const key = thumbnailKey(id, { size, attempt: attempt.attempt });
    const sealed = await storeObject(deps, { fileKey, key, place: thumbnailPlace(id, size) }, bytes);
    thumbnails.push({ ...sealed, size, attempt: attempt.attempt, width, height });
  }
  // If another attempt has begun, or the file is gone, nothing is changed: whoever did that deletes the objects.
  const change = { type: 'file.thumbnails_made', id, attempt: attempt.attempt, thumbnails } as const;
  await commit(deps, context, decided({ value: undefined, changes: [change], audit: [] }));
  return undefined;
}

async function wholeOf(deps: Deps, rendering: Rendering): Promise<Uint8Array> {
  const { sizeBytes } = rendering.file;
  const bytes = new Uint8Array(sizeBytes);
  let filled = 0;
  for await (const chunk of readBytes(deps, rendering, { offset: 0, length: sizeBytes })) {
    bytes.set(chunk, filled);
    filled += chunk.length;
  }
  return bytes;
}

async function noteFault(deps: Deps, context: Context, id: FileId, fault: ThumbnailFault): Promise<void> {
  const change = { type: 'file.thumbnails_refused', id, fault } as const;
  await commit(deps, context, decided({ value: undefined, changes: [change], audit: [] }));
}

/** Called each minute: queues pictures that have none, such as those that are older than thumbnails. */
export async function queueMissingThumbnails(deps: Deps, context: Context, limit: number): Promise<void> {
  const [ids] = await deps.database.load(deps.loads.files.withoutThumbnails(limit));
  if (ids.length > 0) await commit(deps, context, queueThumbnails(ids));
}

export type ThumbnailPending = { readonly code: 'file_thumbnail_pending' };
export type NoThumbnail = { readonly code: 'file_thumbnail_none'; readonly reason: NoThumbnailReason };

export interface OpenedThumbnail {
  readonly file: PatientFile;
  readonly thumbnail: Thumbnail;
  readonly bytes: AsyncGenerator<Uint8Array>;
}

/** Opens a thumbnail. Whoever sees one has seen the picture, so it is recorded, in the same round trip. */
export async function openThumbnail(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: FileId,
  size: ThumbnailSize,
): Promise<Result<OpenedThumbnail, FileNotFound | NotClean | ThumbnailPending | NoThumbnail>> {
  const entry = recordEvent(deps, context, {
    type: 'file.previewed',
    stream: actor.userId,
    outcome: 'success',
    resource: { type: 'file', id },
    details: { size },
  });
  const load = deps.loads.files.thumbnailRead(id, size, viewerOf(actor, context), context.now);
  const found = await deps.database.loadRecorded(load, [entry]);
  if (found === undefined || found.file.deletedAt !== null) return refuse({ code: 'file_not_found' });
  const { file, thumbnail } = found;
  const state = thumbnailState(file);
  if (state.state === 'none') return refuse({ code: 'file_thumbnail_none', reason: state.reason });
  if (file.state !== 'clean') return refuse({ code: 'file_not_available', state: file.state });
  if (thumbnail === null || file.fileKey === null) return refuse({ code: 'file_thumbnail_pending' });
  const key = thumbnailKey(id, thumbnail);
  const bytes = readObject(deps, { ...thumbnail, key, place: thumbnailPlace(id, size), fileKey: file.fileKey });
  return ok({ file, thumbnail, bytes });
}
