/** Alerts to many people: that the clinic has to close, or that their data was not safe. */
import { z } from '@hono/zod-openapi';
import { requireStepUp } from '../../../../domain/identity/step-up.ts';
import {
  ALERT_KINDS,
  type AlertAudience,
  type AlertProgress,
  type AlertReach,
  type AlertWords,
  LISTED_TO_CALL,
  LONGEST_ALERT,
  LONGEST_BREACH_PART,
  MOST_PERSONS,
} from '../../../../domain/notifications/alert.ts';
import { SENDING_CHANNELS } from '../../../../domain/notifications/categories.ts';
import { NOTIFICATION_STATUSES } from '../../../../domain/notifications/states.ts';
import { formatInstant } from '../../../../domain/shared/time.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { planAlert, readAlert, sendAlert } from '../../../app/notifications/alerts.ts';
import { knownActor, userActor } from '../../actor.ts';
import { list } from '../../bounds.ts';
import { earlier } from '../../example.ts';
import { linkTo } from '../../links.ts';
import { decodeCursor, idInCursor, paged } from '../../page.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { idSchema, instant, links, pageOf, pageQuery, targetId, text } from '../../schemas.ts';
import { shownId, shownInstant } from '../../shown.ts';
import { DRY_RUN, plain } from './clinic-messages.ts';

const part = (description: string) => plain(text(LONGEST_BREACH_PART, 1)).openapi({ description });

const audience = {
  appointments: z
    .strictObject({
      from: instant,
      until: instant,
      doctorIds: list(idSchema<'user'>('A doctor'), 100, 1).optional(),
      locationId: idSchema<'location'>('The location').optional(),
    })
    .optional()
    .openapi({
      description:
        'Patients with an appointment that begins in that time and is still to take place. Default: of all doctors, at all locations',
    }),
  personIds: list(idSchema<'user'>('A person'), MOST_PERSONS, 1)
    .optional()
    .openapi({ description: 'Instead of `appointments`: these persons' }),
};

const alertBody = z
  .strictObject({
    ...audience,
    text: plain(text(LONGEST_ALERT, 1))
      .optional()
      .openapi({ description: 'Of an emergency. It is read on locked screens' }),
    breach: z
      .strictObject({
        whatHappened: part('What has happened'),
        consequences: part('What may follow from it'),
        measures: part('What was done, and what people can do'),
        contact: part('Whom they can ask'),
      })
      .optional()
      .openapi({ description: 'Instead of `text`: a notice of a breach (GDPR Art. 34)' }),
  })
  .superRefine((body, context) => {
    const issue = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
    const oneOf = (first: 'text' | 'appointments', other: 'breach' | 'personIds') => {
      if (body[first] === undefined && body[other] === undefined) issue(first, `is missing: this, or ${other}`);
      if (body[first] !== undefined && body[other] !== undefined) issue(other, `cannot be combined with ${first}`);
    };
    oneOf('text', 'breach');
    oneOf('appointments', 'personIds');
    const { from, until } = body.appointments ?? { from: 0, until: 1 };
    if (until <= from)
      context.addIssue({ code: 'custom', path: ['appointments', 'until'], message: 'must be after from' });
  });

type Body = z.infer<typeof alertBody>;

function wordsOf({ text: body = '', breach }: Body): AlertWords {
  return breach === undefined ? { kind: 'emergency', body } : { kind: 'breach', ...breach };
}

function audienceOf({ appointments, personIds = [] }: Body): AlertAudience {
  if (appointments === undefined) return { kind: 'persons', ids: personIds };
  const { from, until, doctorIds = null, locationId = null } = appointments;
  return { kind: 'appointments', from, until, doctorIds, locationId };
}

const count = (description: string) => z.int().openapi({ description });

const reachSchema = z
  .object({
    id: shownId.nullable().openapi({ description: 'Null with `dryRun`' }),
    persons: count('How many are concerned, or act for somebody who is; each is told once'),
    email: count('Of these, who get it by mail: their address is proven, and not suppressed'),
    sms: count('Of these, who get it by text message: their phone is proven, and not suppressed'),
    push: count('Of these, who get it on a device'),
    unreachable: count('Of these, who get it by no channel: call them'),
    portalOnly: count('Of those to call, who have an account and can read it in the portal'),
    _links: links,
  })
  .openapi('AlertReach');

function presentReach(id: string | null, { persons, email, sms, push, unreachable, portalOnly }: AlertReach) {
  const self = id === null ? {} : { self: linkTo('getAlert', { id }) };
  return { id, persons, email, sms, push, unreachable, portalOnly, _links: { ...self, alerts: linkTo('listAlerts') } };
}

const alertSchema = z
  .object({
    id: shownId,
    kind: z.enum(ALERT_KINDS),
    createdBy: shownId,
    createdAt: shownInstant,
    finishedAt: shownInstant.nullable().openapi({ description: 'Null while persons are still to be told' }),
    told: count('How many were told: their messages are made'),
    pending: count('How many are still to be told'),
    unreachable: count(
      'How many have to be called: without an account, or all deliveries to them failed or were skipped',
    ),
    _links: links,
  })
  .openapi('Alert');

const detailSchema = alertSchema
  .extend({
    deliveries: z.array(
      z.object({ channel: z.enum(SENDING_CHANNELS), state: z.enum(NOTIFICATION_STATUSES), count: z.int() }),
    ),
    toCall: z.array(shownId).openapi({ description: `The first ${LISTED_TO_CALL} who have to be called` }),
  })
  .openapi('AlertDetail');

function presentAlert({ alert, told, pending, unreachable }: AlertProgress): z.infer<typeof alertSchema> {
  const { id, kind, createdBy, createdAt, finishedAt } = alert;
  return {
    ...{ id, kind, createdBy, createdAt: formatInstant(createdAt) },
    finishedAt: finishedAt === null ? null : formatInstant(finishedAt),
    ...{ told, pending, unreachable },
    _links: { self: linkTo('getAlert', { id }) },
  };
}

export const alertRoutes: Routes = [
  route(
    {
      operationId: 'sendAlert',
      method: 'post',
      path: '/api/v1/admin/alerts',
      summary: 'Alert many people',
      description:
        'An emergency (`text`), or a notice of a breach of personal data (`breach`, GDPR Art. 34), to the patients of appointments or to persons by id, and to who acts for them; each person once. It goes before everything else, cannot be switched off, and takes text messages as well where a phone is proven. Whom it is for is settled now; they are told in portions. Requires a recent proof of identity: see /auth/step-up. See docs/notifications.md.',
      tag: 'Message administration',
      access: 'manage:clinic',
      maximumBodyBytes: 512 * 1024,
      example: {
        as: 'admin',
        body: { text: 'The clinic is closed today because of a power cut.', personIds: [DEMO.patient] },
      },
      request: { query: z.object({ dryRun: DRY_RUN }), body: jsonBody(alertBody) },
      responses: {
        200: json(reachSchema, 'How many it would reach, with `dryRun`'),
        202: json(reachSchema, 'They are being told'),
      },
      refusals: ['step_up_required', 'nobody_affected'],
    },
    async (c) => {
      const body = c.req.valid('json');
      const [deps, context] = [c.get('deps'), c.get('context')];
      if (c.req.valid('query').dryRun === 'true')
        return c.json(presentReach(null, await planAlert(deps, context, audienceOf(body))), 200);
      unwrap(requireStepUp(userActor(c), context.now));
      const sent = unwrap(
        await sendAlert(deps, context, knownActor(c), wordsOf(body), audienceOf(body), (id, reach) => ({
          status: 202,
          body: presentReach(id, reach),
        })),
      );
      return c.json(sent.body as ReturnType<typeof presentReach>, 202);
    },
  ),

  route(
    {
      operationId: 'listAlerts',
      method: 'get',
      path: '/api/v1/admin/alerts',
      summary: 'List alerts',
      description: 'The newest first, without what they say.',
      tag: 'Message administration',
      access: 'manage:clinic',
      example: { as: 'admin', after: ['sendAlert'] },
      request: { query: pageQuery },
      responses: { 200: json(pageOf(alertSchema), 'Alerts') },
    },
    async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const place = decodeCursor(cursor);
      const after = place === undefined ? null : idInCursor<'alert'>(place[0]);
      const { database, loads } = c.get('deps');
      const [found] = await database.load(loads.notifications.alerts({ after, limit }));
      return c.json(
        paged(c, found, limit, presentAlert, ({ alert }) => [alert.id]),
        200,
      );
    },
  ),

  route(
    {
      operationId: 'getAlert',
      method: 'get',
      path: '/api/v1/admin/alerts/{id}',
      summary: 'Get the progress of an alert',
      description:
        'How many were told, how it was delivered, and who has to be called. Those who are listed see that they were.',
      tag: 'Message administration',
      access: 'manage:clinic',
      example: { as: 'admin', path: { id: earlier('sendAlert') }, after: ['sendAlert'] },
      request: { params: z.object({ id: targetId('alert', 'The alert') }) },
      responses: { 200: json(detailSchema, 'As it stands now') },
      refusals: ['not_found'],
    },
    async (c) => {
      const found = unwrap(await readAlert(c.get('deps'), c.get('context'), c.req.valid('param').id));
      const { deliveries, toCall } = found;
      return c.json({ ...presentAlert(found), deliveries: [...deliveries], toCall: [...toCall] }, 200);
    },
  ),
];
