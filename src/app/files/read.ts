/** Finding and opening files. */
import type { Change, Decision } from '../../../domain/changes.ts';
import type { FileId, PatientFile } from '../../../domain/files/file.ts';
import { accessOf, type OpenRefusal, openable, openFile } from '../../../domain/files/life.ts';
import type { FileFilter, FilePlace, ReachedFile, StoredParts } from '../../../domain/files/loads.ts';
import type { FileUsage } from '../../../domain/files/quota.ts';
import type { FileNotFound } from '../../../domain/files/upload.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { viewerOf } from '../../../domain/shared/viewer.ts';
import { recordEvent } from '../audit.ts';
import { type Contended, execute } from '../command.ts';
import type { Context, Deps } from '../context.ts';

/** Reads what is noted of a file; the reading is recorded with it. */
export async function readFile(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: FileId,
): Promise<Result<ReachedFile, FileNotFound>> {
  const entry = recordEvent(deps, context, {
    type: 'file.read',
    stream: actor.userId,
    outcome: 'success',
    resource: { type: 'file', id },
  });
  const found = await deps.database.loadRecorded(
    deps.loads.files.reachedRead(id, viewerOf(actor, context), context.now),
    [entry],
  );
  return found === undefined ? refuse({ code: 'file_not_found' }) : ok(found);
}

export async function listFiles(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  ownerId: UserId,
  filter: FileFilter,
  page: { readonly after: FilePlace | null; readonly limit: number },
): Promise<Result<PatientFile[], { readonly code: 'not_found' }>> {
  const entry = recordEvent(deps, context, { type: 'file.listed', stream: ownerId, outcome: 'success' });
  const load = deps.loads.files.filesRead(ownerId, filter, viewerOf(actor, context), page);
  const found = await deps.database.loadRecorded(load, [entry]);
  return found === undefined ? refuse({ code: 'not_found' }) : ok(found);
}

export async function readUsage(deps: Deps, actor: KnownActor): Promise<FileUsage> {
  const [usage] = await deps.database.load(deps.loads.files.usage(actor.userId));
  return usage;
}

/** What a download would send, without opening it. */
export async function lookUp(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: FileId,
): Promise<Result<PatientFile, OpenRefusal>> {
  const found = await readFile(deps, context, actor, id);
  if (!found.ok) return found;
  return openable(found.value.file);
}

/**
 * Opens a file: from then on its bytes can be read. Recorded with the purpose, and with what `detailsOf` says of the part. A file
 * that is deleted or scanned again at the same moment is opened before or not at all.
 */
export function open(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: FileId,
  detailsOf: (file: PatientFile) => Readonly<Record<string, number>>,
): Promise<Result<StoredParts, OpenRefusal | Contended>> {
  return execute(deps, context, {
    loads: [deps.loads.files.reached(id, viewerOf(actor, context), context.now), deps.loads.files.stored(id)],
    decide: (reached, stored): Result<Decision<Change, StoredParts>, OpenRefusal> => {
      if (reached === undefined || stored === undefined) return refuse({ code: 'file_not_found' });
      const opened = openFile(stored.file, accessOf(actor, stored.file, reached.shareId, context.now), detailsOf);
      return opened.ok ? ok({ ...opened.value, value: stored }) : opened;
    },
  });
}
