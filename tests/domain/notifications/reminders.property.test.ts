/**
 * Reminders against a clock that moves, seen minute by minute by a slow model: while the appointment is booked, moved, edited, cancelled and
 * restored, and its patient chooses other lead times and quiet hours, across changes of the clocks, with jobs that run late, and deliveries that
 * wait for the rate of their channel.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { heldUntil, type QuietHours } from '../../../domain/notifications/quiet-hours.ts';
import { planReminders, type WrittenReminder } from '../../../domain/notifications/reminders.ts';
import type { NotificationId, UserId } from '../../../domain/shared/ids.ts';
import type { LocalTime } from '../../../domain/shared/time.ts';
import type { ZoneId } from '../../../domain/shared/zone.ts';
import { sized } from '../../support/size.ts';

const MINUTE = 60_000;
const MARIA = 'maria' as UserId;
const ZONE = 'Europe/Berlin' as ZoneId;
/** The days on which clocks are changed in Berlin, and one on which they are not. */
const BEGINNINGS = [Date.UTC(2026, 2, 28, 0), Date.UTC(2026, 9, 24, 0), Date.UTC(2026, 5, 10, 0)];
const LENGTH = 60 * 60;
/** Jobs run late by this many minutes at most, and a delivery waits as long for the rate. */
const LATEST = 4;
const SLACK = 3 * LATEST + 2;
const LEADS = [15, 60, 120, 180, 600, 1440, 1500, 2880];

interface Wishes {
  readonly reminderMinutes: readonly number[];
  readonly quietHours: QuietHours | null;
}

type Step =
  | { readonly kind: 'move'; readonly start: number }
  | { readonly kind: 'edit' | 'cancel' | 'restore' }
  | { readonly kind: 'wish'; readonly wishes: Wishes };

interface Minute {
  readonly start: number;
  readonly version: number;
  readonly isOpen: boolean;
  readonly wishes: Wishes;
}

const localTime = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom('00', '30', '45'))
  .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${minute}` as LocalTime);
/** Of at most 14 hours, so that there is time between two of them, however clocks are changed. */
const quiet = fc.tuple(localTime, fc.integer({ min: 1, max: 28 })).map(([from, halves]): QuietHours => {
  const [hour = 0, minute = 0] = from.split(':').map(Number);
  const end = (hour * 60 + minute + halves * 30) % (24 * 60);
  const to = `${String(Math.floor(end / 60)).padStart(2, '0')}:${String(end % 60).padStart(2, '0')}` as LocalTime;
  return { from, to, zone: ZONE };
});
const wishes = fc.record<Wishes>({
  reminderMinutes: fc.uniqueArray(fc.constantFrom(...LEADS), {
    minLength: 1,
    maxLength: 4,
  }),
  quietHours: fc.option(quiet),
});
const startAt = fc.integer({ min: 60, max: LENGTH + 300 });
const step = fc.oneof<fc.Arbitrary<Step>[]>(
  startAt.map((start) => ({ kind: 'move', start })),
  fc.constantFrom<Step>(
    { kind: 'edit' },
    { kind: 'edit' },
    { kind: 'cancel' },
    { kind: 'restore' },
    { kind: 'restore' },
  ),
  wishes.map((chosen) => ({ kind: 'wish', wishes: chosen })),
);
/** Anywhen, or about when a reminder of the first start is due. */
const when = fc.oneof(
  fc.integer({ min: 1, max: LENGTH - 1 }).map((passed) => () => passed),
  fc.tuple(fc.constantFrom(...LEADS), fc.integer({ min: -3, max: 6 })).map(
    ([lead, more]) =>
      (start: number) =>
        start - lead + more,
  ),
);
const story = fc
  .record({
    begin: fc.constantFrom(...BEGINNINGS),
    start: startAt,
    first: wishes,
    steps: fc.array(fc.tuple(when, step), { maxLength: 9 }),
    delays: fc.array(fc.nat(LATEST), { minLength: 1, maxLength: 7 }),
  })
  .map((told) => ({ ...told, steps: told.steps.map(([at, done]) => [at(told.start), done] as const) }));
type Story = typeof story extends fc.Arbitrary<infer T> ? T : never;

/** By the clock that people read. */
const clock = new Intl.DateTimeFormat('en-GB', {
  timeZone: ZONE,
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const shown = new Map<number, string>();
/** Kept, because formatting is slow. */
function shownAt(at: number): string {
  const known = shown.get(at) ?? clock.format(at);
  shown.set(at, known);
  return known;
}

function isQuietAt({ quietHours }: Wishes, at: number): boolean {
  if (quietHours === null) return false;
  const { from, to } = quietHours;
  const time = shownAt(at);
  return from < to ? from <= time && time < to : from <= time || time < to;
}

interface Sent {
  readonly at: number;
  readonly start: number;
  readonly leadMinutes: number;
  readonly minute: Minute;
}

/** @returns whether a delivery that is due waits for the rate */
function rate(late: () => number) {
  const allowed = new Map<string, number>();
  return (id: string, at: number): boolean => {
    const from = allowed.get(id) ?? at + late();
    allowed.set(id, from);
    if (from <= at) allowed.delete(id);
    return from > at;
  };
}

/** The portal: what the planning decides, with jobs that plan, route and deliver. */
function run({ begin, start, first, steps, delays }: Story) {
  let now: Minute = { start: begin + start * MINUTE, version: 1, isOpen: true, wishes: first };
  const minutes: Minute[] = [];
  const sent: Sent[] = [];
  let rows: WrittenReminder[] = [];
  let turn = 0;
  const late = () => (delays[turn++ % delays.length] ?? 0) * MINUTE;
  const planning = [{ at: begin + late(), since: begin }];
  const set = (id: string, state: WrittenReminder['state']) => {
    rows = rows.map((row) => (row.id === id ? { ...row, state } : row));
  };
  const held = new Map<string, number>();
  const waits = rate(late);
  for (let passed = 0; passed < LENGTH; passed++) {
    const at = begin + passed * MINUTE;
    for (const [, done] of steps.filter(([when]) => when === passed)) {
      const next = after(now, done, begin);
      if (next === now) continue;
      now = next;
      planning.push({ at: at + late(), since: at });
    }
    for (const { since } of planning.filter((each) => each.at === at)) rows = planned(now, rows, { since, now: at });
    for (const row of rows) {
      if (row.state !== 'open' || row.sendAt > at) continue;
      const verdict = judge(now, row, at);
      set(row.id, verdict);
      const until = heldUntil(now.wishes.quietHours, now.start, at);
      if (verdict === 'gone' && until !== null) held.set(row.id, until);
    }
    for (const row of rows) {
      const until = held.get(row.id);
      if (until === undefined || until > at) continue;
      if (waits(row.id, at)) continue;
      held.delete(row.id);
      const again = heldUntil(now.wishes.quietHours, now.start, at);
      const verdict = judge(now, row, at);
      if (verdict === 'gone' && again !== null && again > at) held.set(row.id, again);
      else if (verdict === 'gone' && again !== null)
        sent.push({ at, start: row.start, leadMinutes: row.leadMinutes, minute: now });
      else set(row.id, verdict);
      // The planning of this minute has run.
      if (verdict === 'lapsed') planning.push({ at: at + MINUTE + late(), since: at });
    }
    minutes.push(now);
  }
  return { minutes, sent };
}

function planned(now: Minute, rows: WrittenReminder[], moments: { since: number; now: number }): WrittenReminder[] {
  if (!now.isOpen || now.start <= moments.now) return rows;
  const { write, drop } = planReminders(now, [{ id: MARIA, preferences: now.wishes }], rows, moments);
  return [
    ...rows.map((row) => (drop.includes(row.id) ? { ...row, state: 'dropped' as const } : row)),
    ...write.map((one, more) => ({
      ...{ ...one, id: `r${rows.length + more}` as NotificationId },
      ...{ version: now.version, start: now.start, state: 'open' as const },
    })),
  ];
}

function judge(now: Minute, row: WrittenReminder, at: number): WrittenReminder['state'] {
  if (row.version !== now.version) return 'lapsed';
  return !now.isOpen || now.start <= at ? 'dropped' : 'gone';
}

function after(now: Minute, done: Step, begin: number): Minute {
  const version = now.version + 1;
  switch (done.kind) {
    case 'move':
      return now.isOpen ? { ...now, version, start: begin + done.start * MINUTE } : now;
    case 'edit':
      return { ...now, version };
    case 'cancel':
      return now.isOpen ? { ...now, version, isOpen: false } : now;
    case 'restore':
      return now.isOpen ? now : { ...now, version, isOpen: true };
    case 'wish':
      return { ...now, wishes: done.wishes };
  }
}

/** When a reminder should come, minute by minute: held until quiet hours end, or before they begin if that is too late. */
function dueAt(start: number, lead: number, chosen: Wishes): number {
  const nominal = start - lead * MINUTE;
  if (!isQuietAt(chosen, nominal)) return nominal;
  let end = nominal;
  while (isQuietAt(chosen, end)) end += MINUTE;
  if (end + 15 * MINUTE <= start) return end;
  let first = nominal;
  while (isQuietAt(chosen, first - MINUTE)) first -= MINUTE;
  return first - 15 * MINUTE;
}

/** The minute by which a reminder that is due must have come; `undefined` if none has to: something changed, or quiet hours begin. */
function deadlineOf({ begin }: Story, minutes: readonly Minute[], due: number, asBefore: Minute): number | undefined {
  let last = asBefore;
  let deadline = due + SLACK * MINUTE;
  for (let at = due; at <= deadline; at += MINUTE) {
    const minute = minutes[(at - begin) / MINUTE];
    if (minute === undefined || !minute.isOpen || minute.start !== asBefore.start || minute.start <= deadline)
      return undefined;
    if (minute.wishes !== asBefore.wishes || isQuietAt(minute.wishes, at)) return undefined;
    if (minute.version !== last.version) deadline = at + SLACK * MINUTE;
    last = minute;
  }
  return deadline;
}

function missing(told: Story, { minutes, sent }: ReturnType<typeof run>): string[] {
  const { begin } = told;
  const known = new Map<Wishes, Map<string, number>>();
  const due = (start: number, lead: number, chosen: Wishes) => {
    const own = known.get(chosen) ?? new Map<string, number>();
    known.set(chosen, own);
    const key = `${start} ${lead}`;
    const found = own.get(key) ?? dueAt(start, lead, chosen);
    own.set(key, found);
    return found;
  };
  return minutes.flatMap((before, passed) => {
    const at = begin + (passed + 1) * MINUTE;
    if (!before.isOpen) return [];
    return before.wishes.reminderMinutes
      .filter((lead) => due(before.start, lead, before.wishes) === at)
      .flatMap((lead) => {
        const deadline = deadlineOf(told, minutes, at, before);
        const came = sent.some(
          (one) =>
            one.start === before.start &&
            (one.leadMinutes === lead ? one.at <= (deadline ?? 0) : one.at >= at && one.at <= (deadline ?? 0)),
        );
        return deadline === undefined || came ? [] : [`${lead} before ${new Date(before.start).toISOString()}`];
      });
  });
}

test('no reminder is stale, missing, in quiet hours, or comes twice', () => {
  let reminded = 0;
  fc.assert(
    fc.property(story, (told) => {
      const seen = run(told);
      reminded += seen.sent.length;
      for (const { at, start, minute } of seen.sent) {
        expect([minute.isOpen, minute.start]).toEqual([true, start]);
        expect(at).toBeLessThan(start);
        expect(isQuietAt(minute.wishes, at)).toBe(false);
      }
      const keys = seen.sent.map(({ start, leadMinutes }) => `${start} ${leadMinutes}`);
      expect(keys).toEqual([...new Set(keys)]);
      expect(missing(told, seen)).toEqual([]);
    }),
    { numRuns: sized(1000), seed: 14, endOnFailure: true },
  );
  // The stories are about something.
  expect(reminded).toBeGreaterThan(sized(1000) / 2);
}, 60_000);
