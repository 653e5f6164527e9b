/** Uploads that can be resumed: appending to them, asking how far they are, and cancelling them (ADR 0258). */
import {
  type AppendRefusal,
  type AppendRequest,
  type AppendSuperseded,
  beginAppend,
  type ContentDigestMismatch,
  lookAtUpload,
  partsOfAppend,
  placeOfAppend,
  roomAfter,
  type UploadCompleted,
} from '../../../domain/files/append.ts';
import type { FileId, PatientFile } from '../../../domain/files/file.ts';
import type { StoredUpload } from '../../../domain/files/loads.ts';
import { type FileNotFound, isUploadOf, type UploadOver } from '../../../domain/files/upload.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { type Contended, execute, type Representation } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { type Begun, type Content, storeContent } from './append-content.ts';
import { abandon, newAttempt, uploadLoad } from './begin.ts';
import { UploadStopped } from './bytes.ts';
import { type CompleteRefusal, completeStored } from './direct.ts';

export interface Append extends AppendRequest, Content {
  /** SHA-256 of the whole file, hexadecimal: compared when the upload is completed. */
  readonly fileHash: string | null;
}

/** How far an upload is. @see completed the answer of its completion; `null` if it goes on */
export interface Appended {
  readonly file: PatientFile;
  readonly offset: number;
  readonly completed: Representation | null;
}

type Stopped = AppendRefusal | AppendSuperseded | ContentDigestMismatch | UploadOver;
export type AppendingRefusal = Stopped | CompleteRefusal | Contended;

/**
 * Appends what arrives, also of a request that is cut off, and completes the upload if the request says so. What cannot be
 * completed is deleted: the same bytes would be refused again.
 *
 * @throws Unavailable if there are as many uploads as there may be, or as one person may have
 */
export async function appendToUpload(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: FileId,
  append: Append,
  represent: Parameters<typeof completeStored>[3],
): Promise<Result<Appended, AppendingRefusal>> {
  // Before it takes a place: the append that it ends holds one.
  await endRunning(deps, context, actor, id);
  return deps.uploads.run(actor.userId, async () => {
    const superseded = new UploadStopped({ code: 'file_append_superseded' } as const);
    const arrived = await deps.appends.run(id, (running) =>
      arrive(deps, context, actor, id, { ...append, bytes: running.through(append.bytes, superseded) }),
    );
    if (!arrived.ok) return arrived;
    const { file } = arrived.value;
    const appended = { ...arrived.value, completed: null };
    if (!append.completes) return ok(appended);
    if (appended.offset !== file.sizeBytes)
      return refuse({ code: 'file_length_inconsistent', expected: file.sizeBytes });
    const whole = await ownUpload(deps, context, actor, id);
    if (whole === undefined) return refuse({ code: 'file_not_found' });
    const completed = await completeStored(deps, context, whole, represent, append.fileHash);
    if (completed.ok) return ok({ ...appended, completed: completed.value });
    if (isFinal(completed.error)) await abandon(deps, context, id);
    return completed;
  });
}

const FINAL: readonly string[] = [
  'file_type_unsupported',
  'file_type_mismatch',
  'file_content_refused',
  'file_hash_mismatch',
] satisfies readonly CompleteRefusal['code'][];

/** Whether the bytes themselves are refused. */
export function isFinal({ code }: { readonly code: string }): boolean {
  return FINAL.includes(code);
}

/** An upload of the actor, who is the only one that may know of it. */
async function ownUpload(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: FileId,
): Promise<StoredUpload | undefined> {
  const [stored] = await deps.database.load(uploadLoad(deps, context, id));
  return isUploadOf(stored, actor.userId) ? stored : undefined;
}

/** Ends the append of this process, if the upload is the actor's: what has arrived of it is stored. */
async function endRunning(deps: Deps, context: Context, actor: KnownActor, id: FileId): Promise<void> {
  if (deps.appends.has(id) && (await ownUpload(deps, context, actor, id)) !== undefined) await deps.appends.end(id);
}

async function arrive(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: FileId,
  append: Append,
): Promise<Result<Omit<Appended, 'completed'>, Stopped | Contended>> {
  const begun = await begin(deps, context, actor, id, append);
  if (!begun.ok) return begun;
  const received = await receive(deps, context, begun.value, append);
  return received.ok ? ok({ file: begun.value.stored.file, offset: received.value }) : received;
}

/** A request without content changes nothing. */
async function begin(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: FileId,
  append: Append,
): Promise<Result<Begun, AppendRefusal | Contended>> {
  if (append.contentLength === 0) {
    const stored = await ownUpload(deps, context, actor, id);
    if (stored === undefined) return refuse({ code: 'file_not_found' });
    const place = placeOfAppend(stored, append, context.now);
    return place.ok ? ok({ stored, place: place.value, attempt: null }) : place;
  }
  const named = newAttempt(deps, 0, 0);
  return execute(deps, context, {
    loads: [uploadLoad(deps, context, id)],
    decide: (stored) => {
      if (!isUploadOf(stored, actor.userId)) return refuse({ code: 'file_not_found' });
      const place = placeOfAppend(stored, append, context.now);
      if (!place.ok) return place;
      const attempt = { ...named, ...partsOfAppend(stored.file, place.value, append.contentLength) };
      return ok(beginAppend({ stored, place: place.value, attempt }, context.now));
    },
  });
}

async function receive(deps: Deps, context: Context, begun: Begun, append: Append): Promise<Result<number, Stopped>> {
  const { file } = begun.stored;
  try {
    return ok(await storeContent(deps, context, begun, append, roomAfter(file, begun.place)));
  } catch (error) {
    if (!(error instanceof UploadStopped)) throw error;
    const refusal = error.refusal as Stopped | { readonly code: 'file_too_large' };
    if (refusal.code !== 'file_too_large') return refuse(refusal);
    // More than was declared: nothing of the upload can be trusted (section 4.4.2 of the draft).
    await abandon(deps, context, file.id);
    return refuse({ code: 'file_length_inconsistent', expected: file.sizeBytes });
  }
}

/** How far an upload is. An append that runs is ended, so that the offset holds for the next one. */
export async function readUpload(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: FileId,
): Promise<Result<Omit<Appended, 'completed'>, FileNotFound | Contended>> {
  await endRunning(deps, context, actor, id);
  const stored = await ownUpload(deps, context, actor, id);
  if (stored === undefined) return refuse({ code: 'file_not_found' });
  const looked = lookAtUpload(stored, context.now);
  if (!looked.ok || looked.value.changes.length === 0) return looked.ok ? ok(looked.value.value) : looked;
  return execute(deps, context, {
    loads: [uploadLoad(deps, context, id)],
    decide: (found) =>
      isUploadOf(found, actor.userId) ? lookAtUpload(found, context.now) : refuse({ code: 'file_not_found' }),
  });
}

/** Deletes an upload with what it has stored, unless it is complete. */
export async function cancelUpload(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: FileId,
): Promise<Result<void, FileNotFound | UploadCompleted>> {
  await endRunning(deps, context, actor, id);
  const stored = await ownUpload(deps, context, actor, id);
  if (stored === undefined) return refuse({ code: 'file_not_found' });
  if (stored.file.completedAt !== null) return refuse({ code: 'file_upload_completed' });
  await abandon(deps, context, id);
  return ok(undefined);
}
