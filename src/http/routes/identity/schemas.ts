/** What the routes of accounts, sessions and profiles share: schemas, and how people are shown. */

import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import type { EmailChange } from '../../../../domain/identity/email-change.ts';
import { knownBrowserToken } from '../../../../domain/identity/known-browser.ts';
import { MAXIMUM_LENGTH, type PasswordFault } from '../../../../domain/identity/password-policy.ts';
import { USER_STATUSES, type User } from '../../../../domain/identity/user.ts';
import { isAllowed } from '../../../../domain/shared/actor.ts';
import type { UserId } from '../../../../domain/shared/ids.ts';
import { ROLES } from '../../../../domain/shared/permissions.ts';
import { formatInstant } from '../../../../domain/shared/time.ts';
import type { SignedIn, Tokens } from '../../../app/identity/tokens.ts';
import { applyLimit, browsersSubject, LIMITS, type LimitName } from '../../../app/limits.ts';
import { knownActor } from '../../actor.ts';
import { setKnownBrowserCookie, setSessionCookies } from '../../cookies.ts';
import type { AppEnv } from '../../env.ts';
import { limitHeaders } from '../../limits.ts';
import { Problem, type ProblemDetails } from '../../problems.ts';
import { damagedSchema, idSchema, line, links } from '../../schemas.ts';
import {
  SAMPLE_ID,
  shownDate,
  shownEmail,
  shownId,
  shownInstant,
  shownLanguage,
  shownName,
  shownPhone,
  shownReference,
  shownText,
  shownToken,
  shownZone,
} from '../../shown.ts';

export const userSchema = z
  .object({
    id: shownId,
    email: shownEmail,
    role: z.enum(ROLES),
    status: z.enum(USER_STATUSES),
    firstName: shownName('Maria'),
    lastName: shownName('Silva'),
    timezone: shownZone,
    language: shownLanguage,
    createdAt: shownInstant,
    damaged: damagedSchema,
    _links: links,
  })
  .openapi('User');

export function presentUser(user: User) {
  const { id, email: address, role, status, firstName, lastName, timezone, language: tongue, createdAt } = user;
  const base = `/api/v1/users/${id}`;
  return {
    id,
    email: address,
    role,
    status,
    firstName,
    lastName,
    timezone,
    language: tongue,
    createdAt: formatInstant(createdAt),
    ...(user.damaged === undefined ? {} : { damaged: [...user.damaged] }),
    _links: { self: { href: base }, profile: { href: `${base}/profile` } },
  };
}

export const addressSchema = z
  .strictObject({
    street: line(200).optional(),
    city: line(100).optional(),
    state: line(100).optional(),
    postalCode: line(20).optional(),
    country: line(2, 2).optional().openapi({ description: 'ISO 3166-1 alpha-2' }),
  })
  .openapi('Address');

export const profileSchema = z
  .object({
    id: shownId,
    email: shownEmail,
    pendingEmail: shownEmail
      .nullable()
      .optional()
      .openapi({ description: 'For its owner: the address that a change waits for, see /users/{id}/email' }),
    firstName: shownName('Maria'),
    lastName: shownName('Silva'),
    dateOfBirth: shownDate.nullable(),
    phoneNumber: shownPhone.nullable(),
    address: addressSchema.nullable(),
    bio: shownText(2000, 'Family doctor for twenty years').nullable(),
    timezone: shownZone,
    language: shownLanguage,
    avatarUrl: shownReference.nullable(),
    version: z.int(),
    updatedAt: shownInstant,
    damaged: damagedSchema,
    _links: links,
  })
  .openapi('Profile');

type Links = z.infer<typeof links>;

/** @param reader sets a picture where the profile is the reader's own */
export function presentProfile(user: User, reader: UserId, pending?: EmailChange | null) {
  const base = `/api/v1/users/${user.id}`;
  const self: Links = { self: { href: `${base}/profile` } };
  const own: Links =
    reader === user.id
      ? { avatar: { href: `${base}/avatar`, method: 'POST' }, email: { href: `${base}/email`, method: 'POST' } }
      : {};
  return {
    id: user.id,
    email: user.email,
    ...(reader === user.id && pending !== undefined ? { pendingEmail: pending?.newEmail ?? null } : {}),
    firstName: user.firstName,
    lastName: user.lastName,
    dateOfBirth: user.dateOfBirth,
    phoneNumber: user.phoneNumber,
    address: user.address,
    bio: user.bio,
    timezone: user.timezone,
    language: user.language,
    avatarUrl: user.avatarKey === null ? null : `${base}/avatar`,
    version: user.version,
    updatedAt: formatInstant(user.updatedAt),
    ...(user.damaged === undefined ? {} : { damaged: [...user.damaged] }),
    _links: { ...self, ...own },
  };
}

export const tokensSchema = z
  .object({
    kind: z.literal('tokens'),
    accessToken: shownToken('eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIwMTk5In0.c2ln').optional(),
    tokenType: z.literal('Bearer'),
    expiresIn: z.int().openapi({ description: 'Seconds', example: 900 }),
    refreshToken: shownToken('ppr_2fA9xY2b').optional(),
    sessionId: shownId,
    user: userSchema.optional(),
  })
  .openapi('Tokens', {
    description: 'With the cookie transport the tokens are in cookies and not in the body',
    example: {
      kind: 'tokens',
      accessToken: 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIwMTk5In0.c2ln',
      tokenType: 'Bearer',
      expiresIn: 900,
      refreshToken: 'ppr_2fA9xY2b',
      sessionId: SAMPLE_ID,
    },
  });

export const userParams = z.object({ id: idSchema<'user'>('The user') });

/** Counts one use of a limit that the operation declares. */
function count(c: HonoContext<AppEnv>, name: LimitName, subject: string) {
  const { operationId, limits } = c.get('operation');
  if (!limits?.includes(name)) throw new Error(`${operationId} counts the limit ${name} and does not declare it`);
  const { deps, config } = c.env.platform;
  return applyLimit(deps.limiter, config.RATE_LIMIT_FACTOR, name, subject);
}

/**
 * Takes one use of a limit.
 * @returns whether it was open, and what gives this one use back
 */
export async function tryLimit(c: HonoContext<AppEnv>, name: LimitName, subject: string) {
  const applied = await count(c, name, subject);
  const { deps } = c.env.platform;
  const isOpen = applied?.verdict.allowed !== false;
  const giveBack = async () => {
    if (applied?.verdict.allowed === true) await deps.limiter.giveBack(applied.rule, subject, applied.verdict);
  };
  return { isOpen, giveBack, applied };
}

/**
 * Takes one use of a limit, or ends the request.
 * @returns what gives this one use back: to be called where the limit is for those who fail
 */
export async function limit(c: HonoContext<AppEnv>, name: LimitName, subject: string): Promise<() => Promise<void>> {
  const { isOpen, giveBack, applied } = await tryLimit(c, name, subject);
  if (!isOpen && applied !== undefined) {
    throw new Problem({ code: 'too_many_requests', headers: limitHeaders(applied, c.env.platform.deps.clock.now()) });
  }
  return giveBack;
}

/** Hands tokens over as they were asked for: in the body, or in cookies that scripts cannot read (R23). */
export function deliver(c: HonoContext<AppEnv>, tokens: Tokens | SignedIn, transport = tokens.transport) {
  const { accessToken, refreshToken, expiresIn, sessionId } = tokens;
  const shown = {
    kind: 'tokens' as const,
    tokenType: 'Bearer' as const,
    expiresIn,
    sessionId,
    ...('user' in tokens ? { user: presentUser(tokens.user) } : {}),
  };
  if ('user' in tokens && tokens.remembered) {
    const { index, clock } = c.get('deps');
    setKnownBrowserCookie(c, knownBrowserToken(index, tokens.user.email, tokens, clock.now()));
  }
  if (transport === 'bearer') return { ...shown, accessToken, refreshToken };
  const { refreshAbsoluteSeconds } = c.get('deps').settings.sessions;
  setSessionCookies(c, tokens, { accessSeconds: expiresIn, refreshSeconds: refreshAbsoluteSeconds });
  return shown;
}

/** What to do about it, for whoever chooses the password. */
const PASSWORD_ADVICE: Readonly<Record<Exclude<PasswordFault, 'too_short'>, string>> = {
  too_long: `is too long: use ${MAXIMUM_LENGTH} characters at most`,
  not_unicode: 'contains half of a character: type it again',
  common:
    'is made of what guessers try first, such as common words, runs of keys or repetitions: add words that do not belong together',
  personal:
    'is made of your name, your e-mail address or the name of the portal: add words that have nothing to do with you',
};

/** @param pointer the field that held the password */
export function describePassword(c: HonoContext<AppEnv>, pointer: string) {
  const minimum = c.get('deps').settings.passwordMinimumLength;
  const advice = {
    ...PASSWORD_ADVICE,
    too_short: `is too short: use ${minimum} characters or more, such as several words in a row`,
  };
  return (error: { readonly code: string; readonly reasons?: readonly PasswordFault[] }) =>
    error.reasons === undefined
      ? undefined
      : {
          errors: error.reasons.map((reason) => ({
            pointer,
            code: 'password_unacceptable',
            message: advice[reason],
          })),
        };
}

/** Who is signed in is told plainly: there is no account to be guessed at. @param pointer the field that held it */
export function describeWrongPassword(pointer: string) {
  return (error: { readonly code: string }): Partial<ProblemDetails> | undefined =>
    error.code === 'invalid_credentials'
      ? {
          detail: 'The current password is wrong.',
          errors: [{ pointer, code: 'wrong_password', message: 'expected the current password' }],
        }
      : undefined;
}

/** Seconds until a limit opens again; 0 when it is open. The caller decides whom it binds. */
export async function secondsLimited(c: HonoContext<AppEnv>, name: LimitName, subject: string): Promise<number> {
  const applied = await count(c, name, subject);
  const { deps } = c.env.platform;
  if (applied === undefined || applied.verdict.allowed) return 0;
  return Math.max(1, Math.ceil((applied.verdict.resetAt - deps.clock.now()) / 1000));
}

/** Whoever got in is no guesser: the account's tries are given back. */
export async function forgiveAccount(c: HonoContext<AppEnv>, signedIn: SignedIn): Promise<void> {
  const { deps, config } = c.env.platform;
  if (config.RATE_LIMIT_FACTOR === 0) return;
  const { email } = signedIn.user;
  await Promise.all([
    deps.limiter.reset(LIMITS.login_account, email),
    deps.limiter.reset(LIMITS.login_known, browsersSubject(email, signedIn)),
  ]);
}

/** How long to wait, where the refusal says so. */
export function describeWait(error: {
  readonly code: string;
  readonly retryAfterSeconds?: number;
}): Omit<ProblemDetails, 'code'> | undefined {
  return error.retryAfterSeconds === undefined
    ? undefined
    : { headers: { 'Retry-After': String(error.retryAfterSeconds) } };
}

/** The caller's own account, or the same 404 as one that does not exist (R26). */
export function requireOwn(c: HonoContext<AppEnv>, id: UserId): void {
  if (id !== knownActor(c).userId) throw new Problem({ code: 'not_found' });
}

/** Own, or anybody's for whoever manages accounts. */
export function requireOwnOrManaged(c: HonoContext<AppEnv>, id: UserId): void {
  if (!isAllowed(knownActor(c), 'manage:users')) requireOwn(c, id);
}

export async function ownAccount(c: HonoContext<AppEnv>): Promise<User> {
  const { database, loads } = c.get('deps');
  const [user] = await database.load(loads.identity.user(knownActor(c).userId));
  if (user === undefined) throw new Problem({ code: 'not_found' });
  return user;
}

/** What was sent, without the fields that were not. */
export function given<T extends object>(body: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(body).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
