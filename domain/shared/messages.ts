/**
 * Messages that a decision requests. They are rendered and sent after the commit, from the outbox. Each context declares
 * the variables and the texts of its templates; `domain/messages.ts` unites them.
 */
import type { AppointmentId, UserId } from './ids.ts';
import type { DataKey } from './ports.ts';
import type { Instant } from './time.ts';

/**
 * What a message is for. It decides which channels the message takes, and whether its receiver can switch them off.
 * `code`: carries a secret or a link with a token, for one address alone.
 */
export const MESSAGE_CATEGORIES = ['account', 'security', 'code', 'appointment', 'reminder', 'message'] as const;
export type MessageCategory = (typeof MESSAGE_CATEGORIES)[number];

/** A message of any context. */
export interface AnyMessageDraft {
  readonly template: string;
  readonly variables: object;
  readonly userId: UserId;
  /** The receiver's key, or a key of this message alone that is destroyed once the message is sent or given up. */
  readonly dataKey: DataKey;
  /** Default: now. */
  readonly sendAt?: Instant;
  /** The message is not sent from this time on, because it is no longer true. Default: it stays true. */
  readonly usefulUntil?: Instant;
  /**
   * The version of the appointment that the message describes. The message is not sent for any other version (R51).
   */
  readonly appointment?: { readonly id: AppointmentId; readonly version: number };
}

/** The messages of the templates whose variables `V` declares. */
export type MessageDraftOf<V> = {
  [T in keyof V & string]: AnyMessageDraft & { readonly template: T; readonly variables: V[T] };
}[keyof V & string];

export interface RenderContext {
  /** `null` for an address that nobody has proven: whoever typed it in typed the name too. */
  readonly firstName: string | null;
  /** Where links lead, from configuration and never from a request (R8). */
  readonly publicUrl: string;
  /** Last lines, of a mail: who sends it. */
  readonly signature: readonly string[];
}

/** What a message says, before it is laid out as text and as HTML. */
export interface Copy {
  readonly subject: string;
  readonly lines: readonly string[];
  /** A link with what it does. */
  readonly action?: { readonly label: string; readonly url: string };
  /** A secret to type in by hand. */
  readonly code?: string;
}

/** The category of each template whose variables `V` declares. */
export type Categories<V> = { readonly [T in keyof V]: MessageCategory };

/** A text for each template whose variables `V` declares. */
export type Texts<V> = { readonly [T in keyof V]: (variables: V[T], context: RenderContext) => Copy };

/** An instant to the minute: `2026-03-03 09:00 UTC`. */
export function utc(at: Instant): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
