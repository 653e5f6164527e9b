/**
 * The times a patient can book: open windows minus busy times, on a grid.
 *
 * - The grid starts anew with each range of hours and has a slot every `slotIntervalMinutes` of wall-clock time. Where
 *   ranges overlap or touch, the grid of the range that started last applies until the next one starts.
 * - A slot lies at one location, and each resource that its type requires is free there.
 * - A slot lies in open time from start to end; ranges that touch count as one. Buffers may lie outside the hours, but must
 *   not overlap a busy time.
 * - A slot overlaps no time off. Time off within a day leaves the grid of the hours as it is.
 * - A slot belongs to the local date on which it starts in the doctor's zone, even if its hours began the day before.
 * - The work is linear in hours plus busy times plus slots, and is done lazily.
 */
import type { UserId } from '../shared/ids.ts';
import type { Interval } from '../shared/interval.ts';
import {
  type DayNumber,
  dateOfDay,
  dayNumber,
  type Instant,
  type LocalDate,
  MILLISECONDS_PER_DAY,
  MILLISECONDS_PER_MINUTE,
} from '../shared/time.ts';
import { firstInstantAt, lastInstantAt, offsetHoldsUntil, wallReading, zoneOffset } from '../shared/zone.ts';
import { partialAbsences } from './absence.ts';
import { type AppointmentType, isOfferedBy } from './appointment-type.ts';
import type { Availability, OpenWindow } from './availability.ts';
import { earliestSought, lastDaySought } from './booking-window.ts';
import { byStart, isOver, type OccupiedTime, startsByDay, type TakenTimes } from './busy-time.ts';
import { windowsOf } from './hours.ts';
import type { LocationId } from './location.ts';
import { type Blocking, blockingTimes } from './places.ts';
import { type Chooser, chooserFor, type ResourceState, type ResourceTime } from './resource-choice.ts';
import { absentUntil, type Obstacles, takenUntil } from './slot-obstacles.ts';

export interface Slot {
  readonly doctorId: UserId;
  readonly start: Instant;
  readonly end: Instant;
  /** The local date of its start in the doctor's zone. */
  readonly date: LocalDate;
  /** Where it takes place; `null` when the hours name no location. */
  readonly locationId: LocationId | null;
}

export interface SlotQuery {
  readonly availability: Availability;
  readonly type: AppointmentType;
  /** The first and the last local date, both included. */
  readonly from: LocalDate;
  readonly to: LocalDate;
  readonly now: Instant;
  /** Slots start in it. Default: at any time of the dates. */
  readonly within?: Interval;
  /** All busy times that overlap the requested time, unless `taken` has them. Sorted by start they need not be sorted again. */
  readonly busy: readonly OccupiedTime[];
  /** Times in which nothing of the type can be booked, read when the search comes to the doctor. Default: none. */
  readonly taken?: () => TakenTimes;
  /** What the type may require, with the busy times on the requested dates. */
  readonly resources: ResourceState<ResourceTime>;
}

/** Every free slot that starts on the requested dates, ordered by start. */
export function availableSlots(query: SlotQuery): Slot[] {
  const slots: Slot[] = [];
  const cursor = openCursor(query);
  while (advance(cursor)) slots.push(currentSlot(cursor));
  return slots;
}

/** {@link availableSlots}, computed one at a time. */
export function* slotsOf(query: SlotQuery): Generator<Slot, void> {
  const cursor = openCursor(query);
  while (advance(cursor)) yield currentSlot(cursor);
}

/** The state of a search. {@link advance} moves it to the next free slot, `start`. */
export interface SlotCursor extends Obstacles {
  readonly query: SlotQuery;
  readonly windowsOn: (day: DayNumber) => readonly OpenWindow[];
  readonly busy: readonly Blocking[];
  /** `undefined` when the type requires no resource. */
  readonly choose: Chooser | undefined;
  /** How many appointments and live holds of the type start on a local date; `undefined` when the type has no limit. */
  readonly taken: ReadonlyMap<DayNumber, number> | undefined;
  readonly durationMilliseconds: number;
  readonly stepMilliseconds: number;
  readonly beforeMilliseconds: number;
  readonly afterMilliseconds: number;
  readonly firstDay: DayNumber;
  readonly lastDay: DayNumber;
  /** No slot starts before `opens` nor at `closes` or later. */
  readonly opens: Instant;
  readonly closes: Instant;

  /** The slot found: its start and its local date. */
  start: Instant;
  day: DayNumber;
  date: LocalDate | undefined;

  /** Windows read ahead, from `nextWindow`; those of `nextDay` come next. */
  windows: readonly OpenWindow[];
  nextWindow: number;
  nextDay: DayNumber;
  /** The latest end of the windows read so far. */
  covered: Instant;
  /** The location of the current window. */
  locationId: LocationId | null;

  /** The current window: candidates are counted from `anchor`, start before `segmentEnd` and end by `cover`. */
  candidate: Instant;
  segmentEnd: Instant;
  cover: Instant;
  anchor: number;
  /** The zone's offset around the candidate, and until when it holds. */
  offset: number;
  offsetUntil: Instant;
  nextBusy: number;
}

export function openCursor(query: SlotQuery): SlotCursor {
  const { availability, type, now, within } = query;
  const zone = availability.timezone;
  const earliest = earliestSought(query);
  const firstDay = dayNumber(query.from);
  const lastDay = Math.min(dayNumber(query.to), lastDaySought(query, zone));
  // Overnight hours of the day before may continue into the first day. Days before the end of the notice have no slots.
  const noticeDay = Math.floor(wallReading(zone, earliest) / MILLISECONDS_PER_DAY);
  return {
    query,
    windowsOn: isOfferedBy(type, availability.doctorId) ? windowsOf(availability, type.id) : () => [],
    busy: blockingTimes(type, byStart(query.busy), now),
    takenTimes: query.taken?.() ?? [],
    choose: type.requires.length === 0 ? undefined : chooserFor(type, availability.doctorId, query.resources, now),
    taken: type.dailyLimit === null ? undefined : startsByDay(query.busy, type.id, zone, now),
    absences: partialAbsences(availability),
    durationMilliseconds: type.durationMinutes * MILLISECONDS_PER_MINUTE,
    stepMilliseconds: type.slotIntervalMinutes * MILLISECONDS_PER_MINUTE,
    beforeMilliseconds: type.bufferBeforeMinutes * MILLISECONDS_PER_MINUTE,
    afterMilliseconds: type.bufferAfterMinutes * MILLISECONDS_PER_MINUTE,
    firstDay,
    lastDay,
    opens: Math.max(earliest, firstInstantAt(zone, firstDay * MILLISECONDS_PER_DAY)),
    closes: Math.min(
      within?.end ?? Number.POSITIVE_INFINITY,
      lastInstantAt(zone, (lastDay + 1) * MILLISECONDS_PER_DAY),
    ),
    start: Number.NEGATIVE_INFINITY,
    day: Number.NEGATIVE_INFINITY,
    date: undefined,
    windows: [],
    nextWindow: 0,
    nextDay: Math.max(firstDay, noticeDay - 1) - 1,
    covered: Number.NEGATIVE_INFINITY,
    locationId: null,
    candidate: 0,
    segmentEnd: 0,
    cover: 0,
    anchor: 0,
    offset: 0,
    offsetUntil: 0,
    nextBusy: 0,
    nextTaken: 0,
    nextAbsence: 0,
  };
}

/** @returns `false` when there is no further slot */
export function advance(cursor: SlotCursor): boolean {
  const { busy, stepMilliseconds, durationMilliseconds, beforeMilliseconds, afterMilliseconds } = cursor;
  for (;;) {
    const start = cursor.candidate;
    // This check comes first: the grid under the new offset may have an earlier candidate than the one under the old offset.
    if (start >= cursor.offsetUntil && cursor.offsetUntil < cursor.segmentEnd) {
      align(cursor, cursor.offsetUntil);
      continue;
    }
    if (start >= cursor.segmentEnd || start + durationMilliseconds > cursor.cover) {
      if (!openSegment(cursor)) return false;
      continue;
    }
    const resumes = absentUntil(cursor, start, start + durationMilliseconds);
    if (resumes !== undefined) {
      cursor.candidate = start + Math.ceil((resumes - start) / stepMilliseconds) * stepMilliseconds;
      continue;
    }
    const busyStart = start - beforeMilliseconds;
    const freed = takenUntil(cursor, busyStart, start + durationMilliseconds + afterMilliseconds);
    if (freed !== undefined) {
      cursor.candidate = start + Math.ceil((freed - busyStart) / stepMilliseconds) * stepMilliseconds;
      continue;
    }
    let blocking = busy[cursor.nextBusy];
    while (blocking && (blocking.end <= busyStart || isOver(blocking, cursor.query.now))) {
      blocking = busy[++cursor.nextBusy];
    }
    if (blocking && blocking.opensAt !== start && blocking.start < start + durationMilliseconds + afterMilliseconds) {
      // A group session that starts later has free places: its start is the next candidate.
      const freeFrom =
        blocking.opensAt !== undefined && blocking.opensAt > start
          ? blocking.opensAt - start
          : blocking.end - busyStart;
      cursor.candidate = start + Math.ceil(freeFrom / stepMilliseconds) * stepMilliseconds;
      continue;
    }
    cursor.candidate = start + stepMilliseconds;
    const day = Math.floor((start + cursor.offset) / MILLISECONDS_PER_DAY);
    if (day < cursor.firstDay || day > cursor.lastDay || isFull(cursor, day)) continue;
    if (cursor.choose !== undefined && cursor.choose(start, cursor.locationId).missing.length > 0) continue;
    cursor.start = start;
    if (day !== cursor.day) {
      cursor.day = day;
      cursor.date = undefined;
    }
    return true;
  }
}

export function currentSlot(cursor: SlotCursor): Slot {
  cursor.date ??= dateOfDay(cursor.day);
  return {
    doctorId: cursor.query.availability.doctorId,
    start: cursor.start,
    end: cursor.start + cursor.durationMilliseconds,
    date: cursor.date,
    locationId: cursor.locationId,
  };
}

/** Makes the next window current and moves the candidate to its grid. */
function openSegment(cursor: SlotCursor): boolean {
  let window: OpenWindow | undefined;
  do {
    window = windowAhead(cursor, 0, Number.POSITIVE_INFINITY);
    if (!window || window.start >= cursor.closes) return false;
    cursor.nextWindow++;
    // Hours at another location end the former ones.
    cursor.covered = window.locationId === cursor.locationId ? Math.max(cursor.covered, window.end) : window.end;
    cursor.locationId = window.locationId;
  } while (cursor.covered <= cursor.opens);
  let cover = cursor.covered;
  let ahead = windowAhead(cursor, 0, cover);
  const end = Math.min(cover, ahead?.start ?? cover, cursor.closes);
  // A slot that starts before `end` needs open time until then.
  const needed = end + cursor.durationMilliseconds;
  for (let i = 1; ahead && ahead.start <= cover && ahead.start < needed; i++) {
    if (ahead.locationId !== window.locationId) {
      cover = ahead.start;
      break;
    }
    cover = Math.max(cover, ahead.end);
    ahead = windowAhead(cursor, i, Math.min(cover, needed));
  }
  cursor.cover = cover;
  cursor.segmentEnd = end;
  cursor.anchor = window.anchor;
  align(cursor, Math.max(window.start, cursor.opens));
  return true;
}

/** The window `index` places ahead, or `undefined` when none starts by `until`. */
function windowAhead(cursor: SlotCursor, index: number, until: Instant): OpenWindow | undefined {
  const zone = cursor.query.availability.timezone;
  // A slot on the last day may end after midnight, in open time of the next day or the one after it.
  while (cursor.nextWindow + index >= cursor.windows.length && cursor.nextDay <= cursor.lastDay + 2) {
    if (until < Number.POSITIVE_INFINITY && firstInstantAt(zone, cursor.nextDay * MILLISECONDS_PER_DAY) > until) break;
    const windows = cursor.windowsOn(cursor.nextDay);
    // Windows of one day are shared with other doctors, so they are not added to.
    if (windows.length > 0 && cursor.nextWindow < cursor.windows.length) {
      cursor.windows = [...cursor.windows.slice(cursor.nextWindow), ...windows];
      cursor.nextWindow = 0;
    } else if (windows.length > 0) {
      cursor.windows = windows;
      cursor.nextWindow = 0;
    }
    cursor.nextDay++;
  }
  return cursor.windows[cursor.nextWindow + index];
}

/** Moves the candidate to the first reading of the grid at or after an instant. */
function align(cursor: SlotCursor, from: Instant): void {
  const zone = cursor.query.availability.timezone;
  cursor.offset = zoneOffset(zone, from);
  cursor.offsetUntil = offsetHoldsUntil(zone, from);
  const steps = Math.ceil((from + cursor.offset - cursor.anchor) / cursor.stepMilliseconds);
  cursor.candidate = cursor.anchor + steps * cursor.stepMilliseconds - cursor.offset;
}

function isFull(cursor: SlotCursor, day: DayNumber): boolean {
  const limit = cursor.query.type.dailyLimit;
  return limit !== null && (cursor.taken?.get(day) ?? 0) >= limit;
}
