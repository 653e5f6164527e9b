import { expect, test } from 'vitest';
import type { ConflictCode } from '../../domain/shared/changes.ts';
import { refuse } from '../../domain/shared/result.ts';
import { onlyConflict } from '../../src/app/command.ts';
import { inviteUser, registerPatient } from '../../src/app/identity/accounts.ts';
import { systemContext } from '../../src/app/identity/first-admin.ts';
import { timeConflict } from '../../src/app/scheduling/time-conflict.ts';
import { PASSWORD, startPortal } from '../support/portal.ts';

test('a taken time and a conflict of the patient are refusals', () => {
  expect(timeConflict('slot_taken')).toEqual({ code: 'slot_taken', alternatives: [] });
  expect(timeConflict('patient_conflict')).toEqual({
    code: 'slot_unavailable',
    reasons: [{ code: 'patient_conflict', acknowledgeable: false }],
    alternatives: [],
  });
});

const OTHERS: ConflictCode[] = ['email_taken', 'appointment_type_exists', 'override_exists', 'idempotency_key_raced'];
test.each(OTHERS)('%s in a command that takes time is a bug, not a refusal', (code) => {
  expect(() => timeConflict(code)).toThrow(code);
});

test('a command that expects one constraint does not report another one as it', () => {
  expect(onlyConflict('override_exists')('override_exists')).toEqual({ code: 'override_exists' });
  expect(() => onlyConflict('override_exists')('slot_taken')).toThrow('slot_taken');
});

test('registering and inviting do not report another constraint as a taken address', async () => {
  const portal = await startPortal();
  const meeting = (code: ConflictCode) => ({
    ...portal.deps,
    database: { ...portal.database, commit: async () => refuse({ kind: 'constraint', code } as const) },
  });
  const person = { email: 'ada@example.org', firstName: 'Ada', lastName: 'L', dateOfBirth: null, phoneNumber: null };
  const common = { ...person, timezone: 'UTC', language: 'en' };
  const context = systemContext(portal.deps);
  const register = (code: ConflictCode) =>
    registerPatient(meeting(code), context, { ...common, dateOfBirth: '1990-01-01', password: PASSWORD });
  const invite = (code: ConflictCode) =>
    inviteUser(meeting(code), context, { ...common, role: 'staff', doctor: null }, () => ({ status: 201, body: {} }));
  expect(await invite('email_taken')).toEqual(refuse({ code: 'email_taken' }));
  // The answer must not reveal that an address is taken (R5).
  expect(await register('email_taken')).toEqual({ ok: true, value: undefined });
  await expect(invite('slot_taken')).rejects.toThrow('slot_taken');
  await expect(register('slot_taken')).rejects.toThrow('slot_taken');
  await portal.close();
});
