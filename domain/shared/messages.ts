/** Messages a decision asks for. They are rendered and sent after the commit, from the outbox. */
import type { AppointmentId, UserId } from './ids.ts';
import type { DataKey } from './ports.ts';
import type { Instant } from './time.ts';

/** What each template needs to know beside its receiver. Instants are epoch milliseconds. */
export interface MessageVariables {
  'verify-email': { readonly token: string };
  'account-exists': Readonly<Record<string, never>>;
  invitation: { readonly token: string; readonly role: string };
  'password-reset': { readonly token: string };
  'password-changed': { readonly how: 'reset' | 'changed' };
  /** To the new address, which nobody has proven yet. */
  'confirm-email-change': { readonly to: string; readonly token: string };
  /** These three go to the address that is named, whatever the account's is by then. */
  'email-change-requested': { readonly to: string; readonly token: string };
  'email-changed': { readonly to: string };
  'email-restored': { readonly to: string; readonly token: string };
  'signed-out-everywhere': Readonly<Record<string, never>>;
  /** Something that lasts was made, and lets in or shows something without a sign-in (R64). */
  'credential-made': { readonly what: 'api_key' | 'calendar_feed' | 'export' };
  /** `place` where the platform knows it. */
  'emergency-access': { readonly doctorName: string; readonly until: number; readonly isPatient: boolean };
  'acted-on-behalf': { readonly what: 'export_requested' | 'export_downloaded' | 'rectified' };
  'processing-limit': { readonly kind: 'restriction' | 'objection'; readonly isSet: boolean };
  'new-sign-in': { readonly deviceName: string; readonly place: string | null; readonly at: number };
  'mfa-changed': { readonly what: 'enabled' | 'disabled' | 'backup_codes' | 'phone_added' | 'phone_removed' | 'reset' };
  'backup-code-used': { readonly left: number };
  /** To administrators: what a verification of the audit log found, and of what kind the first fault is. */
  'audit-alert': { readonly problems: number; readonly first: string };
  /** Brings its receiver along: the account does not know its owner any more. */
  'account-closed': { readonly email: string; readonly firstName: string };
  /** By SMS, to the number that is being proven or was. */
  'sign-in-code': { readonly code: string; readonly phoneNumber: string };
  'appointment-confirmation': AppointmentFacts;
  'appointment-reminder': AppointmentFacts;
  'appointment-cancelled': AppointmentFacts;
  'appointment-rescheduled': AppointmentFacts & { readonly previousDate: string; readonly previousStartTime: string };
  /** `times` as dates and times in `timezone`, in order. */
  'appointment-series-booked': {
    readonly doctorName: string;
    readonly timezone: string;
    readonly times: readonly { readonly date: string; readonly startTime: string }[];
  };
  'waitlist-offer': AppointmentFacts & { readonly expiresAt: number };
  'waitlist-ended': { readonly doctorName: string };
}

/** Times are in the appointment's own zone, as the patient will read them. */
export interface AppointmentFacts {
  readonly doctorName: string;
  readonly date: string;
  readonly startTime: string;
  readonly timezone: string;
}

export type TemplateName = keyof MessageVariables;
export type MessageCategory = 'account' | 'security' | 'appointment' | 'reminder' | 'message';

export type MessageDraft = {
  [T in TemplateName]: {
    readonly template: T;
    readonly variables: MessageVariables[T];
    readonly userId: UserId;
    /** The receiver's, or one of the message's own, which is destroyed once the message is sent or given up. */
    readonly dataKey: DataKey;
    readonly channel: 'email' | 'sms' | 'push' | 'in_app';
    readonly category: MessageCategory;
    /** Default: now. */
    readonly sendAt?: Instant;
    /** When what it says is void: from then on it is not sent. Left out: it stays true. */
    readonly usefulUntil?: Instant;
    /** The version of the appointment the message speaks of: of any other version it is not sent (R51). */
    readonly appointment?: { readonly id: AppointmentId; readonly version: number };
  };
}[TemplateName];
