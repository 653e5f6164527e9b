/** Accounts: registering, proving the address, inviting, profiles. */

import type { AuditEventType } from '../../../domain/audit-catalog.ts';
import type { Decision } from '../../../domain/changes.ts';
import {
  acceptInvitation,
  changeProfile,
  type PasswordRequired,
  type ProfileFields,
  resendVerification,
  type TokenWithOwner,
  verifyEmail,
} from '../../../domain/identity/account.ts';
import type { IdentityChange } from '../../../domain/identity/changes.ts';
import { mailboxOf } from '../../../domain/identity/mailbox.ts';
import type { Mailed } from '../../../domain/identity/mailed-links.ts';
import { hashToken, issueToken, type TokenInvalid } from '../../../domain/identity/one-time-token.ts';
import { type PasswordUnacceptable, passwordFaults } from '../../../domain/identity/password-policy.ts';
import {
  type EmailTaken,
  type Invitation,
  invite,
  provision,
  type Registration,
  register,
} from '../../../domain/identity/registration.ts';
import {
  hasAddress,
  isUnproven,
  type PersonFields,
  type User,
  type UserNotFound,
} from '../../../domain/identity/user.ts';
import type { JobDraft, Load } from '../../../domain/shared/changes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import type { ExpectedVersion, StaleVersion } from '../../../domain/shared/version.ts';
import { type Command, type Contended, execute, executeOnce, onlyConflict, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { applyLimit } from '../limits.ts';
import { noteUse } from '../protection/limit-use.ts';
import { recordRefusal } from './denials.ts';
import { newAccount } from './new-account.ts';
import { TOKEN_BYTES } from './tokens.ts';

/** Refuses a password with all reasons at once (R1, R2). */
export function checkPassword(
  deps: Deps,
  password: string,
  person: { readonly email: string; readonly firstName: string; readonly lastName: string },
): Result<void, PasswordUnacceptable> {
  const reasons = passwordFaults(password, { ...person, minimumLength: deps.settings.passwordMinimumLength });
  return reasons.length === 0 ? ok(undefined) : refuse({ code: 'password_unacceptable', reasons });
}

/** The answer and its time are the same whether or not the address is known: the password is hashed in both cases (R5). */
export async function registerPatient(
  deps: Deps,
  context: Context,
  input: Registration & { readonly password: string },
  isMailboxOpen = true,
): Promise<Result<void, PasswordUnacceptable | Contended>> {
  const { password, ...registration } = input;
  const acceptable = checkPassword(deps, password, registration);
  if (!acceptable.ok) return acceptable;
  const passwordHash = await deps.passwords.hash(password, 'anonymous');
  // Links of the last hour still work, and each lets the owner set a password, so no further mail is needed (R63, R65).
  if (!isMailboxOpen) return ok(undefined);
  const account = newAccount(deps, context.now);
  const attempt = () =>
    execute(deps, context, {
      loads: [
        deps.loads.identity.userByEmail(registration.email),
        deps.loads.identity.lastMail(registration.email, 'account-exists'),
      ],
      decide: (existing, toldAt) => ok(register(existing, registration, passwordHash, account, toldAt, context.now)),
      onConflict: onlyConflict('email_taken'),
      originKey: () => account.dataKey,
    });
  const first = await attempt();
  // A concurrent registration created the account: the second attempt finds it and tells its owner.
  const settled = !first.ok && first.error.code === 'email_taken' ? await attempt() : first;
  // The address is reserved as the former address of a change that can be taken back. The answer does not tell.
  if (!settled.ok && settled.error.code === 'email_taken') return ok(undefined);
  return settled as Result<void, Contended>;
}

type MailedToken = Load<TokenWithOwner | undefined>;

/** Runs a command that uses a mailed token. A refusal is recorded for the token's owner, or for the system if it is unknown. */
export async function recordingTokens<E extends { readonly code: string }>(
  deps: Deps,
  context: Context,
  type: AuditEventType,
  command: Command<readonly [MailedToken], void, E>,
): Promise<Result<void, E | Contended>> {
  let owner: UserId | undefined;
  const result = await execute(deps, context, {
    ...command,
    decide: (found) => {
      owner = found?.user.id;
      return command.decide(found);
    },
  });
  if (!result.ok && result.error.code === 'token_invalid') {
    await recordRefusal(deps, context, { type, stream: owner ?? 'system', error: 'token_invalid' });
  }
  return result;
}

export interface ProofOfAddress {
  readonly token: string;
  readonly password: string | undefined;
  readonly person: Partial<PersonFields>;
}

type ProofRefused = TokenInvalid | PasswordRequired | PasswordUnacceptable;

/** A password is hashed only for a valid token, because anybody can send an invented one. */
export function proveEmail(
  deps: Deps,
  context: Context,
  { token, password, person }: ProofOfAddress,
): Promise<Result<void, ProofRefused | Contended>> {
  return recordingTokens(deps, context, 'user.verification_failed', {
    loads: [deps.loads.identity.oneTimeToken(hashToken(token), 'verify_email')],
    decide: async (found): Promise<Result<Decision<IdentityChange, void>, ProofRefused>> => {
      const asked = verifyEmail(found, { passwordHash: null, person }, context.now);
      const isWanted = asked.ok || asked.error.code === 'password_required';
      if (password === undefined || found === undefined || !isWanted) return asked;
      const acceptable = checkPassword(deps, password, { ...found.user, ...person });
      if (!acceptable.ok) return acceptable;
      return verifyEmail(
        found,
        { passwordHash: await deps.passwords.hash(password, 'anonymous'), person },
        context.now,
      );
    },
  });
}

/** @param isMailboxOpen whether the mailbox's limit of mails to unproven addresses is open */
export function resendVerificationMail(
  deps: Deps,
  context: Context,
  email: string,
  isMailboxOpen: boolean,
): Promise<Result<Mailed, Contended>> {
  const issued = issueToken(deps.random.bytes(TOKEN_BYTES));
  const { identity } = deps.loads;
  return execute(deps, context, {
    loads: [identity.userByEmail(email), identity.lastToken(email, 'verify_email', context.now)],
    decide: (user, mailedAt) => ok(resendVerification(user, { mailedAt, isMailboxOpen }, issued, context.now)),
  });
}

/** Mails a verification link to an unproven account after a sign-in with the right password. */
export const MAIL_VERIFICATION = 'identity.mail_verification';

/** A job, because the sign-in must take the same time as one with a wrong password. */
export function verificationJob(userId: UserId): JobDraft {
  return { topic: MAIL_VERIFICATION, payload: { userId } };
}

/** Under the rules of requesting another link: none while a recent one works, or when the limit of the mailbox is reached. */
export async function mailVerification(deps: Deps, context: Context, userId: string): Promise<void> {
  const [user] = await deps.database.load(deps.loads.identity.user(userId as UserId));
  if (user === undefined || !isUnproven(user) || !hasAddress(user)) return;
  const mailbox = mailboxOf(user.email);
  const applied = await applyLimit(deps.limiter, deps.settings.rateLimitFactor, 'mail', mailbox);
  const isMailboxOpen = applied?.verdict.allowed !== false;
  const mailed = await resendVerificationMail(deps, context, user.email, isMailboxOpen);
  if (applied === undefined) return;
  if (isMailboxOpen && !(mailed.ok && mailed.value === 'unproven')) {
    await deps.limiter.giveBack(applied.rule, mailbox, applied.verdict);
  } else {
    noteUse(deps, applied);
  }
}

export function inviteUser(
  deps: Deps,
  context: Context,
  invitation: Invitation,
  represent: (user: User) => Representation,
) {
  const account = newAccount(deps, context.now);
  return executeOnce(
    deps,
    context,
    {
      loads: [deps.loads.identity.userByEmail(invitation.email)],
      decide: (existing): Result<Decision<IdentityChange, User>, EmailTaken> =>
        invite(existing, invitation, account, context.now),
      onConflict: onlyConflict('email_taken'),
      answerOf: (user) => user.dataKey,
    },
    represent,
  );
}

export async function openInvitation(
  deps: Deps,
  context: Context,
  input: { readonly token: string; readonly password: string },
): Promise<Result<void, TokenInvalid | PasswordUnacceptable | Contended>> {
  return recordingTokens(deps, context, 'user.invitation_refused', {
    loads: [deps.loads.identity.oneTimeToken(hashToken(input.token), 'accept_invitation')],
    decide: async (found): Promise<Result<Decision<IdentityChange, void>, TokenInvalid | PasswordUnacceptable>> => {
      if (found === undefined) return refuse({ code: 'token_invalid' });
      const acceptable = checkPassword(deps, input.password, found.user);
      if (!acceptable.ok) return acceptable;
      return acceptInvitation(found, await deps.passwords.hash(input.password, 'anonymous'), context.now);
    },
  });
}

type Provisioned = Invitation & {
  readonly password: string;
  /** Default: a new id. */
  readonly id?: UserId;
};

/** Creates an account without mail: the first administrator, the demo clinic. */
export async function provisionUser(deps: Deps, context: Context, input: Provisioned): Promise<User> {
  const made = await tryToProvision(deps, context, input);
  if (!made.ok) throw new Error(`an account could not be made: ${made.error.code}`);
  return made.value;
}

/** Like {@link provisionUser}, for when another process may create the account at the same time. */
export async function tryToProvision(
  deps: Deps,
  context: Context,
  input: Provisioned,
): Promise<Result<User, EmailTaken>> {
  const { password, id = newId<'user'>(deps, context.now), ...invitation } = input;
  const account = { id, dataKey: deps.cipher.newKey(id) };
  const passwordHash = await deps.passwords.hashUnlimited(password);
  const made = await execute(deps, context, {
    loads: [deps.loads.identity.userByEmail(invitation.email)],
    decide: (existing): Result<Decision<IdentityChange, User>, EmailTaken> =>
      provision(existing, invitation, passwordHash, account, context.now),
    onConflict: onlyConflict('email_taken'),
  });
  if (made.ok) return made;
  if (made.error.code === 'email_taken') return refuse(made.error);
  throw new Error(`an account could not be made: ${made.error.code}`);
}

export function updateProfile(
  deps: Deps,
  context: Context,
  userId: UserId,
  profile: Partial<ProfileFields>,
  expectedVersion: ExpectedVersion,
) {
  return execute(deps, context, {
    loads: [deps.loads.identity.user(userId)],
    decide: (user): Result<Decision<IdentityChange, User>, UserNotFound | StaleVersion> => {
      if (user === undefined) return refuse({ code: 'not_found' });
      const { firstName, lastName, dateOfBirth, phoneNumber, address, bio, timezone, language } = user;
      const current = { firstName, lastName, dateOfBirth, phoneNumber, address, bio, timezone, language };
      return changeProfile(user, { ...current, ...profile }, expectedVersion, context.now);
    },
  });
}
