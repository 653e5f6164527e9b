import { describe, expect, test } from 'vitest';
import { book, reschedule } from '../../../domain/scheduling/booking.ts';
import { freedBy } from '../../../domain/scheduling/freed-time.ts';
import { DEFAULT_POLICY } from '../../../domain/scheduling/policy.ts';
import { decline, expire, expiresAt } from '../../../domain/scheduling/requests.ts';
import type { AppointmentStep } from '../../../domain/scheduling/steps.ts';
import { actions } from '../../../domain/scheduling/transitions.ts';
import { undo } from '../../../domain/scheduling/undo.ts';
import { by, MINUTE, request } from './booking-builders.ts';
import { appointment, appointmentType, at, context, NOW, PATIENT, refusal, STAFF, state, value } from './builders.ts';

const approved = state({ type: appointmentType({ requiresApproval: true }) });
const requested = appointment({ status: 'requested' });

describe('a type that needs approval', () => {
  test('is requested by patients, booked by the clinic', () => {
    const status = (ctx = by()) => value(book(approved, request('2026-03-03', '09:00'), null, ctx)).appointment.status;
    expect([status(), status(by({ actor: STAFF }))]).toEqual(['requested', 'scheduled']);
  });

  test.each([
    ['a patient moves what was approved', approved, 'scheduled', PATIENT, 'requested'],
    ['the clinic moves a request, which approves it', approved, 'requested', STAFF, 'scheduled'],
    ['a patient moves a request of a type that needs none by now', state(), 'requested', PATIENT, 'requested'],
    ['a patient moves an appointment that needs none', state(), 'confirmed', PATIENT, 'scheduled'],
  ] as const)('%s', (_, given, before, actor, after) => {
    const moved = reschedule(
      given,
      appointment({ status: before }),
      request('2026-03-03', '11:00'),
      context({ actor }),
    );
    expect(value(moved).appointment.status).toBe(after);
  });
});

describe('a request', () => {
  test('is approved or declined by the clinic, withdrawn or moved by the patient; nobody can be checked in', () => {
    const of = (kind: 'patient' | 'staff', now = NOW) => actions(requested, kind, now, DEFAULT_POLICY);
    expect(of('patient')).toEqual(['edit', 'cancel', 'reschedule']);
    expect(of('staff')).toEqual(['edit', 'cancel', 'reschedule', 'approve', 'decline']);
    expect(of('staff', requested.start)).toEqual(of('staff'));
  });

  test('that is declined is cancelled with the reason, and frees its time', () => {
    const [change] = value(decline(requested, 'See your family doctor', context()));
    expect(change).toMatchObject({
      type: 'appointment.cancelled',
      appointment: { status: 'cancelled', cancellation: { byKind: 'staff', reason: 'See your family doctor' } },
    });
    expect(change && freedBy(change)).toEqual([{ doctorId: requested.doctorId, ...requested.busy }]);
  });

  test('is not declined by a patient, nor when it is none, nor by a client that saw another version', () => {
    expect(refusal(decline(requested, null, context({ actor: PATIENT })))).toEqual({ code: 'action_not_permitted' });
    expect(refusal(decline(appointment(), null, context()))).toMatchObject({ code: 'invalid_transition' });
    expect(refusal(decline(requested, null, context({ expectedVersion: 2 })))).toMatchObject({ code: 'stale_version' });
  });

  test('expires at its start, by the portal, unless it was answered or moved', () => {
    expect(expire(requested, requested.start - 1)).toEqual([]);
    expect(expire(appointment(), requested.start)).toEqual([]);
    expect(expire(requested, requested.start)).toMatchObject([
      { appointment: { status: 'cancelled', cancellation: { by: null, byKind: 'system', reason: null } } },
    ]);
  });

  test('that became one again after its start expires at the end of that day', () => {
    expect(expiresAt(requested, NOW)).toBe(requested.start);
    const now = requested.start + 60 * MINUTE;
    expect(expiresAt({ ...requested, statusAt: now }, now)).toBe(at('2026-03-03T23:00:00Z'));
  });

  test('is what the undo of its end leads back to; an approval is not undone', () => {
    const steps = (...statuses: AppointmentStep['status'][]): AppointmentStep[] =>
      statuses.map((status, n) => ({ version: n + 1, status, at: NOW, byKind: 'staff', channel: 'web' }));
    const of = { doctors: [{ active: true }], location: null, resources: [] };
    const ended = appointment({ status: 'cancelled', statusAt: NOW });
    expect(value(undo(ended, steps('requested', 'cancelled'), of, context()))).toMatchObject([
      { type: 'appointment.restored', appointment: { status: 'requested', cancellation: null } },
    ]);
    const scheduled = appointment({ statusAt: NOW });
    expect(refusal(undo(scheduled, steps('requested', 'scheduled'), of, context()))).toMatchObject({
      code: 'nothing_to_undo',
    });
  });
});
