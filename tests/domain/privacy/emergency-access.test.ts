import { describe, expect, test } from 'vitest';
import {
  EMERGENCY_ACCESS_MS,
  type EmergencyState,
  endAccess,
  isOpen,
  openRecord,
  reviewAccess,
} from '../../../domain/privacy/emergency-access.ts';
import { id, refusal, value } from '../scheduling/builders.ts';
import { DOCTOR_ID, emergencyAccess, NOW, OFFICER_ID, PATIENT_ID, receiver } from './sample.ts';

const HOUR_MS = 3_600_000;
const SECOND_OFFICER_ID = id<'user'>('second officer');

const state: EmergencyState = {
  patient: receiver(PATIENT_ID),
  isOpen: false,
  doctorName: 'Dr Okafor',
  officers: [receiver(OFFICER_ID), receiver(SECOND_OFFICER_ID)],
};

describe('opening a record in an emergency', () => {
  const access = emergencyAccess();
  const decision = value(openRecord(access, state));

  test('R28 stores the access under the patient’s key', () => {
    expect(decision.value).toBe(access);
    expect(decision.changes).toEqual([
      { type: 'emergency_access.opened', access, dataKey: receiver(PATIENT_ID).dataKey },
    ]);
  });

  test('R28 is recorded in the patient’s stream with the time when it ends, and without the reason', () => {
    expect(decision.audit).toEqual([
      {
        type: 'emergency_access.opened',
        stream: PATIENT_ID,
        outcome: 'success',
        resource: { type: 'emergency_access', id: 'access' },
        details: { until: access.expiresAt },
      },
    ]);
  });

  test('R28 tells the patient and every officer, each under their own key', () => {
    expect(
      decision.messages.map(({ userId, dataKey, template, variables }) => ({
        userId,
        keyOf: dataKey.ownerId,
        template,
        variables,
      })),
    ).toEqual(
      [PATIENT_ID, OFFICER_ID, SECOND_OFFICER_ID].map((userId) => ({
        userId,
        keyOf: userId,
        template: 'emergency-access',
        variables: { doctorName: 'Dr Okafor', until: access.expiresAt, isPatient: userId === PATIENT_ID },
      })),
    );
  });

  test('R28 tells the patient also when the clinic has no officer', () => {
    const { messages } = value(openRecord(access, { ...state, officers: [] }));
    expect(messages.map(({ userId }) => userId)).toEqual([PATIENT_ID]);
  });

  test('R28 is refused when the doctor reads the record anyway', () => {
    expect(refusal(openRecord(access, { ...state, isOpen: true }))).toEqual({ code: 'emergency_not_needed' });
  });
});

describe('an emergency access', () => {
  test('R28 is open for four hours, and not at the moment when they are over', () => {
    const access = emergencyAccess();
    expect(EMERGENCY_ACCESS_MS).toBe(4 * HOUR_MS);
    expect(isOpen(access, access.expiresAt - 1)).toBe(true);
    expect(isOpen(access, access.expiresAt)).toBe(false);
  });

  test('R28 that an administrator has ended is closed before it expires', () => {
    const access = emergencyAccess({ ended: { by: OFFICER_ID, at: NOW } });
    expect(isOpen(access, NOW)).toBe(false);
  });

  test('R28 can be ended while it is open', () => {
    const { value: ended, changes, audit } = value(endAccess(emergencyAccess(), OFFICER_ID, NOW + HOUR_MS));
    expect(ended).toEqual(emergencyAccess({ ended: { by: OFFICER_ID, at: NOW + HOUR_MS } }));
    expect(changes).toEqual([{ type: 'emergency_access.ended', id: 'access', by: OFFICER_ID, at: NOW + HOUR_MS }]);
    expect(audit).toMatchObject([{ type: 'emergency_access.ended', stream: PATIENT_ID, resource: { id: 'access' } }]);
  });

  test('R28 cannot be ended when it has expired or was ended', () => {
    const expired = emergencyAccess();
    expect(refusal(endAccess(expired, OFFICER_ID, expired.expiresAt))).toEqual({ code: 'emergency_access_over' });
    const ended = emergencyAccess({ ended: { by: OFFICER_ID, at: NOW } });
    expect(refusal(endAccess(ended, OFFICER_ID, NOW + 1))).toEqual({ code: 'emergency_access_over' });
  });
});

describe('the review of an emergency access', () => {
  const reviewed = { type: 'emergency_access.reviewed', id: 'access', by: OFFICER_ID, at: NOW };

  test('R28 that finds it justified leaves it open', () => {
    const { value: after, changes, audit } = value(reviewAccess(emergencyAccess(), 'justified', OFFICER_ID, NOW));
    expect(after.review).toEqual({ verdict: 'justified', by: OFFICER_ID, at: NOW });
    expect(after.ended).toBeNull();
    expect(changes).toEqual([{ ...reviewed, verdict: 'justified' }]);
    expect(audit).toMatchObject([{ type: 'emergency_access.reviewed', details: { verdict: 'justified' } }]);
  });

  test('R28 that does not find it justified ends it in the same decision', () => {
    const { value: after, changes, audit } = value(reviewAccess(emergencyAccess(), 'not_justified', OFFICER_ID, NOW));
    expect(after.ended).toEqual({ by: OFFICER_ID, at: NOW });
    expect(isOpen(after, NOW)).toBe(false);
    expect(changes).toEqual([
      { ...reviewed, verdict: 'not_justified' },
      { type: 'emergency_access.ended', id: 'access', by: OFFICER_ID, at: NOW },
    ]);
    expect(audit.map(({ type }) => type)).toEqual(['emergency_access.reviewed', 'emergency_access.ended']);
  });

  test('R28 after it has expired or was ended ends nothing more', () => {
    const earlier = { by: SECOND_OFFICER_ID, at: NOW };
    for (const ended of [null, earlier]) {
      const access = emergencyAccess({ ended });
      const late = value(reviewAccess(access, 'not_justified', OFFICER_ID, access.expiresAt));
      expect(late.value.ended).toEqual(ended);
      expect(late.changes.map(({ type }) => type)).toEqual(['emergency_access.reviewed']);
      expect(late.audit).toHaveLength(1);
    }
  });

  test('R28 is made once', () => {
    const access = emergencyAccess({ review: { verdict: 'justified', by: OFFICER_ID, at: NOW } });
    expect(refusal(reviewAccess(access, 'not_justified', SECOND_OFFICER_ID, NOW))).toEqual({
      code: 'already_reviewed',
    });
  });

  test('R28 is made by somebody else than the doctor who opened the record', () => {
    expect(refusal(reviewAccess(emergencyAccess(), 'justified', DOCTOR_ID, NOW))).toEqual({ code: 'own_access' });
  });
});
