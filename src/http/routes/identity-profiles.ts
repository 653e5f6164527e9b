/** One's own account and profile; patients' profiles for those who care for them. */
import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import { DATE_FORMATS, THEMES, TIME_FORMATS } from '../../../domain/identity/preferences.ts';
import { requireStepUp } from '../../../domain/identity/step-up.ts';
import type { User } from '../../../domain/identity/user.ts';
import { isAllowed } from '../../../domain/shared/actor.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { updateAvatar, updateProfile } from '../../app/identity/accounts.ts';
import { endAccount, setPreferences } from '../../app/identity/administration.ts';
import { readProfile, viewerOf } from '../../app/identity/profiles.ts';
import { clearSessionCookies } from '../cookies.ts';
import type { AppEnv } from '../env.ts';
import { etag, isUnchanged, requireMatch } from '../etag.ts';
import { imageType } from '../image-type.ts';
import { Problem } from '../problems.ts';
import { type App, define, json, jsonBody, unwrap } from '../router.ts';
import { dateOfBirth, language, phoneNumber, text, zone } from '../schemas.ts';
import {
  addressSchema,
  knownActor,
  presentProfile,
  presentUser,
  profileSchema,
  userActor,
  userParams,
  userSchema,
} from './identity-schemas.ts';

const tags = ['Identity'];

/** The caller's own account, or the same 404 as one that does not exist (R26). */
function requireOwn(c: HonoContext<AppEnv>, id: UserId): void {
  if (id !== knownActor(c).userId) throw new Problem({ code: 'not_found' });
}

/** Own, or anybody's for whoever manages accounts. */
function requireOwnOrManaged(c: HonoContext<AppEnv>, id: UserId): void {
  if (!isAllowed(knownActor(c), 'manage:users')) requireOwn(c, id);
}

async function ownAccount(c: HonoContext<AppEnv>): Promise<User> {
  return account(c, knownActor(c).userId);
}

async function account(c: HonoContext<AppEnv>, id: UserId): Promise<User> {
  const { database, loads } = c.get('deps');
  const [user] = await database.load(loads.identity.user(id));
  if (user === undefined) throw new Problem({ code: 'not_found' });
  return user;
}

const preferencesSchema = z
  .object({
    theme: z.enum(THEMES),
    dateFormat: z.enum(DATE_FORMATS),
    timeFormat: z.enum(TIME_FORMATS),
    highContrast: z.boolean(),
    reducedMotion: z.boolean(),
  })
  .openapi('Preferences');

/** What was sent, without the fields that were not. */
function given<T extends object>(body: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(body).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

export function profileRoutes(app: App): void {
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
      summary: 'A profile',
      tags,
      description:
        'One’s own; for doctors those of own patients, for staff those of patients. Each reading is recorded, and its owner sees it.',
      request: { params: userParams },
      responses: { 200: json(profileSchema, 'The profile'), 304: { description: 'Unchanged' } },
    },
    ['not_found'],
    async (c) => {
      const { id } = c.req.valid('param');
      const user = await readProfile(c.get('deps'), c.get('context'), knownActor(c), id);
      if (user === undefined) throw new Problem({ code: 'not_found' });
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
      requireOwn(c, id);
      const changed = given(c.req.valid('json'));
      const user = unwrap(await updateProfile(c.get('deps'), c.get('context'), id, changed, requireMatch(c)));
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
      requireOwn(c, id);
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
      summary: 'A picture',
      tags,
      request: { params: userParams },
      responses: { 200: { description: 'The picture' } },
    },
    ['not_found'],
    async (c) => {
      const { id } = c.req.valid('param');
      // Whoever may see the profile sees the picture; it is part of the same record.
      const user =
        viewerOf(knownActor(c)).kind === 'self' || id === knownActor(c).userId
          ? id === knownActor(c).userId
            ? await ownAccount(c)
            : undefined
          : await readProfile(c.get('deps'), c.get('context'), knownActor(c), id);
      const stored = user?.avatarKey == null ? undefined : await c.get('deps').files.get(user.avatarKey);
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
}

export function ownAccountRoutes(app: App): void {
  define(
    app,
    {
      method: 'get',
      path: '/api/v1/users/{id}',
      summary: 'An account',
      tags,
      description: 'One’s own, or anybody’s for administrators.',
      request: { params: userParams },
      responses: { 200: json(userSchema, 'The account'), 304: { description: 'Unchanged' } },
    },
    ['not_found'],
    async (c) => {
      const { id } = c.req.valid('param');
      requireOwnOrManaged(c, id);
      const user = await account(c, id);
      c.header('ETag', etag(user.version));
      if (isUnchanged(c, user.version)) return c.body(null, 304);
      return c.json(presentUser(user), 200);
    },
  );

  define(
    app,
    {
      method: 'put',
      path: '/api/v1/users/{id}',
      summary: 'Change an account',
      tags,
      description: 'One’s own, or anybody’s for administrators. Fields that are left out stay as they are.',
      request: {
        params: userParams,
        body: jsonBody(
          z.strictObject({
            firstName: text(100, 1).optional(),
            lastName: text(100, 1).optional(),
            timezone: zone.optional(),
            language: language.optional(),
          }),
        ),
      },
      responses: { 200: json(userSchema, 'As it is now') },
    },
    ['not_found', 'precondition_required', 'precondition_failed', 'stale_version', 'version_conflict'],
    async (c) => {
      const { id } = c.req.valid('param');
      requireOwnOrManaged(c, id);
      const changed = given(c.req.valid('json'));
      const user = unwrap(await updateProfile(c.get('deps'), c.get('context'), id, changed, requireMatch(c)));
      c.header('ETag', etag(user.version));
      return c.json(presentUser(user), 200);
    },
  );

  define(
    app,
    {
      method: 'delete',
      path: '/api/v1/users/{id}',
      summary: 'Close an account',
      tags,
      description: 'One’s own, or anybody’s for administrators. Needs a recent proof of who asks: see /auth/step-up.',
      request: { params: userParams },
      responses: { 204: { description: 'Closed: nobody can sign in to it any more' } },
    },
    ['not_found', 'step_up_required', 'last_admin', 'version_conflict'],
    async (c) => {
      const { id } = c.req.valid('param');
      const actor = userActor(c);
      requireOwnOrManaged(c, id);
      unwrap(requireStepUp(actor, c.get('context').now));
      unwrap(await endAccount(c.get('deps'), c.get('context'), id));
      if (id === actor.userId) clearSessionCookies(c);
      return c.body(null, 204);
    },
  );

  define(
    app,
    {
      method: 'get',
      path: '/api/v1/users/{id}/preferences',
      summary: 'How I like the portal',
      tags,
      request: { params: userParams },
      responses: { 200: json(preferencesSchema, 'The preferences') },
    },
    ['not_found'],
    async (c) => {
      const { id } = c.req.valid('param');
      requireOwn(c, id);
      const { database, loads } = c.get('deps');
      const [preferences] = await database.load(loads.identity.preferences(id));
      if (preferences === undefined) throw new Problem({ code: 'not_found' });
      return c.json(preferences, 200);
    },
  );

  define(
    app,
    {
      method: 'put',
      path: '/api/v1/users/{id}/preferences',
      summary: 'Change how I like the portal',
      tags,
      description: 'Fields that are left out stay as they are.',
      request: {
        params: userParams,
        body: jsonBody(
          z.strictObject({
            theme: z.enum(THEMES).optional(),
            dateFormat: z.enum(DATE_FORMATS).optional(),
            timeFormat: z.enum(TIME_FORMATS).optional(),
            highContrast: z.boolean().optional(),
            reducedMotion: z.boolean().optional(),
          }),
        ),
      },
      responses: { 200: json(preferencesSchema, 'As they are now') },
    },
    ['not_found', 'version_conflict'],
    async (c) => {
      const { id } = c.req.valid('param');
      requireOwn(c, id);
      const changed = given(c.req.valid('json'));
      return c.json(unwrap(await setPreferences(c.get('deps'), c.get('context'), id, changed)), 200);
    },
  );
}
