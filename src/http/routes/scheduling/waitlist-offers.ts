/** Answers to the offers of the waitlist. */
import { z } from '@hono/zod-openapi';
import type { ReportedChannel } from '../../../../domain/scheduling/steps.ts';
import type { AppointmentId } from '../../../../domain/shared/ids.ts';
import { acceptWaitlistOffer, declineWaitlistOffer } from '../../../app/scheduling/waitlist-offers.ts';
import { knownActor } from '../../actor.ts';
import { answer, createdAs } from '../../answer.ts';
import { earlier } from '../../example.ts';
import { json, type Routes, route, unwrap } from '../../router.ts';
import { targetId } from '../../schemas.ts';
import { channelField, reachedBy } from './channel.ts';
import { GIVE_BACK_REFUSALS, giveBackField, presentBooked } from './giving-back.ts';
import { appointmentSchema } from './present.ts';
import { detailsOf } from './refusals.ts';

/** Without a body, the validator returns `undefined`. */
type Answer = { channel?: ReportedChannel; giveBack?: AppointmentId } | undefined;

function answerBody<T extends z.ZodType>(schema: T) {
  return { required: false, content: { 'application/json': { schema } } } as const;
}

const acceptance = z.strictObject({
  ...channelField,
  ...giveBackField,
});
const offerParams = z.object({ id: targetId('waitlist_offer', 'The offer') });
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
        'Books the time through the hold of the offer. By the patient, a proxy, or the clinic when the patient calls; doctors for their own time. A later appointment of the same type may be given back for it: with `giveBack` in the same commit, or afterwards by `_links.giveBack`.',
      example: {
        as: 'patient',
        path: { id: earlier('listWaitlistEntries', '/data/*/offer/id') },
        after: ['leaveWaitlist'],
        again: ['joinWaitlist', 'holdSlot', 'releaseHold', 'listWaitlistEntries'],
      },
      request: { params: offerParams, body: answerBody(acceptance) },
      responses: { 201: json(appointmentSchema, 'Booked') },
      refusals: [
        ...OFFER_REFUSALS,
        'slot_taken',
        'slot_unavailable',
        'birth_date_required',
        'hold_not_found',
        'hold_expired',
        'hold_mismatch',
        ...GIVE_BACK_REFUSALS,
      ],
    },
    async (c) => {
      const actor = knownActor(c);
      const { id } = c.req.valid('param');
      const body = c.req.valid('json') as Answer;
      const accepted = unwrap(
        await acceptWaitlistOffer(
          c.get('deps'),
          reachedBy(c, body?.channel),
          actor,
          { id, giveBack: body?.giveBack ?? null },
          createdAs((accepted) => presentBooked(c, actor, accepted)),
        ),
        detailsOf,
      );
      return c.json(answer<ReturnType<typeof presentBooked>>(c, accepted), 201);
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
      request: { params: offerParams, body: answerBody(z.strictObject(channelField)) },
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
