/** A person with an account, and how one comes to be: by registration, by invitation, by closing it. */
import { type Decision, decided } from '../shared/changes.ts';
import type { UserId } from '../shared/ids.ts';
import type { Role } from '../shared/permissions.ts';
import type { DataKey } from '../shared/ports.ts';
import type { Instant } from '../shared/time.ts';
import type { IdentityChange } from './changes.ts';
import { type IssuedToken, oneTimeToken, tokenEnd } from './one-time-token.ts';

export type UserStatus = 'invited' | 'active' | 'closed';

export interface Address {
  readonly street?: string | undefined;
  readonly city?: string | undefined;
  readonly state?: string | undefined;
  readonly postalCode?: string | undefined;
  readonly country?: string | undefined;
}

export interface User {
  readonly id: UserId;
  /** Normalised: NFC, lower case, the domain in its ASCII form. */
  readonly email: string;
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
  readonly avatarKey: string | null;
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

/** What a person tells when registering. Already valid in form. */
export interface Registration {
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly dateOfBirth: string | null;
  readonly phoneNumber: string | null;
  readonly timezone: string;
  readonly language: string;
}

/** What the outside world contributes to a new account. */
export interface NewAccount {
  readonly id: UserId;
  readonly dataKey: DataKey;
  readonly token: IssuedToken;
}

function newUser(
  registration: Registration,
  account: Pick<NewAccount, 'id' | 'dataKey'>,
  role: Role,
  status: UserStatus,
  now: Instant,
): User {
  return {
    ...registration,
    id: account.id,
    emailVerifiedAt: null,
    role,
    status,
    phoneVerifiedAt: null,
    address: null,
    avatarKey: null,
    bio: null,
    createdAt: now,
    updatedAt: now,
    version: 1,
    dataKey: account.dataKey,
  };
}

/**
 * Registers a patient. Whoever already has the address is told by mail instead, so that the answer is the same (R5).
 */
export function register(
  existing: User | undefined,
  registration: Registration,
  passwordHash: string,
  account: NewAccount,
  now: Instant,
): Decision<IdentityChange, void> {
  if (existing !== undefined) {
    return decided({
      value: undefined,
      changes: [],
      audit: [{ type: 'user.registration_repeated', stream: existing.id, outcome: 'failure' }],
      messages: [
        {
          template: 'account-exists',
          variables: {},
          userId: existing.id,
          dataKey: existing.dataKey,
          channel: 'email',
          category: 'account',
        },
      ],
    });
  }
  const user = newUser(registration, account, 'patient', 'active', now);
  return decided({
    value: undefined,
    changes: [{ type: 'user.created', user, passwordHash }, oneTimeToken(account.token, user.id, 'verify_email', now)],
    audit: [{ type: 'user.registered', stream: user.id, outcome: 'success', resource: { type: 'user', id: user.id } }],
    messages: [
      {
        template: 'verify-email',
        usefulUntil: tokenEnd('verify_email', now),
        variables: { token: account.token.token },
        userId: user.id,
        dataKey: user.dataKey,
        channel: 'email',
        category: 'account',
      },
    ],
  });
}

/** What an administrator says of somebody who joins the clinic. */
export interface Invitation extends Registration {
  readonly role: Role;
  readonly doctor: { readonly specialty: string | null; readonly languages: readonly string[] } | null;
}

/** What the public directory takes over from a doctor's account. */
export function directoryEntry({ id, firstName, lastName, timezone }: User) {
  return { userId: id, firstName, lastName, timezone };
}

/** The rows of a new account: a doctor enters the directory at once. */
function creation(user: User, passwordHash: string | null, doctor: Invitation['doctor']): IdentityChange[] {
  const created: IdentityChange = { type: 'user.created', user, passwordHash };
  if (user.role !== 'doctor') return [created];
  const { specialty, languages } = doctor ?? { specialty: null, languages: [] };
  return [created, { type: 'doctor.added', ...directoryEntry(user), specialty, languages }];
}

/** Makes an account that its owner opens with the mailed token. */
export function invite(invitation: Invitation, account: NewAccount, now: Instant): Decision<IdentityChange, User> {
  const { role, doctor, ...registration } = invitation;
  const user = newUser(registration, account, role, 'invited', now);
  return decided({
    value: user,
    changes: [...creation(user, null, doctor), oneTimeToken(account.token, user.id, 'accept_invitation', now)],
    audit: [
      {
        type: 'user.invited',
        stream: user.id,
        outcome: 'success',
        resource: { type: 'user', id: user.id },
        details: { role },
      },
    ],
    messages: [
      {
        template: 'invitation',
        usefulUntil: tokenEnd('accept_invitation', now),
        variables: { token: account.token.token, role },
        userId: user.id,
        dataKey: user.dataKey,
        channel: 'email',
        category: 'account',
      },
    ],
  });
}

/** Makes an account that works at once, without any mail: the first administrator, the demo clinic. */
export function provision(
  invitation: Invitation,
  passwordHash: string,
  account: Pick<NewAccount, 'id' | 'dataKey'>,
  now: Instant,
): Decision<IdentityChange, User> {
  const { role, doctor, ...registration } = invitation;
  const user = { ...newUser(registration, account, role, 'active', now), emailVerifiedAt: now };
  return decided({
    value: user,
    changes: creation(user, passwordHash, doctor),
    audit: [
      {
        type: 'user.created',
        stream: user.id,
        outcome: 'success',
        resource: { type: 'user', id: user.id },
        details: { role },
      },
    ],
  });
}
