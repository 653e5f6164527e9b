/**
 * The wall clock of an appointment: the date and time that patient and doctor agreed on, stored beside the instant. It stays when
 * the rules of the time zone change, and the instant is derived from it again (ADR 0172).
 */
import type { AppointmentId, UserId } from '../shared/ids.ts';
import type { Instant, LocalDate, LocalTime } from '../shared/time.ts';
import { localDateAt, localTimeAt, resolveWallClock, type ZoneId } from '../shared/zone.ts';
import { type Appointment, type AppointmentChange, isOpen, nextVersion } from './appointment.ts';

export interface WallClock {
  readonly date: LocalDate;
  readonly time: LocalTime;
}

/** The start of an appointment, without what people wrote. */
export interface AppointmentStart {
  readonly id: AppointmentId;
  readonly version: number;
  readonly start: Instant;
  readonly timezone: ZoneId;
}

export interface AgreedStart extends AppointmentStart {
  readonly agreed: WallClock;
}

/** How far the appointments to come were compared with the rules of the time zones. */
export interface ComparedRules {
  /** The version of the IANA database that all were compared with. */
  readonly version: string;
  /** The version that is being compared; `null` between passes. */
  readonly comparing: string | null;
  /** The last doctor whose appointments this pass has compared. */
  readonly afterDoctor: UserId | null;
  /** How many appointments this pass has moved. */
  readonly moved: number;
  readonly updatedAt: Instant;
}

export type WallClockChange =
  /** Rows that have changed meanwhile are left out. */
  | {
      readonly type: 'wall_clocks.written';
      readonly starts: readonly AgreedStart[];
    }
  /** The first note of a database, if there is none. */
  | { readonly type: 'timezone_rules.noted'; readonly version: string; readonly at: Instant }
  | {
      readonly type: 'timezone_rules.pass_begun';
      readonly version: string;
      readonly at: Instant;
    }
  /** Adds to the number of the pass: several processes may work on one pass. */
  | {
      readonly type: 'timezone_rules.compared';
      readonly version: string;
      readonly afterDoctor: UserId;
      readonly moved: number;
      readonly at: Instant;
    }
  | { readonly type: 'timezone_rules.pass_ended'; readonly version: string; readonly at: Instant };

export function wallClockOf({ start, timezone }: Pick<AppointmentStart, 'start' | 'timezone'>): WallClock {
  return { date: localDateAt(timezone, start), time: localTimeAt(timezone, start) };
}

/** Whether clocks will show what was agreed when the appointment starts. */
export function isAsAgreed({ agreed, ...start }: AgreedStart): boolean {
  const { date, time } = wallClockOf(start);
  return date === agreed.date && time === agreed.time;
}

/** The instant of what was agreed: the earlier one of a fold; the end of a gap. */
export function agreedInstant({ agreed, timezone }: Pick<AgreedStart, 'agreed' | 'timezone'>): Instant {
  const clock = resolveWallClock(timezone, agreed.date, agreed.time);
  if (clock.kind === 'gap') return clock.resumes;
  return clock.kind === 'fold' ? clock.earlier : clock.instant;
}

/**
 * Moves an appointment to the instant of its wall clock: its duration, buffers, status and place stay.
 * @returns `undefined` if it is closed or starts as agreed
 */
export function keepWallClock(
  appointment: Appointment,
  agreed: WallClock,
  now: Instant,
): Extract<AppointmentChange, { type: 'appointment.wall_clock_kept' }> | undefined {
  const { start, end, busy, timezone } = appointment;
  if (!isOpen(appointment) || isAsAgreed({ ...appointment, agreed })) return undefined;
  const shift = agreedInstant({ agreed, timezone }) - start;
  if (shift === 0) return undefined;
  return {
    type: 'appointment.wall_clock_kept',
    appointment: nextVersion(appointment, now, {
      start: start + shift,
      end: end + shift,
      busy: { start: busy.start + shift, end: busy.end + shift },
    }),
    expectedVersion: appointment.version,
  };
}

/** In the order in which no appointment of one doctor moves to a time that the next one is yet to leave. */
export function inOrderOfMoving(starts: readonly AgreedStart[]): readonly AgreedStart[] {
  const moved = starts.map((each) => ({ each, later: agreedInstant(each) > each.start }));
  const earlier = moved.filter(({ later }) => !later).map(({ each }) => each);
  const later = moved.filter((found) => found.later).map(({ each }) => each);
  return [...earlier.toSorted((a, b) => a.start - b.start), ...later.toSorted((a, b) => b.start - a.start)];
}
