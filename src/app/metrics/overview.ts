/** What the dashboards show, for administrators without Grafana: bounded counts of the database in one round trip. */
import type { AuditEventType } from '../../../domain/audit-catalog.ts';
import type { EventCount } from '../../../domain/platform/gauges.ts';
import { COUNTED_AT_MOST } from '../../../domain/platform/gauges.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type { Deps } from '../context.ts';
import type { Known } from './gauges.ts';

/** The events that the overview counts, by what it calls them. */
export const COUNTED_EVENTS = {
  registered: ['user.registered', 'patient.registered'],
  signInsSucceeded: ['login.succeeded'],
  signInsFailed: ['login.failed'],
  signInsBlocked: ['login.blocked'],
  factorsFailed: ['mfa.challenge_failed'],
  accessDenied: ['access.denied'],
  booked: ['appointment.booked', 'appointment.requested'],
  rescheduled: ['appointment.rescheduled'],
  cancelled: ['appointment.cancelled'],
  noShows: ['appointment.no_show'],
} as const satisfies Readonly<Record<string, readonly AuditEventType[]>>;

export type CountedEvent = keyof typeof COUNTED_EVENTS;

export interface Overview extends Known {
  readonly counts: Readonly<Record<CountedEvent, Omit<EventCount, 'type'>>>;
}

export async function readOverview(
  deps: Pick<Deps, 'database' | 'loads' | 'settings'>,
  now: Instant,
): Promise<Overview> {
  const { notifications, platform } = deps.loads;
  const [queues, deadLetters, gauges, counted] = await deps.database.load(
    notifications.queues(now, deps.settings.rates),
    notifications.deadLetterCounts(COUNTED_AT_MOST),
    platform.gauges(now),
    platform.eventCounts(Object.values(COUNTED_EVENTS).flat(), now),
  );
  return { at: now, queues, deadLetters, gauges, counts: byName(counted) };
}

function byName(counted: readonly EventCount[]): Overview['counts'] {
  const sum = (types: readonly string[], part: 'lastHour' | 'lastDay') =>
    counted.filter(({ type }) => types.includes(type)).reduce((total, count) => total + count[part], 0);
  const entries = Object.entries(COUNTED_EVENTS).map(([name, types]) => [
    name,
    { lastHour: sum(types, 'lastHour'), lastDay: sum(types, 'lastDay') },
  ]);
  return Object.fromEntries(entries) as Overview['counts'];
}
