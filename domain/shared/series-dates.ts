/** Which dates of a series a message about it still tells when it is sent (ADR 0261). */
import type { AppointmentId } from './ids.ts';
import type { Instant } from './time.ts';

/** An appointment of a series as it stands. */
export interface SeriesDate {
  readonly id: AppointmentId;
  readonly status: string;
  readonly start: Instant;
  readonly end: Instant;
  readonly version: number;
  readonly updatedAt: Instant;
  /** Whether it is with the doctor of the series. */
  readonly isWithItsDoctor: boolean;
  /** Where it takes place; `null`: it is at no location. */
  readonly place: {
    readonly name: string;
    readonly street: string | null;
    readonly city: string | null;
    readonly state: string | null;
    readonly postalCode: string | null;
    readonly country: string | null;
  } | null;
}

interface ToldSeries {
  readonly isRequest?: boolean | undefined;
  readonly calendar: readonly { readonly appointment: { readonly id: AppointmentId } }[];
}

/** Whether the variables are of a message that says which appointments it tells of. */
export function isToldSeries(variables: object): variables is ToldSeries {
  return 'calendar' in variables && Array.isArray(variables.calendar);
}

/** Those of the series that the message tells of, in their order now. */
export function toldDates({ calendar }: ToldSeries, series: readonly SeriesDate[]): readonly SeriesDate[] {
  const told = new Set(calendar.map(({ appointment }) => appointment.id));
  return series.filter(({ id }) => told.has(id)).toSorted((a, b) => a.start - b.start);
}

/**
 * Those that are booked, or asked for, as the message says, whatever their time is now. One with another doctor is not: the message names the
 * doctor of the series, and that of the change the other.
 */
export function standingDates(variables: ToldSeries, series: readonly SeriesDate[]): readonly SeriesDate[] {
  return toldDates(variables, series).filter(
    ({ status, isWithItsDoctor }) =>
      isWithItsDoctor && status !== 'cancelled' && (status === 'requested') === (variables.isRequest === true),
  );
}

/** Without those that began while quiet hours held the message. */
export function datesToTell(
  variables: ToldSeries,
  series: readonly SeriesDate[],
  wasHeld: boolean,
  now: Instant,
): readonly SeriesDate[] {
  return standingDates(variables, series).filter(({ start }) => !wasHeld || start > now);
}
