/**
 * How appointments of one doctor may overlap. Those that overlap share an occupancy, and each has a lane of its own in it; the
 * database refuses every other overlap. The places of a group session are the lanes of its occupancy. An overbooking
 * takes a further lane in the occupancy of what it overlaps.
 */
import type { AppointmentId, HoldId } from '../shared/ids.ts';
import { type Interval, overlaps } from '../shared/interval.ts';
import type { Instant } from '../shared/time.ts';
import { type AppointmentType, busyRange } from './appointment-type.ts';
import { type BusyTime, LONGEST_BUSY_MILLISECONDS, type OccupancyId, type OccupiedTime } from './busy-time.ts';

export interface Place {
  /** `null`: an occupancy of its own, which others may join later. */
  readonly occupancy: OccupancyId | null;
  /** 0 to 999. */
  readonly lane: number;
}

/** The place of an appointment that overlaps no other. */
export const ALONE: Place = { occupancy: null, lane: 0 };

/** The occupancy of an appointment or a hold: without a given one, its own id. */
export function occupancyOf(id: AppointmentId | HoldId, { occupancy }: Place): OccupancyId {
  return occupancy ?? (id as string as OccupancyId);
}

/** The place of an overbooking, the occupancies that become one with its own, and how many it overlaps. */
export interface Overbooking {
  readonly place: Place;
  readonly joins: readonly OccupancyId[];
  readonly overlapping: number;
}

/**
 * The place of an appointment of this type at `start` beside what the doctor has already: {@link ALONE} in free time, a free
 * place of a group session that starts then.
 *
 * @param standing active appointments and live holds
 * @returns `undefined` when the time is taken, or the session is full
 */
export function placeFor(type: AppointmentType, start: Instant, standing: readonly OccupiedTime[]): Place | undefined {
  const wanted = busyRange(type, start);
  const overlapping = overlappingWith(wanted, standing);
  const [first] = overlapping;
  if (first === undefined) return ALONE;
  const isSession = overlapping.every((time) => isInSession(time, type, start, wanted, first));
  if (overlapping.length >= type.capacity || !isSession) return undefined;
  return { occupancy: first.occupancy, lane: freeLane(overlapping) };
}

/** The place of an appointment over taken time. */
export function overbook(wanted: Interval, standing: readonly BusyTime[]): Overbooking {
  const overlapping = overlappingWith(wanted, standing);
  const [target, ...joins] = [...new Set(overlapping.map(({ occupancy }) => occupancy))].sort();
  return target === undefined
    ? { place: ALONE, joins: [], overlapping: 0 }
    : { place: { occupancy: target, lane: freeLane(overlapping) }, joins, overlapping: overlapping.length };
}

/**
 * Whether a busy time is a place of the group session of this type that starts at `start`. A session that was booked before
 * the duration or the buffers of the type changed takes no further places.
 */
function isInSession(
  time: OccupiedTime,
  type: AppointmentType,
  start: Instant,
  wanted: Interval,
  first: OccupiedTime,
): boolean {
  return (
    time.appointmentTypeId === type.id &&
    time.startsAt === start &&
    time.start === wanted.start &&
    time.end === wanted.end &&
    time.occupancy === first.occupancy
  );
}

function overlappingWith<Time extends OccupiedTime>(wanted: Interval, standing: readonly Time[]): readonly Time[] {
  return standing.filter((time) => overlaps(time, wanted));
}

/** The first lane that none of these has. */
export function freeLane(overlapping: readonly OccupiedTime[]): number {
  const lanes = new Set(overlapping.map(({ lane }) => lane));
  let lane = 0;
  while (lanes.has(lane)) lane++;
  return lane;
}

/** A time that blocks slots. In a group session with free places, a slot that starts with it remains. */
export interface Blocking extends Interval {
  readonly expiresAt: Instant | null;
  /** The start of the session; `undefined` when nothing can be booked into this time. */
  readonly opensAt?: Instant;
}

/**
 * The busy times as they block slots of a type: the places of a group session that is not full become one time.
 *
 * @param busy sorted by start
 */
export function blockingTimes(type: AppointmentType, busy: readonly OccupiedTime[], now: Instant): readonly Blocking[] {
  if (type.capacity === 1) return busy;
  const standing = busy.filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
  const blocking: Blocking[] = [];
  const open = new Set<string>();
  for (const time of standing) {
    const session = `${time.startsAt} ${time.occupancy}`;
    if (open.has(session)) continue;
    const isOpen =
      time.appointmentTypeId === type.id &&
      placeFor(type, time.startsAt, around(standing, busyRange(type, time.startsAt))) !== undefined;
    if (isOpen) open.add(session);
    blocking.push(isOpen ? { start: time.start, end: time.end, expiresAt: null, opensAt: time.startsAt } : time);
  }
  return blocking;
}

/** The part of a list sorted by start that can overlap an interval, found by bisection. */
export function around<Time extends OccupiedTime>(sorted: readonly Time[], { start, end }: Interval): readonly Time[] {
  const indexOf = (instant: Instant) => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sorted[middle]?.start ?? 0) < instant) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return sorted.slice(indexOf(start - LONGEST_BUSY_MILLISECONDS), indexOf(end));
}
