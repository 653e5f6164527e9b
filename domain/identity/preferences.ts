/** How the portal looks for a person. Preferences of notifications are kept elsewhere. */

import { decided } from '../shared/changes.ts';
import type { UserId } from '../shared/ids.ts';
import type { Decision } from './decision.ts';

export type PreferencesChange =
  /** Guarded: the account is open. Fields that are not named keep their values, also those of a concurrent change. */
  { readonly type: 'user.preferences_changed'; readonly userId: UserId; readonly changed: Partial<Preferences> };

export const THEMES = ['system', 'light', 'dark'] as const;
export const DATE_FORMATS = ['iso', 'day_month_year', 'month_day_year'] as const;
export const TIME_FORMATS = ['24h', '12h'] as const;

export interface Preferences {
  readonly theme: (typeof THEMES)[number];
  readonly dateFormat: (typeof DATE_FORMATS)[number];
  readonly timeFormat: (typeof TIME_FORMATS)[number];
  readonly highContrast: boolean;
  readonly reducedMotion: boolean;
}

export const DEFAULT_PREFERENCES: Preferences = {
  theme: 'system',
  dateFormat: 'iso',
  timeFormat: '24h',
  highContrast: false,
  reducedMotion: false,
};

export function changePreferences(
  userId: UserId,
  current: Preferences,
  changed: Partial<Preferences>,
): Decision<PreferencesChange, Preferences> {
  return decided({
    value: { ...current, ...changed },
    changes: [{ type: 'user.preferences_changed', userId, changed }],
    audit: [
      {
        type: 'user.preferences_updated',
        stream: userId,
        outcome: 'success',
        resource: { type: 'user', id: userId },
        details: { changed: Object.keys(changed).join(' ') },
      },
    ],
  });
}
