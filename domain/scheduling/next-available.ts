/**
 * The earliest free slots over many doctors. Each doctor's slots are found one at a time, and a heap holds the next one of
 * each: to find the earliest k, one slot per doctor and k more are looked for, whatever the dates asked for.
 */
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

/** As {@link earliestSlots}, without end but that of the queries. */
export function* mergedSlots(queries: Iterable<SlotQuery>): Generator<Slot, void> {
  const heap: Entry[] = [];
  let order = 0;
  for (const query of queries) {
    const cursor = openCursor(query);
    if (advance(cursor)) heap.push({ cursor, order: order++ });
  }
  for (let i = (heap.length >> 1) - 1; i >= 0; i--) sink(heap, i);
  for (let first = heap[0]; first; first = heap[0]) {
    yield currentSlot(first.cursor);
    if (!advance(first.cursor)) {
      const last = heap.pop();
      if (last && last !== first) heap[0] = last;
    }
    sink(heap, 0);
  }
}

interface Entry {
  readonly cursor: SlotCursor;
  readonly order: number;
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
  return a.cursor.start < b.cursor.start || (a.cursor.start === b.cursor.start && a.order < b.order);
}
