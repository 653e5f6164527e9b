import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CATEGORY_RULES, rulesOf, SENDING_CHANNELS } from '../../../domain/notifications/categories.ts';
import { updatePreferences } from '../../../domain/notifications/own-preferences.ts';
import {
  changePreferences,
  type PreferencesInput,
  switched,
} from '../../../domain/notifications/preference-changes.ts';
import {
  choiceOf,
  DEFAULT_PREFERENCES,
  isChosen,
  type OwnPreferences,
  type Preferences,
  type Reach,
} from '../../../domain/notifications/preferences.ts';
import type { DeliveryId } from '../../../domain/notifications/states.ts';
import type { NotificationId, UserId } from '../../../domain/shared/ids.ts';
import { MESSAGE_CATEGORIES } from '../../../domain/shared/messages.ts';
import type { LocalTime } from '../../../domain/shared/time.ts';
import type { ZoneId } from '../../../domain/shared/zone.ts';
import { sized } from '../../support/size.ts';

const NOW = Date.parse('2026-03-02T23:00:00Z');
const ID = 'u' as UserId;
const UNREACHED: Reach = { hasEmail: true, isProven: true, phone: null, hasDevice: false };
const REACHED: Reach = { ...UNREACHED, phone: { provenAt: NOW - 1000 } };
const NIGHT = { from: '22:00' as LocalTime, to: '07:00' as LocalTime, zone: 'Europe/Berlin' as ZoneId };

function change(input: PreferencesInput, current = DEFAULT_PREFERENCES, reach = REACHED, now = NOW) {
  return changePreferences(ID, current, reach, { input, expected: current.version }, now);
}
function chosen(...args: Parameters<typeof change>): Preferences {
  const changed = change(...args);
  if (!changed.ok) throw new Error(JSON.stringify(changed.error));
  return changed.value.value;
}
function errors(...args: Parameters<typeof change>) {
  const changed = change(...args);
  return changed.ok || changed.error.code !== 'preferences_refused'
    ? []
    : changed.error.errors.map(({ pointer, code }) => [pointer, code]);
}

describe('choices', () => {
  test('what a category fixes can be named with its value alone', () => {
    for (const category of MESSAGE_CATEGORIES) {
      for (const channel of SENDING_CHANNELS) {
        const rule = CATEGORY_RULES[category].channels[channel];
        const isFixed = rule === 'always' || rule === 'never';
        const to = (value: boolean) =>
          errors({
            choices: { [category]: { [channel]: value } },
            ...(channel === 'sms' && value ? { smsConsent: true } : {}),
          });
        expect(to(rule === 'always')).toEqual([]);
        expect(to(rule !== 'always')).toEqual(isFixed ? [[`/choices/${category}/${channel}`, 'fixed']] : []);
      }
    }
  });

  test('any sequence of choices has the effect of the last one of each, and never changes what is fixed', () => {
    const one = fc.record({
      category: fc.constantFrom(...MESSAGE_CATEGORIES),
      channel: fc.constantFrom(...SENDING_CHANNELS),
      value: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 20 }), (sequence) => {
        const last = new Map<string, boolean>();
        let preferences = chosen({ smsConsent: true });
        for (const { category, channel, value } of sequence) {
          const changed = change({ choices: { [category]: { [channel]: value } } }, preferences);
          if (!changed.ok) continue;
          preferences = changed.value.value;
          last.set(`${category} ${channel}`, value);
        }
        for (const category of MESSAGE_CATEGORIES) {
          for (const channel of SENDING_CHANNELS) {
            const rule = CATEGORY_RULES[category].channels[channel];
            const isOn = rule === 'on' || rule === 'always';
            const expected =
              rule === 'always' || rule === 'never' ? isOn : (last.get(`${category} ${channel}`) ?? isOn);
            expect(isChosen(preferences, category, channel)).toBe(expected);
          }
        }
      }),
      { numRuns: sized(500), seed: 54 },
    );
  });

  test('what changes nothing is not stored, and not recorded', () => {
    const changed = change({ choices: { message: { email: true } }, reminderMinutes: [120, 1440] });
    expect(changed).toMatchObject({ ok: true, value: { value: { version: 0 }, changes: [], audit: [] } });
  });

  test('one channel is switched off at the press of a link, unless it is fixed', () => {
    expect(switched(ID, DEFAULT_PREFERENCES, ['reminder', 'email', false], NOW)).toMatchObject({
      value: { choices: { reminder: { email: false } }, version: 1 },
      audit: [{ type: 'notification.preferences_changed', details: { changed: 'reminder.email', channel: 'email' } }],
    });
    expect(switched(ID, DEFAULT_PREFERENCES, ['security', 'email', false], NOW).changes).toEqual([]);
  });
});

describe('text messages', () => {
  const byText: PreferencesInput = { choices: { reminder: { sms: true } } };

  test('need a proven number, and consent', () => {
    expect(errors(byText)).toEqual([['/choices/reminder/sms', 'no_consent']]);
    expect(errors({ ...byText, smsConsent: true }, DEFAULT_PREFERENCES, UNREACHED)).toEqual([
      ['/smsConsent', 'no_address'],
      ['/choices/reminder/sms', 'no_address'],
    ]);
    const unproven = { ...UNREACHED, phone: { provenAt: null } };
    expect(errors({ smsConsent: true }, DEFAULT_PREFERENCES, unproven)).toEqual([['/smsConsent', 'address_unproven']]);
    expect(chosen({ ...byText, smsConsent: true })).toMatchObject({
      smsConsentedAt: NOW,
      choices: { reminder: { sms: true } },
    });
  });

  test('consent stands until it is withdrawn, which switches all of them off', () => {
    const given = chosen({ ...byText, smsConsent: true });
    expect(chosen({ choices: { message: { sms: true } } }, given, REACHED, NOW + 1)).toMatchObject({
      smsConsentedAt: NOW,
    });
    const withdrawn = change({ smsConsent: false }, given);
    expect(withdrawn).toMatchObject({
      value: {
        value: { smsConsentedAt: null, choices: {} },
        audit: [{ details: { changed: 'reminder.sms smsConsent' } }, { type: 'notification.sms_consent_withdrawn' }],
      },
    });
    expect(errors({ ...byText, smsConsent: false }, given)).toEqual([['/choices/reminder/sms', 'no_consent']]);
  });

  test('another number needs consent of its own', () => {
    const given = chosen({ ...byText, smsConsent: true });
    const later = { ...UNREACHED, phone: { provenAt: NOW + 5000 } };
    expect(choiceOf({ preferences: given, reach: later, suppressed: [] }, 'reminder', 'sms')).toEqual({
      value: true,
      fixed: false,
      available: false,
      why: 'no_consent',
    });
    expect(errors({ choices: { message: { sms: true } } }, given, later)).toEqual([
      ['/choices/message/sms', 'no_consent'],
    ]);
    // What is sent back unchanged is no new choice.
    expect(errors(byText, given, later)).toEqual([]);
    expect(chosen({ smsConsent: true }, given, later, NOW + 6000).smsConsentedAt).toBe(NOW + 6000);
  });

  test('an address that gets nothing more is not available, by its own channel alone', () => {
    const own = { preferences: chosen({ smsConsent: true }), reach: REACHED };
    for (const category of MESSAGE_CATEGORIES) {
      const whyOf = (suppressed: OwnPreferences['suppressed'], channel: 'email' | 'sms') =>
        choiceOf({ ...own, suppressed }, category, channel).why;
      expect(whyOf(['email'], 'email')).toBe(
        rulesOf(category).channels.email === 'never' ? 'other_channel' : 'suppressed',
      );
      const isNever = rulesOf(category).channels.sms === 'never';
      expect(whyOf(['email'], 'sms')).toBe(isNever ? 'other_channel' : null);
      expect(whyOf(['sms'], 'sms')).toBe(isNever ? 'other_channel' : 'suppressed');
    }
  });
});

describe('quiet hours and reminders', () => {
  test('quiet hours are neither empty nor longer than 20 hours', () => {
    const to = (text: string) => errors({ quietHours: { ...NIGHT, to: text as LocalTime } });
    expect(to('22:00')).toEqual([['/quietHours/to', 'empty']]);
    expect(to('18:01')).toEqual([['/quietHours/to', 'too_long']]);
    expect(to('18:00')).toEqual([]);
    expect(chosen({ quietHours: null }, chosen({ quietHours: NIGHT })).quietHours).toBeNull();
  });

  test('reminders are kept in order, the earliest first, each once', () => {
    expect(chosen({ reminderMinutes: [15, 43_200, 60] }).reminderMinutes).toEqual([43_200, 60, 15]);
    expect(chosen({ reminderMinutes: [] }).reminderMinutes).toEqual([]);
    expect(errors({ reminderMinutes: [60, 15, 60] })).toEqual([['/reminderMinutes/2', 'repeated']]);
  });
});

describe('a change', () => {
  const own = (preferences: Preferences): OwnPreferences => ({
    preferences,
    reach: REACHED,
    suppressed: [],
    language: 'en',
    zone: 'America/New_York' as ZoneId,
  });
  const waiting = {
    id: 'd' as DeliveryId,
    notificationId: 'n' as NotificationId,
    channel: 'email' as const,
    category: 'message' as const,
    sendAt: Date.parse('2026-03-03T06:00:00Z'),
    uselessFrom: null,
  };
  const quiet = chosen({ quietHours: NIGHT });
  const command = (input: Parameters<typeof updatePreferences>[3]['input']) => ({ input, expected: 1 });

  test('moves what is held to its new time', () => {
    const moved = (input: Parameters<typeof command>[0], held = waiting) => {
      const changed = updatePreferences(ID, own(quiet), [held], command(input), NOW);
      return changed.ok ? [changed.value.changes.slice(1), changed.value.jobs] : changed;
    };
    const job = (notBefore: number) => ({
      topic: 'delivery.email',
      payload: { deliveryId: 'd' },
      notBefore,
      priority: 7,
    });
    const to = (sendAt: number) => [
      [{ type: 'delivery.held', id: 'd', notificationId: 'n', sendAt, reason: null, at: NOW }],
      [job(sendAt)],
    ];
    expect(moved({ quietHours: null })).toEqual(to(NOW));
    expect(moved({ quietHours: { ...NIGHT, to: '09:00' as LocalTime } })).toEqual(
      to(Date.parse('2026-03-03T08:00:00Z')),
    );
    expect(moved({ reminderMinutes: [15] })).toEqual([[], []]);
    // It is skipped when it is judged.
    expect(
      moved({ quietHours: { ...NIGHT, to: '09:00' as LocalTime } }, {
        ...waiting,
        uselessFrom: waiting.sendAt + 1,
      } as never),
    ).toEqual(to(NOW));
  });

  test('takes the zone of the profile for quiet hours that name none', () => {
    const changed = updatePreferences(ID, own(quiet), [], command({ quietHours: { ...NIGHT, zone: null } }), NOW);
    expect(changed).toMatchObject({ value: { value: { preferences: { quietHours: { zone: 'America/New_York' } } } } });
  });

  test('of a version that somebody has changed is refused, and of an account that is closed', () => {
    const { value: stale } = { value: updatePreferences(ID, own(quiet), [], { input: {}, expected: 0 }, NOW) };
    expect(stale).toEqual({ ok: false, error: { code: 'stale_version', version: 1 } });
    const none = updatePreferences(ID, undefined, [], command({}), NOW);
    expect(none).toEqual({ ok: false, error: { code: 'not_found' } });
  });
});
