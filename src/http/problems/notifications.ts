/** Problems of messages and their deliveries. */
import type { NobodyAffected } from '../../../domain/notifications/alert.ts';
import type { NotRedrivable } from '../../../domain/notifications/dead-letters.ts';
import type { PreferencesRefused } from '../../../domain/notifications/preference-changes.ts';
import type {
  PushNotConfigured,
  PushRefused,
  PushSubscriptionNotFound,
  TooManyDevices,
} from '../../../domain/notifications/push-subscription.ts';
import { kind, type ProblemKind } from './kind.ts';

export type NotificationErrorCode = (
  | NotRedrivable
  | NobodyAffected
  | PreferencesRefused
  | PushRefused
  | PushNotConfigured
  | TooManyDevices
  | PushSubscriptionNotFound
)['code'];

export const NOTIFICATION_PROBLEMS = {
  delivery_not_redrivable: kind(
    409,
    'The delivery cannot be sent again',
    'The member `why` tells which: `not_dead` needs nothing; for `message_gone` a new code or link has to be requested; `may_have_arrived` is sent again with `evenTwice`, unless no channel has taken the message; `no_channel`: its receiver has to prove an address first, or it has to be lifted.',
    'The delivery was not given up, its text was destroyed with its secret, its provider may have accepted it, or no channel would take the message.',
  ),
  nobody_affected: kind(
    422,
    'Nobody would be told',
    'Widen the time, the doctors or the location, or check the ids of the persons. `?dryRun=true` counts them.',
    'No appointment that is still to take place begins in that time, or none of the persons exists.',
  ),
  preferences_refused: kind(
    422,
    'These preferences cannot be set',
    'Each entry of errors points at a field (RFC 6901). `fixed`: such messages cannot be switched off, or never take this channel. `no_address`, `address_unproven`: prove a phone first. `no_consent`: send `smsConsent: true`.',
    'A choice is fixed by its category, text messages lack a proven number or consent, or the quiet hours are empty or longer than 20 hours.',
  ),
  push_not_configured: kind(
    409,
    'Nothing is pushed to such devices',
    'Messages come by e-mail, and stand in the portal. To push them to browsers, the operator sets `VAPID_PUBLIC_KEY`; to apps, `FCM_SERVICE_ACCOUNT`.',
    'The portal has no key for push messages to browsers, or none for apps.',
  ),
  push_subscription_refused: kind(
    422,
    'Nothing can be pushed to this device',
    'The member `why` tells the reason. `unknown_push_service`: the endpoint is of no push service that messages are sent to. `unusable_keys`: `p256dh` is no point of P-256. `expired`: subscribe anew.',
    'The endpoint leads elsewhere than to the push service of a browser, its key cannot be used, or it has expired.',
  ),
  too_many_push_subscriptions: kind(
    409,
    'Too many devices',
    'End one that is no longer used.',
    'An account may have at most limit devices that get push messages.',
  ),
  push_subscription_not_found: kind(
    404,
    'There is no such device',
    'It was ended already, or it belongs to somebody else.',
    'The id names no device of yours.',
  ),
} satisfies Readonly<Record<NotificationErrorCode, ProblemKind>>;
