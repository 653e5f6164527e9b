/** Who accessed whose record: a person's own disclosures, and the persons whom a breach affects. */
import { z } from '@hono/zod-openapi';
import type { AffectedPerson } from '../../../../domain/audit/ports.ts';
import { ROLES } from '../../../../domain/shared/permissions.ts';
import { type Instant, type LocalDate, MILLISECONDS_PER_DAY } from '../../../../domain/shared/time.ts';
import {
  exportAffected,
  exportOwnHistory,
  placeOf,
  readAffected,
  readOwnHistory,
} from '../../../app/audit/disclosures.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { knownActor } from '../../actor.ts';
import { weekdayAt } from '../../example.ts';
import { countInCursor, decodeCursor, idInCursor, inOrder, instantInCursor, paged } from '../../page.ts';
import { json, type Routes, route } from '../../router.ts';
import { idSchema, instant, instantOrDate, pageOf, pageQuery } from '../../schemas.ts';
import { shownCode, shownFullName, shownId, shownInstant } from '../../shown.ts';
import { fileResponse } from './events.ts';
import { ownEventSchema, ownEventView } from './views.ts';

const times = {
  from: instantOrDate.optional().openapi({ description: 'An instant, or a date: from its beginning in UTC' }),
  to: instantOrDate.optional().openapi({ description: 'An instant (exclusive), or a date: until its end in UTC' }),
};

function timesOf({ from, to }: { from?: Instant | LocalDate | undefined; to?: Instant | LocalDate | undefined }) {
  return {
    from: from === undefined ? null : typeof from === 'string' ? Date.parse(from) : from,
    to: to === undefined ? null : typeof to === 'string' ? Date.parse(to) + MILLISECONDS_PER_DAY : to,
  };
}

const csvAnswer = (description: string) => ({
  200: { description, content: { 'text/csv': { schema: z.string() } } },
});

const question = {
  actor: idSchema<'user'>('The actor whose accesses are listed'),
  from: instant,
  to: instant.openapi({ description: 'Excluded' }),
};

const affectedSchema = z
  .object({
    userId: shownId,
    name: shownFullName('Maria Silva').nullable().openapi({ description: 'Null when the account is closed' }),
    role: z.enum(ROLES).nullable(),
    events: z.int().openapi({ description: 'Events of this person’s record that were not refused' }),
    phiEvents: z.int().openapi({ description: 'Of these, those in which health data was seen or written' }),
    exports: z.int().openapi({ description: 'Of these, those in which data left the portal as a file' }),
    eventTypes: z.array(shownCode('appointment.read')),
    firstAt: shownInstant,
    lastAt: shownInstant,
  })
  .openapi('AffectedPerson');

function affectedView({ firstAt, lastAt, eventTypes, ...person }: AffectedPerson): z.infer<typeof affectedSchema> {
  return {
    ...person,
    eventTypes: [...eventTypes],
    firstAt: new Date(firstAt).toISOString(),
    lastAt: new Date(lastAt).toISOString(),
  };
}

export const auditDisclosureRoutes: Routes = [
  route(
    {
      operationId: 'listDisclosures',
      method: 'get',
      path: '/api/v1/audit/me',
      summary: 'List who saw or changed my record',
      description:
        'Newest first, in plain words, within the times asked for. What you did for others as their proxy is among it, with `patient`. Reading it is recorded too.',
      tag: 'Privacy',
      access: 'read:own_audit',
      example: { as: 'patient' },
      request: { query: pageQuery.extend(times) },
      responses: { 200: json(pageOf(ownEventSchema), 'Events of my own record') },
    },
    async (c) => {
      const { limit, cursor, ...query } = inOrder(c.req.valid('query'));
      const actor = knownActor(c);
      const place = decodeCursor(cursor);
      const before =
        place === undefined
          ? null
          : {
              at: instantInCursor(place[0]),
              sequence: countInCursor(place[1]),
              id: idInCursor<'audit_event'>(place[2]),
            };
      const page = { before, limit, ...timesOf(query) };
      const found = await readOwnHistory(c.get('deps'), c.get('context'), actor, page);
      const view = (event: (typeof found)[number]) => ownEventView(event, actor.userId);
      return c.json(
        paged(c, found, limit, view, (event) => {
          const { at, sequence, id } = placeOf(event);
          return [at, sequence, id];
        }),
        200,
      );
    },
  ),
  route(
    {
      operationId: 'exportDisclosures',
      method: 'get',
      path: '/api/v1/audit/me/export',
      summary: 'Export who saw or changed my record',
      description: 'The same, complete, as a CSV file. The download is recorded too.',
      tag: 'Privacy',
      access: 'read:own_audit',
      example: { as: 'patient' },
      request: { query: z.object(times) },
      responses: csvAnswer('Events of my own record'),
    },
    async (c) => {
      const query = inOrder(c.req.valid('query'));
      const lines = await exportOwnHistory(c.get('deps'), c.get('context'), knownActor(c), timesOf(query));
      return fileResponse(c, lines, 'csv', 'my-history');
    },
  ),

  route(
    {
      operationId: 'listAffectedPersons',
      method: 'get',
      path: '/api/v1/audit/affected',
      summary: 'List persons whom an actor affected',
      description:
        'For a breach (GDPR Art. 33 and 34): the persons whose records the actor read, changed or exported between two times, with counts. Refused events are left out, because they gave no access. `unattributed` counts events that name no single person, such as lists of accounts, searches and exports of the whole log: find those with /audit/events. The request is recorded.',
      tag: 'Audit search',
      access: 'read:audit',
      example: { as: 'admin', query: { actor: DEMO.okafor, from: weekdayAt(-40, '00:00'), to: weekdayAt(1, '00:00') } },
      request: { query: pageQuery.extend(question) },
      responses: {
        200: json(
          pageOf(affectedSchema).extend({ persons: z.int(), events: z.int(), unattributed: z.int() }),
          'Persons, by id, and the counts over all pages',
        ),
      },
    },
    async (c) => {
      const { limit, cursor, actor, from, to } = inOrder(c.req.valid('query'));
      const place = decodeCursor(cursor);
      const after = place === undefined ? null : idInCursor<'user'>(place[0]);
      const asked = { actorId: actor, from, to };
      const found = await readAffected(c.get('deps'), c.get('context'), asked, { after, limit });
      const { persons, personCount, eventCount, unattributed } = found;
      const page = paged(c, persons, limit, affectedView, ({ userId }) => [userId]);
      return c.json({ ...page, persons: personCount, events: eventCount, unattributed }, 200);
    },
  ),
  route(
    {
      operationId: 'exportAffectedPersons',
      method: 'get',
      path: '/api/v1/audit/affected/export',
      summary: 'Export persons whom an actor affected',
      description: 'The same, complete, as a CSV file. The download is recorded.',
      tag: 'Audit search',
      access: 'read:audit',
      example: { as: 'admin', query: { actor: DEMO.okafor, from: weekdayAt(-40, '00:00'), to: weekdayAt(1, '00:00') } },
      request: { query: z.object(question) },
      responses: csvAnswer('Persons, by id'),
    },
    async (c) => {
      const { actor: actorId, from, to } = inOrder(c.req.valid('query'));
      return fileResponse(
        c,
        await exportAffected(c.get('deps'), c.get('context'), { actorId, from, to }),
        'csv',
        'affected-persons',
      );
    },
  ),
];
