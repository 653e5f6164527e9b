/** Signed addresses under which a browser opens a file without further credentials, for five minutes (R54). */
import type { UserActor } from '../shared/actor.ts';
import { decided } from '../shared/changes.ts';
import type { Id, SessionId, UserId } from '../shared/ids.ts';
import { ok, type Result } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import type { Decision } from './decision.ts';
import type { FileId, PatientFile } from './file.ts';
import { type OpenRefusal, openable, recorded } from './life.ts';

export type DownloadLinkId = Id<'download_link'>;

/** How long a link works. */
export const DOWNLOAD_LINK_MS = 300_000;

export interface DownloadLink {
  readonly id: DownloadLinkId;
  readonly fileId: FileId;
  readonly userId: UserId;
  /** Where it was asked for. The link ends with the session. */
  readonly sessionId: SessionId;
  readonly expiresAt: Instant;
}

export type DownloadLinkChange =
  | { readonly type: 'download_link.made'; readonly link: DownloadLink }
  /** Changes nothing. Guarded: the link and its session have not ended. */
  | { readonly type: 'download_link.relied_on'; readonly link: DownloadLink; readonly at: Instant };

/** @param file that the actor may see */
export function makeDownloadLink(
  { userId, sessionId }: UserActor,
  file: PatientFile,
  id: DownloadLinkId,
  now: Instant,
): Result<Decision<DownloadLinkChange, DownloadLink>, OpenRefusal> {
  const open = openable(file);
  if (!open.ok) return open;
  const link = { id, fileId: file.id, userId, sessionId, expiresAt: now + DOWNLOAD_LINK_MS };
  return ok(
    decided({
      value: link,
      changes: [{ type: 'download_link.made', link }],
      audit: [recorded('file.link_made', file)],
    }),
  );
}
