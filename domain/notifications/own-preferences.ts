/** A person's own change of preferences, and the deliveries that it concerns. */
import { decided } from '../shared/changes.ts';
import type { UserId } from '../shared/ids.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import type { ExpectedVersion, StaleVersion } from '../shared/version.ts';
import type { ZoneId } from '../shared/zone.ts';
import { rulesOf } from './categories.ts';
import type { NotificationChange } from './changes.ts';
import type { Decision } from './decision.ts';
import { changePreferences, type PreferencesInput, type PreferencesRefused } from './preference-changes.ts';
import type { HeldDelivery, OwnPreferences, Preferences } from './preferences.ts';
import { heldUntil, type QuietHours } from './quiet-hours.ts';
import { deliveryTopic } from './routing.ts';

/** What a request asks for. Quiet hours without a zone are in the zone of the profile. */
export type WantedPreferences = Omit<PreferencesInput, 'quietHours'> & {
  readonly quietHours?: (Omit<QuietHours, 'zone'> & { readonly zone: ZoneId | null }) | null;
};

export type PreferencesNotFound = { readonly code: 'not_found' };

/** What is sent within this time is not moved any more: it may be on its way. */
export const ON_ITS_WAY_MS = 60_000;

/**
 * Changes what a person has chosen. What waits for the end of quiet hours gets its new time; whether it is still to be sent, and by that
 * channel, is decided when it is sent.
 * @param current `undefined` if the account is closed
 */
export function updatePreferences(
  userId: UserId,
  current: OwnPreferences | undefined,
  held: readonly HeldDelivery[],
  command: { readonly input: WantedPreferences; readonly expected: ExpectedVersion },
  now: Instant,
): Result<Decision<NotificationChange, OwnPreferences>, PreferencesRefused | StaleVersion | PreferencesNotFound> {
  if (current === undefined) return refuse({ code: 'not_found' });
  const { quietHours, ...others } = command.input;
  const input: PreferencesInput = {
    ...others,
    ...(quietHours === undefined
      ? {}
      : { quietHours: quietHours && { ...quietHours, zone: quietHours.zone ?? current.zone } }),
  };
  const { expected } = command;
  const changed = changePreferences(userId, current.preferences, current.reach, { input, expected }, now);
  if (!changed.ok) return changed;
  const { value: preferences, changes, audit } = changed.value;
  const moved = moves(preferences, held, now);
  return ok(
    decided({
      value: { ...current, preferences },
      changes: [...changes, ...moved.map(({ change }) => change)],
      audit,
      jobs: moved.map(({ job }) => job),
    }),
  );
}

function moves({ quietHours }: Preferences, held: readonly HeldDelivery[], now: Instant) {
  return held.flatMap(({ id, notificationId, channel, category, sendAt: from, uselessFrom }) => {
    // One that has become useless is skipped when it is judged, with the reason.
    const sendAt = heldUntil(quietHours, uselessFrom, now) ?? now;
    if (sendAt === from) return [];
    const change = { type: 'delivery.held' as const, id, notificationId, sendAt, reason: null, at: now };
    const { priority } = rulesOf(category);
    return [
      { change, job: { topic: deliveryTopic(channel), payload: { deliveryId: id }, notBefore: sendAt, priority } },
    ];
  });
}
