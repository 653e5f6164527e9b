/** What bounds the work of one request: how long it may still take, and what it yields to when there is too much. */

/**
 * Which work is let through first: `vital` is health and sign-out, `bulk` is what reads much, such as exports. The waiters of
 * one kind never take the connections of another.
 */
export type Priority = 'vital' | 'ordinary' | 'bulk';

export interface Bounds {
  readonly priority: Priority;
  /** Milliseconds until the caller gives up; 0 or less when that is past. */
  remainingMilliseconds(): number;
  /** Told of each round trip to the database. */
  noteRoundTrip(): void;
}
