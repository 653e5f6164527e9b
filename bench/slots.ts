/**
 * How long finding slots takes, and how that grows. Run: `npm run bench:slots`.
 *
 * Each case runs beside a bare loop that writes the same output in the same run: plain arithmetic over instants made
 * ready before the clock starts, with no zones, no rules, no notice, no horizon. The ratio is what all of these cost.
 * Figures are medians; both sides are warmed up first. The first run of a process also asks `Intl` for the offsets
 * of a zone; the `cold` line says how much that is.
 */
import type { AppointmentType } from '../domain/scheduling/appointment-type.ts';
import { type Availability, type Week, weekOf } from '../domain/scheduling/availability.ts';
import type { BusyTime, OccupancyId } from '../domain/scheduling/busy-time.ts';
import { earliestSlots } from '../domain/scheduling/next-available.ts';
import { NO_PATIENT_LIMITS } from '../domain/scheduling/patient-limits.ts';
import { NO_RESOURCES } from '../domain/scheduling/resource-choice.ts';
import { availableSlots, type Slot, type SlotQuery } from '../domain/scheduling/slots.ts';
import type { AppointmentId, AppointmentTypeId, UserId } from '../domain/shared/ids.ts';
import { addDays, dateOfDay, dayNumber, type LocalDate, type LocalTime, type Weekday } from '../domain/shared/time.ts';
import { firstInstantAt, type ZoneId } from '../domain/shared/zone.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const FROM = '2026-03-02' as LocalDate;
const NOW = Date.UTC(2026, 2, 1, 6);
const ZONES = ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Chatham'];

const TYPE: AppointmentType = {
  id: 'consultation' as AppointmentTypeId,
  code: 'consultation',
  name: 'Consultation',
  durationMinutes: 20,
  bufferBeforeMinutes: 0,
  bufferAfterMinutes: 0,
  minimumNoticeMinutes: 60,
  horizonDays: 730,
  slotIntervalMinutes: 20,
  dailyLimit: null,
  capacity: 1,
  requires: [],
  visitModes: ['in_person'],
  bookableBy: 'everyone',
  requiresApproval: false,
  questions: [],
  doctorIds: null,
  sameDayFrom: null,
  ...NO_PATIENT_LIMITS,
  cancelNoticeMinutes: null,
  rescheduleNoticeMinutes: null,
  active: true,
  version: 1,
};

const budgetMilliseconds = 300;
const TURNS = 6;
const row = (...cells: readonly (string | number)[]) =>
  console.log(cells.map((cell, i) => (i === 0 ? String(cell).padEnd(46) : String(cell).padStart(12))).join(''));

/** Monday to Sunday, one range a day: `minutes` from 09:00. */
function weekly(minutes: number): Week {
  const end = 540 + minutes;
  const text = `${String(Math.floor(end / 60)).padStart(2, '0')}:${String(end % 60).padStart(2, '0')}`;
  return weekOf(
    [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({
      weekday: weekday as Weekday,
      start: '09:00' as LocalTime,
      end: text as LocalTime,
      appointmentTypeIds: null,
      validFrom: null,
      validUntil: null,
      locationId: null,
    })),
  );
}

function query(days: number, minutesADay: number, busy: readonly BusyTime[], doctor = 0): SlotQuery {
  const availability: Availability = {
    doctorId: `doctor-${doctor}` as UserId,
    timezone: (ZONES[doctor % ZONES.length] ?? 'UTC') as ZoneId,
    weekly: weekly(minutesADay),
    overrides: [],
    timeOff: [],
    holidays: [],
    version: 1,
  };
  return { availability, type: TYPE, from: FROM, to: addDays(FROM, days - 1), now: NOW, busy, resources: NO_RESOURCES };
}

/** Busy times spread evenly over the working hours of the days, each on a slot's start. */
function busyTimes(count: number, days: number, minutesADay: number, zone: string, offsetIndex = 0): BusyTime[] {
  const perDay = minutesADay / 20;
  const total = days * perDay;
  return Array.from({ length: count }, (_, i) => {
    const index = Math.min(total - 1, Math.floor((i * total) / count) + offsetIndex);
    const wall = (dayNumber(FROM) + Math.floor(index / perDay)) * DAY + (540 + (index % perDay) * 20) * MINUTE;
    const start = firstInstantAt(zone as ZoneId, wall);
    return {
      start,
      end: start + 20 * MINUTE,
      sourceId: `appointment-${i}` as AppointmentId,
      appointmentTypeId: TYPE.id,
      startsAt: start,
      expiresAt: null,
      occupancy: `occupancy-${i}` as OccupancyId,
      lane: 0,
    };
  });
}

/** What the bare loop is given: the instants at which a doctor's days open and close, and the dates, ready made. */
interface Prepared {
  readonly doctorId: UserId;
  readonly opens: readonly number[];
  readonly closes: readonly number[];
  readonly dates: readonly LocalDate[];
  readonly busy: SlotQuery['busy'];
}

function prepare({ availability, from, to, busy }: SlotQuery, minutesADay: number): Prepared {
  const first = dayNumber(from);
  const count = dayNumber(to) - first + 1;
  const days = Array.from({ length: count }, (_, i) => first + i);
  const opens = days.map((day) => firstInstantAt(availability.timezone, day * DAY + 540 * MINUTE));
  return {
    doctorId: availability.doctorId,
    opens,
    closes: opens.map((open) => open + minutesADay * MINUTE),
    dates: days.map(dateOfDay),
    busy,
  };
}

function bareSlots({ doctorId, opens, closes, dates, busy }: Prepared): Slot[] {
  const slots: Slot[] = [];
  let next = 0;
  for (let day = 0; day < opens.length; day++) {
    const close = closes[day] ?? 0;
    const date = dates[day] ?? FROM;
    for (let start = opens[day] ?? 0; start + 20 * MINUTE <= close; start += 20 * MINUTE) {
      while ((busy[next]?.end ?? Number.POSITIVE_INFINITY) <= start) next++;
      if ((busy[next]?.start ?? Number.POSITIVE_INFINITY) < start + 20 * MINUTE) continue;
      slots.push({ doctorId, start, end: start + 20 * MINUTE, date, locationId: null });
    }
  }
  return slots;
}

/** Keeps the `limit` earliest, in order. */
function keepEarliest(found: Slot[], slot: Slot, limit: number): void {
  let place = found.length;
  while (place > 0 && (found[place - 1]?.start ?? 0) > slot.start) place--;
  found.splice(place, 0, slot);
  if (found.length > limit) found.pop();
}

/** Each doctor's free starts until one is too late to matter, from instants made ready before. */
function bareEarliest(doctors: readonly Prepared[], limit: number): Slot[] {
  const found: Slot[] = [];
  for (const { doctorId, opens, closes, dates, busy } of doctors) {
    let next = 0;
    search: for (let day = 0; day < opens.length; day++) {
      const close = closes[day] ?? 0;
      for (let start = opens[day] ?? 0; start + 20 * MINUTE <= close; start += 20 * MINUTE) {
        while ((busy[next]?.end ?? Number.POSITIVE_INFINITY) <= start) next++;
        if ((busy[next]?.start ?? Number.POSITIVE_INFINITY) < start + 20 * MINUTE) continue;
        if (start >= (found[limit - 1]?.start ?? Number.POSITIVE_INFINITY)) break search;
        keepEarliest(
          found,
          { doctorId, start, end: start + 20 * MINUTE, date: dates[day] ?? FROM, locationId: null },
          limit,
        );
      }
    }
  }
  return found;
}

/** The median over as many runs as fit in the budget, in milliseconds. */
function median(run: () => unknown): number {
  const until = performance.now() + budgetMilliseconds;
  for (let i = 0; i < 30 && performance.now() < until; i++) run();
  const times: number[] = [];
  while (times.length < 15 || performance.now() < until + budgetMilliseconds) {
    const start = performance.now();
    run();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return times[times.length >> 1] ?? 0;
}

function show(milliseconds: number): string {
  return milliseconds < 1 ? `${(milliseconds * 1000).toFixed(1)} µs` : `${milliseconds.toFixed(2)} ms`;
}

function compare(name: string, ours: () => Slot[], bare: () => Slot[]): void {
  const [slots, expected] = [ours(), bare()];
  if (JSON.stringify(slots) !== JSON.stringify(expected)) throw new Error(`${name}: the outputs differ`);
  // In turns, so that a busy machine is busy for both.
  let mine = Number.POSITIVE_INFINITY;
  let loop = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < TURNS; turn++) {
    mine = Math.min(mine, median(ours));
    loop = Math.min(loop, median(bare));
  }
  row(name, slots.length, show(mine), show(loop), `${(mine / loop).toFixed(2)} ×`);
}

const month = query(30, 440, busyTimes(9, 30, 440, 'Europe/Berlin'));
const cold = performance.now();
availableSlots(month);
const coldMilliseconds = performance.now() - cold;

const year = query(365, 480, busyTimes(2000, 365, 480, 'Europe/Berlin'));
const clinic = Array.from({ length: 1000 }, (_, doctor) =>
  query(30, 480, busyTimes(40 + (doctor % 7) * 20, 30, 480, ZONES[doctor % ZONES.length] ?? 'UTC', doctor % 3), doctor),
);
const preparedMonth = prepare(month, 440);
const preparedYear = prepare(year, 480);
const preparedClinic = clinic.map((each) => prepare(each, 480));

row('case', 'slots', 'domain', 'bare loop', 'ratio');
compare(
  'one doctor, 30 days',
  () => availableSlots(month),
  () => bareSlots(preparedMonth),
);
compare(
  'one doctor, 365 days, 2,000 busy',
  () => availableSlots(year),
  () => bareSlots(preparedYear),
);
compare(
  'earliest 20 of 1,000 doctors × 30 days',
  () => earliestSlots(clinic, 20),
  () => bareEarliest(preparedClinic, 20),
);
row('cold: the first case, first run of the process', '', show(coldMilliseconds));

console.log();
row('growth', 'slots', 'domain', 'µs / unit');
for (const days of [7, 30, 90, 365]) {
  const grown = query(days, 480, []);
  const took = median(() => availableSlots(grown));
  row(`days: ${days}, no busy times`, availableSlots(grown).length, show(took), ((took * 1000) / days).toFixed(3));
}
for (const count of [0, 500, 1000, 2000, 4000, 8000]) {
  const grown = query(365, 480, busyTimes(count, 365, 480, 'Europe/Berlin'));
  const took = median(() => availableSlots(grown));
  row(
    `busy times: ${count}, 365 days`,
    availableSlots(grown).length,
    show(took),
    ((took * 1000) / (count + 8760)).toFixed(3),
  );
}
for (const doctors of [10, 100, 1000, 5000]) {
  const grown = Array.from({ length: doctors }, (_, i) => clinic[i % clinic.length] ?? month);
  const took = median(() => earliestSlots(grown, 20));
  row(`doctors: ${doctors}, earliest 20 of 30 days`, 20, show(took), ((took * 1000) / doctors).toFixed(3));
}
for (const days of [7, 30, 90, 365]) {
  const grown = clinic.map((each) => ({ ...each, to: addDays(FROM, days - 1) }));
  const took = median(() => earliestSlots(grown, 20));
  row(`doctors: 1000, earliest 20 of ${days} days`, 20, show(took), ((took * 1000) / 1000).toFixed(3));
}
