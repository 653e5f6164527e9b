/** Doctors who run late today. */
import { z } from '@hono/zod-openapi';
import { type Delay, MAXIMUM_DELAY_MINUTES } from '../../../../domain/scheduling/delay.ts';
import type { KnownActor } from '../../../../domain/shared/actor.ts';
import type { UserId } from '../../../../domain/shared/ids.ts';
import { formatInstant } from '../../../../domain/shared/time.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { mayChange } from '../../../app/scheduling/actors.ts';
import { enterDelay, readDelay } from '../../../app/scheduling/delays.ts';
import { knownActor } from '../../actor.ts';
import { type Link, linkTo, permitted } from '../../links.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { instant, links } from '../../schemas.ts';
import { shownId, shownInstant } from '../../shown.ts';
import { doctorParams } from './present.ts';
import { detailsOf } from './refusals.ts';

const delaySchema = z
  .object({
    doctorId: shownId.openapi({ example: DEMO.okafor }),
    minutes: z.int().openapi({ description: '0: on time', example: 30 }),
    setAt: shownInstant.nullable(),
    until: shownInstant.nullable().openapi({ description: 'When it ends by itself' }),
    _links: links,
  })
  .openapi('Delay');

function presentDelay(actor: KnownActor, doctorId: UserId, delay: Delay | null) {
  const _links: Record<string, Link> = {
    self: linkTo('getDelay', { id: doctorId }),
    doctor: linkTo('getDoctor', { id: doctorId }),
    ...(mayChange(actor, { doctorId }) ? permitted(actor, { set: ['setDelay', { id: doctorId }] }) : {}),
  };
  return {
    doctorId: doctorId as string,
    minutes: delay?.minutes ?? 0,
    setAt: delay === null ? null : formatInstant(delay.setAt),
    until: delay === null ? null : formatInstant(delay.endsAt),
    _links,
  };
}

export const delayRoutes: Routes = [
  route(
    {
      operationId: 'getDelay',
      method: 'get',
      path: '/api/v1/doctors/{id}/delay',
      summary: 'Get how late a doctor runs',
      tag: 'Doctors and times',
      access: 'read:directory',
      description: 'For everybody who is signed in. A delay ends by itself at the end of the day.',
      example: { as: 'patient', path: { id: DEMO.okafor } },
      request: { params: doctorParams },
      responses: { 200: json(delaySchema, 'The delay') },
      refusals: ['doctor_not_found'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const delay = unwrap(await readDelay(c.get('deps'), c.get('context'), id));
      return c.json(presentDelay(knownActor(c), id, delay), 200);
    },
  ),
  route(
    {
      operationId: 'setDelay',
      method: 'put',
      path: '/api/v1/doctors/{id}/delay',
      summary: 'Enter how late a doctor runs',
      tag: 'Doctors and times',
      access: 'manage:availability',
      description:
        'By the doctor, staff or administrators. Patients of today who have not been seen yet get a mail, and another one when the delay reaches another quarter of an hour; a delay under 15 minutes is not told. 0 ends the delay.',
      example: { as: 'doctor', path: { id: DEMO.okafor }, body: { minutes: 30 } },
      request: {
        params: doctorParams,
        body: jsonBody(
          z.strictObject({
            minutes: z.int().min(0).max(MAXIMUM_DELAY_MINUTES),
            until: instant
              .optional()
              .openapi({ description: 'Later today in the time zone of the doctor. Default: the end of the day' }),
          }),
        ),
      },
      responses: { 200: json(delaySchema, 'The delay as it is now') },
      refusals: ['doctor_not_found', 'action_not_permitted', 'invalid_fields'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const { minutes, until } = c.req.valid('json');
      const actor = knownActor(c);
      const delay = unwrap(
        await enterDelay(c.get('deps'), c.get('context'), actor, id, { minutes, until: until ?? null }),
        detailsOf,
      );
      return c.json(presentDelay(actor, id, delay), 200);
    },
  ),
];
