/** What the clinic may confirm in order to place an appointment against the rules, and how far. */
import { describe, expect, test } from 'vitest';
import { book } from '../../../domain/scheduling/booking.ts';
import type { AcknowledgedCode } from '../../../domain/scheduling/placement.ts';
import { DEFAULT_POLICY } from '../../../domain/scheduling/policy.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { by, MINUTE, request } from './booking-builders.ts';
import { appointmentType, at, NOW, PATIENT, refusal, STAFF, state } from './builders.ts';

const DAY = 1440 * MINUTE;
const RULES = ['outside_availability', 'not_on_grid', 'too_soon', 'beyond_horizon', 'in_the_past'] as const;

function place(
  start: Instant,
  acknowledged: readonly AcknowledgedCode[],
  { given = state(), actor = STAFF }: { given?: ReturnType<typeof state>; actor?: typeof STAFF } = {},
) {
  const exception = { acknowledged, overbook: false, reason: null };
  const wanted = request('2026-03-03', '00:00', { start: { kind: 'instant', instant: start }, exception });
  return book(given, wanted, null, by({ actor }));
}

describe('placing against the rules', () => {
  const night = at('2026-03-03T20:00:00Z');

  test('each reason is confirmed by its own code, by the clinic alone', () => {
    expect(place(night, ['outside_availability']).ok).toBe(true);
    const refused = refusal(place(night, ['too_soon', 'no_room']));
    expect(refused).toMatchObject({ reasons: [{ code: 'outside_availability', acknowledgeable: true }] });
    expect(place(night, ['outside_availability'], { actor: PATIENT }).ok).toBe(false);
  });

  test('a reason that cannot be confirmed refuses although it is named', () => {
    const elsewhere = { start: night, end: night + 30 * MINUTE, sourceId: 'other', expiresAt: null };
    // As no request can: the routes refuse other codes.
    const codes: string[] = ['outside_availability', 'patient_conflict'];
    expect(
      refusal(place(night, codes as AcknowledgedCode[], { given: state({ patientBusy: [elsewhere] }) })),
    ).toMatchObject({
      reasons: [
        { code: 'outside_availability', acknowledgeable: true },
        { code: 'patient_conflict', acknowledgeable: false },
      ],
    });
  });

  test('the past is confirmed for a day back, the future for 730 days ahead', () => {
    const earliest = NOW - DEFAULT_POLICY.backdateMinutes * MINUTE;
    const latest = NOW + 730 * DAY;
    expect([earliest, latest].map((start) => place(start, RULES).ok)).toEqual([true, true]);
    expect([earliest - 1, latest + 1].map((start) => place(start, RULES).ok)).toEqual([false, false]);
  });

  test('an emergency needs no confirmation, but keeps within the same bound ahead', () => {
    const given = state({ type: appointmentType({ code: 'emergency' }) });
    const latest = NOW + 730 * DAY;
    expect([latest, latest + 1].map((start) => place(start, [], { given }).ok)).toEqual([true, false]);
  });
});
