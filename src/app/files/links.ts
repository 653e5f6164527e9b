/** Making signed addresses of files, and opening files by them. Who may open the file is decided anew each time. */
import type { Change, Decision } from '../../../domain/changes.ts';
import { type DownloadLink, makeDownloadLink } from '../../../domain/files/download-link.ts';
import type { FileId, PatientFile } from '../../../domain/files/file.ts';
import { accessOf, type FileAccess, lookAtFile, type OpenRefusal, openFile } from '../../../domain/files/life.ts';
import type { StoredParts } from '../../../domain/files/loads.ts';
import type { LiveSession } from '../../../domain/identity/ports.ts';
import type { ProcessingRestricted } from '../../../domain/privacy/processing-limit.ts';
import type { UserActor } from '../../../domain/shared/actor.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { viewerOf } from '../../../domain/shared/viewer.ts';
import { type Contended, commit, execute, executeOnce, onlyConflict, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { actorOf } from '../identity/authenticate.ts';
import type { TokenInvalid } from './direct.ts';
import { type DownloadPass, downloadToken, type PublicPass, passIn } from './tokens.ts';

export interface MadeLink {
  readonly link: DownloadLink;
  readonly token: string;
}

export function makeLink(
  deps: Deps,
  context: Context,
  actor: UserActor,
  id: FileId,
  represent: (made: MadeLink) => Representation,
) {
  const linkId = newId<'download_link'>(deps, context.now);
  return executeOnce(
    deps,
    context,
    {
      loads: [deps.loads.files.reached(id, viewerOf(actor, context), context.now)],
      decide: (found): Result<Decision<Change, MadeLink>, OpenRefusal | ProcessingRestricted> => {
        if (found === undefined) return refuse({ code: 'file_not_found' });
        const made = makeDownloadLink(actor, found.file, linkId, context.now);
        if (!made.ok) return made;
        const link = made.value.value;
        return ok({
          ...made.value,
          value: { link, token: downloadToken(deps, link, actor.role, context.claim) },
        });
      },
      onConflict: onlyConflict('processing_restricted'),
      answerOf: 'caller',
    },
    represent,
  );
}

export type LinkRefusal = OpenRefusal | TokenInvalid | Contended;

/** What the link would send, without opening the file. */
export function lookUpByLink(
  deps: Deps,
  asked: Context,
  id: FileId,
  token: string,
): Promise<Result<PatientFile, LinkRefusal>> {
  return byLink(deps, asked, id, token, ({ file }) => lookAtFile(file));
}

/** As `open`, for whoever has made the link. */
export function openByLink(
  deps: Deps,
  asked: Context,
  id: FileId,
  token: string,
  detailsOf: (file: PatientFile) => Readonly<Record<string, number>>,
): Promise<Result<StoredParts, LinkRefusal>> {
  return byLink(deps, asked, id, token, (stored, access) => {
    const opened = openFile(stored.file, access, detailsOf);
    return opened.ok ? ok({ ...opened.value, value: stored }) : opened;
  });
}

type Decide<T> = (stored: StoredParts, access: FileAccess) => Result<Decision<Change, T>, OpenRefusal>;

/** How many times it is decided if others commit first. */
const DECISIONS = 5;

/**
 * Link, session and access are loaded in one trip, and the commit that records the opening is guarded by the link and its session.
 * The caller is known only from what was loaded, so this cannot be an `execute`, whose caller is known before.
 */
async function byLink<T>(
  deps: Deps,
  asked: Context,
  id: FileId,
  token: string,
  decide: Decide<T>,
): Promise<Result<T, LinkRefusal>> {
  const pass = passIn(deps, id, token, asked.now);
  if (pass === undefined) return refuse({ code: 'file_link_invalid' });
  if (pass.kind === 'public') return byPublicLink(deps, asked, id, pass, decide);
  const claimed = { ...asked, claim: pass.claim };
  const { files, identity } = deps.loads;
  for (let attempt = 0; attempt < DECISIONS; attempt++) {
    const [link, session, reached, stored] = await deps.database.load(
      files.downloadLink(pass.linkId, asked.now),
      identity.liveSession(pass.sessionId),
      files.reached(id, viewerOf({ ...pass, kind: 'user' }, claimed), asked.now),
      files.stored(id),
    );
    const actor = callerOf(deps, pass, session, asked.now);
    if (link === undefined || actor === undefined) return refuse({ code: 'file_link_invalid' });
    if (reached === undefined || stored === undefined) return refuse({ code: 'file_not_found' });
    const decision = decide(stored, accessOf(actor, stored.file, reached.shareId, asked.now));
    if (!decision.ok) return decision;
    const changes = [{ type: 'download_link.relied_on', link, at: asked.now } as const, ...decision.value.changes];
    const outcome = await commit(deps, { ...claimed, actor }, { ...decision.value, changes });
    if (outcome.ok) return outcome;
  }
  return refuse({ code: 'version_conflict' });
}

/** Whoever has entered by the link of a share, which must go on. */
function byPublicLink<T>(
  deps: Deps,
  asked: Context,
  fileId: FileId,
  { shareId }: PublicPass,
  decide: Decide<T>,
): Promise<Result<T, LinkRefusal>> {
  const { files } = deps.loads;
  return execute(deps, asked, {
    loads: [files.publicLink({ id: shareId, fileId }, asked.now), files.stored(fileId)],
    decide: (link, stored): Result<Decision<Change, T>, OpenRefusal | TokenInvalid> =>
      link === undefined || stored === undefined
        ? refuse({ code: 'file_link_invalid' })
        : decide(stored, { purpose: 'share', shareId, at: asked.now }),
  });
}

/** The person of the link, if they could still make it. */
function callerOf(
  deps: Deps,
  { userId, role }: DownloadPass,
  session: LiveSession | undefined,
  now: number,
): UserActor | undefined {
  if (session === undefined || session.expiresAt <= now) return undefined;
  const actor = actorOf(deps, session);
  const isSame = actor.userId === userId && actor.role === role;
  return isSame && !actor.lacksFactor && !actor.mfaEnrolmentRequired ? actor : undefined;
}
