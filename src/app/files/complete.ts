/** The commit that says that a file is complete, and queues its scan. */
import type { Change, Decision } from '../../../domain/changes.ts';
import type { FileAttempt, FileId, FilePart, KeyedFile } from '../../../domain/files/file.ts';
import type { StoredParts } from '../../../domain/files/loads.ts';
import {
  completeUpload,
  type FileDraft,
  type FileIncomplete,
  type FileNotFound,
  type HashMismatch,
  isUploadOf,
  type Received,
  type UploadOver,
} from '../../../domain/files/upload.ts';
import { DELETE_FILES } from '../../../domain/privacy/erasure.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { executeOnce, type Representation } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { uploadLoad } from './begin.ts';

export interface Completing {
  readonly received: Received;
  /** As the bytes were read. */
  readonly parts: readonly FilePart[];
  readonly areStored: boolean;
  readonly edits?: Partial<Pick<FileDraft, 'kind' | 'description' | 'tags'>>;
}

type CompletionRefusal = FileNotFound | UploadOver | FileIncomplete | HashMismatch;

/** Objects that are none of the file's parts are deleted once no request can store another one. */
export function complete(
  deps: Deps,
  context: Context,
  { file: { id, uploadedBy } }: KeyedFile,
  { received, parts, areStored, edits = {} }: Completing,
  represent: (completed: KeyedFile) => Representation,
) {
  return executeOnce(
    deps,
    context,
    {
      loads: [uploadLoad(deps, context, id), deps.loads.files.attempts(id)],
      decide: (stored, attempts): Result<Decision<Change, KeyedFile>, CompletionRefusal> => {
        if (stored === undefined || (areStored && !areSame(stored, parts))) return refuse({ code: 'file_upload_over' });
        if (!isUploadOf(stored, uploadedBy)) return refuse({ code: 'file_not_found' });
        const completed = completeUpload(stored, received, { parts, attempts, areStored }, context.now, edits);
        if (!completed.ok) return completed;
        const { changes, ...decision } = withDeletion(completed.value);
        return ok({ ...decision, changes: [reliance(context, id), ...changes] });
      },
      answerOf: ({ key }) => key,
    },
    represent,
  );
}

/** A right that ends while the bytes are read is noticed by the commit. */
function reliance({ now, claim }: Context, id: FileId): Change {
  return { type: 'file.uploader_relied_on', id, hasGround: claim?.ground !== undefined, at: now };
}

function areSame(stored: StoredParts, parts: readonly FilePart[]): boolean {
  return stored.parts.map(({ attempt }) => attempt).join() === parts.map(({ attempt }) => attempt).join();
}

/** An upload that was sent again many times leaves many objects: a job deletes as many as it can within its time. */
const KEYS_OF_A_JOB = 500;

type Completed = ReturnType<typeof completeUpload> extends Result<infer D, unknown> ? D : never;

function withDeletion({ value: { unused, ...keyed }, jobs = [], ...decision }: Completed): Decision<Change, KeyedFile> {
  const deletions = Array.from({ length: Math.ceil(unused.length / KEYS_OF_A_JOB) }, (_, n) => ({
    topic: DELETE_FILES,
    payload: { keys: JSON.stringify(unused.slice(n * KEYS_OF_A_JOB, (n + 1) * KEYS_OF_A_JOB)) },
    notBefore: keyed.file.uploadExpiresAt,
  }));
  return { ...decision, value: keyed, jobs: [...jobs, ...deletions] };
}

/** Attempts as they are when parts are stored and completed by one request. */
export type { FileAttempt };
