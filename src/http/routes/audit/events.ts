/** Search of audit events by actor, person, type, time and address (R75). */
import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import type { EventFilter, ShownEvent } from '../../../../domain/audit/ports.ts';
import { utf8 } from '../../../../domain/shared/bytes.ts';
import { addressSubject, UNKNOWN_ADDRESS } from '../../../app/address.ts';
import { type CsvColumn, csvHead, csvLine } from '../../../app/audit/csv.ts';
import { type EventFormat, exportEvents, readEvent, searchEvents } from '../../../app/audit/read.ts';
import { rawText } from '../../bounds.ts';
import type { AppEnv } from '../../env.ts';
import { earlier } from '../../example.ts';
import { parameterProblem } from '../../faults.ts';
import { decodeCursor, idInCursor, inOrder, instantInCursor, paged } from '../../page.ts';
import { json, type Routes, route, unwrap } from '../../router.ts';
import { idSchema, instant, pageOf, pageQuery, targetId } from '../../schemas.ts';
import { streamOf } from '../../stream.ts';
import { eventSchema, eventView } from './views.ts';

const word = rawText(64).regex(/^[a-z_.]+$/, { error: 'expected lower-case letters, dots and underscores' });
const SUBJECTS = ['subject', 'patient', 'user'] as const;

const filters = {
  subject: idSchema<'user'>('The person whose record is concerned').or(z.literal('system')).optional().openapi({
    description:
      'The person whose record is concerned; `system`: what concerns no single person, in all streams of the portal',
  }),
  patient: idSchema<'user'>('The same, of a patient').optional(),
  user: idSchema<'user'>('Former name of `subject`').or(z.literal('system')).optional(),
  actor: idSchema<'user'>('Who acted, for example an employee').optional(),
  type: word.optional(),
  category: z.enum(['auth', 'data_access', 'data_modification', 'admin']).optional(),
  severity: z.enum(['low', 'medium', 'high', 'critical']).optional(),
  outcome: z.enum(['success', 'failure', 'partial']).optional(),
  requestId: rawText(128)
    .regex(/^[\x21-\x7e]{1,128}$/, { error: 'expected visible ASCII characters' })
    .optional(),
  resourceType: word.optional(),
  resourceId: rawText(128)
    .regex(/^[\x21-\x7e]{1,128}$/, { error: 'expected visible ASCII characters' })
    .optional(),
  address: rawText(100)
    .refine((text) => addressSubject(text) !== UNKNOWN_ADDRESS, { error: 'expected an IPv4 or IPv6 address' })
    .openapi({
      description: 'The client’s address; IPv6 by its /64. Finds events that were recorded since version 0.2',
    })
    .optional(),
  from: instant.optional(),
  to: instant.optional(),
};

const filterQuery = z.object(filters);

function filterOf(query: z.infer<typeof filterQuery>): EventFilter {
  const [name, second] = SUBJECTS.filter((each) => query[each] !== undefined);
  if (second !== undefined) {
    throw parameterProblem(second, 'ambiguous', `says the same as ${name}: give one of them`);
  }
  const { address } = query;
  return {
    subject: (name === undefined ? undefined : query[name]) ?? null,
    actor: query.actor ?? null,
    type: query.type ?? null,
    category: query.category ?? null,
    severity: query.severity ?? null,
    outcome: query.outcome ?? null,
    requestId: query.requestId ?? null,
    resourceType: query.resourceType ?? null,
    resourceId: query.resourceId ?? null,
    address: address === undefined ? null : addressSubject(address),
    from: query.from ?? null,
    to: query.to ?? null,
  };
}

const COLUMNS: readonly CsvColumn<ShownEvent>[] = [
  ['timestamp', ({ content }) => content.occurredAt],
  ['eventType', ({ content }) => content.type],
  ['eventCategory', ({ content }) => content.category],
  ['severity', ({ content }) => content.severity],
  ['action', ({ content }) => content.action],
  ['outcome', ({ content }) => content.outcome],
  ['error', ({ content }) => content.error],
  ['actorKind', ({ content }) => content.actorKind],
  ['actorId', ({ content }) => content.actorId],
  ['actorName', ({ actorName }) => actorName],
  ['subject', ({ stream }) => stream],
  ['resourceType', ({ content }) => content.resourceType],
  ['resourceId', ({ content }) => content.resourceId],
  ['phiAccessed', ({ content }) => content.phiAccessed],
  ['dataExported', ({ content }) => content.dataExported],
  ['address', ({ origin }) => origin?.ip],
  ['userAgent', ({ origin }) => origin?.userAgent],
  ['requestId', ({ content }) => content.requestId],
  ['sessionId', ({ content }) => content.sessionId],
  ['details', ({ content }) => JSON.stringify(content.details)],
  ['id', ({ content }) => content.id],
  ['leafIndex', ({ leafIndex }) => leafIndex],
];

const FORMATS: Readonly<Record<'csv' | 'ndjson', EventFormat>> = {
  csv: { name: 'csv', head: csvHead(COLUMNS), line: (event) => csvLine(COLUMNS, event) },
  ndjson: { name: 'ndjson', head: '', line: (event) => `${JSON.stringify(eventView(event))}\n` },
};

/** A file made while it is sent. */
export function fileResponse(
  c: HonoContext<AppEnv>,
  parts: AsyncGenerator<string>,
  format: 'csv' | 'ndjson',
  name: string,
) {
  return c.body(streamOf(encoded(parts)), 200, {
    'Content-Type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson',
    'Content-Disposition': `attachment; filename="${name}.${format}"`,
  });
}

async function* encoded(parts: AsyncGenerator<string>): AsyncGenerator<Uint8Array> {
  for await (const part of parts) yield utf8(part);
}

export const auditEventRoutes: Routes = [
  route(
    {
      operationId: 'listAuditEvents',
      method: 'get',
      path: '/api/v1/audit/events',
      summary: 'Search audit events',
      description:
        'Newest first; all conditions hold at once. The search is recorded in the record of the person searched for, or in the portal’s own if no person is named.',
      tag: 'Audit search',
      access: 'read:audit',
      example: { as: 'admin' },
      request: { query: pageQuery.extend(filters) },
      responses: { 200: json(pageOf(eventSchema), 'Events') },
    },
    async (c) => {
      const { limit, cursor, ...query } = inOrder(c.req.valid('query'));
      const place = decodeCursor(cursor);
      const after = place === undefined ? null : { at: instantInCursor(place[0]), id: idInCursor(place[1]) };
      const found = await searchEvents(c.get('deps'), c.get('context'), filterOf(query), { after, limit });
      const eventPosition = ({ content }: ShownEvent) => [Date.parse(content.occurredAt), content.id];
      return c.json(paged(c, found, limit, eventView, eventPosition), 200);
    },
  ),
  route(
    {
      operationId: 'exportAuditEvents',
      method: 'get',
      path: '/api/v1/audit/events/export',
      summary: 'Export found audit events',
      description:
        'Every event that the search finds, newest first, streamed: CSV for spreadsheets, or NDJSON with one event on each line as the API shows it. To verify the log take `/audit/export`.',
      tag: 'Audit search',
      access: 'read:audit',
      example: { as: 'admin' },
      request: { query: filterQuery.extend({ format: z.enum(['csv', 'ndjson']).default('csv') }) },
      responses: {
        200: {
          description: 'The events',
          content: { 'text/csv': { schema: z.string() }, 'application/x-ndjson': { schema: z.string() } },
        },
      },
    },
    async (c) => {
      const { format, ...query } = inOrder(c.req.valid('query'));
      const parts = await exportEvents(c.get('deps'), c.get('context'), filterOf(query), FORMATS[format]);
      return fileResponse(c, parts, format, 'audit-events');
    },
  ),
  route(
    {
      operationId: 'getAuditEvent',
      method: 'get',
      path: '/api/v1/audit/events/{id}',
      summary: 'Get an audit event',
      tag: 'Audit search',
      access: 'read:audit',
      example: { as: 'admin', path: { id: earlier('listAuditEvents', '/data/0/id') }, after: ['listAuditEvents'] },
      request: { params: z.object({ id: targetId('audit_event', 'The event') }) },
      responses: { 200: json(eventSchema, 'The event') },
      refusals: ['not_found'],
    },
    async (c) => {
      const found = await readEvent(c.get('deps'), c.get('context'), c.req.valid('param').id);
      return c.json(eventView(unwrap(found)), 200);
    },
  ),
];
