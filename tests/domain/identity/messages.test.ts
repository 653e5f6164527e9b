import { expect, test } from 'vitest';
import { passwordAction } from '../../../domain/identity/messages.ts';

test('a password is reset or changed: each has its own line in the table of what ends with what', () => {
  expect(passwordAction('reset')).toBe('password_reset');
  expect(passwordAction('changed')).toBe('password_changed');
});
