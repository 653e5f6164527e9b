/** Who acts for a patient, and for whom somebody acts. */

import { z } from '@hono/zod-openapi';
import { CONSENT_GROUNDS, type PatientProxy, PROXY_GROUNDS } from '../../../../domain/scheduling/proxy.ts';
import type { ProxyRecord } from '../../../../domain/scheduling/proxy-ports.ts';
import type { UserId } from '../../../../domain/shared/ids.ts';
import { formatInstant } from '../../../../domain/shared/time.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import {
  acceptAskedProxy,
  askForProxy,
  endProxyOf,
  makeProxyByClinic,
  readDependants,
  readProxies,
} from '../../../app/scheduling/proxies.ts';
import { knownActor } from '../../actor.ts';
import { earlier, NEWCOMER } from '../../example.ts';
import { linkTo } from '../../links.ts';
import { decodeCursor, idInCursor, paged } from '../../page.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { email, idSchema, instant, links, pageOf, pageQuery, personId, targetId, text } from '../../schemas.ts';
import { shownEmail, shownId, shownInstant, shownName, shownText } from '../../shown.ts';
import { detailsOf } from './refusals.ts';

const proxySchema = z
  .object({
    id: shownId,
    patientId: shownId,
    personId: shownId.nullable().openapi({ description: 'Who acts; null until a request is accepted' }),
    ground: z.enum(PROXY_GROUNDS),
    origin: z.enum(['clinic', 'consent']),
    state: z.enum(['requested', 'in_force']),
    firstName: shownName('Maria')
      .nullable()
      .openapi({ description: 'Of the other person; null until a request is accepted' }),
    lastName: shownName('Silva').nullable(),
    email: shownEmail.nullable().openapi({ description: 'That the patient named in a request' }),
    proof: shownText(500, 'Birth certificate seen')
      .nullable()
      .optional()
      .openapi({ description: 'Only for the clinic' }),
    createdAt: shownInstant,
    endsAt: shownInstant.nullable(),
    _links: links,
  })
  .openapi('Proxy');

type Links = z.infer<typeof links>;
type Side = 'patient' | 'person' | 'clinic';

/** A request tells the patient nothing of the account that has the address, until it is accepted (R5). */
function presentProxy({ proxy: x, name }: ProxyRecord, side: Side) {
  const isAccepted = x.acceptedAt !== null;
  const shown = isAccepted || side === 'person' ? name : null;
  const acting: Links = isAccepted
    ? { appointments: linkTo('listPatientAppointments', { userId: x.patientId }) }
    : { accept: linkTo('acceptProxy', { id: x.id }) };
  return {
    id: x.id as string,
    patientId: x.patientId as string,
    personId: isAccepted || side === 'person' ? (x.personId as string | null) : null,
    ground: x.ground,
    origin: x.origin,
    state: isAccepted ? ('in_force' as const) : ('requested' as const),
    firstName: shown?.firstName ?? null,
    lastName: shown?.lastName ?? null,
    email: side === 'person' ? null : x.personEmail,
    ...(side === 'clinic' ? { proof: x.proof } : {}),
    createdAt: formatInstant(x.createdAt),
    endsAt: x.endsAt === null ? null : formatInstant(x.endsAt),
    _links: { end: linkTo('endProxy', { id: x.id }), ...(side === 'person' ? acting : {}) } as Links,
  };
}

const nameless = (proxy: PatientProxy): ProxyRecord => ({ proxy, name: null });

const listSchema = z.object({ data: z.array(proxySchema), _links: links });
const until = instant.optional().openapi({ description: 'When it ends; left out: when somebody ends it' });
const proxyParams = z.object({ id: targetId('proxy', 'The proxy') });
const patientParams = z.object({ id: personId('patient', 'The patient') });

function sideOf(actor: { readonly userId: UserId }, patientId: UserId): Side {
  return actor.userId === patientId ? 'patient' : 'clinic';
}

export const proxyRoutes: Routes = [
  route(
    {
      operationId: 'makeProxy',
      method: 'post',
      path: '/api/v1/patients/{id}/proxies',
      summary: 'Let somebody act for a patient',
      tag: 'Proxies',
      access: 'register:patients',
      description:
        'For the clinic, which has seen proof; doctors do it for own patients. The person, a patient with an account, may then book, move, cancel and see the appointments of the patient and join the waitlist, and sees nothing else. A parent’s authority ends at the age that the clinic has set, 18 by default. Both are told by mail.',
      example: {
        as: 'doctor',
        path: { id: DEMO.patient },
        body: { personId: earlier('getMe'), ground: 'guardian', proof: 'Court order seen' },
        after: ['getMe'],
      },
      request: {
        params: patientParams,
        body: jsonBody(
          z.strictObject({
            personId: idSchema<'user'>('Who is to act'),
            ground: z.enum(PROXY_GROUNDS),
            proof: text(500, 1).openapi({ description: 'What the clinic has seen' }),
            until,
          }),
        ),
      },
      responses: { 201: json(proxySchema, 'In force') },
      refusals: ['not_found', 'proxy_not_possible', 'proxy_exists', 'too_many_proxies', 'birth_date_required'],
    },
    async (c) => {
      const body = c.req.valid('json');
      const asked = { ...body, patientId: c.req.valid('param').id, until: body.until ?? null };
      const answer = unwrap(
        await makeProxyByClinic(c.get('deps'), c.get('context'), knownActor(c), asked, (proxy) => ({
          status: 201,
          body: presentProxy(nameless(proxy), 'clinic'),
        })),
        detailsOf,
      );
      return c.json(answer.body as ReturnType<typeof presentProxy>, 201);
    },
  ),

  route(
    {
      operationId: 'listProxies',
      method: 'get',
      path: '/api/v1/patients/{id}/proxies',
      summary: 'List who acts for a patient',
      tag: 'Proxies',
      access: 'read:own_appointments',
      description: 'Your own, or for the clinic those of patients. The reading is recorded.',
      example: { as: 'patient', path: { id: DEMO.patient }, after: ['makeProxy'] },
      request: { params: patientParams },
      responses: { 200: json(listSchema, 'Those in force, and requests') },
      refusals: ['not_found'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const actor = knownActor(c);
      const found = unwrap(await readProxies(c.get('deps'), c.get('context'), actor, id));
      const side = sideOf(actor, id);
      const self = { self: linkTo('listProxies', { id }) };
      return c.json({ data: found.map((record) => presentProxy(record, side)), _links: self }, 200);
    },
  ),

  route(
    {
      operationId: 'requestProxy',
      method: 'post',
      path: '/api/v1/proxies',
      summary: 'Ask somebody to act for me',
      tag: 'Proxies',
      access: 'manage:own_proxies',
      description:
        'The person is told by mail and may accept for 7 days. The answer is the same whether or not the address has an account.',
      example: { as: 'patient', body: { email: NEWCOMER.email, ground: 'carer' }, after: ['endProxy'] },
      request: {
        body: jsonBody(z.strictObject({ email, ground: z.enum(CONSENT_GROUNDS), until })),
      },
      responses: { 201: json(proxySchema, 'Asked') },
      refusals: ['not_found', 'proxy_not_possible', 'too_many_proxies'],
    },
    async (c) => {
      const body = c.req.valid('json');
      const asked = { ...body, until: body.until ?? null };
      const answer = unwrap(
        await askForProxy(c.get('deps'), c.get('context'), knownActor(c), asked, (proxy) => ({
          status: 201,
          body: presentProxy(nameless(proxy), 'patient'),
        })),
        detailsOf,
      );
      return c.json(answer.body as ReturnType<typeof presentProxy>, 201);
    },
  ),

  route(
    {
      operationId: 'listDependants',
      method: 'get',
      path: '/api/v1/users/me/dependants',
      summary: 'List for whom I act',
      tag: 'Proxies',
      access: 'manage:own_proxies',
      description: 'With requests that wait for you. Their patients see that you looked.',
      example: { as: 'newcomer', after: ['makeProxy'] },
      request: { query: pageQuery },
      responses: { 200: json(pageOf(proxySchema), 'Those in force, and requests') },
    },
    async (c) => {
      const { cursor, limit } = c.req.valid('query');
      const place = decodeCursor(cursor);
      const after = place === undefined ? null : idInCursor<'proxy'>(place[0]);
      const found = await readDependants(c.get('deps'), c.get('context'), knownActor(c), { after, limit });
      return c.json(
        paged(
          c,
          found,
          limit,
          (record) => presentProxy(record, 'person'),
          ({ proxy }) => [proxy.id],
        ),
        200,
      );
    },
  ),

  route(
    {
      operationId: 'acceptProxy',
      method: 'post',
      path: '/api/v1/proxies/{id}/accept',
      summary: 'Accept to act for somebody',
      tag: 'Proxies',
      access: 'manage:own_proxies',
      example: { as: 'newcomer', path: { id: earlier('requestProxy') }, after: ['requestProxy'] },
      request: { params: proxyParams },
      responses: { 200: json(proxySchema, 'In force') },
      refusals: ['not_found', 'proxy_closed', 'proxy_exists', 'proxy_not_possible'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const proxy = unwrap(await acceptAskedProxy(c.get('deps'), c.get('context'), knownActor(c), id));
      return c.json(presentProxy(nameless(proxy), 'person'), 200);
    },
  ),

  route(
    {
      operationId: 'endProxy',
      method: 'delete',
      path: '/api/v1/proxies/{id}',
      summary: 'End that somebody acts for a patient',
      tag: 'Proxies',
      access: ['manage:own_proxies', 'register:patients'],
      description: 'For both of them, and for the clinic. A request is withdrawn or declined. Both are told by mail.',
      example: {
        as: 'doctor',
        path: { id: earlier('makeProxy') },
        after: ['makeProxy', 'listProxies', 'listDependants'],
      },
      request: { params: proxyParams },
      responses: { 204: { description: 'Ended' } },
      refusals: ['not_found', 'proxy_closed'],
    },
    async (c) => {
      unwrap(await endProxyOf(c.get('deps'), c.get('context'), knownActor(c), c.req.valid('param').id));
      return c.body(null, 204);
    },
  ),
];
