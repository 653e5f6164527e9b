import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  changePreferences,
  DATE_FORMATS,
  DEFAULT_PREFERENCES,
  THEMES,
  TIME_FORMATS,
} from '../../../domain/identity/preferences.ts';
import { sampleUser } from './sample-user.ts';

const userId = sampleUser().id;
const some = fc.record(
  {
    theme: fc.constantFrom(...THEMES),
    dateFormat: fc.constantFrom(...DATE_FORMATS),
    timeFormat: fc.constantFrom(...TIME_FORMATS),
    highContrast: fc.boolean(),
    reducedMotion: fc.boolean(),
  },
  { requiredKeys: [] },
);

describe('preferences', () => {
  it('change where they are named, and keep the others', () => {
    fc.assert(
      fc.property(some, some, (before, changed) => {
        const current = { ...DEFAULT_PREFERENCES, ...before };
        const { value, changes } = changePreferences(userId, current, changed);
        expect(value).toEqual({ ...current, ...changed });
        expect(changes).toEqual([{ type: 'user.preferences_changed', userId, changed }]);
      }),
    );
  });

  it('the audit log names the changed preferences, without their values', () => {
    const { audit } = changePreferences(userId, DEFAULT_PREFERENCES, { theme: 'dark', highContrast: true });
    expect(audit).toEqual([
      {
        type: 'user.preferences_updated',
        stream: userId,
        outcome: 'success',
        resource: { type: 'user', id: userId },
        details: { changed: 'theme highContrast' },
      },
    ]);
  });
});
