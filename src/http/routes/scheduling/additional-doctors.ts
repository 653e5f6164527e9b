/** The doctors whom the clinic brings to a visit besides the one who leads it. */
import { isAllowed, type KnownActor } from '../../../../domain/shared/actor.ts';
import type { UserId } from '../../../../domain/shared/ids.ts';
import { list } from '../../bounds.ts';
import { fieldProblem, notYours } from '../../faults.ts';
import { idSchema } from '../../schemas.ts';

const MAXIMUM_ADDITIONAL = 4;

export const additionalDoctorsField = {
  additionalDoctorIds: list(idSchema<'user'>('A doctor'), MAXIMUM_ADDITIONAL).optional().openapi({
    description: 'Doctors who take part besides `doctorId`. All of them must be free. For the clinic',
  }),
};

/** Only the clinic brings doctors together, each of them once. */
export function additionalDoctors(
  actor: KnownActor,
  {
    doctorId,
    additionalDoctorIds = [],
  }: { readonly doctorId: UserId; readonly additionalDoctorIds?: UserId[] | undefined },
): readonly UserId[] {
  if (additionalDoctorIds.length > 0 && !isAllowed(actor, 'book:patient_appointment')) {
    throw notYours('/additionalDoctorIds');
  }
  const all = [doctorId, ...additionalDoctorIds];
  const repeated = all.findIndex((id, index) => all.indexOf(id) < index);
  if (repeated === -1) return additionalDoctorIds;
  throw fieldProblem(`/additionalDoctorIds/${repeated - 1}`, 'conflict', 'takes part already');
}
