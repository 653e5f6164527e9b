/**
 * Which requests are let in while there are more than the portal can serve: the least important are refused first, at once and at
 * little cost, so that the others still end in time (ADR 0275).
 */

/** From what is refused first to what is never refused. */
export const IMPORTANCES = ['deferrable', 'ordinary', 'under_way', 'vital'] as const;
export type Importance = (typeof IMPORTANCES)[number];

/** What waits: the event loop, a read for a connection to the database, or a round trip beyond its usual time (edge). */
export type Wait = 'loop' | 'database';

export interface Door {
  admits(importance: Importance): boolean;
  /** How many of {@link IMPORTANCES} are refused now: 0 to 3. */
  level(): number;
  /** How long something has waited, in milliseconds. */
  note(wait: Wait, milliseconds: number): void;
}

/** Refuses nothing. */
export const OPEN_DOOR: Door = { admits: () => true, level: () => 0, note: () => {} };

export interface DoorOptions {
  /** The wait from which on something is refused, in milliseconds; 0 never refuses anything. */
  readonly limitMilliseconds: number;
  /** Monotonic time in milliseconds. */
  readonly now: () => number;
  /** Called after the level has changed. */
  readonly onChange?: (level: number, former: number) => void;
}

/** The median of this time is compared with the limit, so that a single pause, of the garbage collector or of one statement, refuses nobody. */
const WINDOW_MS = 1_000;
/** A level may be entered at so many times the limit, and is left below half of that. */
const ENTERED_AT = [0, 1, 2, 4] as const;
/** So many windows in a row must ask for a higher level. Each of them after that raises it by one. */
const WINDOWS_TO_RISE = 2;
/** After so many windows in which nobody came, what was measured is of no use. */
const STALE_WINDOWS = 10;

export function createDoor({ limitMilliseconds, now, onChange = () => {} }: DoorOptions): Door {
  if (limitMilliseconds === 0) return OPEN_DOOR;
  const measured: Record<Wait, number[]> = { loop: [], database: [] };
  let level = 0;
  let asking = 0;
  let began = now();

  const become = (next: number) => {
    const former = level;
    level = next;
    if (next !== former) onChange(next, former);
  };
  const judge = (wait: number) => {
    const wanted = ENTERED_AT.findLastIndex((factor) => wait >= factor * limitMilliseconds);
    asking = wanted > level ? asking + 1 : 0;
    if (asking >= WINDOWS_TO_RISE) become(level + 1);
    else if (level > 0 && wait < ((ENTERED_AT[level] ?? 0) * limitMilliseconds) / 2) become(level - 1);
  };
  const turn = () => {
    const windows = Math.floor((now() - began) / WINDOW_MS);
    if (windows < 1) return;
    began += windows * WINDOW_MS;
    // A window without a measurement was calm: nothing waited, or nobody came.
    judge(Math.max(median(measured.loop), median(measured.database)));
    for (const each of Object.values(measured)) each.length = 0;
    if (windows > STALE_WINDOWS) become(0);
  };

  return {
    admits(importance) {
      turn();
      return IMPORTANCES.indexOf(importance) >= level;
    },
    level() {
      turn();
      return level;
    },
    note(wait, milliseconds) {
      turn();
      measured[wait].push(milliseconds);
    },
  };
}

/** Of nothing: 0. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
