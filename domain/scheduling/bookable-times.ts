/** The free times of one doctor that have become bookable, in pages of bounded size. */
import type { AppointmentTypeId } from '../shared/ids.ts';
import { type Interval, overlaps } from '../shared/interval.ts';
import { addDays, type Instant, type LocalDate, MILLISECONDS_PER_DAY } from '../shared/time.ts';
import { localDateAt } from '../shared/zone.ts';
import { type AppointmentType, busyRange } from './appointment-type.ts';
import type { Availability } from './availability.ts';
import type { BusyTime } from './busy-time.ts';
import type { Doctor } from './doctor.ts';
import type { ResourceState } from './resource-choice.ts';
import { type BookingState, judge, type SlotCheck, type Verdict } from './slot-check.ts';
import { availableSlots, type Slot } from './slots.ts';

/** What the free times of a doctor are computed from. */
export interface FreeTimes {
  readonly doctor: Doctor;
  readonly availability: Availability;
  /** Active appointments and live holds of the doctor; the time that became bookable is no longer among them. */
  readonly busy: readonly BusyTime[];
  /** Resources at the locations of the doctor's hours. */
  readonly resources: ResourceState;
}

/** {@link FreeTimes} with what the waitlist wants of them. */
export interface DoctorTimes extends FreeTimes {
  /** The types that somebody waits for whom the doctor could serve on these dates. */
  readonly types: ReadonlyMap<AppointmentTypeId, AppointmentType>;
  /** The last date that one of them waits for; `null` when nobody waits from these dates on. */
  readonly lastWanted: LocalDate | null;
}

/** A slot with its type. */
export interface OpenTime {
  readonly type: AppointmentType;
  readonly slot: Slot;
}

/** A part of the time that became bookable. */
export interface TimePage {
  readonly opened: Interval;
  /** Slots that start before it were on former pages; `null` on the first page. */
  readonly from: Instant | null;
  /** Slots that start at it or later are on later pages. */
  readonly until: Instant;
}

export interface OpenTimes {
  /** Ordered by start. */
  readonly times: readonly OpenTime[];
  /** Where the next page begins; `null` after the last one. */
  readonly next: Instant | null;
}

/** How many days one page covers at most. */
const PAGE_DAYS = 31;
/** How many times one page has, about: those that start at one instant stay together. */
const PAGE_TIMES = 400;

/**
 * @param until the end of a page that was begun: it stays while entries are served, though its times become fewer, so that
 *   those who were considered before are considered for all later times on the next page. `null` for a new page
 */
export function pageOf(opened: Interval, from: Instant | null, until: Instant | null): TimePage {
  const longest = (from ?? opened.start) + PAGE_DAYS * MILLISECONDS_PER_DAY;
  return { opened, from, until: until ?? Math.min(opened.end, longest) };
}

/** The times of a page that a patient can book whose own time and limits do not stand against it. */
export function openTimes(state: DoctorTimes, page: TimePage, now: Instant): OpenTimes {
  const { availability, busy, resources, lastWanted } = state;
  const { opened, until } = page;
  const zone = availability.timezone;
  const first = page.from ?? Number.NEGATIVE_INFINITY;
  const dates = {
    // A slot of the day before may overlap the beginning.
    from: addDays(localDateAt(zone, page.from ?? opened.start), page.from === null ? -1 : 0),
    to: localDateAt(zone, until),
  };
  const times = [...state.types.values()]
    .flatMap((type) =>
      availableSlots({ availability, type, ...dates, now, busy, resources }).map((slot) => ({ type, slot })),
    )
    .filter(({ type, slot: { start } }) => {
      const isOnPage = first <= start && (start < until || until === opened.end);
      return isOnPage && overlaps(busyRange(type, start), opened);
    })
    .sort((a, b) => a.slot.start - b.slot.start);
  // Later than the first start, so that each page goes on.
  const cut = times.slice(PAGE_TIMES).find(({ slot }) => slot.start > (times[0]?.slot.start ?? 0))?.slot.start;
  const kept = cut === undefined ? times : times.filter(({ slot }) => slot.start < cut);
  const ended = until === opened.end || lastWanted === null || lastWanted < dates.to;
  return {
    times: kept.filter((time) => isOpen(state, time, now)),
    next: cut ?? (ended ? null : until),
  };
}

/** Whether a patient whom the doctor treats, and about whom nothing else is known, could book the time now. */
export function isOpen(state: DoctorTimes, time: OpenTime, now: Instant): boolean {
  return verdictOn(state, time, ANYBODY, now).reasons.length === 0;
}

/** As much of a patient as decides about a time. */
export type TimeTaker = Pick<BookingState, 'isKnownPatient' | 'patientBusy' | 'patientStarts'> &
  Pick<SlotCheck, 'patientId'>;

const ANYBODY: TimeTaker = { isKnownPatient: true, patientBusy: [], patientStarts: [], patientId: null };

/** Judges a time for a patient by the rules of booking. The birth date is asked for when the patient books. */
export function verdictOn(
  { doctor, availability, busy, resources }: FreeTimes,
  { type, slot }: OpenTime,
  { patientId, ...patient }: TimeTaker,
  now: Instant,
): Verdict {
  const loaded = { from: slot.date, to: slot.date };
  const state = {
    ...{ doctor, type, availability, loaded, busy, resources },
    ...{ ...patient, needsBirthDate: false, additional: [] },
  };
  return judge(
    state,
    { kind: 'instant', instant: slot.start },
    {
      actor: { kind: 'patient', userId: patientId },
      patientId,
      now,
      noticeFrom: now,
      ignore: [],
      endTime: null,
      visitMode: null,
      secured: null,
    },
  );
}
