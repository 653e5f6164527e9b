/** Appointments in calendars: a file for each, and feeds under secret addresses. */

import { createRoute, z } from '@hono/zod-openapi';
import type { Handler, Context as HonoContext } from 'hono';
import type { CalendarFeed } from '../../../../domain/scheduling/calendar-feed.ts';
import { type AppointmentId, isUuid } from '../../../../domain/shared/ids.ts';
import { formatInstant } from '../../../../domain/shared/time.ts';
import { dropFeeds, exportAppointment, makeFeed, type NewFeed, readFeed } from '../../../app/scheduling/calendar.ts';
import { ACCESS, type RouteKey } from '../../access.ts';
import { knownActor } from '../../actor.ts';
import { calendarFile } from '../../calendar-file.ts';
import type { AppEnv } from '../../env.ts';
import { guard } from '../../middleware/guard.ts';
import { pagedWhole } from '../../page.ts';
import { Problem } from '../../problems.ts';
import { type App, define, json, unwrap } from '../../router.ts';
import { idSchema, links, pageOf, pageQuery } from '../../schemas.ts';
import { answer, describe } from './present.ts';

const tags = ['Scheduling'];

const feedSchema = z
  .object({ id: z.string(), createdAt: z.string(), _links: links })
  .openapi('CalendarFeed', { description: 'The address itself is told once, when the feed is made' });
const newFeedSchema = feedSchema
  .extend({
    url: z.string().nullable().openapi({
      description: 'To subscribe to. Whoever has it sees the appointments. Null when the request is repeated',
    }),
  })
  .openapi('NewCalendarFeed');

function presentFeed({ id, createdAt }: CalendarFeed) {
  return {
    id: id as string,
    createdAt: formatInstant(createdAt),
    _links: { revoke: { href: `/api/v1/calendar/feeds/${id}`, method: 'DELETE' } },
  };
}

function presentNewFeed({ feed, secret }: NewFeed, publicUrl: string) {
  return { ...presentFeed(feed), url: `${publicUrl}/api/v1/calendar/${secret}.ics` };
}

const FILE = { 'text/calendar': { schema: z.string().openapi({ description: 'RFC 5545' }) } };

/** A file whose name ends in `.ics`: the router wants the pattern, the document the plain name. */
function defineFile(app: App, key: RouteKey, pattern: string, summary: string, handler: Handler<AppEnv>): void {
  const path = key.slice('GET '.length);
  const name = /\{(\w+)\}/.exec(path)?.[1] ?? 'id';
  app.openAPIRegistry.registerPath(
    createRoute({
      method: 'get',
      path,
      summary,
      tags,
      request: { params: z.object({ [name]: z.string() }) },
      responses: { 200: { description: 'A calendar', content: FILE }, 404: { description: 'Not there, or not yours' } },
      ...(ACCESS[key] === 'public' ? { security: [] } : { security: [{ bearer: [] }, { apiKey: [] }] }),
    }),
  );
  app.get(pattern, guard(ACCESS[key], key), handler);
}

function sendFile(c: HonoContext<AppEnv>, text: string, filename: string) {
  return c.body(text, 200, {
    'Content-Type': 'text/calendar; charset=utf-8',
    'Content-Disposition': `attachment; filename="${filename}"`,
  });
}

function hostOf(c: HonoContext<AppEnv>): string {
  return new URL(c.get('deps').settings.publicUrl).hostname;
}

/** Before the routes of single appointments: `{id}` would take the file's name for an id. */
export function calendarRoutes(app: App): void {
  defineFile(
    app,
    'GET /api/v1/appointments/{id}.ics',
    '/api/v1/appointments/:file{[0-9a-f-]{36}\\.ics}',
    'One appointment for a calendar',
    async (c) => {
      const id = c.req.path.slice(c.req.path.lastIndexOf('/') + 1, -'.ics'.length);
      if (!isUuid(id)) throw new Problem({ code: 'appointment_not_found' });
      const actor = knownActor(c);
      const record = unwrap(await exportAppointment(c.get('deps'), c.get('context'), actor, id as AppointmentId));
      const summary = actor.role === 'patient' ? `Appointment with ${record.doctorName}` : 'Appointment';
      const text = calendarFile([{ appointment: record.appointment, summary }], hostOf(c), 'Appointment');
      return sendFile(c, text, 'appointment.ics');
    },
  );

  defineFile(
    app,
    'GET /api/v1/calendar/{secret}.ics',
    '/api/v1/calendar/:file{[A-Za-z0-9_-]{20,64}\\.ics}',
    'My appointments, for a calendar that subscribes',
    async (c) => {
      const secret = c.req.path.slice(c.req.path.lastIndexOf('/') + 1, -'.ics'.length);
      const { ownerRole, appointments } = unwrap(await readFeed(c.get('deps'), c.get('context'), secret));
      const entries = appointments.map(({ appointment, doctorName }) => ({
        appointment,
        // Whoever has the address sees this: nothing of the patient but that there is an appointment.
        summary: ownerRole === 'patient' ? `Appointment with ${doctorName}` : 'Appointment',
      }));
      return sendFile(c, calendarFile(entries, hostOf(c), 'Patient Portal'), 'appointments.ics');
    },
  );

  define(
    app,
    {
      method: 'post',
      path: '/api/v1/calendar/feeds',
      summary: 'Make an address to subscribe to',
      tags,
      description:
        'The address holds a secret that is told this once; revoke it when it may have got about. Repeated under its Idempotency-Key the request makes no other address and tells of the first without it.',
      responses: { 201: json(newFeedSchema, 'Made') },
    },
    ['too_many_calendar_feeds', 'idempotency_key_reused', 'version_conflict'],
    async (c) => {
      const { publicUrl } = c.get('deps').settings;
      const made = unwrap(
        await makeFeed(c.get('deps'), c.get('context'), knownActor(c), (created) => ({
          status: 201,
          body: presentNewFeed(created, publicUrl),
          kept: { ...presentFeed(created.feed), url: null },
        })),
        describe,
      );
      return c.json(answer<ReturnType<typeof presentNewFeed>>(c, made), 201);
    },
  );

  define(
    app,
    {
      method: 'get',
      path: '/api/v1/calendar/feeds',
      summary: 'The addresses that work',
      tags,
      request: { query: pageQuery },
      responses: { 200: json(pageOf(feedSchema), 'Feeds, oldest first') },
    },
    [],
    async (c) => {
      const { database, loads } = c.get('deps');
      const [feeds] = await database.load(loads.calendar.liveFeeds(knownActor(c).userId));
      return c.json(
        pagedWhole(c, feeds, c.req.valid('query'), presentFeed, ({ id }) => [id]),
        200,
      );
    },
  );

  define(
    app,
    {
      method: 'delete',
      path: '/api/v1/calendar/feeds',
      summary: 'Revoke all addresses',
      tags,
      responses: { 204: { description: 'None works any more' } },
    },
    ['version_conflict'],
    async (c) => {
      unwrap(await dropFeeds(c.get('deps'), c.get('context'), knownActor(c), null));
      return c.body(null, 204);
    },
  );

  define(
    app,
    {
      method: 'delete',
      path: '/api/v1/calendar/feeds/{id}',
      summary: 'Revoke an address',
      tags,
      request: { params: z.object({ id: idSchema<'calendar_feed'>('The feed') }) },
      responses: { 204: { description: 'It does not work any more' } },
    },
    ['calendar_feed_not_found', 'version_conflict'],
    async (c) => {
      unwrap(await dropFeeds(c.get('deps'), c.get('context'), knownActor(c), c.req.valid('param').id));
      return c.body(null, 204);
    },
  );
}
