import { describe, expect, test } from 'vitest';
import { ROLES } from '../../../domain/shared/permissions.ts';
import { ACCESS_GROUNDS, type EmergencyAccessId, viewerOf } from '../../../domain/shared/viewer.ts';
import { at, id } from '../scheduling/builders.ts';
import { sampleApiKeyActor, sampleUserActor } from './sample-actors.ts';

const now = at('2026-11-20T12:00:00Z');
const emergencyAccessId: EmergencyAccessId = id('access');

describe('whose records a caller sees', () => {
  test('R28 a patient sees no records of others, the clinic’s people do', () => {
    const visible = ROLES.map((role) => [role, viewerOf(sampleUserActor(role), { now }).ofPatients]);
    expect(visible).toEqual([
      ['patient', false],
      ['doctor', true],
      ['staff', true],
      ['admin', true],
    ]);
  });

  test('R28 an API key sees records of others only with the scope that the operation asks for', () => {
    const reading = sampleApiKeyActor('staff', ['read:patient_records']);
    expect(viewerOf(reading, { now }).ofPatients).toBe(true);
    expect(viewerOf(reading, { now }, 'run:appointments').ofPatients).toBe(false);
    expect(viewerOf(sampleApiKeyActor('staff', ['read:own_profile']), { now }).ofPatients).toBe(false);
    expect(viewerOf(sampleApiKeyActor('patient', ['read:patient_records']), { now }).ofPatients).toBe(false);
  });

  test('it carries who the caller is, and nothing that was not claimed', () => {
    for (const claim of [undefined, {}]) {
      expect(viewerOf(sampleUserActor('doctor'), { now, claim })).toEqual({
        userId: 'caller',
        role: 'doctor',
        ofPatients: true,
        ofRestricted: false,
        emergency: null,
        proxyAt: null,
      });
    }
  });
});

describe('restricted records (GDPR Art. 18(2))', () => {
  test.each(ACCESS_GROUNDS)('are visible to administrators who claim %s, and to no other role', (ground) => {
    for (const role of ROLES) {
      const { ofRestricted } = viewerOf(sampleUserActor(role), { now, claim: { ground } });
      expect([role, ofRestricted]).toEqual([role, role === 'admin']);
    }
  });

  test('are not visible to an administrator without a ground', () => {
    expect(viewerOf(sampleUserActor('admin'), { now, claim: { emergencyAccessId } }).ofRestricted).toBe(false);
  });
});

describe('R28 an emergency access', () => {
  const claim = { emergencyAccessId };

  test.each(ROLES)('R28 counts for doctors alone, at the time of the request (%s)', (role) => {
    const { emergency } = viewerOf(sampleUserActor(role), { now, claim });
    expect(emergency).toEqual(role === 'doctor' ? { id: emergencyAccessId, at: now } : null);
  });

  test('R28 allows reading only', () => {
    expect(viewerOf(sampleUserActor('doctor'), { now, claim }, 'run:appointments').emergency).toBeNull();
  });
});
