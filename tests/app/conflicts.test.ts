import { expect, test } from 'vitest';
import type { ConflictCode } from '../../domain/shared/changes.ts';
import { onlyConflict } from '../../src/app/command.ts';
import { timeConflict } from '../../src/app/scheduling/acting.ts';

test('that time was taken, or the patient is elsewhere, is told', () => {
  expect(timeConflict('slot_taken')).toEqual({ code: 'slot_taken', alternatives: [] });
  expect(timeConflict('patient_conflict')).toEqual({
    code: 'slot_unavailable',
    reasons: [{ code: 'patient_conflict' }],
    alternatives: [],
  });
});

const OTHERS: ConflictCode[] = ['email_taken', 'appointment_type_exists', 'override_exists', 'idempotency_key_raced'];
test.each(OTHERS)('%s where time is taken is a bug, not a refusal', (code) => {
  expect(() => timeConflict(code)).toThrow(code);
});

test('a command that can meet one constraint passes no other off as it', () => {
  expect(onlyConflict('override_exists')('override_exists')).toEqual({ code: 'override_exists' });
  expect(() => onlyConflict('override_exists')('slot_taken')).toThrow('slot_taken');
});
