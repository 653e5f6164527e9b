import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  cutOff,
  parseRetention,
  RETENTION_DAYS,
  RETENTION_KINDS,
  type RetentionKind,
} from '../../../domain/privacy/retention.ts';
import { sized } from '../../support/size.ts';
import { at } from '../scheduling/builders.ts';

const entry = fc.tuple(fc.constantFrom(...RETENTION_KINDS), fc.integer({ min: 1, max: 36_500 }));
const blank = fc.stringMatching(/^[ \t]{0,2}$/);

describe('the setting RETENTION', () => {
  test('names periods, the last one of a kind counts, and the others keep their defaults', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(entry, blank, blank), { maxLength: 12 }), (entries) => {
        const text = entries.map(([[kind, days], before, after]) => `${before}${kind}=${days}${after}`).join(',');
        const expected: Record<string, number> = { ...RETENTION_DAYS };
        for (const [[kind, days]] of entries) expected[kind] = days;
        expect(parseRetention(text)).toEqual(expected);
      }),
      { numRuns: sized(1_000), seed: 1 },
    );
  });

  test('may be empty and may end with a comma', () => {
    expect(parseRetention('')).toEqual(RETENTION_DAYS);
    expect(parseRetention('sessions=7,')).toEqual({ ...RETENTION_DAYS, sessions: 7 });
  });

  test.each(['sessions=1', 'sessions=36500', 'sessions=007'])('accepts %s', (text) => {
    expect(parseRetention(text)).toBeDefined();
  });

  test.each([
    'sessions=0',
    'sessions=36501',
    'sessions=100000',
    'sessions=-1',
    'sessions=1.5',
    'sessions=',
    'sessions',
    '=3',
    'appointments=3',
    'toString=3',
    'constructor=3',
    'SESSIONS=3',
    'sessions = 3',
    'sessions=3;outbox=3',
    'sessions=3 outbox=3',
    'outbox=3,sessions=x',
  ])('refuses %s as a whole', (text) => {
    expect(parseRetention(text)).toBeUndefined();
  });
});

test('each kind is kept for its own number of days, counted as 24 hours', () => {
  const now = at('2026-11-20T12:00:00Z');
  for (const kind of RETENTION_KINDS) {
    const periods = { ...RETENTION_DAYS, [kind]: 3 } satisfies Record<RetentionKind, number>;
    expect(cutOff(periods, kind, now)).toBe(at('2026-11-17T12:00:00Z'));
  }
  expect(cutOff(RETENTION_DAYS, 'clinical_keys', now)).toBe(at('2016-11-19T12:00:00Z'));
});
