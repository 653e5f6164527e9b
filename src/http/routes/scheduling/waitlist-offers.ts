/** Answers to the offers of the waitlist. */
import { z } from '@hono/zod-openapi';
import type { ReportedChannel } from '../../../../domain/scheduling/steps.ts';
import { acceptWaitlistOffer, declineWaitlistOffer } from '../../../app/scheduling/waitlist.ts';
import { knownActor } from '../../actor.ts';
import { answer, createdAs } from '../../answer.ts';
import { earlier } from '../../example.ts';
import { json, type Routes, route, unwrap } from '../../router.ts';
import { idSchema } from '../../schemas.ts';
import { channelField, reachedBy } from './channel.ts';
import { appointmentSchema, presentAppointment } from './present.ts';
import { detailsOf } from './refusals.ts';

type Answer = { channel?: ReportedChannel } | undefined;
const answerBody = {
  required: false,
  content: { 'application/json': { schema: z.strictObject({ ...channelField }) } },
} as const;

const offerParams = z.object({ id: idSchema<'waitlist_offer'>('The offer') });
const OFFER_REFUSALS = ['offer_not_found', 'action_not_permitted', 'offer_expired', 'offer_closed'] as const;

export const waitlistOfferRoutes: Routes = [
  route(
    {
      operationId: 'acceptOffer',
      method: 'post',
      path: '/api/v1/waitlist/offers/{id}/accept',
      summary: 'Accept an offered time',
      tag: 'Waitlist',
      access: ['manage:own_waitlist', 'book:patient_appointment'],
      versioned: true,
      located: true,
      description:
        'Books the time through the hold of the offer. By the patient, a proxy, or the clinic when the patient calls; doctors for their own time.',
      example: {
        as: 'patient',
        path: { id: earlier('listWaitlistEntries', '/data/*/offer/id') },
        after: ['leaveWaitlist'],
        again: ['joinWaitlist', 'holdSlot', 'releaseHold', 'listWaitlistEntries'],
      },
      request: { params: offerParams, body: answerBody },
      responses: { 201: json(appointmentSchema, 'Booked') },
      refusals: [
        ...OFFER_REFUSALS,
        'slot_taken',
        'slot_unavailable',
        'birth_date_required',
        'hold_not_found',
        'hold_expired',
        'hold_mismatch',
      ],
    },
    async (c) => {
      const actor = knownActor(c);
      const { id } = c.req.valid('param');
      // Without a body, the validator returns `undefined`.
      const body = c.req.valid('json') as Answer;
      const accepted = unwrap(
        await acceptWaitlistOffer(
          c.get('deps'),
          reachedBy(c, body?.channel),
          actor,
          id,
          createdAs((record) => presentAppointment(c, actor, record)),
        ),
        detailsOf,
      );
      return c.json(answer<ReturnType<typeof presentAppointment>>(c, accepted), 201);
    },
  ),

  route(
    {
      operationId: 'declineOffer',
      method: 'post',
      path: '/api/v1/waitlist/offers/{id}/decline',
      summary: 'Decline an offered time',
      tag: 'Waitlist',
      access: ['manage:own_waitlist', 'book:patient_appointment'],
      description: 'The entry keeps waiting; the time is offered to the next one. By whoever may accept it.',
      example: {
        as: 'patient',
        path: { id: earlier('listWaitlistEntries', '/data/*/offer/id') },
        after: ['joinWaitlist', 'deleteAppointment'],
        again: ['bookAppointment', 'cancelAppointment', 'listWaitlistEntries'],
      },
      request: { params: offerParams, body: answerBody },
      responses: { 204: { description: 'Declined' } },
      refusals: OFFER_REFUSALS,
    },
    async (c) => {
      unwrap(
        await declineWaitlistOffer(
          c.get('deps'),
          reachedBy(c, (c.req.valid('json') as Answer)?.channel),
          knownActor(c),
          c.req.valid('param').id,
        ),
        detailsOf,
      );
      return c.body(null, 204);
    },
  ),
];
