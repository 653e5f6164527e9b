/**
 * Messages that a decision requests. They are rendered and sent after the commit, from the outbox. Each context declares
 * the variables and the texts of its templates; `domain/messages.ts` unites them.
 */
import type { AppointmentId, NotificationId, UserId } from './ids.ts';
import type { AppointmentAction, PagePath } from './link-targets.ts';
import type { DataKey } from './ports.ts';
import type { Instant } from './time.ts';

/**
 * What a message is for. It decides which channels the message takes, and whether its receiver can switch them off.
 * `code`: carries a secret or a link with a token, for one address alone. `alert`: an emergency, or a breach of the person's data.
 * `digest`: what the next day holds, for the clinic's people alone.
 */
export const MESSAGE_CATEGORIES = [
  'account',
  'security',
  'code',
  'alert',
  'appointment',
  'reminder',
  'message',
  'digest',
] as const;
export type MessageCategory = (typeof MESSAGE_CATEGORIES)[number];

/** A message of any context. */
export interface AnyMessageDraft {
  /** Default: a new one. */
  readonly id?: NotificationId;
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
  /** Takes no other channels than these. Default: all that the receiver takes. */
  readonly channels?: readonly ('email' | 'sms' | 'push')[] | undefined;
  /** Who of the clinic wrote it. Default: the portal did. */
  readonly writtenBy?: UserId;
  /** A reminder of an appointment that is to begin at `start`, `leadMinutes` before. */
  readonly reminds?: { readonly start: Instant; readonly leadMinutes: number };
  /**
   * The message asks its receiver to confirm the appointment, as it is to begin: it gets a link that does so without a sign-in, in the
   * variable `confirmToken`. Default: it does not ask.
   */
  readonly confirms?: { readonly start: Instant; readonly rescheduleCount: number };
}

/** To a proxy: whom it is about. The name is looked up when the message is sent, and is stored nowhere. */
export interface ForPatient {
  readonly patientId?: UserId | undefined;
  readonly patientName?: string | null | undefined;
}

/** The messages of the templates whose variables `V` declares. */
export type MessageDraftOf<V> = {
  [T in keyof V & string]: AnyMessageDraft & { readonly template: T; readonly variables: V[T] };
}[keyof V & string];

/** Who the message is for, and who sends it. */
export interface RenderContext {
  /** The receiver's, BCP 47. Its first part chooses the texts, its region the conventions. */
  readonly language: string;
  /** Whether the receiver chose a clock of 12 or 24 hours. Default: as usual in the region. */
  readonly hour12?: boolean;
  /** `null` for an address that nobody has proven: whoever typed it in typed the name too. */
  readonly firstName: string | null;
  /** Where links lead, from configuration and never from a request (R8). */
  readonly publicUrl: string;
  readonly sender: Sender;
  /** Of the page where the receiver chooses which messages to get, for the last lines of a mail. */
  readonly preferencesUrl?: string;
  /** Ends mails of this kind without a sign-in. */
  readonly unsubscribeUrl?: string;
}

/** The clinic, as its messages show it. */
export interface Sender {
  readonly name: string | null;
  /** Last lines, of a mail: who sends it. */
  readonly signature: readonly string[];
  /** Of buttons, as `#rrggbb`. */
  readonly colours: { readonly primary: string; readonly onPrimary: string } | null;
  /** Instants of messages that are about no appointment are told on the clocks of this zone. */
  readonly timezone: string;
  /** Whether texts that show on a locked screen name the doctor. */
  readonly namesDoctor: boolean;
  /** Above a mail. Default: none. */
  readonly logo?: SenderLogo | null;
}

export interface SenderLogo {
  /** Of a part of the mail (`cid:`, RFC 2392), or with the bytes in it (`data:`, RFC 2397). */
  readonly src: string;
  /** As it is shown, in CSS pixels; `null`: not known. */
  readonly size: { readonly width: number; readonly height: number } | null;
}

export interface Link {
  readonly label: string;
  readonly url: string;
}

/** A link into the portal. */
export type PortalLink = { readonly label: string } & (
  | { readonly path: PagePath }
  /** To the page of the appointment; `undefined`: to the list. */
  | { readonly appointmentId: AppointmentId | undefined; readonly action: AppointmentAction }
);

/** A paragraph, a link with what it leads to, a list, or a paragraph that a person wrote, in whatever language. */
export type Line = string | Link | { readonly items: readonly string[] } | { readonly words: string };

/** What a message says, before it is laid out as text and as HTML. */
export interface Copy {
  readonly subject: string;
  readonly lines: readonly (Line | PortalLink)[];
  /** What its link does. */
  readonly action?: string;
  /**
   * One or two sentences, for text messages, for push messages, and for the line that mail programs show beside the subject.
   * They can be read on a locked screen, so they give no reason for a visit.
   */
  readonly brief?: string;
  /** What a text message asks to be answered, after the brief words. */
  readonly reply?: string;
}

/**
 * What a message says of an appointment that a later change can make untrue. `stands`: it takes place at the time of `date` and
 * `startTime`. `requested`: that time is asked for. `off`: it does not take place. `late`: it begins later than at that time. `series`: it
 * tells of many, each of which stands or is asked for.
 */
export const ANNOUNCEMENTS = ['stands', 'requested', 'off', 'late', 'series'] as const;
export type Announcement = (typeof ANNOUNCEMENTS)[number];

/** What each template whose variables `V` declares announces; `null`: nothing. */
export type Announcements<V> = { readonly [T in keyof V]: Announcement | null };

/** The category of each template whose variables `V` declares. */
export type Categories<V> = { readonly [T in keyof V]: MessageCategory };

/** Where the templates that have a link lead: the same in each language. */
export type Links<V> = { readonly [T in keyof V]?: (variables: V[T], publicUrl: string) => string };

/**
 * A text for each template whose variables `V` declares. Those of which category `C` says that they carry a code or a link with a
 * token go to one address alone, in full; the others are told in brief as well. A template with a link in `L` says what it does.
 */
export type Texts<V, C extends Categories<V>, L extends Links<V>> = {
  readonly [T in keyof V]: (
    variables: V[T],
    reader: Reader,
  ) => Pick<Copy, 'subject' | 'lines'> &
    (C[T] extends 'code' ? { readonly brief?: never } : { readonly brief: string }) &
    (T extends keyof L ? { readonly action: string } : { readonly action?: never });
};

/** What the words of a message depend on, besides its variables. */
export type Reader = Pick<RenderContext, 'language' | 'hour12' | 'sender'>;

/** Variables of each template, for previews and tests: every variant whose words differ, the first one as the example. */
export type Samples<V> = { readonly [T in keyof V]: readonly [V[T], ...V[T][]] };
