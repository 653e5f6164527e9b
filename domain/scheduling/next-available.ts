/**
 * The earliest free slots over many doctors. A heap holds each doctor by the earliest start there can be: at first the
 * opening of the hours, which is cheap to know, then the next free slot itself. A doctor's slots are looked for only when
 * no other's can be earlier, and one at a time: to find the earliest k, little more than k slots are looked at, whatever
 * the number of doctors and of dates.
 */
import { type DayNumber, dayNumber, type Instant, MILLISECONDS_PER_DAY } from '../shared/time.ts';
import { firstInstantAt, wallReading, type ZoneId } from '../shared/zone.ts';
import { openingBound } from './hours.ts';
import {
  advance,
  currentSlot,
  earliestStart,
  openCursor,
  type Slot,
  type SlotCursor,
  type SlotQuery,
} from './slots.ts';

/** @returns at most `limit` slots, ordered by start, then by the order of the queries */
export function earliestSlots(queries: Iterable<SlotQuery>, limit: number): Slot[] {
  const slots: Slot[] = [];
  if (limit <= 0) return slots;
  for (const slot of mergedSlots(queries)) {
    slots.push(slot);
    if (slots.length >= limit) break;
  }
  return slots;
}

/** As {@link earliestSlots}, without end but that of the queries. */
export function* mergedSlots(queries: Iterable<SlotQuery>): Generator<Slot, void> {
  const heap: Entry[] = [];
  const startBound = boundFinder();
  for (const query of queries) {
    heap.push({ query, order: heap.length, start: startBound(query), cursor: undefined });
  }
  for (let i = (heap.length >> 1) - 1; i >= 0; i--) sink(heap, i);
  for (let first = heap[0]; first; first = heap[0]) {
    if (first.cursor) yield currentSlot(first.cursor);
    else first.cursor = openCursor(first.query);
    if (advance(first.cursor)) {
      first.start = first.cursor.start;
    } else {
      const last = heap.pop();
      if (last && last !== first) heap[0] = last;
    }
    sink(heap, 0);
  }
}

interface Entry {
  readonly query: SlotQuery;
  readonly order: number;
  /** No slot of the query that is still to come starts before; with a cursor, the next one's start. */
  start: Instant;
  cursor: SlotCursor | undefined;
}

/** Most queries of a search ask for the same dates at the same moment, in few zones: their first days are kept. */
function boundFinder(): (query: SlotQuery) => Instant {
  const firstDays = new Map<ZoneId, DayNumber>();
  let last: SlotQuery | undefined;
  return (query) => {
    const { availability, type, from, now } = query;
    const zone = availability.timezone;
    const earliest = earliestStart(type, now);
    if (last?.from !== from || last.now !== now || last.type !== type) firstDays.clear();
    last = query;
    let day = firstDays.get(zone);
    if (day === undefined) {
      // The day before, because clocks set back past midnight show a date a second time.
      day = Math.max(dayNumber(from), Math.floor(wallReading(zone, earliest) / MILLISECONDS_PER_DAY) - 1);
      firstDays.set(zone, day);
    }
    return Math.max(earliest, firstInstantAt(zone, openingBound(availability, type.id, day)));
  };
}

/** Moves an entry down until both below it are later. */
function sink(heap: Entry[], from: number): void {
  const entry = heap[from];
  if (!entry) return;
  let i = from;
  for (;;) {
    const left = 2 * i + 1;
    const child = isEarlier(heap[left + 1], heap[left]) ? left + 1 : left;
    const below = heap[child];
    if (!below || !isEarlier(below, entry)) break;
    heap[i] = below;
    i = child;
  }
  heap[i] = entry;
}

function isEarlier(a: Entry | undefined, b: Entry | undefined): boolean {
  if (!a || !b) return a !== undefined;
  return a.start < b.start || (a.start === b.start && a.order < b.order);
}
