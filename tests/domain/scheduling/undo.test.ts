/** Undoing the last step of an appointment. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Appointment, AppointmentStatus } from '../../../domain/scheduling/appointment.ts';
import { type AppointmentStep, undoableUntil } from '../../../domain/scheduling/steps.ts';
import {
  actions,
  arrive,
  cancel,
  checkIn,
  complete,
  confirm,
  leave,
  markNoShow,
  room,
} from '../../../domain/scheduling/transitions.ts';
import { undo } from '../../../domain/scheduling/undo.ts';
import { sized } from '../../support/size.ts';
import { appointment, at, context, id, PATIENT, refusal, value } from './builders.ts';

const ACTIVE = { doctors: [{ active: true }], location: null, resources: [] };
/** Half past twelve in Berlin, after the appointment at ten. */
const NOW = at('2026-03-03T11:30:00Z');

function stepsOf(...statuses: AppointmentStatus[]): AppointmentStep[] {
  return statuses.map((status, n) => ({ version: n + 1, status, at: NOW - 60_000, byKind: 'staff', channel: 'web' }));
}

function done(status: AppointmentStatus, fields: Partial<Appointment> = {}): Appointment {
  return appointment({ status, statusAt: NOW - 60_000, ...fields });
}

describe('undo', () => {
  test.each([
    [['scheduled', 'in_progress'], 'scheduled'],
    [['scheduled', 'confirmed', 'in_progress', 'completed'], 'in_progress'],
    [['scheduled', 'confirmed', 'completed'], 'confirmed'],
    // The second undo does not repeat the step that the first one undid.
    [['scheduled', 'in_progress', 'completed', 'in_progress'], 'scheduled'],
    [['scheduled', 'arrived', 'roomed', 'arrived'], 'scheduled'],
    [['scheduled', 'roomed', 'in_progress', 'left_without_being_seen'], 'in_progress'],
    // Moving asks for a new confirmation.
    [['scheduled', 'confirmed', 'scheduled', 'in_progress'], 'scheduled'],
  ] as const)('of %s leads back to %s', (statuses, to) => {
    const before = done(statuses.at(-1) ?? 'scheduled');
    expect(value(undo(before, stepsOf(...statuses), ACTIVE, context({ now: NOW })))).toEqual([
      {
        type: 'appointment.status_changed',
        appointment: { ...before, status: to, statusAt: NOW, updatedAt: NOW, version: 4 },
        expectedVersion: 3,
        previousStatus: before.status,
      },
    ]);
  });

  test('of a cancellation says what the appointment cannot take again', () => {
    const room = { id: id<'resource'>('room'), kind: 'room', name: 'Room 1', active: false } as const;
    const of = { doctors: [{ active: true }], location: { active: false }, resources: [room] };
    const steps = stepsOf('scheduled', 'cancelled');
    const reasons = [
      { code: 'outside_availability', acknowledgeable: false },
      { code: 'no_room', missing: ['room'], acknowledgeable: false },
    ];
    const refused = refusal(undo(done('cancelled'), steps, of, context({ now: NOW })));
    expect(refused).toEqual({ code: 'slot_unavailable', reasons, alternatives: [] });
    // What takes no time again is not asked.
    expect(undo(done('completed'), stepsOf('scheduled', 'completed'), of, context({ now: NOW })).ok).toBe(true);
  });

  test('of a cancellation or a no-show takes the time again, unless the doctor has left', () => {
    const cancellation = { at: NOW - 60_000, by: null, byKind: 'staff', reason: 'Ill' } as const;
    const cancelled = done('cancelled', { cancellation });
    const steps = stepsOf('scheduled', 'confirmed', 'cancelled');
    expect(value(undo(cancelled, steps, ACTIVE, context({ now: NOW })))).toMatchObject([
      { type: 'appointment.restored', appointment: { status: 'confirmed', cancellation: null, version: 4 } },
    ]);
    const missed = undo(done('no_show'), stepsOf('scheduled', 'no_show'), ACTIVE, context({ now: NOW }));
    expect(value(missed)).toMatchObject([{ type: 'appointment.restored', appointment: { status: 'scheduled' } }]);
    expect(
      refusal(
        undo(cancelled, steps, { ...ACTIVE, doctors: [{ active: true }, { active: false }] }, context({ now: NOW })),
      ),
    ).toMatchObject({
      code: 'slot_unavailable',
      reasons: [{ code: 'doctor_inactive' }],
    });
  });

  test('is possible until the local day of the step ends, also on a day of 23 hours', () => {
    const made = done('completed', { statusAt: at('2026-03-28T23:30:00Z') });
    // Clocks in Berlin are set forward on 29 March.
    const end = at('2026-03-29T22:00:00Z');
    expect(undoableUntil(made)).toBe(end);
    const steps = stepsOf('scheduled', 'completed');
    expect(undo(made, steps, ACTIVE, context({ now: end - 1 })).ok).toBe(true);
    expect(refusal(undo(made, steps, ACTIVE, context({ now: end })))).toEqual({ code: 'too_late_to_undo', until: end });
    const offered = (now: number) => actions(made, 'staff', now, context().policy).includes('undo');
    expect([offered(end - 1), offered(end)]).toEqual([true, false]);
  });

  test('is for the clinic, of what can be undone, at the version the client saw', () => {
    const steps = stepsOf('scheduled', 'completed');
    const refused = (...args: Parameters<typeof undo>) => refusal(undo(...args));
    expect(refused(done('completed'), steps, ACTIVE, context({ now: NOW, actor: PATIENT })).code).toBe(
      'action_not_permitted',
    );
    for (const status of ['scheduled', 'confirmed'] as const) {
      const nothing = { code: 'nothing_to_undo', currentStatus: status };
      expect(refused(done(status), stepsOf(status), ACTIVE, context({ now: NOW }))).toEqual(nothing);
    }
    expect(refused(done('completed'), [], ACTIVE, context({ now: NOW })).code).toBe('nothing_to_undo');
    expect(refused(done('completed'), steps, ACTIVE, context({ now: NOW, expectedVersion: 2 })).code).toBe(
      'stale_version',
    );
  });

  test('takes back exactly the last step that still stands, after any steps and undos', () => {
    const forward = {
      confirm,
      arrive,
      room,
      checkIn,
      complete,
      leave,
      markNoShow,
      cancel: (a: Appointment, c: Parameters<typeof confirm>[1]) => cancel(a, null, c),
    };
    const names = [...(Object.keys(forward) as (keyof typeof forward)[]), 'undo', 'undo', 'undo'] as const;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...names), { maxLength: 30 }), (wanted) => {
        let now = NOW;
        let current = done('scheduled', { version: 1 });
        const steps = stepsOf('scheduled');
        const standing: AppointmentStatus[] = ['scheduled'];
        for (const name of wanted) {
          now += 1000;
          const its = context({ now });
          const outcome = name === 'undo' ? undo(current, steps, ACTIVE, its) : forward[name](current, its);
          if (!outcome.ok) continue;
          const [change] = outcome.value;
          if (change === undefined) continue;
          current = change.appointment;
          steps.push({ version: current.version, status: current.status, at: now, byKind: 'staff', channel: 'web' });
          if (name === 'undo') {
            standing.pop();
            expect(current.status).toBe(standing.at(-1));
          } else standing.push(current.status);
        }
      }),
      { numRuns: sized(1000) },
    );
  });
});
