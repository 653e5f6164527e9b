/** Emergency access to a record, and limits on its use. */
import { z } from '@hono/zod-openapi';
import { requireStepUp } from '../../../../domain/identity/step-up.ts';
import { type EmergencyAccess, isOpen, VERDICTS } from '../../../../domain/privacy/emergency-access.ts';
import { LIMIT_GROUNDS, LIMIT_KINDS, type ProcessingLimit } from '../../../../domain/privacy/processing-limit.ts';
import type { KnownActor } from '../../../../domain/shared/actor.ts';
import type { Instant } from '../../../../domain/shared/time.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import {
  endEmergencyAccess,
  openInEmergency,
  readEmergencyAccesses,
  reviewEmergencyAccess,
} from '../../../app/privacy/emergency-access.ts';
import { liftProcessingLimit, limitProcessing, readProcessingLimits } from '../../../app/privacy/processing-limits.ts';
import { knownActor, userActor } from '../../actor.ts';
import { earlier } from '../../example.ts';
import { isPermitted, linkTo, pathTo, permitted } from '../../links.ts';
import { decodeCursor, idInCursor, instantInCursor, paged } from '../../page.ts';
import { Problem } from '../../problems.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { idSchema, links, pageOf, pageQuery, targetId, text } from '../../schemas.ts';
import { shownId, shownInstant, shownText } from '../../shown.ts';
import { userParams } from '../identity/schemas.ts';

const time = (at: number) => new Date(at).toISOString();

const accessSchema = z
  .object({
    id: shownId,
    doctorId: shownId,
    patientId: shownId,
    reason: shownText(1000, 'Brought in unconscious; needs the list of medicines').nullable(),
    openedAt: shownInstant,
    expiresAt: shownInstant,
    review: z.object({ verdict: z.enum(VERDICTS), by: shownId, at: shownInstant }).nullable(),
    endedAt: shownInstant.nullable().openapi({ description: 'When an administrator ended it, before it expired' }),
    endedBy: shownId.nullable(),
    _links: links,
  })
  .openapi('EmergencyAccess');

function accessView(actor: KnownActor, access: EmergencyAccess, now: Instant): z.infer<typeof accessSchema> {
  const { id, doctorId, patientId, reason, openedAt, expiresAt, review, ended } = access;
  const events = `${pathTo('listAffectedPersons')}?actor=${doctorId}&from=${time(openedAt)}&to=${time(expiresAt)}`;
  return {
    id,
    doctorId,
    patientId,
    reason,
    openedAt: time(openedAt),
    expiresAt: time(expiresAt),
    review: review === null ? null : { ...review, at: time(review.at) },
    endedAt: ended === null ? null : time(ended.at),
    endedBy: ended?.by ?? null,
    _links: {
      patient: linkTo('getProfile', { id: patientId }),
      ...(isPermitted(actor, 'listAffectedPersons') ? { affected: { href: events } } : {}),
      ...(review === null ? permitted(actor, { review: ['reviewEmergencyAccess', { id }] }) : {}),
      ...(isOpen(access, now) ? permitted(actor, { end: ['endEmergencyAccess', { id }] }) : {}),
    },
  };
}

const limitSchema = z
  .object({
    id: shownId,
    userId: shownId,
    kind: z.enum(LIMIT_KINDS),
    ground: z.enum(LIMIT_GROUNDS),
    setAt: shownInstant,
    setBy: shownId,
    inForce: z.boolean(),
    liftedAt: shownInstant.nullable(),
    liftedBy: shownId.nullable(),
  })
  .openapi('ProcessingLimit');

function limitView({ id, userId, kind, ground, setAt, setBy, lifted }: ProcessingLimit): z.infer<typeof limitSchema> {
  return {
    id,
    userId,
    kind,
    ground,
    setAt: time(setAt),
    setBy,
    inForce: lifted === null,
    liftedAt: lifted === null ? null : time(lifted.at),
    liftedBy: lifted?.by ?? null,
  };
}

export const recordAccessRoutes: Routes = [
  route(
    {
      operationId: 'openEmergencyAccess',
      method: 'post',
      path: '/api/v1/break-glass',
      summary: 'Open a record in an emergency',
      description:
        'Lets a doctor without a relation to the patient read the record for 4 hours. Send the id as `X-Emergency-Access` with each read; each audit event then names it. The patient and the administrators are told by mail at once, and an administrator reviews every access. It also opens a restricted record, to protect vital interests (GDPR Art. 18(2)).',
      tag: 'Privacy administration',
      access: 'open:emergency_access',
      example: {
        as: 'doctor',
        body: {
          patientId: earlier('getMe'),
          reason: 'Brought in unconscious; needs the list of medicines',
        },
        after: ['getMe'],
      },
      request: {
        body: jsonBody(
          z.strictObject({
            patientId: idSchema<'user'>('The patient'),
            reason: text(1000, 10).openapi({ example: 'Brought in unconscious; needs the list of medicines' }),
          }),
        ),
      },
      responses: { 201: json(accessSchema, 'Open until `expiresAt`') },
      refusals: ['not_found', 'emergency_not_needed'],
    },
    async (c) => {
      const wanted = c.req.valid('json');
      const context = c.get('context');
      const opened = await openInEmergency(c.get('deps'), context, userActor(c), wanted, (access) => ({
        status: 201,
        body: accessView(userActor(c), access, context.now),
      }));
      return c.json(unwrap(opened).body as z.infer<typeof accessSchema>, 201);
    },
  ),

  route(
    {
      operationId: 'listEmergencyAccesses',
      method: 'get',
      path: '/api/v1/break-glass',
      summary: 'List emergency accesses',
      description: 'Newest first, with their reasons. The reading is recorded in the record of each patient listed.',
      tag: 'Privacy administration',
      access: 'manage:privacy',
      example: { as: 'admin' },
      request: { query: pageQuery.extend({ state: z.enum(['unreviewed', 'reviewed']).optional() }) },
      responses: { 200: json(pageOf(accessSchema), 'Accesses') },
    },
    async (c) => {
      const { limit, cursor, state } = c.req.valid('query');
      const place = decodeCursor(cursor);
      const after =
        place === undefined ? null : { at: instantInCursor(place[0]), id: idInCursor<'emergency_access'>(place[1]) };
      const context = c.get('context');
      const found = await readEmergencyAccesses(c.get('deps'), context, state ?? null, { after, limit });
      const present = (access: EmergencyAccess) => accessView(userActor(c), access, context.now);
      return c.json(
        paged(c, found, limit, present, ({ openedAt, id }) => [openedAt, id]),
        200,
      );
    },
  ),
  route(
    {
      operationId: 'reviewEmergencyAccess',
      method: 'post',
      path: '/api/v1/break-glass/{id}/review',
      summary: 'Review an emergency access',
      description:
        'Each access is reviewed once, and not by the person who opened it. The verdict `not_justified` ends an access that is still open.',
      tag: 'Privacy administration',
      access: 'manage:privacy',
      example: {
        as: 'admin',
        path: { id: earlier('openEmergencyAccess') },
        body: { verdict: 'justified' },
        after: ['openEmergencyAccess'],
      },
      request: {
        params: z.object({ id: targetId('emergency_access', 'The access') }),
        body: jsonBody(z.strictObject({ verdict: z.enum(VERDICTS) })),
      },
      responses: { 200: json(accessSchema, 'Reviewed') },
      refusals: ['not_found', 'already_reviewed', 'own_access'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const { verdict } = c.req.valid('json');
      const context = c.get('context');
      const reviewed = await reviewEmergencyAccess(c.get('deps'), context, userActor(c), id, verdict);
      return c.json(accessView(userActor(c), unwrap(reviewed), context.now), 200);
    },
  ),
  route(
    {
      operationId: 'endEmergencyAccess',
      method: 'post',
      path: '/api/v1/break-glass/{id}/end',
      summary: 'End an emergency access',
      description: 'Closes the record to the doctor at once, before `expiresAt`. The access still has to be reviewed.',
      tag: 'Privacy administration',
      access: 'manage:privacy',
      example: {
        as: 'admin',
        path: { id: earlier('openEmergencyAccess') },
        after: ['reviewEmergencyAccess'],
      },
      request: { params: z.object({ id: targetId('emergency_access', 'The access') }) },
      responses: { 200: json(accessSchema, 'Ended') },
      refusals: ['not_found', 'emergency_access_over'],
    },
    async (c) => {
      const context = c.get('context');
      const ended = await endEmergencyAccess(c.get('deps'), context, userActor(c), c.req.valid('param').id);
      return c.json(accessView(userActor(c), unwrap(ended), context.now), 200);
    },
  ),

  route(
    {
      operationId: 'listProcessingLimits',
      method: 'get',
      path: '/api/v1/users/{id}/processing-limits',
      summary: 'List limits on the use of a person’s data',
      description:
        'Your own limits, or those of any person for administrators; newest first, with those that were lifted. The reading is recorded.',
      tag: 'Privacy',
      access: 'manage:own_limits',
      example: { as: 'patient', path: { id: DEMO.patient } },
      request: { params: userParams },
      responses: { 200: json(z.object({ data: z.array(limitSchema) }), 'Limits') },
      refusals: ['not_found'],
    },
    async (c) => {
      const found = await readProcessingLimits(c.get('deps'), c.get('context'), knownActor(c), c.req.valid('param').id);
      if (found === undefined) throw new Problem({ code: 'not_found' });
      return c.json({ data: found.map(limitView) }, 200);
    },
  ),
  route(
    {
      operationId: 'createProcessingLimit',
      method: 'post',
      path: '/api/v1/users/{id}/processing-limits',
      summary: 'Restrict or object to the use of a person’s data',
      description:
        'Administrators set a `restriction` (GDPR Art. 18): staff, doctors and administrators then get `record_restricted` for the record. The person keeps access; administrators have access with a ground in `X-Access-Ground`, doctors in an emergency. API keys and calendar links are revoked, and none can be created. Accounts stay visible to administrators. The person or an administrator records an `objection` (Art. 21): reminders and other optional messages are no longer sent. The person is told by mail. Requires a recent proof of identity: see /auth/step-up.',
      tag: 'Privacy',
      access: 'manage:own_limits',
      example: {
        as: 'patient',
        path: { id: DEMO.patient },
        body: { kind: 'objection', ground: 'own_situation' },
      },
      request: {
        params: userParams,
        body: jsonBody(z.strictObject({ kind: z.enum(LIMIT_KINDS), ground: z.enum(LIMIT_GROUNDS) })),
      },
      responses: { 201: json(limitSchema, 'In force') },
      refusals: ['not_found', 'step_up_required', 'limit_in_force'],
    },
    async (c) => {
      const actor = userActor(c);
      unwrap(requireStepUp(actor, c.get('context').now));
      const wanted = { ...c.req.valid('json'), userId: c.req.valid('param').id };
      return c.json(limitView(unwrap(await limitProcessing(c.get('deps'), c.get('context'), actor, wanted))), 201);
    },
  ),
  route(
    {
      operationId: 'liftProcessingLimit',
      method: 'delete',
      path: '/api/v1/users/{id}/processing-limits/{limitId}',
      summary: 'Lift a limit on the use of a person’s data',
      description: 'The person is told by mail. Requires a recent proof of identity: see /auth/step-up.',
      tag: 'Privacy',
      access: 'manage:own_limits',
      example: {
        as: 'patient',
        path: { id: DEMO.patient, limitId: earlier('createProcessingLimit') },
        after: ['createProcessingLimit'],
      },
      request: { params: userParams.extend({ limitId: idSchema<'processing_limit'>('The limit') }) },
      responses: { 204: { description: 'Lifted' } },
      refusals: ['not_found', 'step_up_required'],
    },
    async (c) => {
      const actor = userActor(c);
      unwrap(requireStepUp(actor, c.get('context').now));
      const { id, limitId } = c.req.valid('param');
      unwrap(await liftProcessingLimit(c.get('deps'), c.get('context'), actor, id, limitId));
      return c.body(null, 204);
    },
  ),
];
