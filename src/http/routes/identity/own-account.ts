/** An account: what it is called, how its owner likes the portal, and closing it. */

import { z } from '@hono/zod-openapi';
import { DATE_FORMATS, THEMES, TIME_FORMATS } from '../../../../domain/identity/preferences.ts';
import { requireStepUp } from '../../../../domain/identity/step-up.ts';
import { updateProfile } from '../../../app/identity/accounts.ts';
import { endAccount, setPreferences } from '../../../app/identity/administration.ts';
import { readAccount } from '../../../app/identity/profiles.ts';
import { knownActor, userActor } from '../../actor.ts';
import { clearSession } from '../../cookies.ts';
import { optionalMatch, requireMatch, sendChanged, sendUnlessHeld } from '../../etag.ts';
import { Problem } from '../../problems.ts';
import { type App, define, json, jsonBody, unwrap } from '../../router.ts';
import { language, personName, zone } from '../../schemas.ts';
import { given, presentUser, requireOwn, requireOwnOrManaged, userParams, userSchema } from './schemas.ts';

const tags = ['Identity'];

const preferencesSchema = z
  .object({
    theme: z.enum(THEMES),
    dateFormat: z.enum(DATE_FORMATS),
    timeFormat: z.enum(TIME_FORMATS),
    highContrast: z.boolean(),
    reducedMotion: z.boolean(),
  })
  .openapi('Preferences');

export function ownAccountRoutes(app: App): void {
  define(
    app,
    {
      method: 'get',
      path: '/api/v1/users/{id}',
      summary: 'An account',
      tags,
      description: 'One’s own, or anybody’s for administrators, whose reading is recorded.',
      request: { params: userParams },
      responses: { 200: json(userSchema, 'The account'), 304: { description: 'Unchanged' } },
    },
    ['not_found'],
    async (c) => {
      const { id } = c.req.valid('param');
      const user = await readAccount(c.get('deps'), c.get('context'), knownActor(c), id);
      if (user === undefined) throw new Problem({ code: 'not_found' });
      return sendUnlessHeld(c, user.version, presentUser(user));
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
            firstName: personName().optional(),
            lastName: personName().optional(),
            timezone: zone.optional(),
            language: language.optional(),
          }),
        ),
      },
      responses: { 200: json(userSchema, 'As it is now') },
    },
    ['not_found', 'precondition_required', 'precondition_failed', 'version_conflict'],
    async (c) => {
      const { id } = c.req.valid('param');
      requireOwnOrManaged(c, id);
      const changed = given(c.req.valid('json'));
      const user = unwrap(await updateProfile(c.get('deps'), c.get('context'), id, changed, requireMatch(c)));
      return sendChanged(c, user.version, presentUser(user));
    },
  );

  define(
    app,
    {
      method: 'delete',
      path: '/api/v1/users/{id}',
      summary: 'Close an account',
      tags,
      description:
        'One’s own, or anybody’s for administrators. Needs a recent proof of who asks: see /auth/step-up. With If-Match, only if nobody changed it meanwhile.',
      request: { params: userParams },
      responses: { 204: { description: 'Closed: nobody can sign in to it any more' } },
    },
    ['not_found', 'step_up_required', 'last_admin', 'precondition_failed', 'version_conflict'],
    async (c) => {
      const { id } = c.req.valid('param');
      const actor = userActor(c);
      requireOwnOrManaged(c, id);
      unwrap(requireStepUp(actor, c.get('context').now));
      unwrap(await endAccount(c.get('deps'), c.get('context'), id, optionalMatch(c)));
      if (id === actor.userId) clearSession(c);
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
