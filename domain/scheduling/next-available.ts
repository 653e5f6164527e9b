/**
 * The earliest free slots over many doctors: a k-way merge. A heap orders the doctors by a lower bound of their next slot,
 * at first the opening of their hours, which is cheap to compute, later the next free slot itself. A doctor's slots are
 * computed only when no other doctor's can be earlier, one at a time. Finding the earliest k therefore computes little more
 * than k slots, for any number of doctors and dates.
 */
import { type DayNumber, dayNumber, type Instant, MILLISECONDS_PER_DAY } from '../shared/time.ts';
import { firstInstantAt, steadyOffset, wallReading, type ZoneId } from '../shared/zone.ts';
import { earliestSought } from './booking-window.ts';
import { openingBound } from './hours.ts';
import { advance, currentSlot, openCursor, type Slot, type SlotCursor, type SlotQuery } from './slots.ts';

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

/** {@link earliestSlots} without a limit. */
export function* mergedSlots(queries: Iterable<SlotQuery>): Generator<Slot, void> {
  const all = [...queries];
  const cursors: (SlotCursor | undefined)[] = [];
  const heap = createHeap(firstBounds(all));
  for (let first = heap.first(); first !== undefined; first = heap.first()) {
    const query = all[first];
    if (query === undefined) return;
    let cursor = cursors[first];
    if (cursor !== undefined) yield currentSlot(cursor);
    else cursor = cursors[first] = openCursor(query);
    if (advance(cursor)) heap.delay(cursor.start);
    else heap.remove();
  }
}

/** For each query, an instant before which it has no slot. */
function firstBounds(queries: readonly SlotQuery[]): Float64Array {
  const bounds = new Float64Array(queries.length);
  const startBound = boundFinder();
  queries.forEach((query, i) => {
    bounds[i] = startBound(query);
  });
  return bounds;
}

/** The day on which the search in a zone begins. */
interface ZoneStart {
  readonly day: DayNumber;
  /** The zone's offset in the following week and a day; `undefined` when clocks change in that time. */
  readonly offset: number | undefined;
}

/** Caches the answer per zone: most queries of a search have the same dates and the same `now`, in few zones. */
function boundFinder(): (query: SlotQuery) => Instant {
  const zones = new Map<ZoneId, ZoneStart>();
  let last: SlotQuery | undefined;
  return (query) => {
    const { availability, type, from, now, within } = query;
    const zone = availability.timezone;
    const earliest = earliestSought(query);
    if (last?.from !== from || last.now !== now || last.type !== type || last.within !== within) zones.clear();
    last = query;
    let start = zones.get(zone);
    if (start === undefined) {
      // Start a day early: clocks set back past midnight show the former date a second time.
      const day = Math.max(dayNumber(from), Math.floor(wallReading(zone, earliest) / MILLISECONDS_PER_DAY) - 1);
      start = { day, offset: steadyOffset(zone, (day - 1) * MILLISECONDS_PER_DAY, (day + 9) * MILLISECONDS_PER_DAY) };
      zones.set(zone, start);
    }
    const reading = openingBound(availability, start.day);
    const opens = start.offset === undefined ? firstInstantAt(zone, reading) : reading - start.offset;
    return opens > earliest ? opens : earliest;
  };
}

/** A binary heap of the indexes, ordered by bound and then by index. */
function createHeap(bounds: Float64Array) {
  let size = bounds.length;
  const heap = Uint32Array.from(bounds.keys());

  /** Moves an entry down until both entries below it are later. */
  function sink(from: number): void {
    const entry = heap[from] as number;
    const bound = bounds[entry] as number;
    let at = from;
    for (let below = 2 * at + 1; below < size; below = 2 * at + 1) {
      let child = heap[below] as number;
      let childBound = bounds[child] as number;
      if (below + 1 < size) {
        const other = heap[below + 1] as number;
        const otherBound = bounds[other] as number;
        if (otherBound < childBound || (otherBound === childBound && other < child)) {
          below++;
          child = other;
          childBound = otherBound;
        }
      }
      if (bound < childBound || (bound === childBound && entry < child)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = entry;
  }

  for (let i = (size >> 1) - 1; i >= 0; i--) sink(i);
  return {
    first: (): number | undefined => (size > 0 ? heap[0] : undefined),
    /** Gives the first entry a later bound. */
    delay(bound: Instant): void {
      bounds[heap[0] as number] = bound;
      sink(0);
    },
    remove(): void {
      size--;
      heap[0] = heap[size] as number;
      sink(0);
    },
  };
}
