/** What a message about a series says when it is sent (ADR 0261). */
import { datesToTell, isToldSeries, type SeriesDate } from '../shared/series-dates.ts';
import type { Instant } from '../shared/time.ts';
import { localDateAt, localTimeAt, type ZoneId } from '../shared/zone.ts';
import type { CalendarVisit } from './calendar-visit.ts';
import { placeInWords } from './location.ts';
import type { AppointmentFacts, SchedulingVariables } from './messages.ts';

type SeriesVariables = SchedulingVariables['appointment-series-booked'];

interface Message {
  readonly template: string;
  readonly variables: object;
}

/**
 * The message with the dates that stand, at their time and place now. A single one is told as a single appointment.
 * @param series as it stands; `null`: the message is about none
 * @param wasHeld by quiet hours
 */
export function seriesAsItIsNow(
  message: Message,
  series: readonly SeriesDate[] | null,
  wasHeld: boolean,
  now: Instant,
): { readonly message: Message; readonly single: SeriesDate | null } {
  const { variables } = message;
  if (series === null || !isToldSeries(variables)) return { message, single: null };
  const told = variables as SeriesVariables & { readonly calendar: readonly CalendarVisit[] };
  const dates = datesToTell(told, series, wasHeld, now);
  const before = new Map(told.calendar.map((visit) => [visit.appointment.id, visit]));
  const calendar = dates.flatMap((date) => {
    const visit = before.get(date.id);
    return visit === undefined ? [] : [visitNow(visit, date)];
  });
  const times = calendar.map((visit) => timeIn(told.timezone, visit));
  const [first, ...others] = calendar;
  const [time] = times;
  const [single = null] = dates;
  if (first === undefined || time === undefined || others.length > 0)
    return { message: { ...message, variables: { ...told, times, calendar } }, single: null };
  const { times: _, isRequest, ...shared } = told;
  const facts = { ...shared, ...time, visitMode: first.appointment.visitMode, calendar } satisfies AppointmentFacts;
  const template = isRequest === true ? 'appointment-requested' : 'appointment-confirmation';
  return { message: { template, variables: facts }, single };
}

function visitNow(
  { appointment }: CalendarVisit,
  { start, end, version, updatedAt, status, place }: SeriesDate,
): CalendarVisit {
  const now = { ...appointment, start, end, version, updatedAt, status: status as typeof appointment.status };
  return { appointment: now, place };
}

function timeIn(timezone: string, { appointment: { start, visitMode }, place }: CalendarVisit) {
  const zone = timezone as ZoneId;
  const isThere = visitMode === 'in_person' && place !== null && place.name !== null;
  return {
    date: localDateAt(zone, start),
    startTime: localTimeAt(zone, start),
    place: isThere ? placeInWords({ ...place, name: place.name }) : null,
  };
}
