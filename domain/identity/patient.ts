/**
 * Patients whom the clinic registers, by telephone or at the desk. With an e-mail address they are invited; without one they have
 * no account until the clinic invites them.
 */

import { decided } from '../shared/changes.ts';
import type { UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { CredentialsRevoked } from '../shared/revocation.ts';
import type { Instant } from '../shared/time.ts';
import { type ExpectedVersion, type StaleVersion, staleness } from '../shared/version.ts';
import { type AccountChange, changeProfile, type ProfileFields } from './account.ts';
import { type AdministrationChange, accountEnd, type InvitationAccepted } from './administration.ts';
import type { AuditDraft } from './audit-events.ts';
import type { Decision } from './decision.ts';
import type { MailGuard } from './mailed-links.ts';
import { type IssuedToken, oneTimeToken, type TokenChange } from './one-time-token.ts';
import {
  type EmailTaken,
  invitationMail,
  invite,
  type NewAccount,
  newUser,
  type RegistrationChange,
} from './registration.ts';
import type { SignInCounterChange } from './sign-in-throttle.ts';
import { type AccountHolder, type Address, isUnproven, type PersonFields, type User } from './user.ts';

export const REGISTRATION_CHANNELS = ['phone', 'in_person'] as const;
export type RegistrationChannel = (typeof REGISTRATION_CHANNELS)[number];

export type PatientChange =
  /**
   * Stores the address to which the invitation goes. Guarded by the version, and by the status: nobody has accepted an
   * invitation yet.
   */
  {
    readonly type: 'patient.invited';
    readonly userId: UserId;
    readonly dataKey: DataKey;
    readonly email: string;
    readonly version: number;
    readonly at: Instant;
  };

type Change =
  | PatientChange
  | RegistrationChange
  | AccountChange
  | AdministrationChange
  | SignInCounterChange
  | TokenChange
  | MailGuard
  | CredentialsRevoked;

/** The patient can sign in, or has been invited to: the person, or a correction by an officer, changes the profile. */
export type HasAccount = { readonly code: 'has_account' };

/** What the clinic enters. What it does not know stays null. */
export interface PatientDetails extends PersonFields {
  readonly address: Address | null;
  readonly timezone: string;
  readonly language: string;
}

export interface DeskRegistration {
  readonly details: PatientDetails;
  readonly email: string | null;
  readonly channel: RegistrationChannel;
  /** Who of the clinic registers the patient. */
  readonly by: UserId;
}

/**
 * Registers a patient for the clinic.
 * @param holder the account that has the address; an unproven one is taken over (R63)
 */
export function registerAtDesk(
  holder: User | undefined,
  { details, email, channel, by }: DeskRegistration,
  account: NewAccount,
  now: Instant,
): Result<Decision<Change, User>, EmailTaken> {
  const registered = (id: UserId): AuditDraft => ({
    type: 'patient.registered',
    stream: id,
    outcome: 'success',
    resource: { type: 'user', id },
    details: { channel },
  });
  if (email === null) {
    const user = newUser({ ...details, email }, account, 'patient', 'no_account', now);
    return ok(
      decided({
        value: user,
        changes: [{ type: 'user.created', user, passwordHash: null, registeredBy: by }],
        audit: [registered(user.id)],
      }),
    );
  }
  const invited = invite(holder, { ...details, email, role: 'patient', doctor: null, registeredBy: by }, account, now);
  if (!invited.ok) return invited;
  const { value: decision } = invited;
  return ok({ ...decision, audit: [registered(decision.value.id), ...decision.audit] });
}

/** Lets the clinic complete and correct what it knows of a patient, until the person accepts an invitation. */
export function completePatient(
  user: User,
  details: Partial<PatientDetails>,
  expected: ExpectedVersion,
  now: Instant,
): Result<Decision<Change, User>, HasAccount | StaleVersion> {
  if (user.status !== 'no_account' && user.status !== 'invited') return refuse({ code: 'has_account' });
  const { firstName, lastName, dateOfBirth, phoneNumber, address, bio, timezone, language } = user;
  const current: ProfileFields = { firstName, lastName, dateOfBirth, phoneNumber, address, bio, timezone, language };
  const isSame = Object.entries(details).every(
    ([name, value]) => JSON.stringify(value) === JSON.stringify(current[name as keyof PatientDetails]),
  );
  const stale = staleness(user, expected);
  if (isSame && stale === undefined) return ok(decided({ value: user, changes: [], audit: [] }));
  return changeProfile(user, { ...current, ...details }, expected, now);
}

/**
 * Invites a patient whom the clinic has registered, at an address that replaces a former one: the record becomes the person's
 * account when the invitation is accepted.
 *
 * @param holder the account that has the address: an unproven one is closed, any other keeps the address
 */
export function invitePatient(
  user: User,
  email: string,
  holder: User | undefined,
  issued: IssuedToken,
  now: Instant,
): Result<Decision<Change, AccountHolder>, EmailTaken | InvitationAccepted> {
  if (user.status !== 'no_account' && user.status !== 'invited') return refuse({ code: 'invitation_accepted' });
  const other = holder?.id === user.id ? undefined : holder;
  if (other !== undefined && !isUnproven(other)) return refuse({ code: 'email_taken' });
  // Comes first in the batch, so that the address is free when it is stored again.
  const ended = other === undefined ? { changes: [], audit: [] } : accountEnd(other, now);
  const { id, dataKey, version } = user;
  return ok(
    decided({
      value: { ...user, email, status: 'invited', emailVerifiedAt: null, updatedAt: now, version: version + 1 },
      changes: [
        ...ended.changes,
        { type: 'patient.invited', userId: id, dataKey, email, version, at: now },
        oneTimeToken(issued, id, 'accept_invitation', now),
      ],
      audit: [...ended.audit, { type: 'user.invited', stream: id, outcome: 'success', resource: { type: 'user', id } }],
      messages: [invitationMail(user, issued, now)],
    }),
  );
}
