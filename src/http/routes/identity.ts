/** Accounts, sessions and profiles. */
import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import { getCookie } from 'hono/cookie';
import type { User } from '../../../domain/identity/user.ts';
import type { UserActor } from '../../../domain/shared/actor.ts';
import type { SessionId, UserId } from '../../../domain/shared/ids.ts';
import { ROLES } from '../../../domain/shared/permissions.ts';
import { formatInstant } from '../../../domain/shared/time.ts';
import {
  inviteUser,
  openInvitation,
  proveEmail,
  registerPatient,
  resendVerificationMail,
  updateAvatar,
  updateProfile,
} from '../../app/identity/accounts.ts';
import { endAllSessions, endSession, login, refreshTokens, type Tokens } from '../../app/identity/sessions.ts';
import { addressSubject } from '../address.ts';
import { clearSessionCookies, REFRESH_COOKIE, setSessionCookies } from '../cookies.ts';
import { describeDevice } from '../device.ts';
import type { AppEnv } from '../env.ts';
import { etag, isUnchanged, requireMatch } from '../etag.ts';
import { imageType } from '../image-type.ts';
import { applyLimit, type LimitName, limitHeaders } from '../limits.ts';
import { refuseCrossSite } from '../middleware/guard.ts';
import { decodeCursor, page } from '../page.ts';
import { Problem } from '../problems.ts';
import { type App, define, json, jsonBody, unwrap } from '../router.ts';
import {
  dateOfBirth,
  email,
  idSchema,
  language,
  links,
  opaqueToken,
  pageOf,
  pageQuery,
  password,
  phoneNumber,
  text,
  zone,
} from '../schemas.ts';

const userSchema = z
  .object({
    id: z.string(),
    email: z.string(),
    role: z.enum(ROLES),
    status: z.string(),
    firstName: z.string(),
    lastName: z.string(),
    timezone: z.string(),
    language: z.string(),
    createdAt: z.string(),
    _links: links,
  })
  .openapi('User');

function presentUser(user: User) {
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
    _links: { self: { href: base }, profile: { href: `${base}/profile` } },
  };
}

const addressSchema = z
  .strictObject({
    street: text(200).optional(),
    city: text(100).optional(),
    state: text(100).optional(),
    postalCode: text(20).optional(),
    country: text(2, 2).optional().openapi({ description: 'ISO 3166-1 alpha-2' }),
  })
  .openapi('Address');

const profileSchema = z
  .object({
    id: z.string(),
    email: z.string(),
    firstName: z.string(),
    lastName: z.string(),
    dateOfBirth: z.string().nullable(),
    phoneNumber: z.string().nullable(),
    address: addressSchema.nullable(),
    bio: z.string().nullable(),
    timezone: z.string(),
    language: z.string(),
    avatarUrl: z.string().nullable(),
    version: z.int(),
    updatedAt: z.string(),
    _links: links,
  })
  .openapi('Profile');

function presentProfile(user: User) {
  const base = `/api/v1/users/${user.id}`;
  return {
    id: user.id,
    email: user.email,
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
    _links: { self: { href: `${base}/profile` }, avatar: { href: `${base}/avatar`, method: 'POST' } },
  };
}

const registration = z
  .strictObject({
    email,
    password,
    firstName: text(100, 1),
    lastName: text(100, 1),
    dateOfBirth,
    phoneNumber: phoneNumber.optional(),
    timezone: zone.optional(),
    language: language.optional(),
  })
  .openapi('Registration');

const tokensSchema = z
  .object({
    accessToken: z.string().optional(),
    tokenType: z.literal('Bearer'),
    expiresIn: z.int().openapi({ description: 'Seconds', example: 900 }),
    refreshToken: z.string().optional(),
    sessionId: z.string(),
    user: userSchema.optional(),
  })
  .openapi('Tokens', { description: 'With the cookie transport the tokens are in cookies and not in the body' });

const userParams = z.object({ id: idSchema<'user'>('The user') });

/** The caller's own account, or the same 404 as one that does not exist (R26). */
function requireOwn(actor: UserActor, id: UserId): void {
  if (id !== actor.userId) throw new Problem({ code: 'not_found' });
}

export function userActor(c: HonoContext<AppEnv>): UserActor {
  const { actor } = c.get('context');
  if (actor.kind !== 'user')
    throw new Problem({ code: 'forbidden', detail: 'API keys cannot do this: it needs a session.' });
  return actor;
}

async function limit(c: HonoContext<AppEnv>, name: LimitName, subject: string): Promise<void> {
  const { deps, config } = c.env.platform;
  const applied = await applyLimit(deps.limiter, config.RATE_LIMIT_FACTOR, name, subject);
  if (applied !== undefined && !applied.verdict.allowed) {
    throw new Problem({ code: 'too_many_requests', headers: limitHeaders(applied, deps.clock.now()) });
  }
}

function deliver(c: HonoContext<AppEnv>, tokens: Tokens, transport: 'bearer' | 'cookie', user?: User) {
  const { accessToken, refreshToken, expiresIn, sessionId } = tokens;
  const shown = {
    tokenType: 'Bearer' as const,
    expiresIn,
    sessionId,
    ...(user === undefined ? {} : { user: presentUser(user) }),
  };
  if (transport === 'bearer') return { ...shown, accessToken, refreshToken };
  const { refreshAbsoluteSeconds } = c.get('deps').settings.sessions;
  setSessionCookies(c, tokens, { accessSeconds: expiresIn, refreshSeconds: refreshAbsoluteSeconds });
  return shown;
}

export function identityRoutes(app: App): void {
  const tags = ['Identity'];
  const accepted = z.object({ status: z.literal('verification_sent') });

  define(
    app,
    {
      method: 'post',
      path: '/api/v1/auth/register',
      summary: 'Register a patient',
      tags,
      description: 'Answers the same whether or not the address is known; its owner is told by mail.',
      request: { body: jsonBody(registration) },
      responses: { 202: json(accepted, 'A mail is on its way') },
    },
    ['password_unacceptable', 'version_conflict'],
    async (c) => {
      const { phoneNumber: phone, timezone, language: tongue, ...body } = c.req.valid('json');
      await limit(c, 'mail', body.email);
      const input = { ...body, phoneNumber: phone ?? null, timezone: timezone ?? 'UTC', language: tongue ?? 'en' };
      unwrap(await registerPatient(c.get('deps'), c.get('context'), input), describePassword);
      return c.json({ status: 'verification_sent' as const }, 202);
    },
  );

  define(
    app,
    {
      method: 'post',
      path: '/api/v1/auth/verify-email',
      summary: 'Prove an e-mail address',
      tags,
      request: { body: jsonBody(z.strictObject({ token: opaqueToken })) },
      responses: { 204: { description: 'Proven' } },
    },
    ['token_invalid', 'version_conflict'],
    async (c) => {
      unwrap(await proveEmail(c.get('deps'), c.get('context'), c.req.valid('json').token));
      return c.body(null, 204);
    },
  );

  define(
    app,
    {
      method: 'post',
      path: '/api/v1/auth/resend-verification',
      summary: 'Ask for another verification mail',
      tags,
      request: { body: jsonBody(z.strictObject({ email })) },
      responses: { 202: json(accepted, 'If the address waits for verification, a mail is on its way') },
    },
    ['version_conflict'],
    async (c) => {
      const body = c.req.valid('json');
      await limit(c, 'mail', body.email);
      unwrap(await resendVerificationMail(c.get('deps'), c.get('context'), body.email));
      return c.json({ status: 'verification_sent' as const }, 202);
    },
  );

  define(
    app,
    {
      method: 'post',
      path: '/api/v1/auth/login',
      summary: 'Sign in',
      tags,
      request: {
        body: jsonBody(
          z.strictObject({
            email,
            password,
            trustedDeviceToken: opaqueToken.optional(),
            deviceName: text(100, 1).optional(),
            transport: z.enum(['bearer', 'cookie']).default('bearer'),
          }),
        ),
      },
      responses: { 200: json(tokensSchema, 'Signed in') },
    },
    ['invalid_credentials', 'email_unverified', 'version_conflict'],
    async (c) => {
      const body = c.req.valid('json');
      if (body.transport === 'cookie') refuseCrossSite(c);
      await Promise.all([
        limit(c, 'login_address', addressSubject(c.env.clientAddress)),
        limit(c, 'login_account', body.email),
      ]);
      const device = describeDevice(c, body.transport, body.deviceName);
      const signedIn = unwrap(
        await login(c.get('deps'), c.get('context'), { email: body.email, password: body.password, device }),
      );
      return c.json(deliver(c, signedIn, body.transport, signedIn.user), 200);
    },
  );

  define(
    app,
    {
      method: 'post',
      path: '/api/v1/auth/refresh-token',
      summary: 'Replace the tokens',
      tags,
      description: 'Each refresh token works once. One that comes back a second time ends its session.',
      request: {
        body: {
          required: false,
          content: { 'application/json': { schema: z.strictObject({ refreshToken: opaqueToken.optional() }) } },
        },
      },
      responses: { 200: json(tokensSchema, 'A new pair') },
    },
    ['refresh_token_invalid', 'cross_site_request', 'version_conflict'],
    async (c) => {
      const given = (c.req.valid('json') as { refreshToken?: string } | undefined)?.refreshToken;
      const cookie = given === undefined ? getCookie(c, REFRESH_COOKIE) : undefined;
      if (cookie !== undefined) refuseCrossSite(c);
      const token = given ?? cookie;
      if (token === undefined) throw new Problem({ code: 'refresh_token_invalid' });
      const tokens = unwrap(await refreshTokens(c.get('deps'), c.get('context'), token), () => ({}));
      return c.json(deliver(c, tokens, cookie === undefined ? 'bearer' : 'cookie'), 200);
    },
  );

  define(
    app,
    {
      method: 'post',
      path: '/api/v1/auth/logout',
      summary: 'Sign out',
      tags,
      responses: { 204: { description: 'Signed out' } },
    },
    ['not_found', 'version_conflict'],
    async (c) => {
      const actor = userActor(c);
      unwrap(await endSession(c.get('deps'), c.get('context'), actor, actor.sessionId));
      clearSessionCookies(c);
      return c.body(null, 204);
    },
  );

  define(
    app,
    {
      method: 'post',
      path: '/api/v1/auth/logout-all',
      summary: 'Sign out everywhere',
      tags,
      responses: { 204: { description: 'Signed out' } },
    },
    ['version_conflict'],
    async (c) => {
      unwrap(await endAllSessions(c.get('deps'), c.get('context'), userActor(c)));
      clearSessionCookies(c);
      return c.body(null, 204);
    },
  );

  define(
    app,
    {
      method: 'post',
      path: '/api/v1/auth/accept-invitation',
      summary: 'Open an invited account',
      tags,
      request: { body: jsonBody(z.strictObject({ token: opaqueToken, password })) },
      responses: { 204: { description: 'Opened: sign in now' } },
    },
    ['token_invalid', 'password_unacceptable', 'version_conflict'],
    async (c) => {
      unwrap(await openInvitation(c.get('deps'), c.get('context'), c.req.valid('json')), describePassword);
      return c.body(null, 204);
    },
  );

  const sessionSchema = z
    .object({
      id: z.string(),
      current: z.boolean(),
      deviceName: z.string(),
      deviceType: z.string(),
      ip: z.string().nullable(),
      createdAt: z.string(),
      lastActivityAt: z.string(),
      expiresAt: z.string(),
      _links: links,
    })
    .openapi('Session');
  define(
    app,
    {
      method: 'get',
      path: '/api/v1/auth/sessions',
      summary: 'Where I am signed in',
      tags,
      responses: { 200: json(pageOf(sessionSchema), 'Live sessions, last used first') },
    },
    [],
    async (c) => {
      const { database, loads } = c.get('deps');
      const { actor, now } = { actor: userActor(c), now: c.get('context').now };
      const [sessions] = await database.load(loads.identity.sessionsOf(actor.userId, now));
      const data = sessions.map((session) => ({
        id: session.id,
        current: session.id === actor.sessionId,
        deviceName: session.deviceName,
        deviceType: session.deviceType,
        ip: session.ip,
        createdAt: formatInstant(session.createdAt),
        lastActivityAt: formatInstant(session.lastActivityAt),
        expiresAt: formatInstant(session.expiresAt),
        _links: { revoke: { href: `/api/v1/auth/sessions/${session.id}`, method: 'DELETE' } },
      }));
      return c.json(page(c, data, null), 200);
    },
  );

  define(
    app,
    {
      method: 'delete',
      path: '/api/v1/auth/sessions/{id}',
      summary: 'End one of my sessions',
      tags,
      request: { params: z.object({ id: idSchema<'session'>('The session') }) },
      responses: { 204: { description: 'Ended' } },
    },
    ['not_found', 'version_conflict'],
    async (c) => {
      unwrap(await endSession(c.get('deps'), c.get('context'), userActor(c), c.req.valid('param').id as SessionId));
      return c.body(null, 204);
    },
  );

  define(
    app,
    {
      method: 'get',
      path: '/api/v1/users/me',
      summary: 'Who I am',
      tags,
      responses: { 200: json(userSchema, 'My account') },
    },
    ['not_found'],
    async (c) => c.json(presentUser(await ownAccount(c)), 200),
  );

  define(
    app,
    {
      method: 'get',
      path: '/api/v1/users/{id}/profile',
      summary: 'My profile',
      tags,
      request: { params: userParams },
      responses: { 200: json(profileSchema, 'The profile'), 304: { description: 'Unchanged' } },
    },
    ['not_found'],
    async (c) => {
      requireOwn(userActor(c), c.req.valid('param').id);
      const user = await ownAccount(c);
      c.header('ETag', etag(user.version));
      if (isUnchanged(c, user.version)) return c.body(null, 304);
      return c.json(presentProfile(user), 200);
    },
  );

  define(
    app,
    {
      method: 'put',
      path: '/api/v1/users/{id}/profile',
      summary: 'Change my profile',
      tags,
      description: 'Fields that are left out stay as they are; `null` clears.',
      request: {
        params: userParams,
        body: jsonBody(
          z.strictObject({
            firstName: text(100, 1).optional(),
            lastName: text(100, 1).optional(),
            dateOfBirth: dateOfBirth.nullable().optional(),
            phoneNumber: phoneNumber.nullable().optional(),
            address: addressSchema.nullable().optional(),
            bio: text(2000).nullable().optional(),
            timezone: zone.optional(),
            language: language.optional(),
          }),
        ),
      },
      responses: { 200: json(profileSchema, 'As it is now') },
    },
    ['not_found', 'precondition_required', 'precondition_failed', 'stale_version', 'version_conflict'],
    async (c) => {
      const { id } = c.req.valid('param');
      requireOwn(userActor(c), id);
      const given = Object.entries(c.req.valid('json')).filter(([, value]) => value !== undefined);
      const user = unwrap(
        await updateProfile(c.get('deps'), c.get('context'), id, Object.fromEntries(given), requireMatch(c)),
      );
      c.header('ETag', etag(user.version));
      return c.json(presentProfile(user), 200);
    },
  );

  define(
    app,
    {
      method: 'post',
      path: '/api/v1/users/{id}/avatar',
      summary: 'Set my picture',
      tags,
      description: 'PNG, JPEG or WebP, 5 MB at most. The type is read from the bytes.',
      request: {
        params: userParams,
        body: {
          required: true,
          content: {
            'multipart/form-data': {
              schema: z.object({ file: z.unknown().openapi({ type: 'string', format: 'binary' }) }),
            },
          },
        },
      },
      responses: { 200: json(z.object({ avatarUrl: z.string() }), 'Where it is') },
    },
    ['not_found', 'version_conflict'],
    async (c) => {
      const { id } = c.req.valid('param');
      requireOwn(userActor(c), id);
      const { file } = c.req.valid('form') as { file: unknown };
      const bytes = file instanceof File ? new Uint8Array(await file.arrayBuffer()) : undefined;
      const contentType = bytes === undefined ? undefined : imageType(bytes);
      if (bytes === undefined || contentType === undefined) {
        throw new Problem({
          code: 'validation_failed',
          errors: [{ pointer: '/file', code: 'unsupported_image', message: 'expected a PNG, JPEG or WebP picture' }],
        });
      }
      unwrap(await updateAvatar(c.get('deps'), c.get('context'), id, { bytes, contentType }));
      return c.json({ avatarUrl: `/api/v1/users/${id}/avatar` }, 200);
    },
  );

  define(
    app,
    {
      method: 'get',
      path: '/api/v1/users/{id}/avatar',
      summary: 'My picture',
      tags,
      request: { params: userParams },
      responses: { 200: { description: 'The picture' } },
    },
    ['not_found'],
    async (c) => {
      requireOwn(userActor(c), c.req.valid('param').id);
      const user = await ownAccount(c);
      const stored = user.avatarKey === null ? undefined : await c.get('deps').files.get(user.avatarKey);
      if (stored === undefined) throw new Problem({ code: 'not_found' });
      return new Response(stored.body as unknown as ReadableStream, {
        headers: {
          'Content-Type': stored.contentType,
          'Content-Length': String(stored.sizeBytes),
          'Content-Disposition': 'inline',
        },
      }) as never;
    },
  );

  define(
    app,
    {
      method: 'post',
      path: '/api/v1/users',
      summary: 'Invite somebody',
      tags,
      request: {
        body: jsonBody(
          z.strictObject({
            email,
            firstName: text(100, 1),
            lastName: text(100, 1),
            role: z.enum(ROLES),
            timezone: zone.optional(),
            specialty: text(100, 1).optional(),
            languages: z.array(language).max(20).optional(),
          }),
        ),
      },
      responses: { 201: json(userSchema, 'Invited by mail') },
    },
    ['email_taken', 'version_conflict', 'idempotency_key_reused'],
    async (c) => {
      const { specialty, languages, timezone, role, ...person } = c.req.valid('json');
      const invitation = {
        ...person,
        role,
        timezone: timezone ?? 'UTC',
        dateOfBirth: null,
        phoneNumber: null,
        language: 'en',
        doctor: role === 'doctor' ? { specialty: specialty ?? null, languages: languages ?? [] } : null,
      };
      const answer = unwrap(
        await inviteUser(c.get('deps'), c.get('context'), invitation, (user) => ({
          status: 201,
          body: presentUser(user),
          location: `/api/v1/users/${user.id}`,
        })),
      );
      if (answer.location !== undefined) c.header('Location', answer.location);
      return c.json(answer.body as ReturnType<typeof presentUser>, 201);
    },
  );

  define(
    app,
    {
      method: 'get',
      path: '/api/v1/users',
      summary: 'All accounts',
      tags,
      request: { query: pageQuery.extend({ role: z.enum(ROLES).optional() }) },
      responses: { 200: json(pageOf(userSchema), 'In the order they were made') },
    },
    [],
    async (c) => {
      const { limit: size, cursor, role } = c.req.valid('query');
      const { database, loads } = c.get('deps');
      const after = decodeCursor(cursor)?.[0] as UserId | undefined;
      const [users] = await database.load(
        loads.identity.users({ after: after ?? null, limit: size, role: role ?? null }),
      );
      const shown = users.slice(0, size);
      const last = users.length > size ? shown.at(-1) : undefined;
      return c.json(page(c, shown.map(presentUser), last === undefined ? null : [last.id]), 200);
    },
  );
}

async function ownAccount(c: HonoContext<AppEnv>): Promise<User> {
  const { database, loads } = c.get('deps');
  const { actor } = c.get('context');
  if (actor.kind !== 'user' && actor.kind !== 'api_key') throw new Problem({ code: 'unauthenticated' });
  const [user] = await database.load(loads.identity.user(actor.userId));
  if (user === undefined) throw new Problem({ code: 'not_found' });
  return user;
}

function describePassword(error: { readonly code: string; readonly reasons?: readonly string[] }) {
  return error.reasons === undefined
    ? undefined
    : {
        errors: error.reasons.map((reason) => ({
          pointer: '/password',
          code: 'password_unacceptable',
          message: reason,
        })),
      };
}
