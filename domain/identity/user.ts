/** A person with an account. */
import type { UserId } from '../shared/ids.ts';
import type { Role } from '../shared/permissions.ts';
import type { DataKey } from '../shared/ports.ts';
import type { Instant } from '../shared/time.ts';

/** `no_account`: a patient whom the clinic has registered without an address. Nobody can sign in, and no mail is sent. */
export const USER_STATUSES = ['no_account', 'invited', 'active', 'closed'] as const;
export type UserStatus = (typeof USER_STATUSES)[number];

export interface Address {
  readonly street?: string | undefined;
  readonly city?: string | undefined;
  readonly state?: string | undefined;
  readonly postalCode?: string | undefined;
  readonly country?: string | undefined;
}

export interface User {
  readonly id: UserId;
  /** Normalised: NFC, lower case, the domain in its ASCII form. Null only where the status is `no_account`. */
  readonly email: string | null;
  readonly emailVerifiedAt: Instant | null;
  readonly role: Role;
  readonly status: UserStatus;
  readonly firstName: string;
  readonly lastName: string;
  /** `YYYY-MM-DD` */
  readonly dateOfBirth: string | null;
  /** E.164 */
  readonly phoneNumber: string | null;
  readonly phoneVerifiedAt: Instant | null;
  readonly address: Address | null;
  readonly hasAvatar: boolean;
  readonly bio: string | null;
  readonly timezone: string;
  /** BCP 47 */
  readonly language: string;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly version: number;
  readonly dataKey: DataKey;
  /** What is stored but cannot be opened: such a text reads as U+FFFD, anything else as null. */
  readonly damaged?: readonly string[];
}

/** A person with an address: only they can have an account to sign in to. */
export type AccountHolder = User & { readonly email: string };

export function hasAddress(user: User): user is AccountHolder {
  return user.email !== null;
}

/** What somebody says of themselves when the account begins. */
export interface PersonFields {
  readonly firstName: string;
  readonly lastName: string;
  readonly dateOfBirth: string | null;
  readonly phoneNumber: string | null;
}

/** There is no such account, or the caller may not see it (R26). */
export type UserNotFound = { readonly code: 'not_found' };

/** Somebody registered, and nobody has followed a link since. */
export function isUnproven(user: User): boolean {
  return user.status === 'active' && user.emailVerifiedAt === null;
}

/** What the public directory takes over from a doctor's account. */
export function directoryEntry({ id, firstName, lastName, timezone }: User) {
  return { userId: id, firstName, lastName, timezone };
}
