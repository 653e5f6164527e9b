/** Appointments as iCalendar (RFC 5545), written by a library; here is only what each property says. */
import ical, { ICalCalendarMethod, ICalEventStatus } from 'ical-generator';
import { tzlib_get_ical_block } from 'timezones-ical-library';
import type { Appointment } from '../../domain/scheduling/appointment.ts';
import { resolveReading, wallReading, type ZoneId } from '../../domain/shared/zone.ts';

export interface CalendarEntry {
  readonly appointment: Appointment;
  /** Where and with whom, in a few words. */
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
 * One calendar. Each appointment keeps its UID for life and counts its versions in SEQUENCE (section 3.8.7.4), so that a
 * moved one moves and a cancelled one is struck out in calendars that have it.
 * @param host names the portal in the UIDs
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
    const zone = isTold(timezone, start) && isTold(timezone, end) ? timezone : null;
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

/** VTIMEZONE of a zone; `null` for one the library does not know, whose times are then told in UTC. */
function timezoneBlock(zone: string): string | null {
  const [block] = tzlib_get_ical_block(zone);
  return block === undefined || block === '' ? null : block;
}

/** Whether a local time says this instant: in a fold it means the first of the two (section 3.3.5), so the second does not. */
function isTold(zone: ZoneId, instant: number): boolean {
  if (zone === 'UTC' || timezoneBlock(zone) === null) return false;
  const clock = resolveReading(zone, wallReading(zone, instant));
  return clock.kind === 'unique' || (clock.kind === 'fold' && clock.earlier === instant);
}

/** An instant whose local getters show a zone's clock: the shape of date-fns' TZDate, which the library asks for. */
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
