/** The copy of a person's data: requested, made by a job, downloaded once. */

import type { AuditDraft } from '../../../domain/audit-catalog.ts';
import type { Change, Decision } from '../../../domain/changes.ts';
import type { DataExportId } from '../../../domain/privacy/changes.ts';
import type { Receiver } from '../../../domain/privacy/emergency-access.ts';
import { DELETE_FILES, exportFolder } from '../../../domain/privacy/erasure.ts';
import { onBehalfOf, type RequestGround, tellOnBehalf } from '../../../domain/privacy/on-behalf.ts';
import type { CopyOwner, DataExport } from '../../../domain/privacy/ports.ts';
import { cutOff } from '../../../domain/privacy/retention.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { decided, type JobDraft } from '../../../domain/shared/changes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { commit, execute, executeOnce, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { openArchive } from './archive-file.ts';
import { writeArchive } from './make-archive.ts';

export const MAKE_EXPORT = 'privacy.export';

type NotFound = { readonly code: 'not_found' };
type NotReady = { readonly code: 'export_not_ready' };

/** A copy that is not made after this time is queued again when the person requests it again. */
const OVERDUE_MS = 3_600_000;

/** One at a time: while a copy is being made or can be downloaded, a second request is answered with that copy. */
export function requestExport(
  deps: Deps,
  context: Context,
  owner: Receiver,
  represent: (request: DataExport) => Representation,
  ground: RequestGround | null = null,
) {
  const id = newId<'data_export'>(deps, context.now);
  const requested: DataExport = {
    id,
    userId: owner.userId,
    status: 'requested',
    fileKey: null,
    sizeBytes: null,
    requestedAt: context.now,
    completedAt: null,
    fetchedAt: null,
  };
  const since = cutOff(deps.settings.retention, 'data_exports', context.now);
  return executeOnce(
    deps,
    context,
    {
      loads: [deps.loads.privacy.openExport(owner.userId, since)],
      answerOf: () => owner.dataKey,
      decide: (open): Result<Decision<Change, DataExport>, never> =>
        ok(open === undefined ? newExport(requested, since, owner, ground) : openExport(open, context.now)),
    },
    represent,
  );
}

function newExport(
  requested: DataExport,
  since: Instant,
  owner: Receiver,
  ground: RequestGround | null,
): Decision<Change, DataExport> {
  const { id, userId, requestedAt: at } = requested;
  const resource = { type: 'data_export', id };
  return decided({
    value: requested,
    changes: [{ type: 'data_export.requested', id, userId, since, at }],
    audit: [
      ground === null
        ? { type: 'privacy.export_requested', stream: userId, outcome: 'success', resource }
        : onBehalfOf(userId, 'export_requested', resource, ground),
    ],
    jobs: [makeJob(requested)],
    messages: [
      ground === null
        ? {
            template: 'credential-made',
            variables: { what: 'export' },
            ...owner,
          }
        : tellOnBehalf(owner, 'export_requested'),
    ],
  });
}

/** Answers with the copy that is open. If it is long overdue, the job that makes it begins again. */
function openExport(open: DataExport, now: Instant): Decision<Change, DataExport> {
  const isOverdue = open.status === 'requested' && open.requestedAt <= now - OVERDUE_MS;
  return decided({ value: open, changes: [], audit: [], jobs: isOverdue ? [makeJob(open)] : [] });
}

function makeJob({ id, userId }: DataExport): JobDraft {
  return { topic: MAKE_EXPORT, payload: { exportId: id, userId } };
}

export async function readExport(
  deps: Deps,
  owner: Pick<Receiver, 'userId'>,
  id: DataExportId,
): Promise<DataExport | undefined> {
  const [found] = await deps.database.load(deps.loads.privacy.dataExport(id, owner.userId));
  return found;
}

/** If two jobs make the same copy, the first commit wins, and the files of the other are deleted. */
export async function makeExport(
  deps: Deps,
  context: Context,
  { exportId, userId }: { readonly exportId: string; readonly userId: string },
): Promise<void> {
  const id = exportId as DataExportId;
  const ownerId = userId as UserId;
  const [request, owner] = await deps.database.load(
    deps.loads.privacy.dataExport(id, ownerId),
    deps.loads.privacy.copyOwner(ownerId),
  );
  if (request?.status !== 'requested' || owner === undefined) return;
  // A folder of this attempt alone, so that an archive never mixes the parts of two attempts.
  const fileKey = `${exportFolder(ownerId)}/${id}/${newId<'attempt'>(deps, context.now)}`;
  const outcome = await storeArchive(deps, context, id, owner, fileKey);
  // The person was erased meanwhile, or another attempt was faster.
  if (!outcome) await deps.files.deleteFolder(fileKey);
}

async function storeArchive(
  deps: Deps,
  context: Context,
  id: DataExportId,
  owner: CopyOwner,
  fileKey: string,
): Promise<boolean> {
  try {
    const sizeBytes = await writeArchive(deps, owner, fileKey, context.now);
    const outcome = await commit(
      deps,
      context,
      decided({
        value: undefined,
        changes: [{ type: 'data_export.completed', id, fileKey, sizeBytes, at: context.now }],
        audit: [
          {
            type: 'privacy.export_completed',
            stream: owner.userId,
            outcome: 'success',
            resource: { type: 'data_export', id },
            details: { bytes: sizeBytes },
          },
        ],
      }),
    );
    return outcome.ok;
  } catch (error) {
    await deps.files.deleteFolder(fileKey);
    throw error;
  }
}

/** The size of the copy that a download would return; changes nothing. */
export async function readWaitingExport(
  deps: Deps,
  actor: KnownActor,
  id: DataExportId,
): Promise<Result<{ readonly sizeBytes: number }, NotFound | NotReady>> {
  const found = await readExport(deps, actor, id);
  if (found === undefined || found.status === 'fetched') return refuse({ code: 'not_found' });
  return found.sizeBytes === null ? refuse({ code: 'export_not_ready' }) : ok({ sizeBytes: found.sizeBytes });
}

/** How long a download may take before the parts of the copy are deleted. */
const RECEIVING_MS = 3_600_000;

/** Begins a download. Of two concurrent calls one succeeds. Call `settleDownload` when the download has ended. */
export async function fetchExport(deps: Deps, context: Context, owner: Receiver, id: DataExportId, isOnBehalf = false) {
  return execute(deps, context, {
    loads: [deps.loads.privacy.dataExport(id, owner.userId)],
    decide: async (found): Promise<Result<Decision<Change, FetchedExport>, NotFound | NotReady>> => {
      if (found === undefined || found.status === 'fetched') return refuse({ code: 'not_found' });
      if (found.fileKey === null || found.sizeBytes === null) return refuse({ code: 'export_not_ready' });
      const archive = await openArchive(deps, owner.dataKey, found.fileKey);
      if (archive === undefined) return refuse({ code: 'not_found' });
      return ok(
        decided({
          value: { id, archive, fileKey: found.fileKey, sizeBytes: found.sizeBytes, fetchedAt: context.now },
          changes: [{ type: 'data_export.fetched', id, at: context.now }],
          audit: [
            isOnBehalf
              ? onBehalfOf(owner.userId, 'export_downloaded', { type: 'data_export', id }, null)
              : {
                  type: 'privacy.export_downloaded',
                  stream: owner.userId,
                  outcome: 'success',
                  resource: { type: 'data_export', id },
                },
          ],
          messages: isOnBehalf ? [tellOnBehalf(owner, 'export_downloaded')] : [],
        }),
      );
    },
  });
}

/**
 * Ends a download: after a complete one the copy is deleted an hour later, after an incomplete one it can be downloaded again
 * (R67). If the process crashes before this call, the copy counts as downloaded, and retention deletes it.
 */
export async function settleDownload(
  deps: Deps,
  context: Context,
  { id, fileKey, sizeBytes, fetchedAt }: FetchedExport,
  owner: UserId,
  sentBytes: number,
): Promise<void> {
  const isWhole = sentBytes >= sizeBytes;
  const released = isWhole ? [] : ([{ type: 'data_export.released', id, fetchedAt }] as const);
  const interrupted: AuditDraft = {
    type: 'privacy.export_interrupted',
    stream: owner,
    outcome: 'failure',
    resource: { type: 'data_export', id },
    details: { bytes: sentBytes },
  };
  const deletion: JobDraft = {
    topic: DELETE_FILES,
    payload: { keys: JSON.stringify([fileKey]), folders: JSON.stringify([fileKey]) },
    notBefore: context.now + RECEIVING_MS,
  };
  await commit(
    deps,
    context,
    decided({
      value: undefined,
      changes: released,
      audit: isWhole ? [] : [interrupted],
      jobs: isWhole ? [deletion] : [],
    }),
  );
}

export interface FetchedExport {
  readonly id: DataExportId;
  readonly fileKey: string;
  readonly fetchedAt: Instant;
  readonly archive: AsyncGenerator<Uint8Array>;
  readonly sizeBytes: number;
}
