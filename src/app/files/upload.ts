/** Uploading a file in one request, whose bytes arrive after what is said of it. */
import { sha256 } from '@noble/hashes/sha2.js';
import { type FileId, type KeyedFile, partCount } from '../../../domain/files/file.ts';
import type { FileTooLarge } from '../../../domain/files/quota.ts';
import type {
  FileDraft,
  FileIncomplete,
  FileNotFound,
  HashMismatch,
  UploadOver,
} from '../../../domain/files/upload.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { equalBytes, utf8 } from '../../../domain/shared/bytes.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { type Contended, execute, type KeyReused, type Representation } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { abandon, type BeginRefusal, beginLoad, beginning, type FileRequest, newAttempt } from './begin.ts';
import { storeBytes, UploadStopped } from './bytes.ts';
import { complete } from './complete.ts';
import { type BytesRefused, inspected, lookAt } from './received.ts';

/** What is said of the file after its bytes. */
export type LateFields = Partial<Pick<FileDraft, 'kind' | 'description' | 'tags'>>;

export interface Upload extends FileRequest {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Call it when all bytes were read. */
  late(): Promise<LateFields>;
}

type StoppedBy = BytesRefused | FileTooLarge | UploadOver;
export type UploadRefusal =
  | BeginRefusal
  | StoppedBy
  | FileNotFound
  | FileIncomplete
  | HashMismatch
  | Contended
  | KeyReused;

/**
 * A repeated request with the same `Idempotency-Key` stores nothing, and gets the answer of the first if it sends the same file.
 *
 * @throws Unavailable if there are as many uploads as there may be, or as one person may have
 */
export function uploadFile(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  upload: Upload,
  represent: (uploaded: KeyedFile) => Representation,
): Promise<Result<Representation, UploadRefusal>> {
  return deps.uploads.run(actor.userId, async () => {
    const repeated = await repeatOf(deps, context, actor, upload);
    return repeated ?? receive(deps, context, actor, upload, represent);
  });
}

async function receive(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  upload: Upload,
  represent: (uploaded: KeyedFile) => Representation,
): Promise<Result<Representation, UploadRefusal>> {
  const attempt = newAttempt(deps, 1, partCount(upload.draft.sizeBytes));
  const begun = await execute(deps, context, {
    loads: [beginLoad(deps, context, actor, upload)],
    decide: beginning(deps, context, actor, upload, attempt),
  });
  if (!begun.ok) return begun;
  const { id } = begun.value.file;
  let made: FileId | undefined;
  try {
    const { name, mimeType, sizeBytes } = upload.draft;
    const look = lookAt(deps, { mediaType: mimeType, filename: name });
    const { parts } = await storeBytes(deps, begun.value.file, attempt, look.through(upload.bytes), sizeBytes);
    const found = look.result();
    const received = await inspected(deps, { ...begun.value, parts }, found);
    const edits = await upload.late();
    const later = withFingerprint({ ...context, now: deps.clock.now() }, upload, edits, found.sha256);
    const completed = await complete(deps, later, begun.value, { received, parts, areStored: false, edits }, (file) => {
      made = file.file.id;
      return represent(file);
    });
    // Another request with the same key was faster: its file counts.
    if (!completed.ok || !isOf(completed.value, id, made)) await abandon(deps, context, id);
    return completed;
  } catch (error) {
    await abandon(deps, context, id);
    if (error instanceof UploadStopped) return refuse(error.refusal as StoppedBy);
    throw error;
  }
}

function isOf({ body }: Representation, id: FileId, made: FileId | undefined): boolean {
  return made === id && (body as { readonly id?: unknown }).id === id;
}

/** The fingerprint of a request covers its bytes, which are not kept in memory: it is known once they have passed. */
function withFingerprint(context: Context, { ownerId, draft }: Upload, edits: LateFields, hash: string): Context {
  const { idempotency } = context;
  if (idempotency === null) return context;
  const { sizeBytes: _, ...described } = draft;
  const fingerprint = sha256(utf8(JSON.stringify({ ownerId, ...described, ...edits, hash })));
  return { ...context, idempotency: { ...idempotency, fingerprint } };
}

/** The answer to a request that was carried out before; the bytes are hashed, and not stored. */
async function repeatOf(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  upload: Upload,
): Promise<Result<Representation, KeyReused> | undefined> {
  const { idempotency } = context;
  if (idempotency === null) return undefined;
  const scope = `${actor.userId} ${idempotency.operationId}`;
  const [stored] = await deps.database.load(deps.loads.storedAnswer(scope, idempotency.key, context.now));
  if (stored === undefined) return undefined;
  const hash = deps.newHash();
  for await (const chunk of upload.bytes) hash.update(chunk);
  const same = withFingerprint(context, upload, await upload.late(), hash.digest());
  if (stored === 'gone' || !equalBytes(stored.fingerprint, same.idempotency?.fingerprint ?? new Uint8Array()))
    return refuse({ code: 'idempotency_key_reused' });
  return ok({
    status: stored.status as Representation['status'],
    body: JSON.parse(stored.body) as unknown,
    ...(stored.location === null ? {} : { location: stored.location }),
  });
}
