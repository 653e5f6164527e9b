/** That a message about a series tells each date that stands and no other, whatever happens to the dates while it is held back. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeDelivery } from '../../../domain/notifications/delivery.ts';
import type { StoredDelivery } from '../../../domain/notifications/ports.ts';
import { DEFAULT_PREFERENCES } from '../../../domain/notifications/preferences.ts';
import type { DeliveryId } from '../../../domain/notifications/states.ts';
import { seriesAsItIsNow } from '../../../domain/scheduling/series-message.ts';
import type { AppointmentId, NotificationId, UserId } from '../../../domain/shared/ids.ts';
import type { SeriesDate } from '../../../domain/shared/series-dates.ts';
import type { LocalTime } from '../../../domain/shared/time.ts';
import { localDateAt, localTimeAt, type ZoneId } from '../../../domain/shared/zone.ts';
import { sized } from '../../support/size.ts';

const BERLIN = 'Europe/Berlin' as ZoneId;
const HOUR = 3_600_000;
const BEGIN = Date.parse('2026-03-02T08:00:00Z');
const PLACES = [null, 'East', 'West'] as const;

type Step =
  | { readonly type: 'cancel' | 'restore' | 'approve' | 'another doctor' | 'edit'; readonly which: number }
  | { readonly type: 'move'; readonly which: number; readonly hours: number; readonly place: (typeof PLACES)[number] }
  | { readonly type: 'wait'; readonly hours: number }
  | { readonly type: 'attempt' };

const which = fc.nat(9);
const steps = fc.array(
  fc.oneof(
    fc.record({ type: fc.constantFrom('cancel', 'restore', 'approve', 'another doctor', 'edit'), which }),
    fc.record({
      ...{ type: fc.constant('move' as const), which },
      ...{ hours: fc.integer({ min: -9, max: 50 }), place: fc.constantFrom(...PLACES) },
    }),
    fc.record({ type: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 9 }) }),
    fc.constant({ type: 'attempt' as const }),
  ),
  { maxLength: 20 },
) as fc.Arbitrary<Step[]>;

interface World {
  now: number;
  dates: SeriesDate[];
  wasHeld: boolean;
  dueAt: number;
  readonly isRequest: boolean;
  readonly booked: readonly SeriesDate[];
  readonly quiet: { readonly from: number; readonly hours: number } | null;
  outcome: 'open' | 'skipped' | 'sent';
}

const placed = (name: string | null): SeriesDate['place'] =>
  name === null ? null : { name, street: null, city: null, state: null, postalCode: null, country: null };

function change(date: SeriesDate, step: Exclude<Step, { readonly type: 'wait' | 'attempt' }>): SeriesDate {
  const next = { ...date, version: date.version + 1 };
  switch (step.type) {
    case 'cancel':
      return { ...next, status: 'cancelled' };
    case 'restore':
      return date.status === 'cancelled' ? { ...next, status: 'scheduled' } : date;
    case 'approve':
      return date.status === 'requested' ? { ...next, status: 'scheduled' } : date;
    case 'another doctor':
      return { ...next, isWithItsDoctor: false };
    case 'edit':
      return next;
    case 'move': {
      const by = step.hours * HOUR;
      return { ...next, start: date.start + by, end: date.end + by, place: placed(step.place) };
    }
  }
}

const clockAt = (hour: number) => `${String(hour % 24).padStart(2, '0')}:00` as LocalTime;
const toldOf = ({ start, place }: SeriesDate) => ({
  ...{ date: localDateAt(BERLIN, start), startTime: localTimeAt(BERLIN, start), place: place?.name ?? null },
});

/** As the message was written. */
function variablesOf({ booked, isRequest }: World) {
  const calendar = booked.map(({ id, start, end, version, status, updatedAt }) => ({
    appointment: {
      id,
      start,
      end,
      timezone: BERLIN,
      visitMode: 'in_person',
      version,
      status,
      createdAt: BEGIN,
      updatedAt,
    },
    place: null,
  }));
  return { doctorName: 'Dr D', timezone: BERLIN, times: booked.map(toldOf), isRequest, calendar };
}

function delivery(world: World): StoredDelivery {
  const { quiet, dates, wasHeld, now } = world;
  const quietHours = quiet && { from: clockAt(quiet.from), to: clockAt(quiet.from + quiet.hours), zone: BERLIN };
  const message = {
    template: 'appointment-series-booked',
    variables: variablesOf(world),
    category: 'appointment',
  } as const;
  const [first = dateOf(0, 'cancelled')] = dates;
  return {
    ...{ id: 'd' as DeliveryId, channel: 'email', state: wasHeld ? 'scheduled' : 'pending', attempts: 0, sendAt: now },
    ...{ provider: null, isOutcomeUnknown: false, others: [], device: null },
    notification: {
      id: 'n' as NotificationId,
      message: { ...message, announces: 'series', channels: null },
      ...{ isDamaged: false, status: 'pending', isRouted: true, usefulUntil: null, suppressed: [], receiverKey: null },
      receiver: {
        ...{ id: 'u' as UserId, email: 'a@b.example', firstName: null, language: 'en', open: true, isProven: true },
        ...{ objects: false, phone: null, devices: [], preferences: { ...DEFAULT_PREFERENCES, quietHours } },
      },
      appointment: {
        ...{ id: first.id, writtenForVersion: 1, version: first.version, status: first.status, start: first.start },
        // A date of the same series that the message does not tell of is no matter of it.
        ...{ concernsReceiver: true, isReplaced: false, series: [stranger, ...dates] },
      },
    },
  } as StoredDelivery;
}

const dateOf = (n: number, status: string): SeriesDate => ({
  ...{
    id: `a${n}` as AppointmentId,
    status,
    start: BEGIN + (n + 1) * 10 * HOUR,
    end: BEGIN + (n + 1) * 10 * HOUR + HOUR,
  },
  ...{ version: 1, updatedAt: BEGIN, isWithItsDoctor: true, place: null },
});
const stranger = dateOf(20, 'scheduled');

function attempt(world: World): void {
  if (world.outcome !== 'open' || world.dueAt > world.now) return;
  const { dates, isRequest, wasHeld, now } = world;
  const stand = dates
    .filter(({ status, isWithItsDoctor }) => isWithItsDoctor && status === (isRequest ? 'requested' : 'scheduled'))
    .filter(({ start }) => !wasHeld || start > now)
    .toSorted((a, b) => a.start - b.start || a.id.localeCompare(b.id));
  const stored = delivery(world);
  const verdict = judgeDelivery(stored, now);
  if (verdict.kind === 'hold') {
    world.wasHeld = true;
    world.dueAt = verdict.until;
    return;
  }
  expect(verdict.kind).toBe(stand.length === 0 ? 'skip' : 'send');
  world.outcome = verdict.kind === 'send' ? 'sent' : 'skipped';
  if (verdict.kind === 'send') expectTold(stored, stand, world);
}

function expectTold({ notification: { message, appointment } }: StoredDelivery, stand: SeriesDate[], world: World) {
  const { isRequest, wasHeld, now } = world;
  const told = seriesAsItIsNow(message, appointment?.series ?? null, wasHeld, now).message;
  const [first] = stand;
  if (first === undefined) return;
  const variables = told.variables as ReturnType<typeof variablesOf>;
  if (stand.length === 1) {
    expect(told.template).toBe(isRequest ? 'appointment-requested' : 'appointment-confirmation');
    expect(variables).toMatchObject({ ...toldOf(first), timezone: BERLIN });
    expect(variables).not.toHaveProperty('times');
  } else {
    expect(told.template).toBe('appointment-series-booked');
    expect(variables.times).toEqual(stand.map(toldOf));
  }
  expect(variables.calendar.map(({ appointment: { id, start, version } }) => ({ id, start, version }))).toEqual(
    stand.map(({ id, start, version }) => ({ id, start, version })),
  );
}

describe('the announcement of a series', () => {
  test('tells the dates that stand when it is sent, at their time and place then, and is skipped if none stands', () => {
    const quiet = fc.option(fc.record({ from: fc.nat(23), hours: fc.integer({ min: 1, max: 20 }) }));
    fc.assert(
      fc.property(fc.boolean(), fc.integer({ min: 1, max: 4 }), steps, quiet, (isRequest, count, all, quietHours) => {
        const booked = Array.from({ length: count }, (_, n) => dateOf(n, isRequest ? 'requested' : 'scheduled'));
        const world: World = {
          ...{ now: BEGIN, dueAt: BEGIN, dates: [...booked], booked, isRequest, quiet: quietHours },
          ...{ wasHeld: false, outcome: 'open' },
        };
        for (const step of all) {
          if (step.type === 'wait') world.now += step.hours * HOUR;
          else if (step.type === 'attempt') attempt(world);
          else world.dates = world.dates.map((date, n) => (n === step.which % count ? change(date, step) : date));
        }
        for (let round = 0; world.outcome === 'open' && round < 100; round++) {
          attempt(world);
          world.now += HOUR;
        }
        expect(world.outcome).not.toBe('open');
      }),
      { numRuns: sized(2000), seed: 261 },
    );
  });
});
