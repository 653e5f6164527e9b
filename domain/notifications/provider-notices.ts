/** What providers tell of messages after they have accepted them, and the port that verifies and reads it. */
import type { Result } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import type { ReceiverFault } from './states.ts';

interface Notice {
  /** The same for each delivery of the notice: it is handled once. */
  readonly eventId: string;
  readonly at: Instant;
}

/** The fate of a message. Notices arrive late, repeatedly and out of order. */
export interface MessageNotice extends Notice {
  readonly kind: 'message';
  /** What the provider answered when it accepted the message. */
  readonly providerId: string | null;
  /** The `id` of the message as it was sent. Not verified to be one of ours. */
  readonly messageId: string | null;
  /** Where it went, as the provider writes it. */
  readonly address: string | null;
  readonly event:
    | { readonly type: 'delivered' | 'opened' | 'clicked' }
    /** The receiver has unsubscribed at the provider. */
    | { readonly type: 'unsubscribed' }
    /** The receiver says that it is spam. */
    | { readonly type: 'complained' }
    /** `hard`: the address does not exist, so it is suppressed. `soft`: it does not take mail now. */
    | { readonly type: 'bounced'; readonly hardness: 'hard' | 'soft'; readonly detail: string }
    | { readonly type: 'failed'; readonly detail: string; readonly reason?: ReceiverFault };
}

/** A text message that somebody has sent to the clinic's number. */
export interface InboundText extends Notice {
  readonly kind: 'inbound';
  /** E.164. */
  readonly from: string;
  readonly to: string;
  readonly text: string;
  /** Whether the sender no longer wants messages, wants them again, asks what this is, or confirms an appointment. `null`: none of these. */
  readonly keyword: 'stop' | 'start' | 'help' | 'confirm' | null;
  /** The provider has answered it. */
  readonly isAnswered: boolean;
}

export type ProviderNotice = MessageNotice | InboundText;

/** A request of a provider, with its body exactly as it arrived. */
export interface ProviderCall {
  /** The address that the provider has called, as it was given to the provider: scheme, host, path and query. */
  readonly url: string;
  /** @param name in lower case */
  header(name: string): string | null;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** `forged`: the signature is missing or wrong. `stale`: signed too long ago. `malformed`: signed, and not readable. */
export type CallRefusal = 'forged' | 'stale' | 'malformed';

export interface ProviderWebhook {
  /** Notices of other kinds are left out. */
  receive(call: ProviderCall): Promise<Result<readonly ProviderNotice[], CallRefusal>>;
}
