/**
 * Sharing a file with a person. A share lets its receiver read the file and nothing else: not change it, and not share it on. It
 * ends by itself, and one by one (ADR 0253).
 */
import { isAllowed, type KnownActor } from '../shared/actor.ts';
import { decided } from '../shared/changes.ts';
import type { UserId } from '../shared/ids.ts';
import type { Role } from '../shared/permissions.ts';
import type { DataKey } from '../shared/ports.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import type { AuditDraft, FileEvent } from './audit-events.ts';
import type { Decision } from './decision.ts';
import type { FileId, FileOrigin, FileShareId, KeyedFile, PatientFile } from './file.ts';
import { type NotYourFile, type OpenRefusal, openable, recorded } from './life.ts';
import type { MessageDraft } from './messages.ts';

/** Shares of one file that go on at the same time. */
export const MAXIMUM_SHARES = 50;

export interface FileShare {
  readonly id: FileShareId;
  readonly fileId: FileId;
  /** Who has shared it: the person or somebody who acts for them (`own`), or the clinic. */
  readonly origin: FileOrigin;
  readonly sharedBy: UserId;
  /** `null`: whoever has the link. */
  readonly receiverId: UserId | null;
  readonly hasPasscode: boolean;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
  readonly revokedAt: Instant | null;
  /** The last time that the file was opened by it. */
  readonly openedAt: Instant | null;
  readonly openings: number;
  readonly version: number;
}

/** A person who could receive a share. */
export interface ShareReceiver {
  readonly userId: UserId;
  readonly role: Role;
  readonly dataKey: DataKey;
  /** Whether they act for the person whose file it is. */
  readonly isProxy: boolean;
  /** Whether they are a doctor who has met the person. */
  readonly isDoctorOfPatient: boolean;
}

/** What sharing has to know. */
export interface ShareState extends KeyedFile {
  /** `undefined`: there is no such person, or their account is closed. */
  readonly receiver: ShareReceiver | undefined;
  /** To the same receiver, not revoked; it may have expired. */
  readonly current: FileShare | undefined;
  /** How many shares of the file go on. */
  readonly live: number;
}

/** How long shares last, in milliseconds. */
export interface ShareLimits {
  readonly usualMs: number;
  readonly longestMs: number;
  /** Of links that open without a sign-in. */
  readonly publicUsualMs: number;
  readonly publicLongestMs: number;
}

/** Of a link that opens without a sign-in. */
export interface LinkSecret {
  readonly hash: Uint8Array;
  readonly passcodeHash: string | null;
}

/** Whose file it is, and who receives it. */
export interface ShareParties {
  readonly owner: UserId;
  readonly receiver: UserId | null;
  /** Whether the receiver has it as a doctor. */
  readonly isDoctor: boolean;
}

export type ShareChange =
  /**
   * Guarded: the file is clean and not deleted, neither account is closed, a doctor is one still, and the file has fewer shares than it may have.
   * @see parties the person whose file it is, and the receiver if there is one
   * @see secret of a share by a link
   */
  | {
      readonly type: 'file_share.made';
      readonly share: FileShare;
      readonly secret: LinkSecret | null;
      readonly parties: ShareParties;
    }
  /** Guarded: as when it is made, and the version before. */
  | {
      readonly type: 'file_share.renewed';
      readonly share: FileShare;
      readonly parties: ShareParties;
      readonly at: Instant;
    }
  /** Guarded: the version before. */
  | { readonly type: 'file_share.revoked'; readonly share: FileShare };

export type ShareNotFound = { readonly code: 'file_share_not_found' };
/** Unknown, closed, the sharer, or somebody with whom this file is not shared: the refusal does not say which. */
export type ReceiverUnfit = { readonly code: 'file_share_receiver_unfit' };
/** @see latest when a share may end at the latest */
export type ShareEndInvalid = { readonly code: 'file_share_end_invalid'; readonly latest: Instant };
export type TooManyShares = { readonly code: 'too_many_file_shares'; readonly limit: number };

export type ShareRefusal = OpenRefusal | NotYourFile | ReceiverUnfit | ShareEndInvalid | TooManyShares;

/** Whether it lets its receiver in. */
export function isLive({ revokedAt, expiresAt }: Pick<FileShare, 'revokedAt' | 'expiresAt'>, now: Instant): boolean {
  return revokedAt === null && now < expiresAt;
}

/** Whether the actor, who sees the file without a share, may share it: a person every file of theirs, the clinic its documents. */
export function mayShare(actor: KnownActor, { origin }: Pick<PatientFile, 'origin'>): boolean {
  return actor.role === 'patient'
    ? isAllowed(actor, 'manage:own_files')
    : isAllowed(actor, 'manage:patient_files') && origin === 'clinic';
}

/**
 * A person shares with any doctor of the clinic, and with those who act for them. The clinic shares with the person, with those who
 * act for them and with the person's doctors: a doctor who does not know the person gets a file from the person alone (R28).
 */
export function mayReceive(
  actor: KnownActor,
  { ownerId }: Pick<PatientFile, 'ownerId'>,
  { userId, role, isProxy, isDoctorOfPatient }: Omit<ShareReceiver, 'dataKey'>,
): boolean {
  if (userId === actor.userId) return false;
  if (isProxy) return true;
  return actor.role === 'patient' ? role === 'doctor' : userId === ownerId || isDoctorOfPatient;
}

/** Who may see a share in the list, and end it: a person and who acts for them all of their files, the clinic those it has made. */
export function mayEnd(actor: KnownActor, { origin }: Pick<FileShare, 'origin'>): boolean {
  return actor.role === 'patient'
    ? isAllowed(actor, 'manage:own_files')
    : isAllowed(actor, 'manage:patient_files') && origin === 'clinic';
}

/** @param asked when the share is to end; `null`: as usual */
export function endOf(
  asked: Instant | null,
  { usualMs, longestMs }: Pick<ShareLimits, 'usualMs' | 'longestMs'>,
  now: Instant,
): Result<Instant, ShareEndInvalid> {
  const latest = now + longestMs;
  const end = asked ?? now + usualMs;
  return now < end && end <= latest ? ok(end) : refuse({ code: 'file_share_end_invalid', latest });
}

/** A share to the same person is renewed: it gets a new end, and who has renewed it. Nobody is told of one that goes on. */
export function shareFile(
  actor: KnownActor,
  { file, receiver, current, live }: ShareState,
  { id, expiresAt }: { readonly id: FileShareId; readonly expiresAt: Instant | null },
  limits: ShareLimits,
  now: Instant,
): Result<Decision<ShareChange, FileShare>, ShareRefusal> {
  const open = openable(file);
  if (!open.ok) return open;
  if (!mayShare(actor, file)) return refuse({ code: 'file_not_yours' });
  if (receiver === undefined || !mayReceive(actor, file, receiver))
    return refuse({ code: 'file_share_receiver_unfit' });
  const end = endOf(expiresAt, limits, now);
  if (!end.ok) return end;
  const goesOn = current !== undefined && isLive(current, now);
  if (!goesOn && live >= MAXIMUM_SHARES) return refuse({ code: 'too_many_file_shares', limit: MAXIMUM_SHARES });
  const made = { origin: sideOf(actor), sharedBy: actor.userId, expiresAt: end.value };
  const share: FileShare =
    current === undefined
      ? { id, fileId: file.id, receiverId: receiver.userId, createdAt: now, ...NEW_SHARE, ...made }
      : { ...current, ...made, version: current.version + 1 };
  const parties = { owner: file.ownerId, receiver: receiver.userId, isDoctor: receiver.role === 'doctor' };
  return ok(
    decided({
      value: share,
      changes: [
        current === undefined
          ? { type: 'file_share.made', share, secret: null, parties }
          : { type: 'file_share.renewed', share, parties, at: now },
      ],
      audit: [shareEvent('file.shared', file, share)],
      messages: goesOn ? [] : [told(file, share, receiver)],
    }),
  );
}

export const NEW_SHARE = { hasPasscode: false, revokedAt: null, openedAt: null, openings: 0, version: 1 };

/** For whom somebody shares. */
export function sideOf({ role }: KnownActor): FileOrigin {
  return role === 'patient' ? 'own' : 'clinic';
}

function told({ ownerId }: PatientFile, { origin }: FileShare, { userId, dataKey }: ShareReceiver): MessageDraft {
  const by = origin === 'own' ? 'patient' : 'clinic';
  return { template: 'file-shared', variables: { by, isOwn: userId === ownerId }, userId, dataKey };
}

function shareEvent(type: FileEvent, file: PatientFile, { id, receiverId }: FileShare): AuditDraft {
  return recorded(type, file, { shareId: id, receiverId });
}

/** Ending a share that was revoked changes nothing. It takes effect at once: the next request finds no access. */
export function revokeShare(
  actor: KnownActor,
  file: PatientFile,
  share: FileShare | undefined,
  now: Instant,
): Result<Decision<ShareChange, void>, ShareNotFound> {
  if (share === undefined || !mayEnd(actor, share)) return refuse({ code: 'file_share_not_found' });
  if (share.revokedAt !== null) return ok(decided({ value: undefined, changes: [], audit: [] }));
  const revoked = { ...share, revokedAt: now, version: share.version + 1 };
  return ok(
    decided({
      value: undefined,
      changes: [{ type: 'file_share.revoked', share: revoked }],
      audit: [shareEvent('file.share_revoked', file, share)],
    }),
  );
}
