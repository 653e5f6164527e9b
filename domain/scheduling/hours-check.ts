/** Whether a start lies in a doctor's hours, at their location and on their grid. */
import { covers, normalise } from '../shared/interval.ts';
import { addDays, type Instant } from '../shared/time.ts';
import { localDateAt } from '../shared/zone.ts';
import { type AppointmentType, endOf, isOfferedBy } from './appointment-type.ts';
import type { Availability, OpenWindow } from './availability.ts';
import { offersType, openWindows } from './hours.ts';
import type { LocationId } from './location.ts';
import { NO_RESOURCES } from './resource-choice.ts';
import type { SlotReason } from './slot-reason.ts';
import { slotsOf } from './slots.ts';

interface HoursState {
  readonly availability: Availability;
  readonly type: AppointmentType;
}

export const NOT_OFFERED = { code: 'type_not_offered' } as const;

/** The hours of the type on the dates near an instant. */
export function windowsAround({ availability, type }: HoursState, start: Instant): readonly OpenWindow[] {
  const date = localDateAt(availability.timezone, start);
  return openWindows(availability, type.id, addDays(date, -2), addDays(date, 2));
}

/** The location of the hours that an instant lies in; `null` outside hours. */
export function locationAt(windows: readonly OpenWindow[], instant: Instant): LocationId | null {
  return windows.findLast(({ start, end }) => start <= instant && instant < end)?.locationId ?? null;
}

/** Against a start that is outside the hours, or beside their grid. */
export function hoursReasons(
  { availability, type }: HoursState,
  start: Instant,
  windows: readonly OpenWindow[],
  locationId: LocationId | null,
): SlotReason[] {
  // `type_not_offered` says it already: the doctor has no hours for this type.
  if (!isOffered({ availability, type })) return [];
  const closed = openReasons({ type }, start, windows, locationId);
  if (closed.length > 0) return closed;
  const date = localDateAt(availability.timezone, start);
  // Compute the grid with the slot search itself: the slots without any booking, notice, horizon or limit.
  const unbound = {
    ...type,
    minimumNoticeMinutes: 0,
    horizonDays: 2,
    sameDayFrom: null,
    dailyLimit: null,
    requires: [],
  };
  const asked = { availability, type: unbound, from: date, to: date, now: start, busy: [], resources: NO_RESOURCES };
  const [first] = slotsOf(asked);
  return first?.start === start ? [] : [{ code: 'not_on_grid', slotIntervalMinutes: type.slotIntervalMinutes }];
}

/** Against a start from which the hours at the location do not last. */
export function openReasons(
  { type }: Pick<HoursState, 'type'>,
  start: Instant,
  windows: readonly OpenWindow[],
  locationId: LocationId | null,
): SlotReason[] {
  const here = windows.filter((window) => window.locationId === locationId);
  const open = normalise(here.map((window) => ({ start: window.start, end: window.end })));
  return covers(open, { start, end: endOf(type, start) }) ? [] : [{ code: 'outside_availability' }];
}

/** Whether the doctor has hours for the type at all. */
export function isOffered({ availability, type }: HoursState): boolean {
  return isOfferedBy(type, availability.doctorId) && offersType(availability, type.id);
}
