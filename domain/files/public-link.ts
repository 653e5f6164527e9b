/**
 * Sharing a file with whoever has a link, where the clinic allows it. The secret and the passcode are stored hashed. Wrong passcodes lock
 * the link for a time, and nothing else: who has shared the file does not need it (R65).
 */
import type { KnownActor } from '../shared/actor.ts';
import { decided } from '../shared/changes.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import type { Decision } from './decision.ts';
import type { FileShareId, KeyedFile } from './file.ts';
import { type NotYourFile, type OpenRefusal, openable, recorded } from './life.ts';
import {
  endOf,
  type FileShare,
  type LinkSecret,
  MAXIMUM_SHARES,
  mayShare,
  NEW_SHARE,
  type ShareChange,
  type ShareEndInvalid,
  type ShareLimits,
  sideOf,
  type TooManyShares,
} from './share.ts';

/** Of the secret in the address. */
export const LINK_SECRET_BYTES = 32;
export const MINIMUM_PASSCODE = 6;
export const MAXIMUM_PASSCODE = 64;

/** Wrong passcodes until the link is locked, each time anew. */
const FREE_GUESSES = 5;
const FIRST_LOCK_MS = 900_000;
const LONGEST_LOCK_MS = 86_400_000;

/** The clinic has switched links off. */
export type PublicLinksOff = { readonly code: 'file_public_links_off' };
/** Unknown, expired, revoked or locked, the passcode is wrong, or the file is gone: the refusal does not say which. */
export type PublicLinkEnded = { readonly code: 'file_link_invalid' };

/** What making a link has to know. */
export interface PublicLinkState extends KeyedFile {
  readonly live: number;
  readonly isSwitchedOn: boolean;
}

/** A link that goes on, of a file that can be opened. */
export interface PublicLink {
  readonly share: FileShare;
  readonly file: KeyedFile['file'];
  readonly passcodeHash: string | null;
  /** Wrong passcodes since the last right one. */
  readonly failures: number;
  readonly lockedUntil: Instant | null;
}

export type PublicLinkChange =
  /** Guarded: the link goes on, is not locked, and no other guess was counted since. */
  {
    readonly type: 'file_share.guessed';
    readonly id: FileShareId;
    readonly before: number;
    readonly failures: number;
    readonly lockedUntil: Instant | null;
    readonly at: Instant;
  };

export function makePublicLink(
  actor: KnownActor,
  { file, live, isSwitchedOn }: PublicLinkState,
  {
    id,
    secret,
    expiresAt,
  }: { readonly id: FileShareId; readonly secret: LinkSecret; readonly expiresAt: Instant | null },
  { publicUsualMs, publicLongestMs }: ShareLimits,
  now: Instant,
): Result<
  Decision<ShareChange, FileShare>,
  OpenRefusal | NotYourFile | ShareEndInvalid | TooManyShares | PublicLinksOff
> {
  const open = openable(file);
  if (!open.ok) return open;
  if (!mayShare(actor, file)) return refuse({ code: 'file_not_yours' });
  if (!isSwitchedOn) return refuse({ code: 'file_public_links_off' });
  const end = endOf(expiresAt, { usualMs: publicUsualMs, longestMs: publicLongestMs }, now);
  if (!end.ok) return end;
  if (live >= MAXIMUM_SHARES) return refuse({ code: 'too_many_file_shares', limit: MAXIMUM_SHARES });
  const share: FileShare = {
    ...{ id, fileId: file.id, receiverId: null, createdAt: now, expiresAt: end.value },
    ...NEW_SHARE,
    origin: sideOf(actor),
    sharedBy: actor.userId,
    hasPasscode: secret.passcodeHash !== null,
  };
  return ok(
    decided({
      value: share,
      changes: [
        { type: 'file_share.made', share, secret, parties: { owner: file.ownerId, receiver: null, isDoctor: false } },
      ],
      audit: [recorded('file.shared', file, { shareId: id, receiverId: null })],
    }),
  );
}

export function isLocked({ lockedUntil }: Pick<PublicLink, 'lockedUntil'>, now: Instant): boolean {
  return lockedUntil !== null && now < lockedUntil;
}

/** A quarter of an hour after the fifth wrong passcode, and twice as long after each five more, up to a day. */
export function lockAfter(failures: number, now: Instant): Instant | null {
  if (failures === 0 || failures % FREE_GUESSES !== 0) return null;
  return now + Math.min(LONGEST_LOCK_MS, FIRST_LOCK_MS * 2 ** Math.min(20, failures / FREE_GUESSES - 1));
}

/**
 * Enters by a link. A guess is counted whether or not it is right, so that of many at once no more are answered than may be.
 *
 * @param isRight whether the passcode is the link's; `null` if none was given
 * @returns whether it lets in
 */
export function enterByLink(
  { share, file, passcodeHash, failures: before, ...lock }: PublicLink,
  isRight: boolean | null,
  now: Instant,
): Result<Decision<PublicLinkChange, boolean>, PublicLinkEnded> {
  if (isLocked(lock, now)) return refuse({ code: 'file_link_invalid' });
  if (passcodeHash === null) return ok(decided({ value: true, changes: [], audit: [] }));
  if (isRight === null) return refuse({ code: 'file_link_invalid' });
  const failures = isRight ? 0 : before + 1;
  const lockedUntil = lockAfter(failures, now);
  const { id } = share;
  return ok(
    decided({
      value: isRight,
      changes: [{ type: 'file_share.guessed', id, before, failures, lockedUntil, at: now }],
      audit: isRight
        ? []
        : [
            {
              ...recorded('file.passcode_refused', file, { shareId: id, locked: lockedUntil !== null }),
              outcome: 'failure',
              error: 'file_link_invalid',
            },
          ],
    }),
  );
}
