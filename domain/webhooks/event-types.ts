/**
 * The events that are announced to other systems of the clinic. An event says what changed by ids and versions, and nothing
 * else of a person: a receiver that may know more reads it from the API.
 */
import type { Id } from '../shared/ids.ts';

/** What an endpoint can subscribe to, with what happened. */
export const WEBHOOK_EVENT_TYPES = {
  'appointment.requested': 'A patient asked for an appointment that the clinic has to approve.',
  'appointment.booked': 'An appointment was booked.',
  'appointment.moved': 'An appointment got another time, doctor or place.',
  'appointment.cancelled': 'An appointment was cancelled, or a request was declined or expired.',
  'appointment.status_changed':
    'An appointment was approved, confirmed, checked in, completed, missed, or restored after a cancellation.',
  'appointment.updated': 'Reason, symptoms, notes or answers of an appointment were changed.',
  'waitlist.offer_made': 'A free time was offered to a patient of the waitlist.',
  'waitlist.offer_closed': 'An offer was accepted, declined, withdrawn, or has expired.',
  'patient.registered': 'A patient registered, or was registered by the clinic. The address may not be confirmed yet.',
  'patient.merged': 'Two records of one patient became one.',
  'patient.unmerged': 'The merging of two records was undone.',
  'person.erased': 'The personal data of a person was erased: erase your copy too.',
  'availability.changed':
    'Hours, overrides or time off of a doctor were changed, or, if `doctorId` is null, the holidays of the clinic.',
  'security.finding_raised':
    'Something unusual was noticed: an address, or an account, acts as misuse does. Read the finding from the API.',
} as const satisfies Readonly<Record<string, string>>;

export type WebhookEventType = keyof typeof WEBHOOK_EVENT_TYPES;
export const WEBHOOK_EVENT_NAMES = Object.keys(WEBHOOK_EVENT_TYPES) as readonly WebhookEventType[];

/** Sent on request, to one endpoint, whatever it has subscribed to. */
export const TEST_EVENT = 'webhook.test';
export type SentEventType = WebhookEventType | typeof TEST_EVENT;

export type WebhookEventId = Id<'webhook_event'>;

/** Ids, versions, and `null` for none. Names of persons, times of visits and states of health have no place here. */
export type EventData = Readonly<Record<string, string | number | readonly string[] | null>>;

/** What a change says to other systems. */
export interface Announcement {
  readonly type: WebhookEventType;
  readonly data: EventData;
}

export interface WebhookEvent {
  /** The same for every endpoint and every attempt: receivers recognise a repeated event by it. */
  readonly id: WebhookEventId;
  readonly type: SentEventType;
  readonly data: EventData;
  /** Epoch milliseconds. */
  readonly occurredAt: number;
}

/** The body of an event, as it is signed and sent. */
export function bodyOf({ type, data, occurredAt }: WebhookEvent, format: (instant: number) => string): string {
  return JSON.stringify({ type, timestamp: format(occurredAt), data });
}
