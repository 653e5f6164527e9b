/** Appointments in calendars: a file for each, and feeds under secret addresses. */

import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import type { CalendarFeed, FeedScope } from '../../../../domain/scheduling/calendar-feed.ts';
import { visitOf } from '../../../../domain/scheduling/calendar-visit.ts';
import type { Clinic } from '../../../../domain/scheduling/clinic-settings.ts';
import { isId } from '../../../../domain/shared/ids.ts';
import { formatInstant } from '../../../../domain/shared/time.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { textsIn } from '../../../app/notifications/languages.ts';
import { dropFeeds, exportAppointment, makeFeed, type NewFeed, readFeed } from '../../../app/scheduling/calendar.ts';
import {
  type CalendarEntry,
  calendarEntry,
  calendarFile,
  calendarSource,
} from '../../../app/scheduling/calendar-file.ts';
import { knownActor } from '../../actor.ts';
import { answer } from '../../answer.ts';
import { rawText } from '../../bounds.ts';
import type { AppEnv } from '../../env.ts';
import { sendVersionedFile } from '../../etag.ts';
import { earlier } from '../../example.ts';
import { linkTo, pathTo } from '../../links.ts';
import { pagedWhole } from '../../page.ts';
import { Problem } from '../../problems.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { idSchema, links, pageOf, pageQuery, targetId } from '../../schemas.ts';
import { shownId, shownInstant, shownUrl } from '../../shown.ts';
import { ofKind } from '../../targets.ts';
import { detailsOf } from './refusals.ts';

const feedSchema = z
  .object({
    id: shownId,
    scope: z
      .enum(['own', 'doctor', 'clinic'])
      .openapi({ description: 'Whose appointments: mine, of one doctor, or of all' }),
    doctorId: shownId.nullable().openapi({ example: null }),
    createdAt: shownInstant,
    _links: links,
  })
  .openapi('CalendarFeed', { description: 'The address is shown only once, when the feed is created' });
const newFeedSchema = feedSchema
  .extend({
    url: shownUrl.nullable().openapi({
      description:
        'The address to subscribe to: anybody who has it sees the appointments. Null if the request is repeated',
    }),
  })
  .openapi('NewCalendarFeed');

function presentFeed({ id, scope, createdAt }: CalendarFeed) {
  return {
    id: id as string,
    scope: scope.kind,
    doctorId: scope.kind === 'doctor' ? (scope.doctorId as string) : null,
    createdAt: formatInstant(createdAt),
    _links: { revoke: linkTo('revokeCalendarFeed', { id }) },
  };
}

function presentNewFeed({ feed, secret }: NewFeed, publicUrl: string) {
  return { ...presentFeed(feed), url: `${publicUrl}${pathTo('getCalendarFeed', { secret })}` };
}

/** Of those who may have feeds of one kind or the other. */
const MANAGES_FEEDS = ['manage:own_calendar_feeds', 'manage:clinic_calendar_feeds'] as const;

/** The router passes the whole path segment; handlers remove the extension. */
const fileName = rawText(64);
const FILE = { 'text/calendar': { schema: z.string().openapi({ description: 'RFC 5545' }) } };

function sendFile(
  c: HonoContext<AppEnv>,
  entries: readonly CalendarEntry[],
  clinic: Clinic,
  name: string,
  filename: string,
) {
  const text = calendarFile(entries, calendarSource(c.get('deps').settings.publicUrl, clinic), name);
  return sendVersionedFile(c, text, {
    'Content-Type': 'text/calendar; charset=utf-8',
    'Content-Disposition': `attachment; filename="${filename}"`,
  });
}

async function newFeed(c: HonoContext<AppEnv>, scope: FeedScope) {
  const { publicUrl } = c.get('deps').settings;
  const made = unwrap(
    await makeFeed(c.get('deps'), c.get('context'), knownActor(c), scope, (created) => ({
      status: 201,
      body: presentNewFeed(created, publicUrl),
      kept: { ...presentFeed(created.feed), url: null },
    })),
    detailsOf,
  );
  return answer<ReturnType<typeof presentNewFeed>>(c, made);
}

/** Must be registered before `/appointments/{id}`, which would match the file name as an id. */
export const calendarRoutes: Routes = [
  route(
    {
      operationId: 'getAppointmentCalendar',
      method: 'get',
      path: '/api/v1/appointments/{id}.ics',
      summary: 'Get an appointment as iCalendar',
      tag: 'Calendars',
      access: 'read:own_appointments',
      versioned: true,
      example: { as: 'patient', path: { id: DEMO.visits[3] } },
      request: { params: z.object({ id: ofKind('appointment', rawText(64)) }) },
      responses: { 200: { description: 'RFC 5545', content: FILE } },
      refusals: ['appointment_not_found'],
    },
    async (c) => {
      const id = c.req.path.slice(c.req.path.lastIndexOf('/') + 1, -'.ics'.length);
      if (!isId<'appointment'>(id)) throw new Problem({ code: 'appointment_not_found' });
      const actor = knownActor(c);
      const { record, clinic, language } = unwrap(await exportAppointment(c.get('deps'), c.get('context'), actor, id));
      const { calendar } = (await textsIn(language)).words;
      const summary = actor.role === 'patient' ? calendar.visit(record.doctorName) : calendar.name;
      const entry = calendarEntry(visitOf(record.appointment, record.venue.location), summary, clinic, calendar.about);
      return sendFile(c, [entry], clinic, calendar.name, 'appointment.ics');
    },
  ),

  route(
    {
      operationId: 'getCalendarFeed',
      method: 'get',
      path: '/api/v1/calendar/{secret}.ics',
      summary: 'Get a calendar feed',
      description:
        'For calendars that subscribe, in the language of its owner. The secret in the address is the pass. The last 90 days and the time to come; of a calendar that is longer, the 2,000 appointments that come next and the last 500.',
      tag: 'Calendars',
      access: 'public',
      versioned: true,
      example: {
        as: 'anybody',
        path: { secret: earlier('createCalendarFeed', '/url', 'the-secret-of-the-feed', /([^/]+)\.ics$/) },
        after: ['createCalendarFeed'],
      },
      request: { params: z.object({ secret: fileName }) },
      responses: { 200: { description: 'RFC 5545', content: FILE } },
      refusals: ['calendar_feed_not_found'],
    },
    async (c) => {
      const secret = c.req.path.slice(c.req.path.lastIndexOf('/') + 1, -'.ics'.length);
      const content = unwrap(await readFeed(c.get('deps'), c.get('context'), secret));
      const { feed, ownerRole, appointments, clinic } = content;
      const { calendar, portal } = (await textsIn(content.language)).words;
      // Anybody who has the address can read this, so it says nothing about the patient.
      const summaryOf = (doctorName: string) =>
        ownerRole === 'patient' || feed.scope.kind !== 'own' ? calendar.visit(doctorName) : calendar.name;
      const entries = appointments.map(({ doctorName, ...visit }) =>
        calendarEntry(visit, summaryOf(doctorName), clinic, calendar.about),
      );
      return sendFile(c, entries, clinic, portal, 'appointments.ics');
    },
  ),

  route(
    {
      operationId: 'createCalendarFeed',
      method: 'post',
      path: '/api/v1/calendar/feeds',
      summary: 'Create a calendar feed',
      tag: 'Calendars',
      access: 'manage:own_calendar_feeds',
      description:
        'The address holds a secret that is shown only once; revoke the feed if others may know it. A request that is repeated with its Idempotency-Key creates no second feed and answers with the first one, without the address.',
      example: { as: 'patient' },
      responses: { 201: json(newFeedSchema, 'Made') },
      refusals: ['too_many_calendar_feeds', 'processing_restricted'],
    },
    async (c) => {
      return c.json(await newFeed(c, { kind: 'own' }), 201);
    },
  ),

  route(
    {
      operationId: 'createClinicCalendarFeed',
      method: 'post',
      path: '/api/v1/clinic/calendar-feeds',
      summary: 'Create a calendar feed of the clinic or of a doctor',
      tag: 'Calendars',
      access: 'manage:clinic_calendar_feeds',
      description:
        'The appointments of all doctors, or of one. The feed is the caller’s: it is listed and revoked with the others, and ends when the caller gets another role. It names no patient.',
      example: { as: 'admin', body: { doctorId: DEMO.okafor } },
      request: {
        body: jsonBody(
          z.strictObject({ doctorId: idSchema<'user'>('The doctor; null for all').nullable().default(null) }),
        ),
      },
      responses: { 201: json(newFeedSchema, 'Made') },
      refusals: ['doctor_not_found', 'too_many_calendar_feeds', 'processing_restricted'],
    },
    async (c) => {
      const { doctorId } = c.req.valid('json');
      return c.json(await newFeed(c, doctorId === null ? { kind: 'clinic' } : { kind: 'doctor', doctorId }), 201);
    },
  ),

  route(
    {
      operationId: 'listCalendarFeeds',
      method: 'get',
      path: '/api/v1/calendar/feeds',
      summary: 'List calendar feeds',
      tag: 'Calendars',
      access: MANAGES_FEEDS,
      example: { as: 'patient' },
      request: { query: pageQuery },
      responses: { 200: json(pageOf(feedSchema), 'Feeds, oldest first') },
    },
    async (c) => {
      const { database, loads } = c.get('deps');
      const [feeds] = await database.load(loads.calendar.liveFeeds(knownActor(c).userId));
      return c.json(
        pagedWhole(c, feeds, c.req.valid('query'), presentFeed, ({ id }) => [id]),
        200,
      );
    },
  ),

  route(
    {
      operationId: 'revokeCalendarFeeds',
      method: 'delete',
      path: '/api/v1/calendar/feeds',
      summary: 'Revoke all calendar feeds',
      tag: 'Calendars',
      access: MANAGES_FEEDS,
      example: { as: 'patient', after: ['revokeCalendarFeed'] },
      responses: { 204: { description: 'None works any more' } },
    },
    async (c) => {
      unwrap(await dropFeeds(c.get('deps'), c.get('context'), knownActor(c), null));
      return c.body(null, 204);
    },
  ),

  route(
    {
      operationId: 'revokeCalendarFeed',
      method: 'delete',
      path: '/api/v1/calendar/feeds/{id}',
      summary: 'Revoke a calendar feed',
      tag: 'Calendars',
      access: MANAGES_FEEDS,
      example: { as: 'patient', path: { id: earlier('createCalendarFeed') }, after: ['getCalendarFeed'] },
      request: { params: z.object({ id: targetId('calendar_feed', 'The feed') }) },
      responses: { 204: { description: 'It does not work any more' } },
      refusals: ['calendar_feed_not_found'],
    },
    async (c) => {
      unwrap(await dropFeeds(c.get('deps'), c.get('context'), knownActor(c), c.req.valid('param').id));
      return c.body(null, 204);
    },
  ),
];
