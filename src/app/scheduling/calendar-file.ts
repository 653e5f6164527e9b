/** Appointments as iCalendar (RFC 5545). A library writes the format; this module sets the properties. */
import ical, { ICalCalendarMethod, ICalEventStatus } from 'ical-generator';
import type { Attachment } from '../../../domain/notifications/ports.ts';
import type { Appointment } from '../../../domain/scheduling/appointment.ts';
import { type CalendarAppointment, type CalendarVisit, placeOf } from '../../../domain/scheduling/calendar-visit.ts';
import type { Clinic } from '../../../domain/scheduling/clinic-settings.ts';
import { appointmentLink } from '../../../domain/shared/link-targets.ts';
import type { Words } from '../../../domain/shared/wording/wording.ts';
import { resolveReading, UTC, wallReading, type ZoneId } from '../../../domain/shared/zone.ts';
import { TZ_VERSION } from '../../../domain/shared/zone-table.ts';
import { timezoneBlock } from './calendar-zone.ts';

export interface CalendarEntry {
  readonly appointment: CalendarAppointment;
  /** Place and person, in a few words. */
  readonly summary: string;
  /** What can be done with it; `null` to leave it out. */
  readonly description: string | null;
  /** Name and address of the place; `null` where there is none. */
  readonly location: string | null;
}

/** Whose calendar it is. */
export interface CalendarSource {
  /** Its host name is part of the UIDs. */
  readonly publicUrl: string;
  /** The clinic, if it has given an address for mail: an organizer is known by nothing else (section 3.8.4.3). */
  readonly organizer: { readonly name: string; readonly email: string } | null;
}

export function calendarSource(publicUrl: string, { name, email }: Clinic): CalendarSource {
  return { publicUrl, organizer: name === null || email === null ? null : { name, email } };
}

export function calendarEntry(
  visit: CalendarVisit,
  summary: string,
  clinic: Clinic,
  description: string | null = null,
): CalendarEntry {
  return { appointment: visit.appointment, summary, description, location: placeOf(visit, clinic) };
}

/**
 * The file of a mail. Appointments that do not take place are withdrawn (RFC 5546 section 3.2.5); others are published, with the
 * UID and SEQUENCE that feeds give them, in the words of the mail's language. The media type has no parameters: SendGrid refuses them, and the text itself has the method.
 */
export function mailedCalendarFile(
  visits: readonly CalendarVisit[],
  doctorName: string,
  clinic: Clinic,
  publicUrl: string,
  { calendar }: Pick<Words, 'calendar'>,
): Attachment {
  const isWithdrawn = visits.every(({ appointment }) => STATUS[appointment.status] === ICalEventStatus.CANCELLED);
  const method = isWithdrawn ? ICalCalendarMethod.CANCEL : ICalCalendarMethod.PUBLISH;
  const entries = visits.map((visit) => calendarEntry(visit, calendar.visit(doctorName), clinic, calendar.about));
  return {
    filename: 'appointment.ics',
    type: 'text/calendar',
    text: calendarFile(entries, calendarSource(publicUrl, clinic), calendar.name, method),
  };
}

/** How long programs that subscribe may wait before they ask again, in seconds. */
const REFRESH_SECONDS = 15 * 60;

/** `requested` waits for the clinic. `scheduled` is booked and takes the time: the patient's confirmation is wanted, and the appointment stands without it. */
const STATUS: Readonly<Record<Appointment['status'], ICalEventStatus>> = {
  requested: ICalEventStatus.TENTATIVE,
  scheduled: ICalEventStatus.CONFIRMED,
  confirmed: ICalEventStatus.CONFIRMED,
  arrived: ICalEventStatus.CONFIRMED,
  roomed: ICalEventStatus.CONFIRMED,
  in_progress: ICalEventStatus.CONFIRMED,
  completed: ICalEventStatus.CONFIRMED,
  left_without_being_seen: ICalEventStatus.CONFIRMED,
  no_show: ICalEventStatus.CANCELLED,
  cancelled: ICalEventStatus.CANCELLED,
};

/**
 * One calendar. Each appointment keeps its UID and counts its versions in SEQUENCE (section 3.8.7.4), so that calendar
 * programs move an appointment that was moved and strike out one that was cancelled.
 */
export function calendarFile(
  entries: readonly CalendarEntry[],
  { publicUrl, organizer }: CalendarSource,
  name: string,
  method: ICalCalendarMethod = ICalCalendarMethod.PUBLISH,
): string {
  const { hostname } = new URL(publicUrl);
  const calendar = ical({
    prodId: { company: 'Patient Portal', product: 'Calendar', language: 'EN' },
    method,
    name,
    ttl: REFRESH_SECONDS,
    x: { 'X-PATIENT-PORTAL-TZDB': TZ_VERSION },
  });
  const period = {
    start: Math.min(...entries.map(({ appointment }) => appointment.start)),
    end: Math.max(...entries.map(({ appointment }) => appointment.end)),
  };
  calendar.timezone({ name: null, generator: (zone) => timezoneBlock(zone, period) });
  for (const { appointment, summary, description, location } of entries) {
    const { id, start, end, timezone, version, status, createdAt, updatedAt } = appointment;
    const zone = isUnambiguous(timezone, start) && isUnambiguous(timezone, end) ? timezone : null;
    calendar.createEvent({
      id: `${id}@${hostname}`,
      sequence: version - 1,
      stamp: new Date(updatedAt),
      created: new Date(createdAt),
      lastModified: new Date(updatedAt),
      start: zone === null ? new Date(start) : zonedDate(zone, start),
      end: zone === null ? new Date(end) : zonedDate(zone, end),
      timezone: zone,
      summary,
      description,
      location,
      organizer,
      url: appointmentLink(publicUrl, id),
      status: STATUS[status],
    });
  }
  // Every line ends in CRLF, the last one too (section 3.1).
  return `${propertiesFirst(calendar.toString())}\r\n`;
}

/** The properties of a calendar come before its components (section 3.6); the library writes some of them after. */
function propertiesFirst(text: string): string {
  const [begin = '', ...lines] = text.split('\r\n');
  const end = lines.pop() ?? '';
  const properties: string[] = [];
  const components: string[] = [];
  let depth = 0;
  for (const line of lines) {
    if (line.startsWith('BEGIN:')) depth += 1;
    // A line that was folded continues the one before it (section 3.1), which has gone the same way.
    (depth === 0 ? properties : components).push(line);
    if (line.startsWith('END:')) depth -= 1;
  }
  return [begin, ...properties, ...components, end].join('\r\n');
}

/** Whether a local time names this instant alone. In a fold, which readers resolve differently, both hours are given in UTC. */
function isUnambiguous(zone: ZoneId, instant: number): boolean {
  return zone !== UTC && resolveReading(zone, wallReading(zone, instant)).kind === 'unique';
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
