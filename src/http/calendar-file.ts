/** Appointments as iCalendar (RFC 5545). A library writes the format; this module sets the properties. */
import ical, { ICalCalendarMethod, ICalEventStatus } from 'ical-generator';
import { tzlib_get_ical_block } from 'timezones-ical-library';
import type { Appointment } from '../../domain/scheduling/appointment.ts';
import { resolveReading, wallReading, type ZoneId } from '../../domain/shared/zone.ts';

export interface CalendarEntry {
  readonly appointment: Appointment;
  /** Place and person, in a few words. */
  readonly summary: string;
}

const STATUS: Readonly<Record<Appointment['status'], ICalEventStatus>> = {
  scheduled: ICalEventStatus.TENTATIVE,
  confirmed: ICalEventStatus.CONFIRMED,
  in_progress: ICalEventStatus.CONFIRMED,
  completed: ICalEventStatus.CONFIRMED,
  no_show: ICalEventStatus.CANCELLED,
  cancelled: ICalEventStatus.CANCELLED,
};

/**
 * One calendar. Each appointment keeps its UID and counts its versions in SEQUENCE (section 3.8.7.4), so that calendar
 * programs move an appointment that was moved and strike out one that was cancelled.
 * @param host the portal's host name, part of the UIDs
 */
export function calendarFile(entries: readonly CalendarEntry[], host: string, name: string): string {
  const calendar = ical({
    prodId: { company: 'Patient Portal', product: 'Calendar', language: 'EN' },
    method: ICalCalendarMethod.PUBLISH,
    name,
  });
  calendar.timezone({ name: null, generator: timezoneBlock });
  for (const { appointment, summary } of entries) {
    const { id, start, end, timezone, version, status, createdAt, updatedAt } = appointment;
    const zone = isUnambiguous(timezone, start) && isUnambiguous(timezone, end) ? timezone : null;
    calendar.createEvent({
      id: `${id}@${host}`,
      sequence: version - 1,
      stamp: new Date(updatedAt),
      created: new Date(createdAt),
      lastModified: new Date(updatedAt),
      start: zone === null ? new Date(start) : zonedDate(zone, start),
      end: zone === null ? new Date(end) : zonedDate(zone, end),
      timezone: zone,
      summary,
      status: STATUS[status],
    });
  }
  return calendar.toString();
}

/** VTIMEZONE of a zone; `null` if the library does not know the zone, whose times are then written in UTC. */
function timezoneBlock(zone: string): string | null {
  const [block] = tzlib_get_ical_block(zone);
  return block === undefined || block === '' ? null : block;
}

/**
 * Whether a local time identifies this instant: in a fold it means the first of the two (section 3.3.5), not the
 * second.
 */
function isUnambiguous(zone: ZoneId, instant: number): boolean {
  if (zone === 'UTC' || timezoneBlock(zone) === null) return false;
  const clock = resolveReading(zone, wallReading(zone, instant));
  return clock.kind === 'unique' || (clock.kind === 'fold' && clock.earlier === instant);
}

/** An instant whose local getters show a zone's clock: the interface of date-fns' TZDate, which the library expects. */
function zonedDate(zone: ZoneId, instant: number) {
  const date = new Date(instant);
  const wall = new Date(wallReading(zone, instant));
  const zoned = Object.assign(date, {
    timeZone: zone as string,
    internal: wall,
    withTimeZone: () => zoned,
    tzComponents: () => [] as string[],
    getFullYear: () => wall.getUTCFullYear(),
    getMonth: () => wall.getUTCMonth(),
    getDate: () => wall.getUTCDate(),
    getHours: () => wall.getUTCHours(),
    getMinutes: () => wall.getUTCMinutes(),
    getSeconds: () => wall.getUTCSeconds(),
  }) as Date & { timeZone: string; withTimeZone(zone?: string | null): typeof zoned };
  return zoned;
}
