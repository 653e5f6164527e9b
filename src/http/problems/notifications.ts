/** Problems of messages and their deliveries. */
import type { NobodyAffected } from '../../../domain/notifications/alert.ts';
import type { NotRedrivable } from '../../../domain/notifications/dead-letters.ts';
import type { PreferencesRefused } from '../../../domain/notifications/preference-changes.ts';
import { kind, type ProblemKind } from './kind.ts';

export type NotificationErrorCode = NotRedrivable['code'] | NobodyAffected['code'] | PreferencesRefused['code'];

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
} satisfies Readonly<Record<NotificationErrorCode, ProblemKind>>;
