/** Sharing files with persons, ending shares, and finding what is shared. */
import type { Change, Decision } from '../../../domain/changes.ts';
import type { FileId, FileShareId } from '../../../domain/files/file.ts';
import type { SharedFile, SharePage, ShownShare } from '../../../domain/files/loads.ts';
import {
  type FileShare,
  revokeShare,
  type ShareNotFound,
  type ShareRefusal,
  shareFile,
} from '../../../domain/files/share.ts';
import type { FileNotFound } from '../../../domain/files/upload.ts';
import type { ProcessingRestricted } from '../../../domain/privacy/processing-limit.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { viewerOf } from '../../../domain/shared/viewer.ts';
import { recordEvent } from '../audit.ts';
import { execute, executeOnce, onlyConflict, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';

export interface ShareRequest {
  readonly receiverId: UserId;
  /** `null`: as usual. */
  readonly expiresAt: Instant | null;
}

/** Two requests for the same receiver make one share: the second finds the first one, and renews it. */
export function share(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: FileId,
  { receiverId, expiresAt }: ShareRequest,
  represent: (made: FileShare) => Representation,
) {
  const shareId = newId<'file_share'>(deps, context.now);
  const { now } = context;
  return executeOnce(
    deps,
    context,
    {
      loads: [deps.loads.files.shareState(id, receiverId, viewerOf(actor, context), now)],
      decide: (state): Result<Decision<Change, FileShare>, ShareRefusal | ProcessingRestricted> =>
        state === undefined
          ? refuse({ code: 'file_not_found' })
          : shareFile(actor, state, { id: shareId, expiresAt }, deps.settings.shares, now),
      onConflict: onlyConflict('processing_restricted'),
      answerOf: 'caller',
    },
    represent,
  );
}

export function endShare(deps: Deps, context: Context, actor: KnownActor, fileId: FileId, id: FileShareId) {
  return execute(deps, context, {
    loads: [deps.loads.files.file(fileId, viewerOf(actor, context)), deps.loads.files.share(fileId, id)],
    decide: (visible, found): Result<Decision<Change, void>, ShareNotFound | FileNotFound> =>
      visible === undefined ? refuse({ code: 'file_not_found' }) : revokeShare(actor, visible.file, found, context.now),
  });
}

/** All shares of a file that the actor may see, ended ones too. */
export async function listShares(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: FileId,
  page: SharePage,
): Promise<Result<ShownShare[], FileNotFound>> {
  const resource = { type: 'file', id } as const;
  const entry = recordEvent(deps, context, { type: 'file.read', stream: actor.userId, outcome: 'success', resource });
  const load = deps.loads.files.sharesRead(id, viewerOf(actor, context), page);
  const found = await deps.database.loadRecorded(load, [entry]);
  return found === undefined ? refuse({ code: 'file_not_found' }) : ok(found);
}

/** What others share with the actor and can be opened now; each person whose file it is gets an event. */
export function listSharedWith(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  page: SharePage,
): Promise<SharedFile[]> {
  // One prepared event for each person whose files the page can show.
  const entries = Array.from({ length: page.limit + 1 }, () =>
    recordEvent(deps, context, { type: 'file.listed', stream: actor.userId, outcome: 'success' }),
  );
  const load = deps.loads.files.sharedWithRead(viewerOf(actor, context), context.now, page);
  return deps.database.loadRecorded(load, entries);
}
