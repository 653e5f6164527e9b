/** An address of a person that gets nothing more. */
import type { Id, UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import type { Instant } from '../shared/time.ts';

export type SuppressionId = Id<'suppression'>;

/** The channels whose addresses somebody else may own. A push subscription that has ended is deleted instead. */
export const SUPPRESSED_CHANNELS = ['email', 'sms'] as const;
export type SuppressedChannel = (typeof SUPPRESSED_CHANNELS)[number];

/**
 * - `no_such_receiver`: the address or number does not exist
 * - `complained`: its reader has called a message spam
 * - `unsubscribed`: its reader has unsubscribed at the provider, or blocked us there
 * - `stopped`: its reader has answered STOP
 */
export const SUPPRESSION_REASONS = ['no_such_receiver', 'complained', 'unsubscribed', 'stopped'] as const;
export type SuppressionReason = (typeof SUPPRESSION_REASONS)[number];

export interface NewSuppression {
  readonly id: SuppressionId;
  readonly userId: UserId;
  readonly dataKey: DataKey;
  readonly channel: SuppressedChannel;
  /** Normalised. */
  readonly address: string;
  readonly reason: SuppressionReason;
  readonly provider: string;
}

export interface Suppression {
  readonly id: SuppressionId;
  readonly userId: UserId;
  readonly channel: SuppressedChannel;
  /** `null` if it cannot be decrypted. */
  readonly address: string | null;
  readonly reason: SuppressionReason;
  readonly provider: string;
  readonly since: Instant;
}

export type SuppressionChange =
  /** No effect if the person's address is suppressed already. */
  | (NewSuppression & { readonly type: 'suppression.added'; readonly at: Instant })
  /** Guarded: it is there. */
  | { readonly type: 'suppression.lifted'; readonly id: SuppressionId }
  /** Guarded: nobody else has told of them. */
  | { readonly type: 'suppressions.told'; readonly ids: readonly SuppressionId[]; readonly at: Instant };

export interface UntoldSuppressions {
  /** The oldest of which administrators were not told, up to a bound. */
  readonly ids: readonly SuppressionId[];
  /** When administrators were told last. */
  readonly toldAt: Instant | null;
}
