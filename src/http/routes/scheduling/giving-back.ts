/** Giving back a later appointment with a booking, or after it. */
import type { Context as HonoContext } from 'hono';
import type { KnownActor } from '../../../../domain/shared/actor.ts';
import { type Booked, mayGiveBack } from '../../../app/scheduling/booked.ts';
import type { AppEnv } from '../../env.ts';
import { linkTo } from '../../links.ts';
import { idSchema } from '../../schemas.ts';
import { presentAppointment } from './present.ts';

export const giveBackField = {
  giveBack: idSchema<'appointment'>(
    'A later appointment of the patient and the type, which is cancelled with it',
  ).optional(),
};

export const GIVE_BACK_REFUSALS = [
  'appointment_not_found',
  'give_back_mismatch',
  'appointment_closed',
  'invalid_transition',
  'too_late_to_cancel',
] as const;

/** The appointment, with the way to give back a later one. */
export function presentBooked(c: HonoContext<AppEnv>, actor: KnownActor, { record, later }: Booked) {
  const shown = presentAppointment(c, actor, record);
  if (later === null || !mayGiveBack(actor)) return shown;
  return { ...shown, _links: { ...shown._links, giveBack: linkTo('cancelAppointment', { id: later.id }) } };
}
