/** Whether what a message says of an appointment is still true when it is sent (ADR 0257). */
import { datesToTell, isToldSeries, type SeriesDate, standingDates, toldDates } from '../shared/series-dates.ts';
import type { Instant } from '../shared/time.ts';
import { localDateAt, localTimeAt, type ZoneId } from '../shared/zone.ts';
import type { StoredNotification } from './ports.ts';

type Untrue = 'appointment_changed' | 'appointment_closed' | 'appointment_past';

/**
 * Why an announcement that waited, for the end of quiet hours, for its provider or for its job, is not sent any more: the appointment
 * does not stand as it says, or a later message says how it stands. The later one may be sent first, and whoever changed the appointment for the
 * patient gets none, so both are asked. If the appointment began while it waited, it is of no use, but for one that says how late the
 * appointment is and was not held.
 * @param wait when it was due, and whether quiet hours or the cap of a day held it until then
 */
export function untrue(
  { message: { announces, variables }, appointment }: Pick<StoredNotification, 'message' | 'appointment'>,
  wait: { readonly since: Instant; readonly wasHeld: boolean },
  now: Instant,
): Untrue | null {
  if (appointment === null || announces === null) return null;
  const { status, start, isReplaced, series } = appointment;
  if (announces === 'series') return series === null ? null : untrueSeries(variables, series, wait.wasHeld, now);
  const isOff = status === 'cancelled';
  if (isOff && announces !== 'off') return 'appointment_closed';
  if (isReplaced || isOff !== (announces === 'off')) return 'appointment_changed';
  if (isOff) return null;
  const isAsSaid = (status === 'requested') === (announces === 'requested') && isAt(variables, start);
  if (!isAsSaid) return 'appointment_changed';
  const waitedForIt = wait.wasHeld || (announces !== 'late' && wait.since < start);
  return waitedForIt && start <= now ? 'appointment_past' : null;
}

/** A message about a series is sent while one of its dates stands; it tells those alone (ADR 0261). */
function untrueSeries(variables: object, series: readonly SeriesDate[], wasHeld: boolean, now: Instant): Untrue | null {
  // One of the version before does not say which appointments it tells of.
  if (!isToldSeries(variables) || datesToTell(variables, series, wasHeld, now).length > 0) return null;
  if (standingDates(variables, series).length > 0) return 'appointment_past';
  const isOff = toldDates(variables, series).every(({ status }) => status === 'cancelled');
  return isOff ? 'appointment_closed' : 'appointment_changed';
}

/** Whether the time that a message tells is the one of the appointment. */
function isAt(variables: object, start: Instant): boolean {
  const { date, startTime, timezone } = { date: null, startTime: null, timezone: null, ...variables };
  if (typeof timezone !== 'string') return true;
  const zone = timezone as ZoneId;
  return date === localDateAt(zone, start) && startTime === localTimeAt(zone, start);
}
