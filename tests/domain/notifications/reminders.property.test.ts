/**
 * Reminders against a clock that moves, seen minute by minute by a slow model: while the appointment is booked, moved, edited, cancelled and
 * restored, and other lead times apply, with jobs that run late.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planReminders, type WrittenReminder } from '../../../domain/notifications/reminders.ts';
import type { NotificationId, UserId } from '../../../domain/shared/ids.ts';
import { sized } from '../../support/size.ts';

const MINUTE = 60_000;
const MARIA = 'maria' as UserId;
const BEGIN = Date.UTC(2026, 2, 28, 0);
const LENGTH = 60 * 60;
/** Jobs run late by this many minutes at most. */
const LATEST = 4;
const SLACK = 2 * LATEST + 2;
const LEADS = [15, 60, 120, 180, 600, 1440, 1500, 2880];

interface Wishes {
  readonly reminderMinutes: readonly number[];
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

const wishes = fc.record<Wishes>({
  reminderMinutes: fc.uniqueArray(fc.constantFrom(...LEADS), {
    minLength: 1,
    maxLength: 4,
  }),
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
    begin: fc.constant(BEGIN),
    start: startAt,
    first: wishes,
    steps: fc.array(fc.tuple(when, step), { maxLength: 9 }),
    delays: fc.array(fc.nat(LATEST), { minLength: 1, maxLength: 7 }),
  })
  .map((told) => ({ ...told, steps: told.steps.map(([at, done]) => [at(told.start), done] as const) }));
type Story = typeof story extends fc.Arbitrary<infer T> ? T : never;

interface Sent {
  readonly at: number;
  readonly start: number;
  readonly leadMinutes: number;
  readonly minute: Minute;
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
  const judge = (row: WrittenReminder, at: number) =>
    row.version !== now.version ? 'lapsed' : !now.isOpen || now.start <= at ? 'dropped' : 'gone';
  for (let passed = 0; passed < LENGTH; passed++) {
    const at = begin + passed * MINUTE;
    for (const [, done] of steps.filter(([when]) => when === passed)) {
      const next = after(now, done, begin);
      if (next === now) continue;
      now = next;
      planning.push({ at: at + late(), since: at });
    }
    for (const job of planning.filter((each) => each.at === at)) {
      if (!now.isOpen || now.start <= at) continue;
      const receivers = [{ id: MARIA, ...now.wishes }];
      const { write, drop } = planReminders(now, receivers, rows, { since: job.since, now: at });
      for (const id of drop) set(id, 'dropped');
      for (const { userId, leadMinutes, sendAt } of write) {
        const id = `r${rows.length}` as NotificationId;
        rows.push({ id, userId, version: now.version, start: now.start, leadMinutes, sendAt, state: 'open' });
      }
    }
    for (const row of rows) {
      if (row.state !== 'open' || row.sendAt > at) continue;
      const verdict = judge(row, at);
      set(row.id, verdict);
      if (verdict === 'gone') sent.push({ at, start: row.start, leadMinutes: row.leadMinutes, minute: now });
    }
    minutes.push(now);
  }
  return { minutes, sent };
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

/** The minute by which a reminder that is due must have come; `undefined` if none has to: something changed. */
function deadlineOf({ begin }: Story, minutes: readonly Minute[], due: number, asBefore: Minute): number | undefined {
  let last = asBefore;
  let deadline = due + SLACK * MINUTE;
  for (let at = due; at <= deadline; at += MINUTE) {
    const minute = minutes[(at - begin) / MINUTE];
    if (minute === undefined || !minute.isOpen || minute.start !== asBefore.start || minute.start <= deadline)
      return undefined;
    if (minute.wishes !== asBefore.wishes) return undefined;
    if (minute.version !== last.version) deadline = at + SLACK * MINUTE;
    last = minute;
  }
  return deadline;
}

function missing(told: Story, { minutes, sent }: ReturnType<typeof run>): string[] {
  const { begin } = told;
  return minutes.flatMap((before, passed) => {
    const at = begin + (passed + 1) * MINUTE;
    if (!before.isOpen) return [];
    return before.wishes.reminderMinutes
      .filter((lead) => before.start - lead * MINUTE === at)
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

test('no reminder is stale, missing, or comes twice', () => {
  let reminded = 0;
  fc.assert(
    fc.property(story, (told) => {
      const seen = run(told);
      reminded += seen.sent.length;
      for (const { at, start, minute } of seen.sent) {
        expect([minute.isOpen, minute.start]).toEqual([true, start]);
        expect(at).toBeLessThan(start);
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
