import { expect, test } from 'vitest';
import { mailboxOf } from '../../../domain/identity/mailbox.ts';

test.each([
  ['ada@example.org', 'ada@example.org'],
  ['ada+clinic@example.org', 'ada@example.org'],
  ['ada+clinic+more@example.org', 'ada@example.org'],
  // A tag alone is the name of the mailbox.
  ['+clinic@example.org', '+clinic@example.org'],
  ['a.d.a@example.org', 'a.d.a@example.org'],
  ['a.d.a+clinic@gmail.com', 'ada@gmail.com'],
  ['ada@googlemail.com', 'ada@gmail.com'],
  ['"a@b"@example.org', '"a@b"@example.org'],
])('the mailbox of %s is %s', (email, mailbox) => {
  expect(mailboxOf(email)).toBe(mailbox);
});
