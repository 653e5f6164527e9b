/** Measures under Deno how long requests wait (ADR 0275). */
import { clearInterval, setInterval } from 'node:timers';
import type { Door } from '../app/door.ts';

const TICK_MS = 100;

/**
 * Measures ten times a second by how much the timer is late, and for how long the oldest read waits.
 * @returns what ends it
 */
export function watchWaits(door: Door, readWait: () => number): () => void {
  let expected = performance.now() + TICK_MS;
  const timer = setInterval(() => {
    const at = performance.now();
    door.note('loop', Math.max(0, at - expected));
    door.note('database', readWait());
    expected = at + TICK_MS;
  }, TICK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
