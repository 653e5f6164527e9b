/**
 * Slots, found the slow and obvious way: look at every minute, ask `Intl` what clocks show, and say yes or no. Shares no
 * code with what it checks but types and calendar arithmetic.
 */
import type { Availability, LocatedRange, OverrideRange } from '../../../domain/scheduling/availability.ts';
import type { SlotQuery } from '../../../domain/scheduling/slots.ts';
import type { ZoneId } from '../../../domain/shared/zone.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

interface Clock {
  readonly format: Intl.DateTimeFormat;
  /** What was read already, by instant. */
  readonly readings: Map<number, number>;
}
const clocks = new Map<string, Clock>();

function clockOf(zone: string): Clock {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const made = { format, readings: new Map<number, number>() };
  clocks.set(zone, made);
  return made;
}

/** What clocks show, as if it were UTC, from a formatted date rather than from an offset. */
export function readClock(zone: string, instant: number): number {
  const { format, readings } = clockOf(zone);
  const known = readings.get(instant);
  if (known !== undefined) return known;
  // 10/25/2026, 23:59:00
  const [month = 0, day, year = 0, hour, minute, second] = format.format(instant).split(/\D+/).map(Number);
  const reading = Date.UTC(year, month - 1, day, hour, minute, second);
  if (readings.size > 50_000) readings.clear();
  readings.set(instant, reading);
  return reading;
}

export interface ReferenceSlot {
  readonly start: number;
  readonly end: number;
  readonly date: string;
  readonly locationId: string | null;
}

/**
 * @param stepMinutes how often `Intl` is asked; in between the clock runs on. 1 for years in which a zone changed its
 *   offset off the quarter hour
 */
export function referenceSlots(query: SlotQuery, stepMinutes = 15): ReferenceSlot[] {
  const { type, availability } = query;
  if (type.doctorIds !== null && !type.doctorIds.includes(availability.doctorId)) return [];
  const first = Date.parse(`${query.from}T00:00:00Z`) - 3 * DAY;
  const wall = wallClock(query, first, stepMinutes);
  const minutes = openMinutes(query, wall);
  const slots: ReferenceSlot[] = [];
  for (let i = 0; i < wall.length; i++) {
    if (!startsOnGrid(query, wall, minutes, i)) continue;
    const start = first + i * MINUTE;
    const slot = {
      start,
      end: start + type.durationMinutes * MINUTE,
      date: dateOf(wall[i] ?? 0),
      locationId: minutes.places[i] ?? null,
    };
    if (isBookable(query, slot.date, start) && hasPlace(query, slot)) slots.push(slot);
  }
  return slots;
}

/** What clocks show at each minute from three days before the query to four after it. */
function wallClock({ availability, to }: SlotQuery, first: number, stepMinutes: number): Float64Array {
  const count = (Date.parse(`${to}T00:00:00Z`) + 4 * DAY - first) / MINUTE;
  const wall = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const offset = i % stepMinutes;
    wall[i] =
      offset === 0 ? readClock(availability.timezone, first + i * MINUTE) : (wall[i - offset] ?? 0) + offset * MINUTE;
  }
  return wall;
}

/** For each minute: whether the doctor works, where, and the reading at which the grid begins. */
interface Minutes {
  readonly open: Uint8Array;
  readonly places: readonly (string | null)[];
  readonly anchors: Float64Array;
}

function openMinutes(query: SlotQuery, wall: Float64Array): Minutes {
  const count = wall.length;
  const open = new Uint8Array(count);
  const starts = shifts(query, wall);
  // Hours at one location end hours at any other.
  const places: (string | null)[] = Array.from({ length: count }, () => null);
  for (const { at, end, locationId } of starts) {
    for (let i = at; i < count; i++) {
      if (open[i] === 1 && places[i] !== locationId) open[i] = 0;
    }
    open.fill(1, at, end);
    places.fill(locationId, at, end);
  }
  for (const { from, until, startTime, endTime } of query.availability.timeOff) {
    const begins = Date.parse(from) + clock(startTime ?? '00:00');
    const ends = Date.parse(until) + (endTime === null ? DAY : clock(endTime));
    const first = wall.findIndex((reading) => reading >= begins);
    const last = wall.findIndex((reading) => reading >= ends);
    if (first !== -1) open.fill(0, first, last === -1 ? count : last);
  }
  // The range that started last has the say on the grid.
  const anchors = new Float64Array(count);
  for (const { at, anchor } of starts) anchors.fill(anchor, at);
  return { open, places, anchors };
}

/** The ranges of hours, as the minutes at which clocks show their ends. */
function shifts({ availability, type, from, to }: SlotQuery, wall: Float64Array) {
  const starts: { at: number; anchor: number; end: number; locationId: string | null }[] = [];
  for (let day = Date.parse(`${from}T00:00:00Z`) - 2 * DAY; day <= Date.parse(to) + 2 * DAY; day += DAY) {
    for (const [begins, until, locationId] of wallRanges(availability, type.id, day)) {
      const at = wall.findIndex((reading) => reading >= begins);
      const end = wall.findIndex((reading) => reading >= until);
      if (at < end) starts.push({ at, anchor: begins, end, locationId });
    }
  }
  return starts.sort((a, b) => a.at - b.at || a.anchor - b.anchor);
}

/** Whether a visit that starts in the minute is on the grid, and within the hours of one location. */
function startsOnGrid({ type }: SlotQuery, wall: Float64Array, { open, places, anchors }: Minutes, i: number): boolean {
  if (open[i] !== 1 || ((wall[i] ?? 0) - (anchors[i] ?? 0)) % (type.slotIntervalMinutes * MINUTE) !== 0) return false;
  const isOpen = (minute: number, offset: number) => minute === 1 && places[i + offset] === places[i];
  return open.subarray(i, i + type.durationMinutes).every(isOpen);
}

/** Whether the dates asked for, the horizon, the opening of same-day visits and the notice allow a start. */
function isBookable({ availability, type, now, from, to }: SlotQuery, date: string, start: number): boolean {
  if (date < from || date > to) return false;
  const clockNow = readClock(availability.timezone, now);
  const today = dateOf(clockNow);
  const lastDate = dateOf(Date.parse(today) + type.horizonDays * DAY);
  const hasOpened = type.sameDayFrom !== null && timeOf(clockNow) >= type.sameDayFrom;
  if (type.sameDayFrom === null ? date > lastDate : date > today || (date === today && !hasOpened)) return false;
  return start >= now + type.minimumNoticeMinutes * MINUTE;
}

/** Whether the doctor, the day and the rooms have place: nothing overlaps but a session of the type that is not full. */
function hasPlace(query: SlotQuery, { start, end, date, locationId }: ReferenceSlot): boolean {
  const { availability, type, now } = query;
  const standing = query.busy.filter((time) => time.expiresAt === null || time.expiresAt > now);
  const busyStart = start - type.bufferBeforeMinutes * MINUTE;
  const busyEnd = end + type.bufferAfterMinutes * MINUTE;
  const overlapping = standing.filter((time) => time.start < busyEnd && busyStart < time.end);
  const isSession = overlapping.every(
    (time) =>
      time.appointmentTypeId === type.id &&
      time.startsAt === start &&
      time.start === busyStart &&
      time.end === busyEnd &&
      time.occupancy === overlapping[0]?.occupancy,
  );
  if (overlapping.length > 0 && (!isSession || overlapping.length >= type.capacity)) return false;
  const sameDay = standing.filter(
    (time) => time.appointmentTypeId === type.id && dateOf(readClock(availability.timezone, time.startsAt)) === date,
  );
  if (type.dailyLimit !== null && sameDay.length >= type.dailyLimit) return false;
  return type.requires.every((kind) => isFree(query, kind, locationId, start));
}

/** Whether a resource of the kind is free there, or taken by the session of the type that starts then. */
export function isFree(query: SlotQuery, kind: string, locationId: string | null, start: number): boolean {
  const { type, resources, now, availability } = query;
  const from = start - type.bufferBeforeMinutes * MINUTE;
  const until = start + (type.durationMinutes + type.bufferAfterMinutes) * MINUTE;
  return resources.all.some((resource) => {
    if (resource.kind !== kind) return false;
    const there = resources.busy.filter(
      (time) =>
        time.resourceId === resource.id &&
        (time.expiresAt === null || time.expiresAt > now) &&
        time.start < until &&
        from < time.end,
    );
    if (there.length === 0) return resource.locationId === locationId;
    return (
      type.capacity > 1 &&
      there.every(
        (time) =>
          time.doctorId === availability.doctorId &&
          time.appointmentTypeId === type.id &&
          time.startsAt === start &&
          time.occupancy === there[0]?.occupancy,
      )
    );
  });
}

/** The days on which a zone changes its offset within some years: asked every five days, then every day in between. */
export function transitionDays(zone: string, fromYear: number, toYear: number): string[] {
  const days: string[] = [];
  const offset = (at: number) => readClock(zone, at) - at;
  for (let at = Date.UTC(fromYear, 0, 1); at < Date.UTC(toYear + 1, 0, 1); at += 5 * DAY) {
    if (offset(at) === offset(at + 5 * DAY)) continue;
    let change = at;
    while (offset(change) === offset(change + DAY)) change += DAY;
    days.push(dateOf(change + DAY / 2));
  }
  return days;
}

/**
 * Zones for which `Intl` is no reference, because Node 24.21 carries version 2026c of the IANA database and ICU's own data.
 * Havana, Inuvik and Winnipeg changed their rules after it, from November 2026 on; ICU lacks a day of Tehran in 1979.
 */
export const ZONES_OTHER_IN_INTL = ['America/Havana', 'America/Inuvik', 'America/Winnipeg', 'Asia/Tehran'];

/** Every zone the runtime knows as the product does. */
export const ALL_ZONES = Intl.supportedValuesOf('timeZone').filter(
  (zone) => !ZONES_OTHER_IN_INTL.includes(zone),
) as ZoneId[];

/** The ranges that start on a day, as readings. */
function wallRanges(availability: Availability, typeId: string, day: number): [number, number, string | null][] {
  const weekly = availability.weekly.rules;
  const offered = (ids: readonly string[] | null) => ids === null || ids.includes(typeId);
  const date = dateOf(day);
  const named = ownHours(availability, date)?.some(({ appointmentTypeIds }) =>
    (appointmentTypeIds as readonly string[] | null)?.includes(typeId),
  );
  if (weekly.length > 0 && !named && !weekly.some((rule) => offered(rule.appointmentTypeIds))) return [];
  const isoWeekday = ((new Date(day).getUTCDay() + 6) % 7) + 1;
  const ranges: readonly LocatedRange[] =
    ownHours(availability, date)?.filter(({ appointmentTypeIds }) => offered(appointmentTypeIds)) ??
    weekly.filter(
      (rule) =>
        rule.weekday === isoWeekday &&
        offered(rule.appointmentTypeIds) &&
        (rule.validFrom === null || rule.validFrom <= date) &&
        (rule.validUntil === null || date <= rule.validUntil),
    );
  const next = dateOf(day + DAY);
  const cut = isAway(availability, next) || endsNight(availability, next);
  return ranges.map(({ start, end, locationId }) => {
    const until = day + clock(end) + (end <= start ? DAY : 0);
    return [day + clock(start), cut ? Math.min(until, day + DAY) : until, locationId];
  });
}

function isAway(availability: Availability, date: string): boolean {
  return availability.timeOff.some(
    ({ from, until, startTime, endTime }) =>
      (startTime === null ? from <= date : from < date) && (endTime === null ? date <= until : date < until),
  );
}

function endsNight(availability: Availability, date: string): boolean {
  const override = availability.overrides.find((candidate) => candidate.date === date);
  if (override) return override.endsNightBefore;
  return availability.holidays.some(({ from, until }) => from <= date && date <= until);
}

function ownHours(availability: Availability, date: string): readonly OverrideRange[] | undefined {
  if (isAway(availability, date)) return [];
  const override = availability.overrides.find((candidate) => candidate.date === date);
  if (override) return override.available;
  return availability.holidays.some(({ from, until }) => from <= date && date <= until) ? [] : undefined;
}

function clock(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return (hours * 60 + minutes) * MINUTE;
}

function timeOf(reading: number): string {
  return new Date(reading).toISOString().slice(11, 16);
}

function dateOf(reading: number): string {
  return new Date(reading).toISOString().slice(0, 10);
}
