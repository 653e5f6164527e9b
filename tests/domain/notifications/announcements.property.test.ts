/** That nobody is told what is no longer true of an appointment, and nobody misses what is true at last, whatever holds messages back. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeDelivery } from '../../../domain/notifications/delivery.ts';
import type { StoredDelivery } from '../../../domain/notifications/ports.ts';
import { DEFAULT_PREFERENCES } from '../../../domain/notifications/preferences.ts';
import type { DeliveryId } from '../../../domain/notifications/states.ts';
import type { AppointmentId, NotificationId, UserId } from '../../../domain/shared/ids.ts';
import type { Announcement } from '../../../domain/shared/messages.ts';
import type { LocalTime } from '../../../domain/shared/time.ts';
import { localDateAt, localTimeAt, type ZoneId } from '../../../domain/shared/zone.ts';
import { sized } from '../../support/size.ts';

const BERLIN = 'Europe/Berlin' as ZoneId;
const HOUR = 3_600_000;
const BEGIN = Date.parse('2026-03-02T08:00:00Z');
/** Far behind all that happens: what is past is a rule of its own. */
const START = BEGIN + 30 * 24 * HOUR;
const PEOPLE = ['patient', 'proxy'] as const;
type Who = (typeof PEOPLE)[number];

/** How an appointment stands, in the words of its messages. */
interface State {
  readonly says: Announcement;
  readonly start: number;
  /** Minutes of the last message about a delay. */
  readonly late: number;
}

interface Message extends State {
  readonly to: Who;
  readonly version: number;
  /** In the order in which they were made. */
  readonly number: number;
}

type Step =
  | { readonly type: 'book' | 'request' | 'approve' | 'cancel' | 'restore'; readonly by: Who | 'clinic' }
  | { readonly type: 'move'; readonly by: Who | 'clinic'; readonly hours: number }
  | { readonly type: 'late'; readonly minutes: number }
  /** Changes the version and nothing that is told. */
  | { readonly type: 'edit' }
  | { readonly type: 'wait'; readonly hours: number }
  /** A job that is due runs: any of those that wait, in any order. */
  | { readonly type: 'attempt'; readonly which: number };

const by = fc.constantFrom<Who | 'clinic'>('clinic', 'patient', 'proxy');
const steps = fc.array(
  fc.oneof(
    fc.record({ type: fc.constantFrom('approve', 'cancel', 'restore'), by }),
    fc.record({ type: fc.constant('move' as const), by, hours: fc.integer({ min: -2, max: 2 }) }),
    fc.record({ type: fc.constant('late' as const), minutes: fc.constantFrom(0, 15, 30) }),
    fc.constant({ type: 'edit' as const }),
    fc.record({ type: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ type: fc.constant('attempt' as const), which: fc.nat(9) }),
  ),
  { maxLength: 30 },
) as fc.Arbitrary<Step[]>;
const quiet = fc.option(fc.record({ from: fc.integer({ min: 0, max: 23 }), hours: fc.integer({ min: 1, max: 20 }) }));
const clockAt = (hour: number) => `${String(hour % 24).padStart(2, '0')}:00` as LocalTime;

interface World {
  now: number;
  version: number;
  status: string;
  start: number;
  made: Message[];
  waiting: { readonly message: Message; wasHeld: boolean; dueAt: number }[];
  readonly sent: Message[];
  readonly quiet: Readonly<Record<Who, { readonly from: number; readonly hours: number } | null>>;
}

/** Tells everybody but the proxy who did it. */
function tell(world: World, actor: Who | 'clinic', says: Announcement, late = 0): void {
  for (const to of PEOPLE) {
    if (actor === 'proxy' && to === 'proxy' && says !== 'late') continue;
    const { version, start } = world;
    const message = { to, says, start, late, version, number: world.made.length };
    world.made.push(message);
    world.waiting.push({ message, wasHeld: false, dueAt: world.now });
  }
}

const said = ({ status }: World): Announcement =>
  status === 'cancelled' ? 'off' : status === 'requested' ? 'requested' : 'stands';

type Change = Exclude<Step, { readonly type: 'wait' | 'attempt' }>;

/** @returns the status that it leads to; `null`: it is not possible */
function statusAfter({ status }: World, step: Change): string | null {
  switch (step.type) {
    case 'book':
      return 'scheduled';
    case 'request':
      return 'requested';
    case 'approve':
      return status === 'requested' ? 'scheduled' : null;
    case 'cancel':
      return status === 'cancelled' ? null : 'cancelled';
    case 'restore':
      return status === 'cancelled' ? 'scheduled' : null;
    case 'move':
      if (status === 'cancelled' || step.hours === 0) return null;
      return step.by === 'patient' ? status : 'scheduled';
    case 'late':
      return status === 'scheduled' ? status : null;
    case 'edit':
      return status;
  }
}

function change(world: World, step: Change): void {
  const status = statusAfter(world, step);
  if (status === null) return;
  if (step.type === 'late') tell(world, 'clinic', 'late', step.minutes);
  else {
    world.status = status;
    world.version += 1;
    if (step.type === 'move') world.start += step.hours * HOUR;
    if (step.type !== 'edit') tell(world, step.by, said(world));
  }
}

/** As the database loads it. */
function stored(world: World, message: Message, wasHeld: boolean): StoredDelivery {
  const { to, says, start, version, number } = message;
  const isLater = (other: Message) =>
    other.to === to && (other.says === 'late') === (says === 'late') && other.number > number;
  const hours = world.quiet[to];
  const quietHours = hours && { from: clockAt(hours.from), to: clockAt(hours.from + hours.hours), zone: BERLIN };
  const variables = { date: localDateAt(BERLIN, start), startTime: localTimeAt(BERLIN, start), timezone: BERLIN };
  const told = { template: 'x', variables, category: 'appointment', announces: says, channels: null } as const;
  return {
    id: `d${number}` as DeliveryId,
    ...{ channel: 'email', state: wasHeld ? 'scheduled' : 'pending', attempts: 0, sendAt: world.now },
    ...{ provider: null, isOutcomeUnknown: false, others: [], device: null },
    notification: {
      id: `n${number}` as NotificationId,
      message: told,
      ...{ isDamaged: false, status: 'pending', isRouted: true, usefulUntil: null, suppressed: [], receiverKey: null },
      receiver: {
        ...{ id: to as UserId, email: 'a@b.example', firstName: null, language: 'en', open: true, isProven: true },
        ...{ objects: false, phone: null, devices: [], preferences: { ...DEFAULT_PREFERENCES, quietHours } },
      },
      appointment: {
        ...{ id: 'a' as AppointmentId, writtenForVersion: version, version: world.version, status: world.status },
        ...{ start: world.start, concernsReceiver: true, isReplaced: world.made.some(isLater), series: null },
      },
    },
  } as StoredDelivery;
}

/** Works on one message that is due. What it says must be how the appointment stands. */
function attempt(world: World, which: number): void {
  const due = world.waiting.filter(({ dueAt }) => dueAt <= world.now);
  const next = due[which % Math.max(1, due.length)];
  if (next === undefined) return;
  const verdict = judgeDelivery(stored(world, next.message, next.wasHeld), world.now);
  if (verdict.kind === 'hold') {
    next.wasHeld = true;
    next.dueAt = verdict.until;
    return;
  }
  world.waiting = world.waiting.filter((each) => each !== next);
  if (verdict.kind !== 'send') return;
  const { says, start, to, late } = next.message;
  const isLate = says === 'late';
  const now = said(world);
  expect(isLate ? 'stands' : says).toBe(now);
  if (now !== 'off') expect(start).toBe(world.start);
  if (isLate) expect(late).toBe(world.made.findLast((each) => each.to === to && each.says === 'late')?.late);
  world.sent.push(next.message);
}

function run(first: 'book' | 'request', all: readonly Step[], quietHours: World['quiet']): World {
  const world: World = {
    ...{ now: BEGIN, version: 0, status: '', start: START, made: [], waiting: [], sent: [], quiet: quietHours },
  };
  change(world, { type: first, by: 'clinic' });
  for (const step of all) {
    if (step.type === 'wait') world.now += step.hours * HOUR;
    else if (step.type === 'attempt') attempt(world, step.which);
    else change(world, step);
  }
  for (let round = 0; world.waiting.length > 0 && round < 1000; round++) {
    if (world.waiting.every(({ dueAt }) => dueAt > world.now)) world.now += HOUR;
    attempt(world, 0);
  }
  return world;
}

describe('announcements of an appointment', () => {
  test('are true when they are sent, and the last one that concerns somebody is sent', () => {
    const first = fc.constantFrom('book' as const, 'request' as const);
    fc.assert(
      fc.property(first, steps, fc.record({ patient: quiet, proxy: quiet }), (begins, all, quietHours) => {
        const world = run(begins, all, quietHours);
        expect(world.waiting).toEqual([]);
        // The patient is told of each change: the last one is never missing, and nothing older comes after it.
        const stateOf = (messages: readonly Message[]) =>
          messages.findLast(({ to, says }) => to === 'patient' && says !== 'late')?.number;
        expect(stateOf(world.sent)).toBe(stateOf(world.made));
        for (const to of PEOPLE) {
          const order = world.sent.filter((each) => each.to === to && each.says !== 'late').map(({ number }) => number);
          expect(order).toEqual(order.toSorted((a, b) => a - b));
        }
      }),
      { numRuns: sized(2000), seed: 257 },
    );
  });
});
