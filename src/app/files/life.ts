/** Describing, deleting and restoring files. */
import type { Change, Decision } from '../../../domain/changes.ts';
import type { FileId, PatientFile } from '../../../domain/files/file.ts';
import {
  type DetailsDamaged,
  deleteFile,
  editFile,
  type FileEdits,
  type NotYourFile,
  restoreFile,
  type UnderHold,
} from '../../../domain/files/life.ts';
import type { FileNotFound } from '../../../domain/files/upload.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { type Result, refuse } from '../../../domain/shared/result.ts';
import type { ExpectedVersion, StaleVersion } from '../../../domain/shared/version.ts';
import { viewerOf } from '../../../domain/shared/viewer.ts';
import { execute, executeOnce, type Representation } from '../command.ts';
import type { Context, Deps } from '../context.ts';

const ABSENT = { code: 'file_not_found' } as const;

function visible(deps: Deps, context: Context, actor: KnownActor, id: FileId) {
  return deps.loads.files.file(id, viewerOf(actor, context));
}

export function describe(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: FileId,
  edits: FileEdits,
  expected: ExpectedVersion,
) {
  return execute(deps, context, {
    loads: [visible(deps, context, actor, id)],
    decide: (
      found,
    ): Result<Decision<Change, PatientFile>, FileNotFound | NotYourFile | DetailsDamaged | StaleVersion> =>
      found === undefined ? refuse(ABSENT) : editFile(actor, found, edits, expected),
  });
}

export function remove(deps: Deps, context: Context, actor: KnownActor, id: FileId, expected: ExpectedVersion) {
  return execute(deps, context, {
    loads: [visible(deps, context, actor, id)],
    decide: (found): Result<Decision<Change, PatientFile>, FileNotFound | NotYourFile | UnderHold | StaleVersion> =>
      found === undefined ? refuse(ABSENT) : deleteFile(actor, found, expected, context.now),
  });
}

export function restore(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: FileId,
  represent: (restored: PatientFile) => Representation,
) {
  return executeOnce(
    deps,
    context,
    {
      loads: [visible(deps, context, actor, id)],
      decide: (found): Result<Decision<Change, PatientFile>, FileNotFound | NotYourFile> =>
        found === undefined ? refuse(ABSENT) : restoreFile(actor, found),
      answerOf: 'caller',
    },
    represent,
  );
}
