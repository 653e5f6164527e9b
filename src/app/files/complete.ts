/** The commit that says that a file is complete, and queues its scan. */
import type { Change, Decision } from '../../../domain/changes.ts';
import type { FileAttempt, FilePart, KeyedFile } from '../../../domain/files/file.ts';
import type { StoredParts } from '../../../domain/files/loads.ts';
import {
  completeUpload,
  type FileDraft,
  type FileIncomplete,
  type HashMismatch,
  type Received,
  type UploadOver,
} from '../../../domain/files/upload.ts';
import { DELETE_FILES } from '../../../domain/privacy/erasure.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { executeOnce, type Representation } from '../command.ts';
import type { Context, Deps } from '../context.ts';

export interface Completing {
  readonly received: Received;
  /** As the bytes were read. */
  readonly parts: readonly FilePart[];
  readonly areStored: boolean;
  readonly edits?: Partial<Pick<FileDraft, 'kind' | 'description' | 'tags'>>;
}

/** Objects that are none of the file's parts are deleted once no request can store another one. */
export function complete(
  deps: Deps,
  context: Context,
  { file: { id } }: KeyedFile,
  { received, parts, areStored, edits = {} }: Completing,
  represent: (completed: KeyedFile) => Representation,
) {
  return executeOnce(
    deps,
    context,
    {
      loads: [deps.loads.files.stored(id), deps.loads.files.attempts(id)],
      decide: (stored, attempts): Result<Decision<Change, KeyedFile>, UploadOver | FileIncomplete | HashMismatch> => {
        if (stored === undefined || (areStored && !areSame(stored, parts))) return refuse({ code: 'file_upload_over' });
        const completed = completeUpload(stored, received, { parts, attempts, areStored }, context.now, edits);
        return completed.ok ? ok(withDeletion(completed.value)) : completed;
      },
      answerOf: ({ key }) => key,
    },
    represent,
  );
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
