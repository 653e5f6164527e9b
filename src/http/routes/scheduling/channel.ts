/** How the person reached the clinic that changes an appointment for them. */
import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import { REPORTED_CHANNELS, type ReportedChannel } from '../../../../domain/scheduling/steps.ts';
import type { Context } from '../../../app/context.ts';
import { knownActor } from '../../actor.ts';
import type { AppEnv } from '../../env.ts';
import { notYours } from '../../faults.ts';

export const channelField = {
  channel: z
    .enum(REPORTED_CHANNELS)
    .optional()
    .openapi({ description: 'For the clinic: how the person asked for it. Kept in the steps of the appointment' }),
};

/**
 * The context of the request, with the channel that the clinic names.
 * @throws Problem when a patient names one
 */
export function reachedBy(c: HonoContext<AppEnv>, channel: ReportedChannel | undefined): Context {
  if (channel !== undefined && knownActor(c).role === 'patient') throw notYours('/channel');
  return { ...c.get('context'), channel };
}
