/** The times that are free when somebody joins the waitlist: they may be booked instead of waiting. */
import { overlaps } from '../shared/interval.ts';
import type { Instant } from '../shared/time.ts';
import type { ZoneId } from '../shared/zone.ts';
import { mergedSlots } from './next-available.ts';
import { type PatientStart, patientLimitReasons, patientLimitsOf } from './patient-limits.ts';
import type { SearchedDoctors } from './ports.ts';
import type { PatientBusyTime } from './slot-check.ts';
import type { Slot } from './slots.ts';
import type { WaitlistCriteria } from './waitlist-criteria.ts';
import { fits } from './waitlist-matching.ts';

/** What stands against a time besides the doctor's own. */
export interface PatientTimes {
  readonly busy: readonly PatientBusyTime[];
  /** The patient's appointments of the type, if the type limits them. */
  readonly starts: readonly PatientStart[];
}

/** How many times are named, and among how many of the earliest ones they are looked for. */
const NAMED = 5;
const LOOKED_AT = 2_000;

/** The earliest free times that meet the wish and that the patient can book. */
export function freeNow(
  wish: Pick<WaitlistCriteria, 'from' | 'to' | 'dailyWindow'>,
  { type, time: within, found, resources }: SearchedDoctors,
  { busy, starts }: PatientTimes,
  now: Instant,
): readonly Slot[] {
  if (type === undefined) return [];
  const zones = new Map<string, ZoneId>(found.map(({ availability: a }) => [a.doctorId, a.timezone]));
  const { from, to } = wish;
  const queries = found.map((doctor) => ({ ...doctor, type, from, to, now, within, resources }));
  const isFree = (slot: Slot) => {
    const zone = zones.get(slot.doctorId) as ZoneId;
    // The search has asked for the wished doctor or specialty already.
    const wanted = { ...wish, doctorId: null, specialty: null };
    return (
      fits(wanted, slot, { id: slot.doctorId, specialty: null }, zone) &&
      !busy.some((taken) => overlaps(taken, slot)) &&
      patientLimitReasons(patientLimitsOf(type, zone, slot.start, now), starts).length === 0
    );
  };
  const named: Slot[] = [];
  let lookedAt = 0;
  for (const slot of mergedSlots(queries)) {
    if (isFree(slot)) named.push(slot);
    lookedAt++;
    if (named.length === NAMED || lookedAt === LOOKED_AT) break;
  }
  return named;
}
