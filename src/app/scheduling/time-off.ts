/** Reading a doctor's time off. */
import type { TimeOff } from '../../../domain/scheduling/availability.ts';
import type { DoctorNotFound } from '../../../domain/scheduling/doctor.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { recordEvent } from '../audit.ts';
import type { Context, Deps } from '../context.ts';
import { mayManage, shownDates } from './availability.ts';

/** Time off that is not over yet. Reading another doctor's is recorded in that doctor's stream. */
export async function readTimeOff(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  doctorId: UserId,
): Promise<Result<readonly TimeOff[], DoctorNotFound>> {
  if (!mayManage(actor, doctorId)) return refuse({ code: 'doctor_not_found' });
  const { availability, availabilityRead } = deps.loads.scheduling;
  const dates = shownDates(context.now);
  if (actor.userId === doctorId) {
    const [own] = await deps.database.load(availability(doctorId, dates));
    return own === undefined ? refuse({ code: 'doctor_not_found' }) : ok(own.timeOff);
  }
  const entry = recordEvent(deps, context, {
    type: 'time_off.listed',
    stream: doctorId,
    outcome: 'success',
    resource: { type: 'doctor', id: doctorId },
  });
  const found = await deps.database.loadRecorded(availabilityRead(doctorId, dates), [entry]);
  return found === undefined ? refuse({ code: 'doctor_not_found' }) : ok(found.timeOff);
}
