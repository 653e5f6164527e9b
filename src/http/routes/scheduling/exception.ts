/** What the clinic sends to place an appointment although reasons stand against the time. */
import { z } from '@hono/zod-openapi';
import { ACKNOWLEDGED, type PlacementException } from '../../../../domain/scheduling/placement.ts';
import { isAllowed, type KnownActor } from '../../../../domain/shared/actor.ts';
import { list } from '../../bounds.ts';
import { notYours, required } from '../../faults.ts';
import { text } from '../../schemas.ts';

export const exceptionFields = {
  acknowledge: list(z.enum(ACKNOWLEDGED), ACKNOWLEDGED.length).optional().openapi({
    description:
      'For the clinic: the codes of reasons that it knows and books against, as `slot_unavailable` named them, and `birth_date_required` if the birth date is not known yet',
  }),
  overbook: z.boolean().optional().openapi({
    description:
      'For the clinic: overlap other appointments of the doctor, and of additional doctors if staff or an administrator books. Requires exceptionReason',
  }),
  exceptionReason: text(500).optional().openapi({ description: 'For the clinic: why. Never shown to the patient' }),
};

interface ExceptionBody {
  readonly acknowledge?: PlacementException['acknowledged'] | undefined;
  readonly overbook?: boolean | undefined;
  readonly exceptionReason?: string | undefined;
}

/**
 * @returns `null` when nothing is confirmed
 * @throws Problem when a patient sends one of the fields, or overbooking has no reason
 */
export function exceptionOf(actor: KnownActor, body: ExceptionBody): PlacementException | null {
  const { acknowledge = [], overbook = false, exceptionReason } = body;
  if (!isAllowed(actor, 'book:patient_appointment')) {
    for (const name of Object.keys(exceptionFields)) {
      if (body[name as keyof ExceptionBody] !== undefined) throw notYours(`/${name}`);
    }
    return null;
  }
  const reason = exceptionReason || null;
  if (overbook && reason === null) throw required('/exceptionReason');
  if (acknowledge.length === 0 && !overbook) return null;
  return { acknowledged: acknowledge, overbook, reason };
}
