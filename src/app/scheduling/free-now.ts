/** The times that are free when somebody joins the waitlist: they may be booked instead of waiting. */
import { fits } from '../../../domain/scheduling/waitlist-matching.ts';
import { localDateAt, UTC } from '../../../domain/shared/zone.ts';
import type { Context, Deps } from '../context.ts';
import type { RoleActor } from './actors.ts';
import { nextAvailable, type OfferedSlot } from './slots.ts';
import type { JoinInput } from './waitlist.ts';

/** How many times are named, and among how many of the earliest ones they are looked for. */
const NAMED = 5;
const LOOKED_AT = 100;

/** The earliest free times that meet the wish, whatever else the patient has then. */
export async function freeNow(
  deps: Deps,
  context: Context,
  { role }: RoleActor,
  { typeCode, patientId, doctorId, specialty, from, to, dailyWindow }: JoinInput,
): Promise<readonly OfferedSlot[]> {
  const found = await nextAvailable(deps, context, {
    ...{ typeCode, to, limit: LOOKED_AT },
    from: from > localDateAt(UTC, context.now) ? from : null,
    filter: { specialty, doctorIds: doctorId === null ? null : [doctorId], text: null },
    viewer: { role, userId: patientId },
  });
  if (!found.ok) return [];
  const wish = { doctorId, specialty: null, from, to, dailyWindow };
  return found.value.slots
    .filter(({ slot, timezone }) => fits(wish, slot, { id: slot.doctorId, specialty: null }, timezone))
    .slice(0, NAMED);
}
