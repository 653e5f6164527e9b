/** Messages that a decision requests. They are rendered and sent after the commit, from the outbox. */
import type { AppointmentId, UserId } from './ids.ts';
import type { DataKey } from './ports.ts';
import type { Instant } from './time.ts';

/** The variables of each template, apart from the receiver. Instants are epoch milliseconds. */
export interface MessageVariables {
  'verify-email': { readonly token: string };
  'account-exists': Readonly<Record<string, never>>;
  invitation: { readonly token: string; readonly role: string };
  'password-reset': { readonly token: string };
  'password-changed': { readonly how: 'reset' | 'changed' };
  /** Sent to the new address, which is not verified yet. */
  'confirm-email-change': { readonly to: string; readonly token: string };
  /** These three go to the address given here, even if the account's address is another one by then. */
  'email-change-requested': { readonly to: string; readonly token: string };
  'email-changed': { readonly to: string };
  'email-restored': { readonly to: string; readonly token: string };
  'signed-out-everywhere': Readonly<Record<string, never>>;
  /** A long-lived credential was created that gives access without a sign-in (R64). */
  'credential-made': { readonly what: 'api_key' | 'calendar_feed' | 'export' };
  /** To the patient and to administrators when a doctor opens a record in an emergency. */
  'emergency-access': { readonly doctorName: string; readonly until: number; readonly isPatient: boolean };
  'acted-on-behalf': { readonly what: 'export_requested' | 'export_downloaded' | 'rectified' };
  'processing-limit': { readonly kind: 'restriction' | 'objection'; readonly isSet: boolean };
  /** `place` is null if the platform does not tell it. */
  'new-sign-in': { readonly deviceName: string; readonly place: string | null; readonly at: number };
  'mfa-changed': {
    readonly what: 'enabled' | 'replaced' | 'disabled' | 'backup_codes' | 'phone_added' | 'phone_removed' | 'reset';
  };
  'backup-code-used': { readonly left: number };
  /** To administrators: the number of faults that a verification of the audit log found, and the kind of the first. */
  'audit-alert': { readonly problems: number; readonly first: string };
  /** Carries the receiver's address and name, because the closed account no longer holds them. */
  'account-closed': { readonly email: string; readonly firstName: string };
  /** By SMS, to the number that is being verified or was verified. */
  'sign-in-code': { readonly code: string; readonly phoneNumber: string };
  'appointment-confirmation': AppointmentFacts;
  'appointment-reminder': AppointmentFacts;
  'appointment-cancelled': AppointmentFacts;
  'appointment-rescheduled': AppointmentFacts & { readonly previousDate: string; readonly previousStartTime: string };
  /** `times` are dates and times in `timezone`, in order. */
  'appointment-series-booked': {
    readonly doctorName: string;
    readonly timezone: string;
    readonly times: readonly { readonly date: string; readonly startTime: string }[];
  };
  'waitlist-offer': AppointmentFacts & { readonly expiresAt: number };
  'waitlist-ended': { readonly doctorName: string };
}

/** Times are in the appointment's own zone, as the patient reads them. */
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
    /** The receiver's key, or a key of this message alone that is destroyed once the message is sent or given up. */
    readonly dataKey: DataKey;
    readonly channel: 'email' | 'sms' | 'push' | 'in_app';
    readonly category: MessageCategory;
    /** Default: now. */
    readonly sendAt?: Instant;
    /** The message is not sent from this time on, because it is no longer true. Default: it stays true. */
    readonly usefulUntil?: Instant;
    /**
     * The version of the appointment that the message describes. The message is not sent for any other version (R51).
     */
    readonly appointment?: { readonly id: AppointmentId; readonly version: number };
  };
}[TemplateName];
