/** Changing what a person has chosen, within the rules of the categories. */
import { decided } from '../shared/changes.ts';
import type { UserId } from '../shared/ids.ts';
import { MESSAGE_CATEGORIES, type MessageCategory } from '../shared/messages.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import { type ExpectedVersion, type StaleVersion, staleness } from '../shared/version.ts';
import type { AuditDraft } from './audit-events.ts';
import { rulesOf, SENDING_CHANNELS, type SendingChannel } from './categories.ts';
import type { NotificationChange } from './changes.ts';
import type { Decision } from './decision.ts';
import {
  type Choices,
  consents,
  isChosen,
  type Obstacle,
  obstacle,
  type Preferences,
  phoneObstacle,
  type Reach,
} from './preferences.ts';
import { LONGEST_QUIET_MINUTES, type QuietHours, quietMinutes } from './quiet-hours.ts';

/** What is left out does not change. */
export interface PreferencesInput {
  readonly choices?: Choices;
  readonly quietHours?: QuietHours | null;
  readonly reminderMinutes?: readonly number[];
  /** `false` withdraws consent, and switches off text messages of all categories. */
  readonly smsConsent?: boolean;
}

export interface PreferenceFault {
  /** RFC 6901, into the body. */
  readonly pointer: string;
  readonly code: 'fixed' | 'no_address' | 'address_unproven' | 'no_consent' | 'repeated' | 'empty' | 'too_long';
  readonly message: string;
}
export type PreferencesRefused = {
  readonly code: 'preferences_refused';
  readonly errors: readonly [PreferenceFault, ...PreferenceFault[]];
};

export function changePreferences(
  userId: UserId,
  current: Preferences,
  reach: Reach,
  { input, expected }: { readonly input: PreferencesInput; readonly expected: ExpectedVersion },
  now: Instant,
): Result<Decision<NotificationChange, Preferences>, PreferencesRefused | StaleVersion> {
  const stale = staleness(current, expected);
  if (stale !== undefined) return refuse(stale);
  const smsConsentedAt = consentAfter(current, reach, input, now);
  const [fault, ...more] = faults(current, reach, input, smsConsentedAt);
  if (fault !== undefined) return refuse({ code: 'preferences_refused', errors: [fault, ...more] });
  const changed: Preferences = {
    choices: merged(current.choices, input),
    quietHours: input.quietHours === undefined ? current.quietHours : input.quietHours,
    reminderMinutes: (input.reminderMinutes ?? current.reminderMinutes).toSorted((a, b) => b - a),
    smsConsentedAt,
    version: current.version + 1,
  };
  return ok(stored(userId, current, changed, now));
}

/** One choice, made by the link of a mail: it is left as it is if the category fixes it. */
export function switched(
  userId: UserId,
  current: Preferences,
  [category, channel, value]: readonly [MessageCategory, SendingChannel, boolean],
  now: Instant,
): Decision<NotificationChange, Preferences> {
  const rule = rulesOf(category).channels[channel];
  const isFixed = rule === 'always' || rule === 'never';
  const choices = isFixed
    ? current.choices
    : merged(current.choices, { choices: { [category]: { [channel]: value } } });
  return stored(userId, current, { ...current, choices, version: current.version + 1 }, now, { channel: 'email' });
}

/**
 * Consent that was withdrawn by an answer from the number, which switches off text messages of all categories. START does
 * not give it again: consent is given to what the portal explains.
 */
export function consentWithdrawn(
  userId: UserId,
  current: Preferences,
  now: Instant,
): Decision<NotificationChange, Preferences> {
  const choices = merged(current.choices, { smsConsent: false });
  const changed = { ...current, choices, smsConsentedAt: null, version: current.version + 1 };
  return stored(userId, current, changed, now, { channel: 'sms' });
}

function stored(
  userId: UserId,
  before: Preferences,
  after: Preferences,
  now: Instant,
  /** By which way, if not by a signed-in person. */
  way: { readonly channel?: 'email' | 'sms' } = {},
): Decision<NotificationChange, Preferences> {
  const changed = differences(before, after);
  if (changed.length === 0) return decided({ value: before, changes: [], audit: [] });
  return decided({
    value: after,
    changes: [{ type: 'preferences.changed', userId, preferences: after, at: now }],
    audit: auditOf(userId, before, after, { changed: changed.join(' '), ...way }),
  });
}

function auditOf(
  userId: UserId,
  before: Preferences,
  after: Preferences,
  details: Readonly<Record<string, string>>,
): readonly AuditDraft[] {
  const event = { stream: userId, outcome: 'success' as const };
  const [was, is] = [before.smsConsentedAt, after.smsConsentedAt];
  return [
    { ...event, type: 'notification.preferences_changed', details },
    ...(was === is
      ? []
      : [
          {
            ...event,
            type:
              is === null
                ? ('notification.sms_consent_withdrawn' as const)
                : ('notification.sms_consent_given' as const),
          },
        ]),
  ];
}

/** What differs, by name: no value, so that the audit log does not tell when somebody sleeps. */
export function differences(before: Preferences, after: Preferences): readonly string[] {
  const names = MESSAGE_CATEGORIES.flatMap((category) =>
    SENDING_CHANNELS.flatMap((channel) =>
      isChosen(before, category, channel) === isChosen(after, category, channel) ? [] : [`${category}.${channel}`],
    ),
  );
  if (JSON.stringify(before.quietHours) !== JSON.stringify(after.quietHours)) names.push('quietHours');
  if (before.reminderMinutes.join() !== after.reminderMinutes.join()) names.push('reminderMinutes');
  if (before.smsConsentedAt !== after.smsConsentedAt) names.push('smsConsent');
  return names;
}

function consentAfter(current: Preferences, reach: Reach, input: PreferencesInput, now: Instant): Instant | null {
  if (input.smsConsent === undefined) return current.smsConsentedAt;
  if (!input.smsConsent) return null;
  return consents(reach, current.smsConsentedAt) ? current.smsConsentedAt : now;
}

function merged(choices: Choices, { choices: given = {}, smsConsent }: PreferencesInput): Choices {
  return Object.fromEntries(
    MESSAGE_CATEGORIES.flatMap((category) => {
      const both = { ...choices[category], ...given[category] };
      const kept = SENDING_CHANNELS.flatMap((channel) => {
        const rule = rulesOf(category).channels[channel];
        const value = channel === 'sms' && smsConsent === false ? false : both[channel];
        // What the rules say anyway is not stored.
        return value === undefined || rule === 'always' || rule === 'never' || value === (rule === 'on')
          ? []
          : [[channel, value] as const];
      });
      return kept.length === 0 ? [] : [[category, Object.fromEntries(kept)]];
    }),
  );
}

function faults(
  current: Preferences,
  reach: Reach,
  input: PreferencesInput,
  smsConsentedAt: Instant | null,
): PreferenceFault[] {
  const found: PreferenceFault[] = [];
  const phone = input.smsConsent === true ? phoneObstacle(reach) : null;
  if (phone !== null) found.push(smsFault('/smsConsent', phone));
  for (const category of MESSAGE_CATEGORIES) {
    for (const channel of SENDING_CHANNELS) {
      const wanted = input.choices?.[category]?.[channel];
      const why =
        wanted === undefined ? null : choiceFault(current, { reach, smsConsentedAt }, category, channel, wanted);
      if (why !== null) found.push(why);
    }
  }
  const { reminderMinutes = [], quietHours } = input;
  reminderMinutes.forEach((minutes, index) => {
    if (reminderMinutes.indexOf(minutes) < index)
      found.push({ pointer: `/reminderMinutes/${index}`, code: 'repeated', message: `${minutes} is named twice` });
  });
  const length = quietHours == null ? 1 : quietMinutes(quietHours);
  if (length === 0)
    found.push({ pointer: '/quietHours/to', code: 'empty', message: 'expected another time than from' });
  if (length > LONGEST_QUIET_MINUTES)
    found.push({ pointer: '/quietHours/to', code: 'too_long', message: 'expected quiet hours of at most 20 hours' });
  return found;
}

function choiceFault(
  current: Preferences,
  { reach, smsConsentedAt }: { readonly reach: Reach; readonly smsConsentedAt: Instant | null },
  category: MessageCategory,
  channel: SendingChannel,
  wanted: boolean,
): PreferenceFault | null {
  const pointer = `/choices/${category}/${channel}`;
  const rule = rulesOf(category).channels[channel];
  const isNow = isChosen(current, category, channel);
  if (rule === 'always' || rule === 'never') {
    const message =
      rule === 'always' ? 'such messages cannot be switched off' : 'such messages never take this channel';
    return wanted === isNow ? null : { pointer, code: 'fixed', message };
  }
  if (channel !== 'sms' || !wanted) return null;
  // Sent back unchanged, it is no new choice.
  if (isNow && smsConsentedAt !== null && smsConsentedAt === current.smsConsentedAt) return null;
  const why = obstacle(reach, { smsConsentedAt }, category, channel);
  return why === null ? null : smsFault(pointer, why);
}

function smsFault(pointer: string, why: Obstacle): PreferenceFault {
  switch (why) {
    case 'no_consent':
      return { pointer, code: why, message: 'text messages need smsConsent: true' };
    case 'address_unproven':
      return { pointer, code: why, message: 'text messages need a number that is proven with a code' };
    default:
      return { pointer, code: 'no_address', message: 'text messages need a number that is proven with a code' };
  }
}
