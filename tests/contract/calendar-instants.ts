/** Calendar files of one appointment or many, and what two readers make of them. */
import type { CalendarAppointment } from '../../domain/scheduling/calendar-visit.ts';
import type { AppointmentId } from '../../domain/shared/ids.ts';
import { type ZoneId, zoneOffset } from '../../domain/shared/zone.ts';
import { changesWithin, findZone, zoneNames } from '../../domain/shared/zone-rules.ts';
import { type CalendarEntry, calendarFile } from '../../src/app/scheduling/calendar-file.ts';
import { eventsOf, timesByRuntime } from './calendar-readers.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const [FROM, UNTIL] = [Date.UTC(2025, 0, 1), Date.UTC(2031, 0, 1)];

export function entryAt(
  timezone: string,
  start: number,
  place: Partial<CalendarEntry & CalendarAppointment> = {},
): CalendarEntry {
  const appointment: CalendarAppointment = {
    id: `01900000-0000-7000-8000-${String(start).padStart(12, '0').slice(-12)}` as AppointmentId,
    start,
    end: start + 30 * MINUTE,
    timezone: timezone as ZoneId,
    visitMode: 'in_person',
    version: 3,
    status: place.status ?? 'confirmed',
    createdAt: 0,
    updatedAt: 0,
  };
  return { appointment, summary: place.summary ?? 'x', description: null, location: place.location ?? null };
}

export const file = (entries: readonly CalendarEntry[]) =>
  calendarFile(entries, { publicUrl: 'https://portal.example', organizer: null }, 'n');

/** Starts around every change of the clocks, and each 17 days at changing hours. */
export function startsIn(zone: string): readonly number[] {
  const rules = findZone(zone);
  const around = (rules === undefined ? [] : changesWithin(rules, FROM, UNTIL)).flatMap(({ at }) =>
    [-90, -60, -30, -15, 0, 30, 60, 90].map((minutes) => at + minutes * MINUTE),
  );
  const regular = Array.from(
    { length: Math.floor((UNTIL - FROM) / (17 * DAY)) },
    (_, n) => FROM + n * (17 * DAY + 7 * 60 * MINUTE),
  );
  // One appointment for each start: readers take two with one UID for the same.
  return [...new Set([...around, ...regular])];
}

/** Zones whose rules the runtime has in an older version, under all their names. */
export const OLDER_IN_RUNTIME = zoneNames().filter((name) => {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  const differs = (at: number) => {
    const [, sign = '+', hours = '0', minutes = '0'] = /GMT(?:([+-])(\d{2}):(\d{2}))?$/.exec(format.format(at)) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * MINUTE !== zoneOffset(name as ZoneId, at);
  };
  return [Date.UTC(2026, 11, 15), Date.UTC(2027, 1, 15)].some(differs);
});

/** Reads a file of the appointments of 2025 to 2030 in each zone. @returns zone and reader where the instants differ */
export function misread(zones: readonly string[]): readonly string[] {
  return zones.flatMap((zone) => {
    const starts = startsIn(zone);
    const text = file(starts.map((start) => entryAt(zone, start)));
    const expected = JSON.stringify(starts.map((start) => [start, start + 30 * MINUTE]));
    const read = (events: readonly { start: string; end: string }[]) =>
      JSON.stringify(events.map(({ start, end }) => [Date.parse(start), Date.parse(end)]));
    return [
      ...(read(eventsOf(text)) === expected ? [] : [`${zone} by ical.js`]),
      ...(OLDER_IN_RUNTIME.includes(zone) || read(timesByRuntime(text)) === expected ? [] : [`${zone} by node-ical`]),
    ];
  });
}
