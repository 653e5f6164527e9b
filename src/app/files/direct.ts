/** Uploading to signed addresses: begin, send the bytes in one request or in parts, complete. */
import type { Change, Decision } from '../../../domain/changes.ts';
import type { FileId, KeyedFile, PatientFile } from '../../../domain/files/file.ts';
import type { StoredParts, StoredUpload } from '../../../domain/files/loads.ts';
import {
  beginAttempt,
  type FileIncomplete,
  type FileNotFound,
  type HashMismatch,
  isUploadOf,
  isUploadOpen,
  sliceOf,
  storeParts,
  type UploadOver,
} from '../../../domain/files/upload.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { type Result, refuse } from '../../../domain/shared/result.ts';
import { type Contended, execute, executeOnce, type KeyReused, type Representation } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { beginLoad, beginning, type FileRequest, newAttempt, uploadLoad } from './begin.ts';
import { storeBytes, UploadStopped } from './bytes.ts';
import { complete } from './complete.ts';
import { type BytesRefused, receivedIn } from './received.ts';
import { isUploadToken } from './tokens.ts';

export function beginDirect(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  request: FileRequest,
  represent: (begun: KeyedFile) => Representation,
) {
  return executeOnce(
    deps,
    context,
    {
      loads: [beginLoad(deps, context, actor, request)],
      decide: beginning(deps, context, actor, request, null),
      answerOf: ({ key }) => key,
    },
    represent,
  );
}

/** The token says who may send which part until when; the database, whether the upload is open. */
export type TokenInvalid = { readonly code: 'file_link_invalid' };
type ContentRefusal = TokenInvalid | FileNotFound | UploadOver | FileIncomplete | Contended;

/**
 * Stores what one request sends: all bytes, or those of one part. What was sent before for the same part is replaced.
 *
 * @throws Unavailable if there are as many uploads as there may be, or as one person may have
 */
export async function receiveContent(
  deps: Deps,
  context: Context,
  id: FileId,
  token: string,
  bytes: AsyncIterable<Uint8Array>,
): Promise<Result<void, ContentRefusal>> {
  // The token is the uploader's, whose right ends it; a ground is stated when the upload is completed.
  const load = (now: number) => deps.loads.files.upload(id, now, true);
  const [stored] = await deps.database.load(load(context.now));
  const allowed = stored && isUploadToken(deps, stored.file, token, context.now);
  if (stored === undefined || allowed === undefined) return refuse({ code: 'file_link_invalid' });
  const slice = sliceOf(stored.file, allowed.part);
  if (slice === undefined) return refuse({ code: 'file_link_invalid' });
  const { uploadedBy } = stored.file;
  if (!isUploadOf(stored, uploadedBy)) return refuse({ code: 'file_not_found' });
  if (!isUploadOpen(stored.file, context.now)) return refuse({ code: 'file_upload_over' });
  const decideOn = decidingOn(uploadedBy);
  return deps.uploads.run(uploadedBy, async () => {
    const attempt = newAttempt(deps, slice.first, slice.last);
    const begun = await execute(deps, context, {
      loads: [load(context.now)],
      decide: decideOn((file) => beginAttempt(file, attempt, context.now)),
    });
    if (!begun.ok) return begun;
    try {
      const { parts, sizeBytes } = await storeBytes(deps, stored.file, attempt, bytes, slice.sizeBytes);
      if (sizeBytes !== slice.sizeBytes)
        return refuse({ code: 'file_incomplete', expected: slice.sizeBytes, received: sizeBytes });
      const later = { ...context, now: deps.clock.now() };
      return await execute(deps, later, {
        loads: [load(later.now)],
        decide: decideOn((file) => storeParts(file, parts, later.now)),
      });
    } catch (error) {
      if (!(error instanceof UploadStopped)) throw error;
      const { code } = error.refusal as { readonly code: string };
      return code === 'file_upload_over'
        ? refuse({ code })
        : refuse({ code: 'file_incomplete', expected: slice.sizeBytes, received: slice.sizeBytes + 1 });
    }
  });
}

/** The right may end, and the upload be swept, while bytes are sent. */
function decidingOn(uploadedBy: UserId) {
  return (decide: (file: PatientFile) => Result<Decision<Change, void>, UploadOver>) =>
    (found: StoredUpload | undefined): Result<Decision<Change, void>, UploadOver | FileNotFound> => {
      if (found === undefined) return refuse({ code: 'file_upload_over' });
      return isUploadOf(found, uploadedBy) ? decide(found.file) : refuse({ code: 'file_not_found' });
    };
}

export type CompleteRefusal =
  | FileNotFound
  | UploadOver
  | FileIncomplete
  | HashMismatch
  | BytesRefused
  | Contended
  | KeyReused;

/** Reads all bytes once: their hash, their type and their content decide. A refused upload stays open: its parts may be sent again. */
export async function completeDirect(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: FileId,
  represent: (completed: KeyedFile) => Representation,
): Promise<Result<Representation, CompleteRefusal>> {
  const { idempotency } = context;
  const scope = `${actor.userId} ${idempotency?.operationId}`;
  const [stored, answer] = await deps.database.load(
    uploadLoad(deps, context, id),
    idempotency === null ? deps.loads.none : deps.loads.storedAnswer(scope, idempotency.key, context.now),
  );
  if (!isUploadOf(stored, actor.userId)) return refuse({ code: 'file_not_found' });
  // A repeated request is answered as the first was, though the upload is over.
  if (answer !== undefined)
    return complete(deps, context, stored, { received: NOTHING, parts: [], areStored: true }, represent);
  const gap = gapIn(stored, context.now);
  if (gap !== undefined) return refuse(gap);
  return deps.uploads.run(actor.userId, () => completeStored(deps, context, stored, represent));
}

/**
 * Reads all bytes once, and completes the upload if they are what was declared.
 *
 * @param sha256 hexadecimal: of the bytes, as declared by the request; `null` if it declares none
 */
export async function completeStored(
  deps: Deps,
  context: Context,
  stored: StoredParts,
  represent: (completed: KeyedFile) => Representation,
  sha256: string | null = null,
): Promise<Result<Representation, CompleteRefusal>> {
  try {
    const declared = { mediaType: stored.file.mimeType, filename: stored.file.details?.name ?? '' };
    const received = await receivedIn(deps, stored, declared);
    if (sha256 !== null && sha256 !== received.sha256) return refuse({ code: 'file_hash_mismatch' });
    const later = { ...context, now: deps.clock.now() };
    return await complete(deps, later, stored, { received, parts: stored.parts, areStored: true }, represent);
  } catch (error) {
    if (error instanceof UploadStopped) return refuse(error.refusal as BytesRefused);
    throw error;
  }
}

const NOTHING = { mimeType: '', sizeBytes: 0, sha256: '' };

/** Whether parts are missing; bytes need not be read then. */
function gapIn({ file, parts }: StoredParts, now: number): UploadOver | FileIncomplete | undefined {
  if (!isUploadOpen(file, now) || file.fileKey === null) return { code: 'file_upload_over' };
  const received = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  return received === file.sizeBytes ? undefined : { code: 'file_incomplete', expected: file.sizeBytes, received };
}
