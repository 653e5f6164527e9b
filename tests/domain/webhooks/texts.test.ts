import { expect, test } from 'vitest';
import { LANGUAGES } from '../../../domain/shared/wording/language.ts';
import { rendered } from '../notifications/rendering.ts';

test.each(LANGUAGES)('the mail of a disabled webhook says why: %s', (language) => {
  const told = (because: 'gone' | 'failing') =>
    rendered('webhook-disabled', { host: 'practice.example.org', because }, { language }).text;
  expect(told('gone')).toContain('410');
  expect(told('failing')).not.toContain('410');
});
