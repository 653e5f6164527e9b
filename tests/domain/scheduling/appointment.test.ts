import { describe, expect, test } from 'vitest';
import { APPOINTMENT_STATUSES, type AppointmentStatus, isOpen } from '../../../domain/scheduling/appointment.ts';
import { DEFAULT_POLICY } from '../../../domain/scheduling/policy.ts';
import {
  actions,
  approve,
  arrive,
  cancel,
  checkIn,
  complete,
  confirm,
  edit,
  leave,
  markNoShow,
  room,
} from '../../../domain/scheduling/transitions.ts';
import { appointment, context, NOW, PATIENT, PATIENT_ID, refusal, STAFF, value } from './builders.ts';

const HOUR = 3_600_000;

describe('status transitions', () => {
  const steps = { approve, confirm, arrive, room, checkIn, complete, leave, markNoShow } as const;
  const leadingTo = (to: AppointmentStatus, ...from: AppointmentStatus[]) =>
    Object.fromEntries(from.map((status) => [status, to]));
  const allowed: Readonly<Record<keyof typeof steps, Partial<Record<AppointmentStatus, AppointmentStatus>>>> = {
    approve: leadingTo('scheduled', 'requested'),
    confirm: leadingTo('confirmed', 'scheduled'),
    arrive: leadingTo('arrived', 'scheduled', 'confirmed'),
    room: leadingTo('roomed', 'scheduled', 'confirmed', 'arrived'),
    checkIn: leadingTo('in_progress', 'scheduled', 'confirmed', 'arrived', 'roomed'),
    complete: leadingTo('completed', 'scheduled', 'confirmed', 'arrived', 'roomed', 'in_progress'),
    leave: leadingTo('left_without_being_seen', 'scheduled', 'confirmed', 'arrived', 'roomed', 'in_progress'),
    markNoShow: leadingTo('no_show', 'scheduled', 'confirmed'),
  };

  for (const [name, step] of Object.entries(steps)) {
    for (const status of APPOINTMENT_STATUSES) {
      const to = allowed[name as keyof typeof steps][status];
      test(`${name} from ${status} ${to ? `leads to ${to}` : 'is refused'}`, () => {
        const before = appointment({ status });
        const now = before.start;
        const outcome = step(before, context({ now }));
        if (!to) {
          expect(refusal(outcome)).toMatchObject({ code: 'invalid_transition', from: status });
          return;
        }
        expect(value(outcome)).toEqual([
          {
            type: 'appointment.status_changed',
            appointment: { ...before, status: to, statusAt: now, version: 4, updatedAt: now },
            expectedVersion: 3,
            previousStatus: status,
          },
        ]);
      });
    }
  }

  test.each(APPOINTMENT_STATUSES)('cancelling from %s', (status) => {
    const before = appointment({ status });
    const outcome = cancel(before, 'Ill', context());
    if (!isOpen({ status })) {
      expect(refusal(outcome)).toEqual({ code: 'invalid_transition', from: status, to: 'cancelled' });
      return;
    }
    expect(value(outcome)).toEqual([
      {
        type: 'appointment.cancelled',
        appointment: {
          ...before,
          status: 'cancelled',
          statusAt: NOW,
          cancellation: { at: NOW, by: STAFF.userId, byKind: 'staff', reason: 'Ill' },
          version: 4,
          updatedAt: NOW,
        },
        expectedVersion: 3,
      },
    ]);
  });

  test('a patient confirms an appointment that is still to come', () => {
    expect(confirm(appointment({ start: NOW + 1 }), context({ actor: PATIENT })).ok).toBe(true);
    expect(refusal(confirm(appointment({ start: NOW }), context({ actor: PATIENT })))).toEqual({
      ...{ code: 'appointment_closed', currentStatus: 'scheduled' },
    });
    expect(confirm(appointment({ start: NOW }), context()).ok).toBe(true);
  });

  test('a patient may not approve, check in, complete or mark a no-show', () => {
    const { confirm: _, ...byClinic } = steps;
    for (const step of Object.values(byClinic)) {
      expect(refusal(step(appointment(), context({ actor: PATIENT }))).code).toBe('action_not_permitted');
    }
  });

  test('a client that saw another version gets stale_version', () => {
    for (const step of [...Object.values(steps), (a: never, c: never) => cancel(a, null, c)]) {
      const outcome = step(appointment() as never, context({ expectedVersion: 2 }) as never);
      expect(refusal(outcome)).toEqual({ code: 'stale_version', version: 3 });
    }
    expect(confirm(appointment(), context({ expectedVersion: 3 })).ok).toBe(true);
  });

  test('only open appointments can be moved', () => {
    expect(APPOINTMENT_STATUSES.filter((status) => isOpen({ status }))).toEqual([
      'requested',
      'scheduled',
      'confirmed',
    ]);
  });
});

describe('settings of the clinic', () => {
  const policy = { ...DEFAULT_POLICY, cancelNoticeMinutes: 60, checkInOpensMinutes: 30, noShowAfterMinutes: 15 };

  test('the notice for cancelling binds patients, not staff', () => {
    const soon = (start: number) => cancel(appointment({ start }), null, context({ actor: PATIENT, policy }));
    expect(soon(NOW + HOUR).ok).toBe(true);
    expect(refusal(soon(NOW + HOUR - 1))).toEqual({ code: 'too_late_to_cancel', until: NOW - 1 });
    expect(cancel(appointment({ start: NOW + 1 }), null, context({ policy })).ok).toBe(true);
  });

  test('by default a patient may cancel until the start', () => {
    const outcome = (start: number) => cancel(appointment({ start }), null, context({ actor: PATIENT }));
    expect(outcome(NOW + 1).ok).toBe(true);
    expect(refusal(outcome(NOW)).code).toBe('too_late_to_cancel');
  });

  test('check-in and no-show are refused before their time', () => {
    const start = NOW + HOUR;
    expect(refusal(checkIn(appointment({ start, status: 'confirmed' }), context({ policy })))).toEqual({
      code: 'too_early',
      from: start - HOUR / 2,
    });
    expect(checkIn(appointment({ start, status: 'confirmed' }), context({ policy, now: start - HOUR / 2 })).ok).toBe(
      true,
    );
    expect(refusal(markNoShow(appointment({ start: NOW }), context({ policy })))).toEqual({
      code: 'too_early',
      from: NOW + HOUR / 4,
    });
    expect(markNoShow(appointment({ start: NOW - HOUR }), context({ policy })).ok).toBe(true);
  });

  test('by default check-in opens a day before; completed and no-show are refused before the start', () => {
    const refused = (outcome: ReturnType<typeof checkIn>) => refusal(outcome);
    const confirmed = (start: number) => appointment({ start, status: 'confirmed' });
    expect(refused(checkIn(confirmed(NOW + 24 * HOUR + 1), context()))).toEqual({ code: 'too_early', from: NOW + 1 });
    expect(checkIn(confirmed(NOW + 24 * HOUR), context()).ok).toBe(true);
    expect(refused(markNoShow(confirmed(NOW + 1), context()))).toEqual({ code: 'too_early', from: NOW + 1 });
    expect(markNoShow(confirmed(NOW), context()).ok).toBe(true);
    const started = (start: number) => appointment({ start, status: 'in_progress' });
    expect(refused(complete(started(NOW + 1), context()))).toEqual({ code: 'too_early', from: NOW + 1 });
    expect(complete(started(NOW), context()).ok).toBe(true);
  });
});

describe('reason, symptoms and notes', () => {
  test('a patient may set reason and symptoms, the clinic also notes', () => {
    const [change] = value(edit(appointment(), { reason: 'Cough', symptoms: null }, context({ actor: PATIENT })));
    expect(change).toMatchObject({
      type: 'appointment.edited',
      appointment: { reason: 'Cough', symptoms: null, notes: null, version: 4 },
      expectedVersion: 3,
      changed: ['reason'],
    });
    expect(value(edit(appointment(), { notes: 'Allergic', symptoms: 'Fever' }, context()))).toMatchObject([
      { changed: ['symptoms', 'notes'] },
    ]);
    expect(refusal(edit(appointment(), { notes: 'x' }, context({ actor: PATIENT }))).code).toBe('action_not_permitted');
  });

  test('the same values again are no change', () => {
    expect(value(edit(appointment({ reason: 'Cough' }), { reason: 'Cough' }, context()))).toEqual([]);
  });

  test('only the clinic may edit a closed appointment', () => {
    const closed = appointment({ status: 'completed' });
    expect(edit(closed, { notes: 'Seen' }, context()).ok).toBe(true);
    expect(refusal(edit(closed, { reason: 'x' }, context({ actor: PATIENT })))).toEqual({
      code: 'appointment_closed',
      currentStatus: 'completed',
    });
    expect(refusal(edit(closed, { notes: 'x' }, context({ expectedVersion: 1 }))).code).toBe('stale_version');
  });
});

describe('the list of allowed actions', () => {
  const of = (status: AppointmentStatus, kind: 'patient' | 'staff', now = NOW) =>
    actions(appointment({ status }), kind, now, DEFAULT_POLICY);

  test('depends on kind of actor and status', () => {
    expect(of('scheduled', 'patient')).toEqual(['edit', 'cancel', 'reschedule', 'confirm']);
    const { start } = appointment();
    expect(of('scheduled', 'staff')).toEqual(['edit', 'cancel', 'reschedule', 'confirm']);
    const arriving = ['arrive', 'room', 'check_in'];
    const begun = [...arriving, 'complete', 'leave', 'no_show'];
    expect(of('scheduled', 'staff', start - 1)).toEqual([
      ...['edit', 'cancel', 'reschedule', 'confirm'],
      ...[...arriving, 'leave'],
    ]);
    expect(of('scheduled', 'staff', start)).toEqual(['edit', 'cancel', 'reschedule', 'confirm', ...begun]);
    expect(of('confirmed', 'staff')).toEqual(['edit', 'cancel', 'reschedule']);
    expect(of('confirmed', 'staff', start - 1)).toEqual(['edit', 'cancel', 'reschedule', ...arriving, 'leave']);
    expect(of('confirmed', 'staff', start)).toEqual(['edit', 'cancel', 'reschedule', ...begun]);
    expect(of('in_progress', 'staff', start - 1)).toEqual(['edit', 'leave']);
    expect(of('in_progress', 'staff', start)).toEqual(['edit', 'complete', 'leave']);
    // The builder's appointment got its status on the day of NOW, the day before its start.
    expect(of('completed', 'staff')).toEqual(['edit', 'undo']);
    expect(of('completed', 'staff', start)).toEqual(['edit']);
    expect(of('cancelled', 'patient')).toEqual([]);
    expect(of('scheduled', 'patient', appointment().start)).toEqual(['edit']);
  });

  test('agrees with what each decision refuses and accepts', () => {
    const { start } = appointment();
    const decisions = { confirm, arrive, room, check_in: checkIn, complete, leave, no_show: markNoShow };
    for (const status of APPOINTMENT_STATUSES) {
      for (const [actor, now] of [PATIENT, STAFF].flatMap((who) => [[who, NOW] as const, [who, start] as const])) {
        const open = actions(appointment({ status }), actor.kind, now, DEFAULT_POLICY);
        for (const [action, decide] of Object.entries(decisions)) {
          const outcome = decide(appointment({ status }), context({ actor, now }));
          expect(open.some((name) => name === action)).toBe(outcome.ok);
        }
        expect(open.includes('cancel')).toBe(cancel(appointment({ status }), null, context({ actor, now })).ok);
      }
    }
  });

  test('omits rescheduling after the maximum number of moves', () => {
    const often = appointment({ rescheduleCount: DEFAULT_POLICY.maximumReschedules, patientId: PATIENT_ID });
    expect(actions(often, 'patient', NOW, DEFAULT_POLICY)).toEqual(['edit', 'cancel', 'confirm']);
    expect(actions(often, 'staff', NOW, DEFAULT_POLICY)).toContain('reschedule');
  });
});
