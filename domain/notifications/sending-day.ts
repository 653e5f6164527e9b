/** What is counted of a day of the clinic, and what is looked at when a channel has no room left. */
import type { LocalDate } from '../shared/time.ts';
import type { SendingChannel } from './categories.ts';
import type { DeliveryId } from './states.ts';

/** How many deliveries of a channel were begun on a day. */
export interface SendingDay {
  readonly channel: SendingChannel;
  readonly date: LocalDate;
  readonly used: number;
  /** The share of the cap of which administrators were told, in percent. */
  readonly told: number;
}

/** Of which shares of a cap administrators are told, in percent, each once a day. */
export const CAP_SHARES = [100, 80] as const;
export type CapShare = (typeof CAP_SHARES)[number];

/** Another delivery of the same message. */
export interface OtherDelivery {
  readonly id: DeliveryId;
  readonly channel: SendingChannel;
  /** It is not sent. */
  readonly isSkipped: boolean;
}
