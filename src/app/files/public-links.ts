/** Links that open a file without a sign-in, where the clinic allows them. */
import { sha256 } from '@noble/hashes/sha2.js';
import type { Change, Decision } from '../../../domain/changes.ts';
import { DOWNLOAD_LINK_MS } from '../../../domain/files/download-link.ts';
import type { FileId } from '../../../domain/files/file.ts';
import {
  enterByLink,
  isLocked,
  LINK_SECRET_BYTES,
  makePublicLink,
  type PublicLinkEnded,
  type PublicLinksOff,
} from '../../../domain/files/public-link.ts';
import type { FileShare, ShareRefusal } from '../../../domain/files/share.ts';
import type { ProcessingRestricted } from '../../../domain/privacy/processing-limit.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { toBase64Url, utf8 } from '../../../domain/shared/bytes.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { viewerOf } from '../../../domain/shared/viewer.ts';
import { execute, executeOnce, onlyConflict, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { publicToken } from './tokens.ts';

/** A new share with the secret of its link, which is shown only this once. */
export interface MadePublicLink {
  readonly share: FileShare;
  readonly secret: string;
}

export async function sharePublicly(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: FileId,
  { passcode, expiresAt }: { readonly passcode: string | null; readonly expiresAt: Instant | null },
  represent: (made: MadePublicLink) => Representation,
) {
  const secret = toBase64Url(deps.random.bytes(LINK_SECRET_BYTES));
  const passcodeHash = passcode === null ? null : await deps.passwords.hash(passcode, 'known');
  const { now } = context;
  const made = {
    id: newId<'file_share'>(deps, now),
    secret: { hash: sha256(utf8(secret)), passcodeHash },
    expiresAt,
  };
  return executeOnce(
    deps,
    context,
    {
      loads: [deps.loads.files.publicLinkState(id, viewerOf(actor, context), now)],
      decide: (
        state,
      ): Result<Decision<Change, MadePublicLink>, ShareRefusal | PublicLinksOff | ProcessingRestricted> => {
        if (state === undefined) return refuse({ code: 'file_not_found' });
        const decision = makePublicLink(actor, state, made, deps.settings.shares, now);
        if (!decision.ok) return decision;
        const told = {
          template: 'credential-made',
          variables: { what: 'file_link' },
          userId: actor.userId,
          dataKey: actor.dataKey,
        } as const;
        return ok({ ...decision.value, value: { share: decision.value.value, secret }, messages: [told] });
      },
      onConflict: onlyConflict('processing_restricted'),
      answerOf: 'caller',
    },
    represent,
  );
}

/** What a link has opened: the file, and a token for its bytes that works for five minutes. */
export interface EnteredLink {
  readonly fileId: FileId;
  readonly token: string;
}

/**
 * A passcode that is given is always compared with a hash, also where there is no link: how long it takes does not tell whether there is
 * one.
 *
 * @throws Unavailable when too many hashes wait already
 */
export async function enterLink(
  deps: Deps,
  context: Context,
  secret: string,
  passcode: string | null,
): Promise<EnteredLink | undefined> {
  const { now } = context;
  let isRight: boolean | null = null;
  const entered = await execute(deps, context, {
    loads: [deps.loads.files.publicLink({ secretHash: sha256(utf8(secret)) }, now)],
    decide: async (link): Promise<Result<Decision<Change, EnteredLink | undefined>, PublicLinkEnded>> => {
      const isOpen = link !== undefined && !isLocked(link, now);
      if (passcode !== null && isRight === null) {
        const expected = isOpen ? (link.passcodeHash ?? undefined) : undefined;
        isRight = (await deps.passwords.verify(passcode, expected)).matches;
      }
      if (link === undefined) return refuse({ code: 'file_link_invalid' });
      const decision = enterByLink(link, isRight, now);
      if (!decision.ok) return decision;
      const { id, fileId } = link.share;
      const token = publicToken(deps, { shareId: id, fileId, expiresAt: now + DOWNLOAD_LINK_MS });
      return ok({ ...decision.value, value: decision.value.value ? { fileId, token } : undefined });
    },
  });
  return entered.ok ? entered.value : undefined;
}
