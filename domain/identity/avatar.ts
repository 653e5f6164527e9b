/** A person's picture: made anew from what was uploaded, so that nothing but its pixels is left (ADR 0255). */
import { decided } from '../shared/changes.ts';
import type { UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import type { Decision } from './decision.ts';

/** What its bytes are read with. */
export interface Avatar {
  /** Where it is stored. */
  readonly object: string;
  /** Hexadecimal. */
  readonly fileKey: string;
  readonly header: Uint8Array;
  /** Before sealing. */
  readonly sizeBytes: number;
}

/** A person with an open account, and the pictures that are stored. */
export interface AvatarOwner {
  readonly userId: UserId;
  readonly dataKey: DataKey;
  /** `null` if there is none, or its key cannot be opened. */
  readonly avatar: Avatar | null;
  /** The objects of all, also of one as it was uploaded, by a version that kept it so. */
  readonly objects: readonly string[];
}

export type AvatarChange =
  /** Guarded: the account is open, and its pictures are still `former`. */
  {
    readonly type: 'user.avatar_changed';
    readonly userId: UserId;
    readonly dataKey: DataKey;
    /** `null` removes it. */
    readonly avatar: Avatar | null;
    readonly former: readonly string[];
    readonly at: Instant;
  };

export type AvatarNotFound = { readonly code: 'not_found' };

/**
 * @param owner `undefined` if the account is closed
 * @param instead the object that is replaced; refused if it is not stored any more. Default: whichever is stored
 * @returns the objects that are not needed any more
 */
export function changeAvatar(
  owner: AvatarOwner | undefined,
  avatar: Avatar | null,
  now: Instant,
  instead?: string,
): Result<Decision<AvatarChange, readonly string[]>, AvatarNotFound> {
  if (owner === undefined || (avatar === null && owner.objects.length === 0)) return refuse({ code: 'not_found' });
  const { userId, dataKey, objects } = owner;
  if (instead !== undefined && !objects.includes(instead)) return refuse({ code: 'not_found' });
  return ok(
    decided({
      value: objects,
      changes: [{ type: 'user.avatar_changed', userId, dataKey, avatar, former: objects, at: now }],
      audit: [
        {
          type: avatar === null ? 'user.avatar_removed' : 'user.avatar_updated',
          stream: userId,
          outcome: 'success',
          resource: { type: 'user', id: userId },
        },
      ],
    }),
  );
}
