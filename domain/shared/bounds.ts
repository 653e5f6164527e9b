/** Limits on the work of one request: the time left, and its priority under load. */

/**
 * Scheduling class of a request. `vital` is health and sign-out, `bulk` is what reads much, such as exports. Requests
 * that wait in one class never take the connections of another.
 */
export type Priority = 'vital' | 'ordinary' | 'bulk';

export interface Bounds {
  readonly priority: Priority;
  /** Milliseconds until the caller gives up; 0 or less when that time has passed. */
  remainingMilliseconds(): number;
  /** Called once for each round trip to the database. */
  noteRoundTrip(): void;
}
