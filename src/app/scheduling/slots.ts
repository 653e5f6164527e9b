/** The free times of one doctor. */
import { availableSlots, type Slot } from '../../../domain/scheduling/slots.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import type { LocalDate } from '../../../domain/shared/time.ts';
import type { ZoneId } from '../../../domain/shared/zone.ts';
import type { Context, Deps } from '../context.ts';

export type SlotsRefusal = { readonly code: 'doctor_not_found' } | { readonly code: 'appointment_type_not_found' };

/** Every slot that starts on these dates in the doctor's zone. A doctor who takes no patients has none. */
export async function listSlots(
  deps: Deps,
  context: Context,
  query: { readonly doctorId: UserId; readonly typeCode: string; readonly from: LocalDate; readonly to: LocalDate },
): Promise<Result<{ readonly slots: readonly Slot[]; readonly timezone: ZoneId }, SlotsRefusal>> {
  const { doctorId, typeCode, from, to } = query;
  const [state, types] = await deps.database.load(
    deps.loads.scheduling.bookingState({
      doctorId,
      appointmentType: { code: typeCode },
      patientId: null,
      dates: { from, to },
      now: context.now,
    }),
    deps.loads.scheduling.appointmentTypes(),
  );
  if (state === undefined) {
    return refuse({
      code: types.some(({ code }) => code === typeCode) ? 'doctor_not_found' : 'appointment_type_not_found',
    });
  }
  if (!state.doctor.active) return refuse({ code: 'doctor_not_found' });
  const { availability, type, busy, doctor } = state;
  const slots = doctor.acceptingPatients
    ? availableSlots({ availability, type, from, to, now: context.now, busy })
    : [];
  return ok({ slots, timezone: availability.timezone });
}
