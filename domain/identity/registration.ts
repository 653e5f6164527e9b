/** Creating accounts: by registration, by invitation, or at the command line. */

import { decided } from '../shared/changes.ts';
import type { UserId } from '../shared/ids.ts';
import type { Role } from '../shared/permissions.ts';
import type { DataKey } from '../shared/ports.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import type { Decision } from './decision.ts';
import { type MailGuard, tellHolder } from './mailed-links.ts';
import type { MessageDraft } from './messages.ts';
import { type IssuedToken, oneTimeToken, type TokenChange, tokenEnd } from './one-time-token.ts';
import { type Address, directoryEntry, isUnproven, type User, type UserStatus } from './user.ts';

export type RegistrationChange =
  | {
      readonly type: 'user.created';
      readonly user: User;
      readonly passwordHash: string | null;
      /** Who of the clinic registered the patient. */
      readonly registeredBy?: UserId | undefined;
    }
  | {
      readonly type: 'doctor.added';
      readonly userId: UserId;
      /** As the public directory shows them. */
      readonly firstName: string;
      readonly lastName: string;
      readonly timezone: string;
      readonly specialty: string | null;
      readonly languages: readonly string[];
    }
  /**
   * Several people registered the address, and nobody has proven it: the password and the personal data of the account no longer
   * count. Guarded by the version.
   */
  | {
      readonly type: 'user.contested';
      readonly userId: UserId;
      readonly dataKey: DataKey;
      readonly version: number;
      readonly at: Instant;
    }
  /** An unproven account becomes the account of the person who was invited. Guarded by its former version. */
  | {
      readonly type: 'user.taken_over';
      readonly user: User;
      readonly passwordHash: string | null;
      readonly version: number;
      readonly registeredBy?: UserId | undefined;
    };

type Change = RegistrationChange | TokenChange | MailGuard;

export type EmailTaken = { readonly code: 'email_taken' };

/** What a person enters when registering. Already validated. */
export interface Registration {
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly dateOfBirth: string | null;
  readonly phoneNumber: string | null;
  readonly address?: Address | null;
  readonly timezone: string;
  readonly language: string;
}

/** What the application generates for a new account. */
export interface NewAccount {
  readonly id: UserId;
  readonly dataKey: DataKey;
  readonly token: IssuedToken;
}

/** @param registration whose address is null for a patient without an account */
export function newUser(
  registration: Omit<Registration, 'email'> & { readonly email: string | null },
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
    address: registration.address ?? null,
    hasAvatar: false,
    bio: null,
    createdAt: now,
    updatedAt: now,
    version: 1,
    dataKey: account.dataKey,
  };
}

/**
 * Registers a patient. If an account has the address, its owner is told by mail instead, so that the answer is the same (R5). An
 * unproven account does not own its address: if the address is registered again, the account is contested, and the person who
 * follows a link of any of the mails sets a new password (R63).
 *
 * @param toldAt when the owner of the address was last told that somebody named it
 */
export function register(
  existing: User | undefined,
  registration: Registration,
  passwordHash: string,
  account: NewAccount,
  toldAt: Instant | null,
  now: Instant,
): Decision<Change, void> {
  if (existing !== undefined && isUnproven(existing)) return contest(existing, account.token, now);
  if (existing !== undefined) {
    return decided({
      value: undefined,
      ...tellHolder(existing, toldAt, now),
      audit: [{ type: 'user.registration_repeated', stream: existing.id, outcome: 'failure' }],
    });
  }
  const user = newUser(registration, account, 'patient', 'active', now);
  return decided({
    value: undefined,
    changes: [{ type: 'user.created', user, passwordHash }, oneTimeToken(account.token, user.id, 'verify_email', now)],
    audit: [{ type: 'user.registered', stream: user.id, outcome: 'success', resource: { type: 'user', id: user.id } }],
    messages: [verificationMail(user, account.token, now)],
  });
}

function contest({ id, version, dataKey }: User, token: IssuedToken, now: Instant): Decision<Change, void> {
  return decided({
    value: undefined,
    changes: [
      { type: 'user.contested', userId: id, dataKey, version, at: now },
      oneTimeToken(token, id, 'verify_email', now, true),
    ],
    audit: [{ type: 'user.registration_repeated', stream: id, outcome: 'success' }],
    messages: [verificationMail({ id, dataKey }, token, now)],
  });
}

export function verificationMail(
  { id, dataKey }: Pick<User, 'id' | 'dataKey'>,
  { token }: IssuedToken,
  now: Instant,
): MessageDraft {
  return {
    template: 'verify-email',
    usefulUntil: tokenEnd('verify_email', now),
    variables: { token },
    userId: id,
    dataKey,
  };
}

export function invitationMail(
  { id, dataKey, role }: Pick<User, 'id' | 'dataKey' | 'role'>,
  { token }: IssuedToken,
  now: Instant,
): MessageDraft {
  return {
    template: 'invitation',
    usefulUntil: tokenEnd('accept_invitation', now),
    variables: { token, role },
    userId: id,
    dataKey,
  };
}

/** What an administrator enters for a new account. */
export interface Invitation extends Registration {
  readonly role: Role;
  readonly doctor: { readonly specialty: string | null; readonly languages: readonly string[] } | null;
  /** Who of the clinic registers the patient. */
  readonly registeredBy?: UserId;
}

/**
 * The rows of a new account. A doctor is added to the directory at once.
 * @param former an unproven account with the same address, whose row is taken over
 */
function creation(
  user: User,
  passwordHash: string | null,
  { doctor, registeredBy }: Pick<Invitation, 'doctor' | 'registeredBy'>,
  former: User | undefined,
): Change[] {
  const created: Change =
    former === undefined
      ? { type: 'user.created', user, passwordHash, registeredBy }
      : { type: 'user.taken_over', user, passwordHash, version: former.version, registeredBy };
  if (user.role !== 'doctor') return [created];
  const { specialty, languages } = doctor ?? { specialty: null, languages: [] };
  return [created, { type: 'doctor.added', ...directoryEntry(user), specialty, languages }];
}

/** The new account, which takes the place of an unproven one with the same address (R63). */
function newcomer(
  invitation: Invitation,
  account: Pick<NewAccount, 'id' | 'dataKey'>,
  status: UserStatus,
  former: User | undefined,
  now: Instant,
): User {
  const { role, doctor: _, registeredBy: __, ...registration } = invitation;
  if (former === undefined) return newUser(registration, account, role, status, now);
  return {
    ...newUser(registration, former, role, status, now),
    createdAt: former.createdAt,
    version: former.version + 1,
  };
}

/**
 * Creates an account that its owner activates with the mailed token.
 * @param existing the account that has the address; an unproven one is taken over
 */
export function invite(
  existing: User | undefined,
  invitation: Invitation,
  account: NewAccount,
  now: Instant,
): Result<Decision<Change, User>, EmailTaken> {
  if (existing !== undefined && !isUnproven(existing)) return refuse({ code: 'email_taken' });
  const { role } = invitation;
  const user = newcomer(invitation, account, 'invited', existing, now);
  return ok(
    decided({
      value: user,
      changes: [
        ...creation(user, null, invitation, existing),
        oneTimeToken(account.token, user.id, 'accept_invitation', now),
      ],
      audit: [
        {
          type: 'user.invited',
          stream: user.id,
          outcome: 'success',
          resource: { type: 'user', id: user.id },
          details: { role },
        },
      ],
      messages: [invitationMail(user, account.token, now)],
    }),
  );
}

/** Creates an account that is active at once, without any mail: the first administrator, the demo clinic. */
export function provision(
  existing: User | undefined,
  invitation: Invitation,
  passwordHash: string,
  account: Pick<NewAccount, 'id' | 'dataKey'>,
  now: Instant,
): Result<Decision<Change, User>, EmailTaken> {
  if (existing !== undefined && !isUnproven(existing)) return refuse({ code: 'email_taken' });
  const { role } = invitation;
  const user = { ...newcomer(invitation, account, 'active', existing, now), emailVerifiedAt: now };
  return ok(
    decided({
      value: user,
      changes: creation(user, passwordHash, invitation, existing),
      audit: [
        {
          type: 'user.created',
          stream: user.id,
          outcome: 'success',
          resource: { type: 'user', id: user.id },
          details: { role },
        },
      ],
    }),
  );
}
