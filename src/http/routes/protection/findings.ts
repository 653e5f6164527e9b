/** Findings of the detection. */
import { z } from '@hono/zod-openapi';
import { NOTE_LENGTH } from '../../../../domain/protection/address-block.ts';
import {
  DETECTION_RULES,
  REACTIONS,
  RULE_NAMES,
  SEVERITIES,
  SUBJECT_KINDS,
} from '../../../../domain/protection/detection.ts';
import type { SecurityFinding } from '../../../../domain/protection/finding.ts';
import { formatInstant } from '../../../../domain/shared/time.ts';
import { closeFinding, readFinding, readFindings } from '../../../app/protection/findings.ts';
import { knownActor } from '../../actor.ts';
import { expectedVersion, sendVersioned } from '../../etag.ts';
import { linkTo } from '../../links.ts';
import { decodeCursor, idInCursor, paged } from '../../page.ts';
import { Problem } from '../../problems.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { line, links, pageOf, pageQuery, targetId } from '../../schemas.ts';
import { shownId, shownInstant, shownText } from '../../shown.ts';

const about = RULE_NAMES.map((name) => `\`${name}\`: ${DETECTION_RULES[name].about}`).join('. ');
const rule = z.enum(RULE_NAMES).openapi({ description: `What it is about. ${about}` });
const severity = z.enum(SEVERITIES);

const findingSchema = z
  .object({
    id: shownId,
    rule,
    severity: severity.openapi({ description: 'Administrators get a mail from `medium` on' }),
    state: z.enum(['open', 'closed']),
    subject: z
      .object({
        kind: z.enum(SUBJECT_KINDS).openapi({
          description: '`staff`: an account of the clinic, for what it did with the records of others',
        }),
        address: shownText(64, '198.51.100.23')
          .nullable()
          .openapi({ description: 'An address of IPv4, or a /64 of IPv6; null if it is about an account' }),
        personId: shownId.nullable().openapi({ description: 'Whose account; null if it is about an address' }),
      })
      .openapi({ description: 'What acted, or what was acted upon' }),
    count: z.int().openapi({ description: 'How many different targets were seen so far', example: 12 }),
    firstSeenAt: shownInstant,
    lastSeenAt: shownInstant,
    raisedAt: shownInstant,
    reaction: z.enum(REACTIONS).openapi({
      description:
        '`block`: the address is blocked for strangers, unless it is trusted; `step_up`: the sessions concerned have to prove who they are before anything sensitive; `end_sessions`: the sessions that did it were ended once',
    }),
    closedAt: shownInstant.nullable(),
    closedBy: shownId.nullable(),
    note: shownText(NOTE_LENGTH, 'The yearly recall').nullable(),
    version: z.int(),
    _links: links,
  })
  .openapi('SecurityFinding');

function detailsOf(error: { readonly code: string }) {
  const { code, at } = error as { readonly code: string; readonly at?: number };
  return code === 'security_finding_closed' && at !== undefined ? { members: { at: formatInstant(at) } } : undefined;
}

function present(finding: SecurityFinding): z.infer<typeof findingSchema> {
  const { id, subject, firstSeenAt, lastSeenAt, raisedAt, closed, ...rest } = finding;
  const of =
    subject.kind === 'address'
      ? { address: subject.address, personId: null }
      : { address: null, personId: subject.personId };
  return {
    id,
    ...{ rule: rest.rule, severity: rest.severity, state: closed === null ? 'open' : 'closed' },
    subject: { kind: subject.kind, ...of },
    ...{ count: rest.count, reaction: rest.reaction, version: rest.version },
    firstSeenAt: formatInstant(firstSeenAt),
    lastSeenAt: formatInstant(lastSeenAt),
    raisedAt: formatInstant(raisedAt),
    closedAt: closed === null ? null : formatInstant(closed.at),
    closedBy: closed?.by ?? null,
    note: closed?.note ?? null,
    _links: {
      self: linkTo('getSecurityFinding', { id }),
      ...(closed === null ? { close: linkTo('closeSecurityFinding', { id }) } : {}),
      ...(of.personId === null
        ? { blocks: linkTo('listIpBlocks') }
        : { person: linkTo('getUser', { id: of.personId }) }),
    },
  };
}

const params = z.object({ id: targetId('security_finding', 'The finding') });
const NONE_IN_EXAMPLE = { none: 'Only for what the detection has found' } as const;

export const findingRoutes: Routes = [
  route(
    {
      operationId: 'listSecurityFindings',
      method: 'get',
      path: '/api/v1/admin/security-findings',
      summary: 'List findings of the detection',
      description:
        'Newest first. There is one open finding for each rule and subject, which grows while it goes on. Names no patient.',
      tag: 'Limits and blocks',
      access: 'manage:protection',
      example: { as: 'admin' },
      request: {
        query: pageQuery.extend({
          state: z.enum(['open', 'closed']).optional(),
          rule: rule.optional(),
          severity: severity.optional(),
        }),
      },
      responses: { 200: json(pageOf(findingSchema), 'Findings') },
    },
    async (c) => {
      const { limit, cursor, state, rule: of, severity: grade } = c.req.valid('query');
      const place = decodeCursor(cursor);
      const after = place === undefined ? null : idInCursor<'security_finding'>(place[0]);
      const asked = { state: state ?? null, rule: of ?? null, severity: grade ?? null, after, limit };
      const found = await readFindings(c.get('deps'), asked);
      return c.json(
        paged(c, found, limit, present, ({ id }) => [id]),
        200,
      );
    },
  ),
  route(
    {
      operationId: 'getSecurityFinding',
      method: 'get',
      path: '/api/v1/admin/security-findings/{id}',
      summary: 'Get a finding of the detection',
      tag: 'Limits and blocks',
      access: 'manage:protection',
      versioned: true,
      example: NONE_IN_EXAMPLE,
      request: { params },
      responses: { 200: json(findingSchema, 'The finding') },
      refusals: ['security_finding_not_found'],
    },
    async (c) => {
      const finding = await readFinding(c.get('deps'), c.req.valid('param').id);
      if (finding === undefined) throw new Problem({ code: 'security_finding_not_found' });
      return sendVersioned(c, finding.version, present(finding));
    },
  ),
  route(
    {
      operationId: 'closeSecurityFinding',
      method: 'post',
      path: '/api/v1/admin/security-findings/{id}/close',
      summary: 'Close a finding of the detection',
      description:
        'When it was looked into. The rule counts anew from now on: what happens again is a new finding. A block is lifted on its own.',
      tag: 'Limits and blocks',
      access: 'manage:protection',
      ifMatch: 'optional',
      versioned: true,
      example: NONE_IN_EXAMPLE,
      request: {
        params,
        body: jsonBody(
          z.strictObject({
            note: line(NOTE_LENGTH, 1).openapi({ description: 'What it was, for administrators' }),
          }),
        ),
      },
      responses: { 200: json(findingSchema, 'It is closed') },
      refusals: ['security_finding_not_found', 'security_finding_closed'],
    },
    async (c) => {
      const closing = { note: c.req.valid('json').note, by: knownActor(c).userId, expected: expectedVersion(c) };
      const result = await closeFinding(c.get('deps'), c.get('context'), c.req.valid('param').id, closing);
      const closed = unwrap(result, detailsOf);
      return sendVersioned(c, closed.version, present(closed));
    },
  ),
];
